"""Who may do what, and which files may be named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pulp_quadlet.agent import sitefile
from pulp_quadlet.agent.access import Access
from pulp_quadlet.agent.job import ROOT, Job, Who
from pulp_quadlet.dbus.errors import BusCallError
from pulp_quadlet.dbus.target import Caller
from pulp_quadlet.errors import AccessError, SiteError
from tests.agent.playing import play

CALLER = Caller(name=":1.7", interactive=False)
ALICE = Who(uid=1000, name="alice", connection=":1.7")


class FakeBus:
    """Answers for polkit, and keeps what it was asked."""

    def __init__(self, answer: list[Any] | BusCallError, uid: int = 1000) -> None:
        self.answer = answer
        self.uid = uid
        self.asked: list[tuple[Any, ...]] = []

    async def uid_of(self, _sender: str) -> int:
        return self.uid

    async def call(
        self, destination: str, path: str, interface: str, member: str, signature: str = "", *body: Any
    ) -> list[Any]:
        self.asked.append((member, signature, *body))
        if isinstance(self.answer, BusCallError):
            raise self.answer
        return [self.answer]

    async def vanished(self, _sender: str, _callback: Any) -> Any:
        return lambda: None


def test_polkit_is_asked_with_what_the_call_is_about() -> None:
    async def story() -> None:
        bus = FakeBus([True, False, {}])
        caller = Caller(name=":1.7", interactive=True)
        await Access(bus).admit(ALICE, caller, "apply", {"site_file": "/etc/pulp-quadlet/site.toml"})
        assert bus.asked == [
            (
                "CheckAuthorization",
                "(sa{sv})sa{ss}us",
                ["system-bus-name", {"name": ":1.7"}],
                "org.pulpproject.quadlet1.apply",
                {"site_file": "/etc/pulp-quadlet/site.toml"},
                1,
                "",
            )
        ]

    play(story())


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ([False, True, {}], "polkit wants a password for it"),
        ([False, False, {}], "polkit does not allow it"),
        (BusCallError("x.ServiceUnknown", "no polkit"), "polkit could not be asked: no polkit"),
    ],
)
def test_who_is_not_admitted_is_told_why(answer: Any, why: str) -> None:
    async def story() -> None:
        with pytest.raises(AccessError, match="alice may not do this") as raised:
            await Access(FakeBus(answer)).admit(ALICE, CALLER, "apply", {})
        assert raised.value.problems[0].notes == (f"org.pulpproject.quadlet1.apply: {why}",)

    play(story())


def test_root_and_who_started_a_job_are_not_asked() -> None:
    job = Job(number=1, kind="apply", site="/x", who=ALICE, since=0)

    async def story() -> None:
        bus = FakeBus([False, False, {}])
        access = Access(bus)
        await access.admit(ROOT, CALLER, "apply", {})
        await access.admit_to_job(ALICE, CALLER, job, "apply")
        assert bus.asked == []
        with pytest.raises(AccessError):
            await access.admit_to_job(Who(uid=1001, name="bob"), CALLER, job, "apply")
        assert (await access.who(CALLER)).uid == 1000

    play(story())


# --- site files ----------------------------------------------------------------------------------------------------


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="files of root are made by root")


@as_root
@pytest.mark.parametrize(
    ("mode", "for_root", "why"),
    [
        (0o644, False, None),
        (0o600, True, None),
        (0o600, False, "may not be read by everybody, so that only root may name it"),
        (0o664, True, "can be written by others than root"),
        (0o646, False, "can be written by others than root"),
    ],
)
def test_the_mode_of_a_site_file(tmp_path: Path, mode: int, for_root: bool, why: str | None) -> None:
    file = tmp_path / "site.toml"
    file.touch()
    file.chmod(mode)
    tmp_path.chmod(0o755)
    check = told(str(file), tmp_path, for_root=for_root)
    assert check == (f"{file} {why}" if why else None)


def told(path: str, home: Path, *, for_root: bool) -> str | None:
    try:
        sitefile.check(path, for_root=for_root, home=str(home))
    except SiteError as error:
        return str(error)
    return None


@as_root
def test_what_is_no_site_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("site.toml")
    (tmp_path / "theirs").touch()
    os.chown(tmp_path / "theirs", 1000, 1000)
    for name, why in (
        ("folder", "is not a regular file"),
        ("pipe", "is not a regular file"),
        ("link", "is a symbolic link"),
        ("theirs", "is not owned by root"),
    ):
        assert told(f"{tmp_path}/{name}", tmp_path, for_root=True) == f"{tmp_path}/{name} {why}"
    assert told(f"{tmp_path}/missing", tmp_path / "x", for_root=True) == (
        f"{tmp_path}/missing cannot be seen by the agent, which has a /tmp of its own"
        if str(tmp_path).startswith("/tmp/")
        else None
    )


@as_root
def test_a_closed_folder_closes_its_files(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.touch(0o644)
    tmp_path.chmod(0o700)
    assert told(str(file), tmp_path, for_root=False) == f"{file} lies in {tmp_path}, which is closed to other users"
    assert told(str(file), tmp_path, for_root=True) is None


@pytest.mark.parametrize("path", ["site.toml", "/etc/pulp-quadlet/../shadow", "/etc//shadow", "/etc/x/./y", ""])
def test_paths_that_are_not_plain(path: str, tmp_path: Path) -> None:
    assert told(path, tmp_path, for_root=True) == f"{path} is not an absolute path without `.` and `..`"
