"""The process that does the work: what it hears and tells, line by line."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pulp_quadlet.agent import work
from pulp_quadlet.model.generation import Origin, PastGeneration
from tests.fake_host import FakeHost
from tests.sites import MINIMAL

if TYPE_CHECKING:
    from pulp_quadlet.model.generation import Generation
    from pulp_quadlet.model.host_state import HostState


class Hanging(FakeHost):
    """A host that never answers how it is."""

    async def observe(self, wanted: Generation) -> HostState:
        await asyncio.sleep(3600)
        raise AssertionError


def told(monkeypatch: pytest.MonkeyPatch, host: FakeHost, request: dict[str, Any], *controls: str) -> list[Any]:
    """All events of one piece of work."""
    lines = [request, *({"control": control} for control in controls)]
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(json.dumps(line) + "\n" for line in lines)))
    said = io.StringIO()
    monkeypatch.setattr("sys.stdout", said)
    with pytest.raises(SystemExit):
        work.run(lambda _listener: host)
    return [json.loads(line) for line in said.getvalue().splitlines()]


def asked(folder: Path, verb: str, text: str = MINIMAL) -> dict[str, Any]:
    file = folder / "site.toml"
    file.write_text(text)
    return {"verb": verb, "file": str(file), "host": None, "options": {}, "job": 1, "user": "alice"}


def test_who_is_cancelled_before_it_changes_anything_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    [event] = told(monkeypatch, Hanging(), asked(tmp_path, "plan"), "cancel")
    assert (event["event"], event["error"], event["outcome"]) == ("error", "cancelled", "nothing was changed")
    assert event["problems"][0]["message"] == "the change was cancelled"


def test_a_wrong_site_file_is_told_with_its_exit_status(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    [event] = told(monkeypatch, FakeHost(), asked(tmp_path, "check", "[site]\nname = 1\n"))
    assert (event["event"], event["error"], event["exit"]) == ("error", "site", 2)


def test_a_bug_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its traceback goes to the journal alone."""
    host = FakeHost()
    monkeypatch.setattr(host, "target", lambda _host: 1 / 0)
    [event] = told(monkeypatch, host, asked(tmp_path, "check"))
    assert (event["error"], event["exit"]) == ("bug", 70)
    assert event["problems"][0]["message"] == "ZeroDivisionError: division by zero"
    assert "Traceback" in capsys.readouterr().err


def test_what_was_applied_is_left_alone_by_a_boot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    host, request = FakeHost(), asked(tmp_path, "apply")
    assert told(monkeypatch, host, request)[-1]["event"] == "result"
    assert host.seen == {request["file"]: MINIMAL}


def test_an_apply_that_failed_is_tried_again_by_a_boot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    host = FakeHost(broken={"start pulp-web.service"})
    assert told(monkeypatch, host, asked(tmp_path, "apply"))[-1]["event"] == "error"
    assert host.seen == {}


def test_a_try_is_never_done_by_a_boot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever becomes of it: also when the power goes before its first step."""
    host, request = FakeHost(broken={"stage"}), asked(tmp_path, "try")
    assert told(monkeypatch, host, request)[-1]["event"] == "error"
    assert host.seen == {request["file"]: MINIMAL}


def test_a_site_file_with_a_mistake_was_not_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for verb in ("apply", "try"):
        host = FakeHost()
        assert told(monkeypatch, host, asked(tmp_path, verb, "[site]\n"))[-1]["error"] == "site"
        assert host.seen == {}


def test_what_was_gone_back_from_is_not_applied_by_a_boot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    host = FakeHost()
    told(monkeypatch, host, asked(tmp_path, "apply"))
    changed = MINIMAL + "[workers]\ncount = 3\n"
    told(monkeypatch, host, asked(tmp_path, "apply", changed))
    host.past = (
        PastGeneration(number=2, origin=Origin(), current=True, good=True),
        PastGeneration(number=1, origin=Origin(), good=True),
    )
    request = asked(tmp_path, "rollback", changed + "# not applied\n")
    assert told(monkeypatch, host, request)[-1]["event"] == "result"
    assert host.seen == {request["file"]: changed + "# not applied\n"}


def test_what_was_uninstalled_is_not_installed_by_a_boot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    host, request = FakeHost(), asked(tmp_path, "uninstall")
    assert told(monkeypatch, host, request)[-1]["event"] == "result"
    assert host.seen == {request["file"]: MINIMAL}
