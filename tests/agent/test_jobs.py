"""Jobs and questions, without a bus: each is a process, which here is a fake."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from pulp_quadlet.agent.child import Request
from pulp_quadlet.agent.job import ROOT, Job
from pulp_quadlet.agent.jobs import Jobs, Short
from pulp_quadlet.agent.journal import Journal
from pulp_quadlet.agent.questions import Questions
from pulp_quadlet.errors import HostError, ToldError
from tests.agent.fake_agent import WORK
from tests.agent.playing import play
from tests.agent.world import until


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

    def noted(self, _job: Job, text: str) -> None:
        self.told.append(("noted", text))

    def line(self, _job: Job, text: str) -> None:
        self.told.append(("line", text))

    def ended(self, job: Job) -> None:
        self.told.append(("ended", job.state))

    def forgotten(self, job: Job) -> None:
        self.told.append(("forgotten", job.number))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site.toml"


def jobs(
    site: Path, board: Board, *, work: tuple[str, ...] = WORK, kept: float = 60.0, short: Short | None = None
) -> Jobs:
    told = Journal(site.parent / "no-journal")
    return Jobs(work, board, told, counter=site.parent / "last", kept=kept, short=short)


@pytest.mark.parametrize(("known", "processes"), [({"steps": []}, 0), (None, 1)])
def test_an_apply_whose_result_is_known_starts_no_process(site: Path, known: Any, processes: int) -> None:
    async def story() -> None:
        asked = []

        async def short(request: Request) -> Any:
            asked.append(request.verb)
            return known

        made = jobs(site, Board(), short=short)
        job = made.start("apply", str(site), {}, ROOT)
        value = await job.outcome()
        assert (job.state, job.progress, asked) == ("done", 100, ["apply"])
        assert (value == known) is (processes == 0)

    play(story())


def test_the_short_way_is_for_an_apply_alone(site: Path) -> None:
    async def story() -> None:
        async def short(_request: Request) -> Any:
            raise AssertionError

        job = jobs(site, Board(), short=short).start("rollback", str(site), {}, ROOT)
        await job.outcome()
        assert job.state == "done"

    play(story())


def test_what_happens_within_a_step_is_told(site: Path) -> None:
    async def story() -> None:
        board = Board()
        (site.parent / "words").write_text("note")
        job = jobs(site, board).start("apply", str(site), {}, ROOT)
        await job.outcome()
        assert board.told[2:4] == [("line", "a line"), ("noted", "pulp-worker-1 finishes its task first")]

    play(story())


def test_a_job_is_told_in_order_and_begins_after_its_number_is_known(site: Path) -> None:
    async def story() -> None:
        board = Board()
        made = jobs(site, board, kept=0.1)
        job = made.start("apply", str(site), {}, ROOT)
        assert board.told == []
        assert (await job.outcome())["site"] == "pulp"
        await until(lambda: board.told[-1] == ("forgotten", 1))
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
