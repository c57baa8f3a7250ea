"""A change that is interrupted anywhere ends as the old generation or the new one, whole.

Every change is interrupted before and after every call of the host, between any two files, and while systemd, Podman
and PostgreSQL are at it: once for each such point. Then a new process looks at what there is, and ends it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pulp_quadlet.errors import HostError
from pulp_quadlet.host.files import Files
from tests.faults.faults import Death, Fault, Faulty, Kind, points_between_files, run
from tests.faults.paper import FORMER, PaperMachine
from tests.faults.stories import STORIES, Doing, Story, recovered, rolled_back_with_database, steps_back, uninstalled
from tests.faults.world import SITE
from tests.told import PAPER

pytestmark = pytest.mark.long

BETWEEN = "pulp is between two generations"
RICH = ("a secret and a worker", "a first apply", "a rollback", "a path that moves")
TOLD = ("pulp went back to ", BETWEEN)


class Rehearsal:
    """One story, with copies of the machine that it begins on, and how it looks before and after."""

    def __init__(self, story: Story, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._unproved = 0
        self._monkeypatch = monkeypatch
        self._numbers = count(1)
        self.do = story.do
        self.first = PaperMachine(folder / "first")
        self.first.root.mkdir()
        with points_between_files(monkeypatch, Fault()):
            story.prepare(self.first)
        self.old = signature(self.first)
        last = self.copy(self.first)
        self.passed = Fault()
        self.attempt(last, self.do, self.passed)
        self.new = signature(last)
        assert self.old != self.new

    @property
    def moments(self) -> Iterator[tuple[int, str]]:
        """Points with their numbers. Before a call it is as after the call before: that is one moment for a killer."""
        for at, where in enumerate(self.passed.points, 1):
            if at == 1 or not where.startswith("before "):
                yield at, where

    def deaths(self) -> Iterator[tuple[str, PaperMachine]]:
        """The machine as a process leaves it that is killed, for each moment of one that is not: who is killed has no
        say in what becomes of it, so that what is there just then is copied.
        """
        found: list[tuple[str, PaperMachine]] = []
        machine = self.copy(self.first)
        moments = dict(self.moments)

        def witness(where: str) -> None:
            if moments.get(len(passed.points)) == where:
                found.append((where, self.copy(machine)))

        passed = Fault(witness=witness)
        self.attempt(machine, self.do, passed)
        assert passed.points == self.passed.points
        for where, left in found:
            PAPER.met += 1
            self._unproved += 1
            yield where, left

    def copy(self, machine: PaperMachine) -> PaperMachine:
        return machine.copy(self._folder / str(next(self._numbers)))

    def attempt(self, machine: PaperMachine, do: Doing, fault: Fault) -> HostError | Death | None:
        """A process that does this; how it ended."""
        host = Faulty(machine, fault)
        PAPER.met += fault.kind != "none"
        self._unproved += fault.kind != "none"
        try:
            with points_between_files(self._monkeypatch, fault):
                run(host, do(host))
        except (HostError, Death) as error:
            return error
        finally:
            machine.point = lambda _where: None
        return None

    def whole(self, machine: PaperMachine, *, plan_is_empty: bool = True) -> str:
        """Which generation there is, all of it: `old` or `new`."""
        machine.do_jobs()
        found = signature(machine)
        assert found["open"] is None
        assert not plan_is_empty or run(Faulty(machine, Fault()), steps_back(machine, found["good"])) == ()
        database = found.pop("database")
        for name, wanted in (("old", self.old), ("new", self.new)):
            if found == {key: value for key, value in wanted.items() if key != "database"}:
                # what was migrated beside the old processes serves them too; without the site nobody uses it
                allowed = {wanted["database"], *([] if machine.world.dumps else [self.new["database"]])}
                assert database in allowed or not wanted["good"]
                PAPER.survived += self._unproved
                self._unproved = 0
                return name
        parts = [key for key in found if found[key] != self.old[key] and found[key] != self.new[key]]
        mixed = {key: (found[key] == self.old[key], found[key] == self.new[key]) for key in found}
        raise AssertionError(f"neither old nor new: {parts or mixed}")


def signature(machine: PaperMachine) -> dict[str, Any]:
    """All that is there and runs, but for what an apply keeps when it goes back: images, and secrets that are new."""
    world, generations = machine.world, machine.generations
    good = generations.good(SITE)
    wanted = generations.read(SITE, good)
    names = {secret.name for secret in wanted.deployment.secrets}
    assert [name for name in world.secrets if name.endswith(FORMER)] == []
    assert world.jobs == []
    return {
        "good": good,
        "current": generations.current(SITE),
        "open": generations.transaction(SITE),
        "files": generations.files(SITE),
        "links": Files(machine.root).links(wanted.tree),
        "loaded": world.loaded.tree.files,
        "units": sorted(world.units),
        "containers": {
            name: (each.state.image, each.state.digest, each.config, each.secrets)
            for name, each in world.containers.items()
        },
        "secrets": {name: content for name, (content, _) in world.secrets.items() if name in names},
        "database": world.database,
        "policies": world.policies,
        "labels": {path: label for path, label in world.labels.items() if label != "default_t"},
    }


@pytest.fixture(params=STORIES, ids=lambda story: story.name)
def rehearsal(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rehearsal:
    return Rehearsal(request.param, tmp_path, monkeypatch)


def test_a_change_that_is_killed_anywhere_is_ended_by_the_next_process(rehearsal: Rehearsal) -> None:
    ends = []
    for where, machine in rehearsal.deaths():
        assert rehearsal.attempt(machine, recovered, Fault()) is None, where
        ends.append(rehearsal.whole(machine))
    assert set(ends) == {"old", "new"}
    # from the commit on it is the new one
    assert ends == sorted(ends, reverse=True)


def test_a_refusal_anywhere_ends_as_before_and_is_told(rehearsal: Rehearsal) -> None:
    for at, where in enumerate(rehearsal.passed.points, 1):
        machine = rehearsal.copy(rehearsal.first)
        error = rehearsal.attempt(machine, rehearsal.do, Fault("error", at))
        if error is None:
            # after the commit; nobody but the next start has to know
            assert rehearsal.attempt(machine, recovered, Fault()) is None, where
            assert rehearsal.whole(machine) == "new", where
            continue
        assert isinstance(error, HostError), where
        assert len(error.problems) == 1, where
        assert error.outcome == "nothing was changed" or error.outcome.startswith(TOLD), (where, error.outcome)
        if error.outcome == BETWEEN:  # going back on purpose has no other way back
            assert rehearsal.do is rolled_back_with_database
            assert rehearsal.attempt(machine, recovered, Fault()) is None, where
            assert rehearsal.whole(machine) == "new", where
        else:
            assert rehearsal.whole(machine) == "old", where


@pytest.mark.parametrize("kind", ["death", "error"])
def test_an_uninstall_that_is_interrupted_anywhere_is_ended_by_the_next(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = next(each for each in STORIES if each.name == "SELinux no more")
    rehearsal = Rehearsal(replace(story, removes=True), tmp_path, monkeypatch)
    for at, where in rehearsal.moments:
        machine = rehearsal.copy(rehearsal.first)
        ended = rehearsal.attempt(machine, uninstalled, Fault(kind, at))
        assert kind == "error" or isinstance(ended, Death), where
        assert rehearsal.attempt(machine, recovered, Fault()) is None, where
        assert rehearsal.attempt(machine, uninstalled, Fault()) is None, where
        assert signature(machine) == rehearsal.new, where
        left = machine.world
        assert (left.units, left.containers, left.policies) == ({}, {}, {}), where
        # an image that cannot be removed may be somebody else's by now
        assert not left.images or (kind == "error" and where == "between two images that are removed"), where
        assert left.database == "empty" or left.secrets, where
        assert set(left.labels.values()) == {"default_t"}, where
        assert not (machine.root / "etc/pulp-quadlet/pulp").exists(), where
        PAPER.survived += 1


@pytest.mark.parametrize("seconds", [-3600.0, 3600.0])
def test_a_clock_that_jumps_while_nobody_is_there(
    seconds: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret that is restored after the clock was set back is older than the container that has to read it."""
    story = next(each for each in STORIES if each.new_files)
    rehearsal = Rehearsal(story, tmp_path, monkeypatch)
    for where, machine in rehearsal.deaths():
        machine.world.clock += seconds
        assert rehearsal.attempt(machine, recovered, Fault()) is None, where
        # who started after the clock was set back seems to be older than its secrets, and may start once more
        rehearsal.whole(machine, plan_is_empty=seconds > 0)


def test_what_dies_again_while_it_recovers_is_recovered_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every point of the recovery that has most to do."""
    for number, story in enumerate(each for each in STORIES if each.name in RICH):
        folder = tmp_path / str(number)
        folder.mkdir()
        rehearsal = Rehearsal(story, folder, monkeypatch)
        half = rehearsal.copy(rehearsal.first)
        last = max(at for at, where in enumerate(rehearsal.passed.points, 1) if where == "before look")
        rehearsal.attempt(half, rehearsal.do, Fault("death", last))
        passed = Fault()
        rehearsal.attempt(rehearsal.copy(half), recovered, passed)
        for kind in ("death", "error"):
            for at, where in enumerate(passed.points, 1):
                machine = rehearsal.copy(half)
                ended = rehearsal.attempt(machine, recovered, Fault(kind, at))
                assert kind == "error" or isinstance(ended, Death), where
                assert rehearsal.attempt(machine, recovered, Fault()) is None, where
                assert rehearsal.whole(machine) == "old", (story.name, kind, where)


@pytest.mark.parametrize(
    "rehearsal", [each for each in STORIES if each.name in RICH], ids=lambda story: story.name, indirect=True
)
def test_a_cancel_anywhere_ends_as_before_or_comes_too_late(rehearsal: Rehearsal) -> None:
    for at, where in enumerate(rehearsal.passed.points, 1):
        if (
            where.startswith("before read")
            or not where.startswith("before ")
            or not is_of_the_change(where, at, rehearsal.passed.points)
        ):
            continue
        machine = rehearsal.copy(rehearsal.first)
        error = rehearsal.attempt(machine, rehearsal.do, Fault("cancel", at))
        if isinstance(error, HostError) and error.outcome == BETWEEN:
            assert rehearsal.do is rolled_back_with_database
            assert rehearsal.attempt(machine, recovered, Fault()) is None, where
            assert rehearsal.whole(machine) == "new", where
            continue
        assert rehearsal.whole(machine) == ("old" if error else "new"), where
        if isinstance(error, HostError):
            assert [problem.code for problem in error.problems] == ["cancelled"], where


def is_of_the_change(where: str, at: int, points: list[str]) -> bool:
    """From the first look on. What only reads before that is not caught here: its process ends with it."""
    return "before look" in points[:at]
