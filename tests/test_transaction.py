"""A change is committed when Pulp is healthy with it; else what ran before runs again, and the error says so."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import pytest

from pulp_quadlet.changing import settle, transaction
from pulp_quadlet.changing.back import begin_return
from pulp_quadlet.changing.change import Confirmed, Done
from pulp_quadlet.errors import ConflictError, HostError, Problem
from pulp_quadlet.model.generation import Origin, PastGeneration, Transaction
from pulp_quadlet.model.migration import DatabaseFacts, PendingMigration, Survey
from pulp_quadlet.model.verdict import Verdict
from pulp_quadlet.pipeline import Compiled, Request, plan_change
from pulp_quadlet.pipeline import apply as pipeline_apply
from pulp_quadlet.planning.plan import plan_id
from pulp_quadlet.planning.rollback import earlier, one_way
from tests.agent.world import until
from tests.fake_host import FakeHost, Heard
from tests.sites import MINIMAL, compiled
from tests.test_plan import applied, planned

THREE = compiled(MINIMAL + "[workers]\ncount = 3\n")
PLUGIN = compiled(MINIMAL + '[plugins]\npulp-deb = "*"\n')
WENT_BACK = "pulp went back to generation 1: Pulp is healthy: 11 services serve http://localhost:8080"


def change(site: Compiled, host: FakeHost, tell: Heard | None = None, **more: Any) -> Coroutine[Any, Any, Done]:
    request = Request(wanted=site.generation(Origin(kind=more.pop("kind", "apply"))), locate=site.locate, **more)
    return pipeline_apply(request, host, tell or Heard())


def failing(site: Compiled, host: FakeHost, tell: Heard | None = None, **more: Any) -> HostError:
    with pytest.raises(HostError) as caught:
        asyncio.run(change(site, host, tell, **more))
    return caught.value


def is_as_before(host: FakeHost) -> bool:
    return (host.state.generation, host.state.good, host.opened) == (1, 1, None) and not planned(compiled(), host).steps


def test_what_succeeds_is_committed() -> None:
    host = applied()
    done = asyncio.run(change(THREE, host))
    assert (done.generation, host.state.good, host.opened) == (2, 2, None)
    assert host.did[-2:] == ["commit 2", "end"]


def test_what_nothing_needs_is_pruned_after_a_commit_and_only_then() -> None:
    host = applied()
    before = host.pruned
    asyncio.run(change(THREE, host))
    assert host.pruned == before + 1
    host.broken = {"image pulp"}
    failing(PLUGIN, host)
    assert host.pruned == before + 1


def test_a_step_that_fails_goes_back_and_tells() -> None:
    host, tell = applied(), Heard()
    host.broken.add("start pulp-worker-3.service")
    error = failing(THREE, host, tell)
    assert error.outcome == WENT_BACK
    assert tell.said == ["going back to generation 1, because start pulp-worker-3.service failed"]
    assert is_as_before(host)


def test_an_image_that_cannot_be_built_changes_nothing() -> None:
    host = applied()
    host.broken.add("image pulp")
    assert failing(PLUGIN, host).outcome == "nothing was changed"
    assert host.did == []
    assert is_as_before(host)


def test_who_is_not_healthy_in_time_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle, "HEALTHY_WITHIN", 0.0)
    host = applied()
    host.sick.add("pulp-worker-3")
    error = failing(THREE, host)
    assert error.problems[0].message == (
        "Pulp is not healthy 0 seconds after the last step: pulp-worker-3 is unhealthy, says Podman"
    )
    assert error.outcome == WENT_BACK
    assert is_as_before(host)


def test_going_back_goes_on_past_what_fails_and_stays_open() -> None:
    """What can run runs, and the next start of the agent tries again."""
    host = applied()
    settings = compiled(MINIMAL + "[settings]\nANALYTICS = false\n")
    host.broken.add("restart pulp-content-2.service")
    host.broken_later.add("restart pulp-worker-1.service")
    error = failing(settings, host)
    assert [problem.code for problem in error.problems] == ["broken", "return-failed"]
    assert error.problems[1].message == "going back failed too: restart pulp-worker-1.service failed"
    assert error.problems[1].help == ("see what stands in the way, then `pulp-quadlet apply`, which goes back first",)
    assert error.outcome == "pulp is between two generations"
    assert "restart pulp-content-1.service" in host.did[host.did.index("switch back to 1") :]
    host.broken.clear()
    host.broken_later.clear()
    said = asyncio.run(transaction.recover("pulp", host, Heard()))
    assert said == "the apply of generation 2 was interrupted: Pulp went back to generation 1"
    assert is_as_before(host)


def test_a_cancelled_change_goes_back() -> None:
    """Whenever that comes: here in the middle of a step that waits."""
    host, tell = applied(), Heard()
    host.slow.add("start pulp-worker-3.service")

    async def story() -> HostError:
        task = asyncio.create_task(change(THREE, host, tell))
        await asyncio.wait_for(until(lambda: host.did[-1:] == ["reload"]), timeout=30)
        task.cancel()
        with pytest.raises(HostError) as caught:
            await task
        return caught.value

    error = asyncio.run(story())
    assert (error.problems[0].code, error.outcome) == ("cancelled", WENT_BACK)
    assert tell.said == ["going back to generation 1, because the change was cancelled"]
    assert is_as_before(host)


def confirmation(outcome: HostError | None) -> Confirmed:
    async def confirmed(verdict: Verdict) -> None:
        assert verdict.healthy
        if outcome is not None:
            raise outcome

    return confirmed


def test_a_try_that_is_confirmed_is_kept() -> None:
    host = applied()
    assert asyncio.run(change(THREE, host, kind="try", confirmed=confirmation(None))).generation == 2
    assert host.state.good == 2


def test_a_try_that_is_not_goes_back() -> None:
    host = applied()
    nobody = HostError(Problem(code="not-confirmed", message="nobody confirmed the try within 5 seconds"))
    assert failing(THREE, host, kind="try", confirmed=confirmation(nobody)).outcome == WENT_BACK
    assert is_as_before(host)


def test_a_change_that_was_committed_is_only_cleaned_up() -> None:
    host = applied()
    asyncio.run(change(THREE, host))
    host.opened = Transaction(site="pulp", kind="apply", before=1, after=2)
    host.did.clear()
    said = asyncio.run(transaction.recover("pulp", host, Heard()))
    assert said == "the apply of generation 2 was interrupted after Pulp was healthy: it is committed"
    assert host.did == ["end"]


def test_going_back_ends_what_a_killed_dump_left_in_the_database() -> None:
    host, tell = applied(), Heard()
    host.opened = Transaction(site="pulp", kind="apply", before=1, after=2)
    asyncio.run(transaction.recover("pulp", host, tell))
    assert "settle database" in host.did
    host.opened = Transaction(site="pulp", kind="apply", before=1, after=2)
    host.broken.add("settle database")
    asyncio.run(transaction.recover("pulp", host, tell))
    assert tell.said[-1] == "what a dump may have left in the database stays there: settle database failed"
    assert is_as_before(host)


def test_nothing_open_is_nothing_to_recover() -> None:
    assert asyncio.run(transaction.recover("pulp", applied(), Heard())) == ""


def test_an_apply_first_ends_what_was_interrupted() -> None:
    host, tell = applied(), Heard()
    host.opened = Transaction(site="pulp", kind="try", before=1, after=2)
    asyncio.run(change(THREE, host, tell))
    assert "the try of generation 2 was interrupted: Pulp went back to generation 1" in tell.said
    assert host.state.good == 2


def test_a_plan_that_was_shown_is_done_and_no_other() -> None:
    host = applied()
    planned_change = asyncio.run(plan_change(THREE.generation(Origin()), host, THREE.locate))
    shown = plan_id(planned_change.plan, planned_change.state)
    four = compiled(MINIMAL + "[workers]\ncount = 4\n")
    host.did.clear()
    with pytest.raises(ConflictError) as caught:
        asyncio.run(change(four, host, plan=shown))
    assert caught.value.problems[0].message == (
        "the plan is another one by now: the host or the site file was changed after it was made"
    )
    assert host.did == []
    assert asyncio.run(change(THREE, host, plan=shown)).generation == 2


# --- migrations -----------------------------------------------------------------------------------------------------

DATABASE = DatabaseFacts(host="pulp-postgres", port="5432", name="pulp", user="pulp", size=10)
ONE_WAY = PendingMigration(app="rpm", name="0073_split", one_way=("RunPython split",))
HARMLESS = PendingMigration(app="deb", name="0001_initial", new_app=True)


def with_survey(*pending: PendingMigration) -> FakeHost:
    host = applied()
    host.found = Survey(versions=(), first=False, pending=pending, ahead=(), processes=(), database=DATABASE)
    return host


def test_a_harmless_migration_runs_beside_the_processes_of_today() -> None:
    host = with_survey(HARMLESS)
    done = asyncio.run(change(PLUGIN, host))
    assert done.plan.migration is not None
    assert (done.plan.migration.mode, "dump" in host.did) == ("rolling", False)
    units = [what for what in host.did if what.startswith("restart")]
    assert units[0] == "restart pulp-migrate.service"
    assert units.index("restart pulp-worker-1.service") < units.index("restart pulp-content-1.service")
    assert units.index("restart pulp-content-2.service") < units.index("restart pulp-api-1.service")
    assert host.generations[-1].origin.migrations == ("deb.0001_initial",)
    assert host.generations[-1].origin.one_way == ()


def test_one_that_cannot_be_undone_stops_pulp_and_dumps_the_database_first() -> None:
    host = with_survey(ONE_WAY)
    asyncio.run(change(PLUGIN, host))
    stopped, rest = host.did[: host.did.index("await gone")], host.did[host.did.index("await gone") :]
    stopped = [what for what in stopped if what.startswith("stop ")]
    assert stopped[:2] == ["stop pulp-worker-1.service", "stop pulp-worker-2.service"]
    assert stopped.index("stop pulp-content.socket") < stopped.index("stop pulp-content-1.service")
    # what crashes until then starts again as what it was
    assert rest[:5] == ["await gone", "dump", "begin", "switch", "reload"]
    assert "restart pulp-migrate.service" in rest
    assert rest.index("restart pulp-migrate.service") < rest.index("start pulp-worker-1.service")
    assert rest.index("start pulp-content.socket") < rest.index("start pulp-content-1.service")
    assert host.generations[-1].origin.one_way == ("rpm.0073_split",)
    assert not planned(PLUGIN, host).steps


def test_what_cannot_be_undone_is_remembered_without_a_dump_too() -> None:
    """Of a database elsewhere there is none; of a new app there is nothing to lose."""
    text = MINIMAL + '[database]\nhost = "db"\npassword = { secret = "a" }\n'
    host = FakeHost(secrets_of_a_person={"a"})
    asyncio.run(change(compiled(text), host))
    host.found = Survey(
        versions=(),
        first=False,
        pending=(ONE_WAY, replace(ONE_WAY, app="deb", new_app=True)),
        ahead=(),
        processes=(),
        database=DATABASE,
    )
    asyncio.run(change(compiled(text + '[plugins]\npulp-deb = "*"\n'), host))
    assert "dump" not in host.did
    assert host.generations[-1].origin.one_way == ("rpm.0073_split",)


def test_one_that_fails_gets_its_database_back() -> None:
    host, tell = with_survey(ONE_WAY), Heard()
    host.broken_once.add("restart pulp-migrate.service")
    error = failing(PLUGIN, host, tell)
    assert error.outcome == WENT_BACK
    assert "restoring the database from /dump" in tell.said
    # systemd would start it again, on the restored database
    assert "stop pulp-migrate.service" in host.did[: host.did.index("restore /dump")]
    back = host.did[host.did.index("restore /dump") :]
    assert back.index("switch back to 1") > 0
    assert back.index("start pulp-worker-1.service") < back.index("start pulp-content-1.service")
    assert is_as_before(host)


def test_one_that_was_not_begun_leaves_the_database_alone() -> None:
    host = with_survey(ONE_WAY)
    host.broken.add("dump")
    assert failing(PLUGIN, host).outcome == WENT_BACK
    assert "restore /dump" not in host.did
    assert is_as_before(host)


# --- going back on purpose ------------------------------------------------------------------------------------------


def past(number: int, *, good: bool = True, one_way: tuple[str, ...] = (), dump: str = "") -> PastGeneration:
    return PastGeneration(number=number, origin=Origin(one_way=one_way, dump=dump), good=good, current=number == 5)


# the fourth failed, and what it did to the database was undone
HISTORY = (
    past(5),
    past(4, good=False, one_way=("rpm.0073_split",)),
    past(3, one_way=("rpm.0073_split",), dump="/dump"),
    past(2),
    past(1),
)


@pytest.mark.parametrize(("asked", "chosen", "barrier"), [(0, 3, None), (3, 3, None), (2, 2, 3), (1, 1, 3)])
def test_a_rollback_knows_where_it_goes_and_what_stands_in_the_way(
    asked: int, chosen: int, barrier: int | None
) -> None:
    number, way = earlier(HISTORY, asked, "pulp")
    assert (number, way.number if way else None) == (chosen, barrier)


@pytest.mark.parametrize(
    ("asked", "message"),
    [(4, "pulp has no generation 4 to go back to"), (5, "pulp has no generation 5 to go back to")],
)
def test_a_rollback_goes_to_good_generations_only(asked: int, message: str) -> None:
    with pytest.raises(HostError) as caught:
        earlier(HISTORY, asked, "pulp")
    assert caught.value.problems[0].message == message
    assert caught.value.problems[0].notes == ("generations that were good: 3, 2, 1",)


def test_a_new_site_has_nothing_to_go_back_to() -> None:
    with pytest.raises(HostError) as caught:
        earlier((past(5),), 0, "pulp")
    assert caught.value.problems[0].message == "pulp has nothing to go back to"


def test_what_stands_in_the_way_is_told_with_the_dump() -> None:
    [problem] = one_way(2, HISTORY[2]).problems
    assert problem.message == "generation 2 is older than migrations that cannot be undone"
    assert problem.notes == ("generation 3 did rpm.0073_split",)
    assert problem.help == (
        "`pulp-quadlet rollback --to 2 --restore-database` brings back /dump; what was written since is lost",
    )


def test_a_rollback_with_its_database_restores_and_commits_what_was() -> None:
    host = with_survey(ONE_WAY)
    asyncio.run(change(PLUGIN, host))
    opened = Transaction(site="pulp", kind="rollback", before=1, after=0, dump="/dump", migrating=True)
    verdict = asyncio.run(begin_return(opened, host, Heard()))
    assert verdict.healthy
    assert "restore /dump" in host.did
    assert is_as_before(host)
