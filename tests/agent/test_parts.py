"""The parts of the agent, each by itself: no bus, no root, no systemd."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import socket
import stat
import struct
import sys
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pulp_quadlet.agent import contract, sitefile
from pulp_quadlet.agent.access import Access
from pulp_quadlet.agent.health_of import SiteHealth
from pulp_quadlet.agent.idle import Idle
from pulp_quadlet.agent.job import ROOT, Job, Who
from pulp_quadlet.agent.jobs import Jobs
from pulp_quadlet.agent.journal import Journal
from pulp_quadlet.agent.notify import Notifier
from pulp_quadlet.agent.questions import Questions
from pulp_quadlet.agent.watching import Watching
from pulp_quadlet.dbus.errors import BusCallError
from pulp_quadlet.dbus.target import Caller, Target
from pulp_quadlet.errors import AccessError, HostError, SiteError, ToldError
from tests.agent.fake_agent import WORK

CALLER = Caller(name=":1.7", interactive=False)
ALICE = Who(uid=1000, name="alice", connection=":1.7")


def play(story: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(20):
            await story

    asyncio.run(limited())


# --- jobs -------------------------------------------------------------------------------------------------------------


class Board:
    """Writes down what it is told, in its order."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.progress: list[int] = []

    def began(self, job: Job) -> None:
        self.told.append(("began", job.number))

    def changed(self, job: Job, *_properties: str) -> None:
        self.progress.append(job.progress)

    def stepped(self, job: Job, number: int, count: int, why: list[str]) -> None:
        self.told.append(("stepped", number, count, job.step, tuple(why)))

    def line(self, _job: Job, text: str) -> None:
        self.told.append(("line", text))

    def ended(self, job: Job) -> None:
        self.told.append(("ended", job.state))

    def forgotten(self, job: Job) -> None:
        self.told.append(("forgotten", job.number))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site.toml"


def jobs(site: Path, board: Board, *, work: tuple[str, ...] = WORK, kept: float = 60.0) -> Jobs:
    return Jobs(work, board, Journal(site.parent / "no-journal"), counter=site.parent / "last", kept=kept)


def test_a_job_is_told_in_order_and_begins_after_its_number_is_known(site: Path) -> None:
    async def story() -> None:
        board = Board()
        made = jobs(site, board, kept=0.1)
        job = made.start("apply", str(site), {}, ROOT)
        assert board.told == []
        assert (await job.outcome())["site"] == "pulp"
        await asyncio.sleep(0.3)
        assert board.told == [
            ("began", 1),
            ("stepped", 1, 2, "write 3 files", ("the site file is new",)),
            ("line", "a line"),
            ("stepped", 2, 2, "restart pulp-web.service", ("it is old", "it is slow")),
            ("ended", "done"),
            ("forgotten", 1),
        ]
        assert board.progress == [0, 50, 100]
        assert made.all == {}

    play(story())


def test_numbers_go_on_where_another_agent_ended(site: Path) -> None:
    async def story() -> None:
        for number in (1, 2):
            job = jobs(site, Board()).start("apply", str(site), {}, ROOT)
            await job.outcome()
            assert job.number == number
        (site.parent / "last").write_text("nonsense")
        job = jobs(site, Board()).start("apply", str(site), {}, ROOT)
        await job.outcome()
        assert job.number == 1

    play(story())


def test_a_cancel_before_the_process_is_there_is_not_lost(site: Path) -> None:
    (site.parent / "words").write_text("hang")

    async def story() -> None:
        job = jobs(site, Board()).start("apply", str(site), {}, ROOT)
        job.control("cancel")
        with pytest.raises(ToldError, match="it was cancelled"):
            await job.outcome()
        assert job.state == "cancelled"

    play(story())


def test_a_process_that_cannot_be_started_fails_the_job_and_frees_the_place(site: Path) -> None:
    async def story() -> None:
        made = jobs(site, Board(), work=("/nowhere/python",))
        with pytest.raises(HostError, match="ended with status 127 before it was done"):
            await made.start("apply", str(site), {}, ROOT).outcome()
        assert made.current is None

    play(story())


def test_what_a_process_prints_that_is_no_event_is_a_line(site: Path, tmp_path: Path) -> None:
    script = tmp_path / "loud.py"
    script.write_text('print("hello"); print("[1]"); print(\'{"event": "result", "value": {}}\')')

    async def story() -> None:
        board = Board()
        await jobs(site, board, work=(sys.executable, str(script))).start("apply", str(site), {}, ROOT).outcome()
        assert board.told[1:3] == [("line", "hello"), ("line", "[1]")]

    play(story())


def test_a_question_that_is_not_answered_is_given_up(site: Path) -> None:
    async def story() -> None:
        with pytest.raises(HostError, match=re.escape("`plan` was not answered within 0.2 seconds")):
            await Questions(("sleep", "60"), limit=0.2).ask("plan", str(site), {})

    play(story())


def test_a_few_questions_are_answered_at_once(site: Path, tmp_path: Path) -> None:
    script = tmp_path / "slow.py"
    script.write_text(
        "import pathlib, time\n"
        f"here = pathlib.Path({str(tmp_path)!r})\n"
        "with here.joinpath('log').open('a') as log: log.write('+')\n"
        "time.sleep(0.5)\n"
        "with here.joinpath('log').open('a') as log: log.write('-')\n"
        'print(\'{"event": "result", "value": {}}\')\n'
    )

    async def story() -> None:
        questions = Questions((sys.executable, str(script)))
        await asyncio.gather(*(questions.ask("plan", str(site), {}) for _ in range(4)))
        running = 0
        for sign in (tmp_path / "log").read_text():
            running += 1 if sign == "+" else -1
            assert running <= 2

    play(story())


def test_a_user_who_asks_too_much_is_refused_and_root_does_not_wait(site: Path) -> None:
    async def story() -> None:
        questions = Questions(("sleep", "60"), limit=5)
        asked = [asyncio.create_task(questions.ask("plan", str(site), {}, 1000)) for _ in range(8)]
        await asyncio.sleep(0)
        with pytest.raises(HostError, match="8 questions of this user are not answered yet"):
            await questions.ask("plan", str(site), {}, 1000)
        assert (await Questions(WORK).ask("check", str(site), {}))["verb"] == "check"
        for task in asked:
            task.cancel()
        await asyncio.wait(asked)

    play(story())


def test_a_question_that_is_cancelled_at_once_leaves_no_process(site: Path) -> None:
    async def story() -> None:
        asked = asyncio.create_task(Questions(("sleep", "4321")).ask("plan", str(site), {}))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if b"sleep\x004321" in _read(path)]

    play(story())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


# --- access -----------------------------------------------------------------------------------------------------------


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


# --- site files -------------------------------------------------------------------------------------------------------

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


# --- journal and systemd ----------------------------------------------------------------------------------------------


def test_lines_have_fields_and_values_may_have_line_feeds(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(str(tmp_path / "socket"))
        Journal(tmp_path / "socket").say("a\nb", 3, message_id="", job=7, site="")
        entry = door.recv(4096)
    assert entry == (
        b"MESSAGE\n" + struct.pack("<Q", 3) + b"a\nb\nPRIORITY=3\nSYSLOG_IDENTIFIER=pulp-quadlet-agent\n"
        b"PULP_QUADLET_JOB=7\n"
    )


def test_without_a_journal_the_story_goes_to_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Journal(tmp_path / "socket").say("it begins", job=7)
    assert capsys.readouterr().err == "it begins\n"


def test_systemd_hears_and_its_watchdog_is_fed(tmp_path: Path) -> None:
    async def story() -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
            door.bind(str(tmp_path / "socket"))
            door.setblocking(False)  # noqa: FBT003  it has no other name
            notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "socket"), "WATCHDOG_USEC": "200000"})
            notifier.say("READY=1", "STATUS=x")
            assert door.recv(100) == b"READY=1\nSTATUS=x"
            task = asyncio.create_task(notifier.keep_watchdog())
            await asyncio.sleep(0.25)
            task.cancel()
            assert [door.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
            settled = asyncio.create_task(notifier.settled())
            await asyncio.sleep(0.1)
            text, [descriptor], *_ = socket.recv_fds(door, 100, 1)
            assert (text, settled.done()) == (b"BARRIER=1", False)
            os.close(descriptor)
            await settled

    play(story())


def test_without_systemd_nothing_is_told() -> None:
    async def story() -> None:
        notifier = Notifier({})
        notifier.say("READY=1")
        await notifier.settled()
        await notifier.keep_watchdog()

    play(story())


# --- idle -------------------------------------------------------------------------------------------------------------


def test_it_is_idle_a_while_after_the_last_call() -> None:
    async def story() -> None:
        busy = True
        idle = Idle(0.2, lambda: busy)
        waiting = asyncio.create_task(idle.long_enough())
        await asyncio.sleep(0.5)
        assert not waiting.done()
        with idle.answering():
            busy = False
            await asyncio.sleep(0.5)
            assert not waiting.done()
        ended = time.monotonic()
        await waiting
        assert 0.15 < time.monotonic() - ended < 1.0

    play(story())


# --- watching ---------------------------------------------------------------------------------------------------------


class Server:
    """Objects that are served."""

    def __init__(self) -> None:
        self.objects: dict[str, Mapping[str, Target]] = {}
        self.told: list[tuple[str, ...]] = []

    def add(self, path: str, targets: Mapping[str, Target]) -> None:
        self.objects[path] = targets

    def remove(self, path: str) -> None:
        del self.objects[path]

    def changed(self, path: str, _interface: str, *names: str) -> None:
        self.told.append((path, *names))


async def _unasked(verb: str, file: str, options: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def test_a_site_that_cannot_be_watched_is_told_and_forgotten() -> None:
    async def broken(*_arguments: Any) -> None:
        raise HostError

    async def story() -> None:
        watching = Watching(FakeBus([]), Server(), broken, _unasked)
        with pytest.raises(HostError):
            await watching.watch("/x", {}, ":1.7")
        assert watching.files == []

    play(story())


def test_a_watcher_that_ends_by_a_bug_leaves_nobody_waiting() -> None:
    async def broken(*_arguments: Any) -> None:
        raise ZeroDivisionError

    async def story() -> None:
        bugs: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: bugs.append(context["exception"]))
        watching = Watching(FakeBus([]), Server(), broken, _unasked)
        with pytest.raises(HostError, match="/x is not watched any more"):
            await watching.watch("/x", {}, ":1.7")
        assert watching.files == []
        gc.collect()
        assert [type(bug) for bug in bugs] == [ZeroDivisionError]

    play(story())


def test_two_who_watch_share_one_look_and_the_last_one_ends_it() -> None:
    looks: list[str] = []

    async def watcher(file: str, _options: Any, _ask: Any, publish: Any) -> None:
        looks.append(file)
        publish(SiteHealth(name="a-b", healthy=True, sentence="", generation="", last_apply=0, url="", services=()))
        await asyncio.Event().wait()

    async def story() -> None:
        server = Server()
        watching = Watching(FakeBus([]), server, watcher, _unasked)
        await watching.watch("/x", {}, ":1.7")
        await watching.watch("/x", {}, ":1.8")
        await watching.unwatch("/x", ":1.7")
        assert (looks, list(server.objects)) == (["/x"], [contract.site_path("a-b")])
        await watching.unwatch("/x", ":1.8")
        await watching.unwatch("/x", ":1.8")
        assert (watching.files, server.objects) == ([], {})
        await asyncio.sleep(0)
        with suppress(KeyError):
            await watching.end()

    play(story())


@pytest.mark.parametrize(
    ("text", "label"), [("pulp", "pulp"), ("pulp-1", "pulp_2d1"), ("1a", "_31a"), ("", "_"), ("ä", "_c3_a4")]
)
def test_names_as_steps_of_a_path(text: str, label: str) -> None:
    assert contract.label(text) == label


def test_the_mode_of_what_is_shipped() -> None:
    """The contract is read where the package lies, by whoever runs the client."""
    path = Path(contract.__file__).with_name(f"{contract.NAME}.xml")
    assert stat.S_IMODE(path.stat().st_mode) & stat.S_IROTH
