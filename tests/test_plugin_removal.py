"""A plugin leaves the site: with its data as a step of the transaction, or without, which is told."""

from __future__ import annotations

import asyncio

from pulp_quadlet.model.generation import Origin
from pulp_quadlet.pipeline import plan_change
from pulp_quadlet.report.plan import plan_json, plan_text
from tests.fake_host import FakeHost, Heard
from tests.sites import MINIMAL, compiled
from tests.test_transaction import DATABASE, HARMLESS, ONE_WAY, change, failing, with_survey

BOTH = compiled(MINIMAL + '[plugins]\npulp-deb = "*"\npulp-rpm = "*"\n')
LEFT = compiled(MINIMAL + '[plugins]\npulp-rpm = "*"\n')
REMOVED = "remove the data of pulp-deb"


def both() -> FakeHost:
    host = with_survey()
    asyncio.run(change(BOTH, host))
    host.did.clear()
    return host


def test_it_is_removed_when_pulp_is_stopped_and_dumped_and_before_the_switch() -> None:
    host = both()
    done = asyncio.run(change(LEFT, host, remove=("pulp-deb",)))
    assert host.did[0] == "image pulp"
    rest = host.did[host.did.index("await gone") :]
    assert rest[:6] == ["await gone", "dump", "begin", "begin", REMOVED, "switch"]
    assert rest.index("restart pulp-migrate.service") < rest.index("start pulp-worker-1.service")
    assert host.generations[-1].origin.one_way == ("the removal of pulp-deb",)
    assert done.plan.kept == ()


def test_the_plan_says_so_before_the_image_is_there() -> None:
    host = both()
    planned = asyncio.run(plan_change(LEFT.generation(Origin()), host, LEFT.locate, ("pulp-deb",))).plan
    titles = [step.title for step in planned.steps]
    assert titles[0].startswith("build localhost/pulp-quadlet/pulp:")
    assert titles.index("dump the database") + 1 == titles.index(REMOVED)
    told = plan_text(plan_json(planned))
    assert (
        "Removed with its data: pulp-deb. Migrations of the database: 0; Pulp is away for about 2 min: "
        "what pulp-deb has in the database is removed" in told
    )


def test_a_failure_restores_the_dump() -> None:
    for step in (REMOVED, "restart pulp-migrate.service", "start pulp-worker-1.service"):
        host, tell = both(), Heard()
        host.broken_once.add(step)
        error = failing(LEFT, host, tell, remove=("pulp-deb",))
        assert error.outcome.startswith("pulp went back to generation 2: Pulp is healthy")
        assert "restoring the database from /dump" in tell.said
        assert host.state.generation == 2


def test_what_fails_before_leaves_the_database_alone() -> None:
    host = both()
    host.broken_once.add("dump")
    failing(LEFT, host, remove=("pulp-deb",))
    assert REMOVED not in host.did
    assert "restore /dump" not in host.did


def test_a_migration_that_comes_with_it_has_its_reasons_too() -> None:
    host = both()
    assert host.found is not None
    host.found = with_survey(ONE_WAY, HARMLESS).found
    done = asyncio.run(change(LEFT, host, remove=("pulp-deb",)))
    assert done.plan.migration is not None
    assert done.plan.migration.reasons == (
        "what pulp-deb has in the database is removed",
        "rpm.0073_split cannot be undone: RunPython split",
    )
    assert host.generations[-1].origin.one_way == ("the removal of pulp-deb", "rpm.0073_split")


def test_a_database_elsewhere_is_not_dumped_and_that_is_told() -> None:
    text = MINIMAL + '[database]\nhost = "db"\npassword = { secret = "a" }\n'
    host = FakeHost(secrets_of_a_person={"a"}, found=with_survey().found)
    asyncio.run(change(compiled(text + '[plugins]\npulp-deb = "*"\n'), host))
    done = asyncio.run(change(compiled(text + "[plugins]\n"), host, remove=("pulp-deb",)))
    assert "dump" not in host.did
    assert REMOVED in host.did
    assert done.plan.migration is not None
    assert done.plan.migration.advice[0].startswith("the database is not in a container of this host")
    assert DATABASE.name in done.plan.migration.advice[0]


def test_without_asking_its_data_stays_and_that_is_told() -> None:
    host = both()
    done = asyncio.run(change(LEFT, host))
    assert REMOVED not in host.did
    assert done.plan.kept == ("what pulp-deb has in the database",)


def test_only_what_is_applied_and_not_wanted_is_removed() -> None:
    [wanted, unknown] = failing(LEFT, both(), remove=("pulp-rpm", "pulp-npm")).problems
    assert (wanted.code, wanted.message, wanted.help) == (
        "plugin-wanted",
        "pulp-rpm is in the site file, so its data is not removed",
        ("take it out of `[plugins]` first, or let `pulp-quadlet plugin remove` do both",),
    )
    assert (unknown.code, unknown.message, unknown.notes, unknown.help) == (
        "plugin-not-applied",
        "what is applied has no plugin pulp-npm, which alone could remove its data",
        ("plugins that are applied: pulp-deb, pulp-rpm",),
        ("`pulp-quadlet plugin add pulp-npm` first",),
    )


def test_a_plugin_that_is_on_again_may_have_missed_migrations() -> None:
    off = compiled(MINIMAL + "[plugins]\npulp-rpm = { enabled = false }\n")
    host = with_survey()
    asyncio.run(change(off, host))
    host.found = with_survey(ONE_WAY).found
    done = asyncio.run(change(LEFT, host))
    assert done.plan.migration is not None
    assert done.plan.migration.mode == "stop"
    host.found = None  # nobody asks when one is switched off
    asyncio.run(change(off, host))
