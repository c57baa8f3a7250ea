"""What the user is told when the agent refuses, is not there, or is gone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulp_quadlet.agent.contract import ERROR
from pulp_quadlet.agent.meant import meant
from pulp_quadlet.cli.onhost import history_text
from pulp_quadlet.cli.watching import Changes
from pulp_quadlet.dbus.errors import ACCESS_DENIED, INVALID_ARGS, NO_REPLY, BusCallError
from pulp_quadlet.errors import ExitCode, HostError, Location, Problem
from pulp_quadlet.report.problems import as_json, format_error

STANDARD = "org.freedesktop.DBus.Error"


@pytest.mark.parametrize(
    ("error", "exit_code", "text"),
    [
        (
            BusCallError(NO_REPLY, "Message recipient disconnected from message bus without replying"),
            ExitCode.AGENT,
            (
                "error[agent-unreachable]: the agent does not answer\n"
                "   = note: Message recipient disconnected from message bus without replying\n"
                "   = help: journalctl -u pulp-quadlet-agent.service\n"
                "   = help: its next start, which comes by itself, ends or takes back a change that it was making\n"
                "\n1 problem; if a change was being made, `pulp-quadlet status` tells what became of it\n"
            ),
        ),
        (
            BusCallError(f"{STANDARD}.ServiceUnknown", "The name is unknown"),
            ExitCode.AGENT,
            (
                "error[agent-missing]: the agent is not installed on this host\n"
                "   = note: The name is unknown\n   = help: `pulp-quadlet install-agent` as root\n"
                "\n1 problem; nothing was changed\n"
            ),
        ),
        (
            BusCallError(ACCESS_DENIED, "Rejected send message"),
            ExitCode.ACCESS,
            (
                "error[access-denied]: the message bus does not let this user call the agent\n"
                "   = note: Rejected send message\n   = help: do it as root\n"
                "\n1 problem; nothing was changed\n"
            ),
        ),
        (
            BusCallError(INVALID_ARGS, "Apply has no option `x`"),
            ExitCode.HOST,
            (
                "error[agent-differs]: the agent does not understand this\n"
                "   = note: Apply has no option `x`\n"
                "   = help: `systemctl restart pulp-quadlet-agent`: it may be of another version\n"
                "\n1 problem; nothing was changed\n"
            ),
        ),
        (
            BusCallError(f"{ERROR}.Bug", "Apply failed by a bug in pulp-quadlet; its journal tells more"),
            ExitCode.BUG,
            (
                "error[agent-bug]: Apply failed by a bug in pulp-quadlet; its journal tells more\n"
                "   = help: journalctl -u pulp-quadlet-agent.service\n"
                "   = help: this is a mistake of pulp-quadlet; report it\n"
                "\n1 problem; it is not known what was changed\n"
            ),
        ),
    ],
)
def test_an_error_of_a_call_as_the_user_reads_it(error: BusCallError, exit_code: ExitCode, text: str) -> None:
    told = meant(error)
    assert told.exit_code is exit_code
    assert format_error(told, colour=False) == text


def test_an_error_of_the_agent_is_the_one_that_was_raised_there() -> None:
    problem = Problem("x-y", "it failed", Location("/f", 3, 1, 4, "name"), ("note",), ("help",))
    there = HostError(problem, outcome="it went back")
    here = meant(BusCallError(f"{ERROR}.XY", "it failed", ("it failed", json.dumps(as_json(there)))))
    assert as_json(here) == as_json(there)


def test_what_does_not_say_why_is_told_as_that() -> None:
    assert str(meant(BusCallError(f"{ERROR}.X", "x", ("x", "{}")))) == "it failed and did not say why"


GENERATION = {
    "generation": 3,
    "current": True,
    "good": True,
    "kind": "apply",
    "copy_of": 0,
    "made": 0.0,
    "user": "alice",
    "one_way": [],
}


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({}, "*    3  DATE  apply by alice"),
        (
            {"current": False, "kind": "rollback", "copy_of": 1, "user": ""},
            "     3  DATE  rollback to generation 1 by somebody",
        ),
        (
            {"good": False, "one_way": ["rpm.0073_x"]},
            "*    3  DATE  apply by alice; not committed; only a dump can undo rpm.0073_x",
        ),
    ],
)
def test_a_generation_is_a_line(more: dict[str, Any], line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    said = history_text({"generations": [{**GENERATION, **more}]})
    assert said[:8] + "DATE" + said[27:] == line


def test_no_generation_is_told_too() -> None:
    assert history_text({"generations": []}) == "Nothing was applied yet."


SITE = "/org/pulpproject/Quadlet1/site/pulp"
WORKER = "/org/pulpproject/Quadlet1/service/pulp/pulp_2dworker_2d1"
WELL = {"Name": "pulp-worker-1", "Well": True, "Why": "", "Systemd": "active", "Podman": "healthy"}


def test_a_change_is_a_line_and_a_growing_age_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    changes = Changes(as_json=False)
    changes.changed(SITE, {"Sentence": "Pulp is healthy", "Healthy": True})
    changes.changed(WORKER, WELL)
    changes.changed("/org/pulpproject/Quadlet1", {"Jobs": []})
    changes.changed(WORKER, {"Well": False, "Why": "heartbeat 31 s old"})
    changes.changed(WORKER, {"Why": "heartbeat 41 s old"})
    changes.changed(WORKER, {"Well": True, "Why": ""})
    changes.changed(WORKER, {"Well": True})
    lines = [line[9:] for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "ok  Pulp is healthy",
        "!!  pulp-worker-1: heartbeat 31 s old",
        "ok  pulp-worker-1: active, healthy",
    ]


def test_programs_get_each_change_whole(capsys: pytest.CaptureFixture[str]) -> None:
    changes = Changes(as_json=True)
    changes.changed(WORKER, WELL)
    changes.changed(WORKER, {"Why": "x"})
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"kind": "service", **WELL},
        {"kind": "service", **WELL, "Why": "x"},
    ]
