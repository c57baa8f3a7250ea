"""What is not as it was applied is shown row by row, and mended by the same plan."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from pulp_quadlet.model.generation import Origin
from pulp_quadlet.model.host_state import HostState, UnitState
from pulp_quadlet.pipeline import plan_change
from pulp_quadlet.planning.drift import drift
from pulp_quadlet.report.plan import plan_json, plan_text
from tests.fake_host import FakeHost
from tests.sites import compiled
from tests.test_plan import applied

PATH = "quadlet/pulp-web.container"


def rows(state: HostState) -> list[str]:
    return [f"{row.what} {row.how}" for row in drift(state)]


def test_nothing_drifts_from_what_was_just_applied() -> None:
    assert rows(applied().state) == []


def test_a_file_that_was_altered_or_removed() -> None:
    state = applied().state
    gone = {path: text for path, text in state.files.items() if path != "config/pulp/health.py"}
    state = replace(state, files=gone, altered=frozenset({PATH, "config/pulp/health.py"}))
    assert rows(state) == ["config/pulp/health.py was removed", f"{PATH} was altered by hand"]


def test_a_unit_that_systemd_has_not_read_again() -> None:
    state = applied().state
    stale = replace(state.units["pulp-web.service"], needs_reload=True)
    state = replace(state, units={**state.units, "pulp-web.service": stale})
    assert rows(state) == ["pulp-web.service is older in systemd than on the disk"]


def test_a_container_from_somewhere_else() -> None:
    state = applied().state
    other = replace(state.containers["pulp-web"], digest="f" * 16)
    state = replace(state, containers={**state.containers, "pulp-web": other, "pulp-mine": other})
    assert rows(state) == [
        "container pulp-mine runs, and no unit of the site says so",
        "container pulp-web was not started from the unit that is applied",
    ]


def test_who_has_read_what_was_altered_starts_anew() -> None:
    """And nobody else: who started before never saw it."""
    host = applied()
    names = ("quadlet/pulp-web.container", "config/pulp/settings.py")
    texts = {path: f"{host.state.files[path]}# by hand\n" for path in names}
    web, worker = host.state.containers["pulp-web"], host.state.containers["pulp-worker-1"]
    late = {"pulp-web": replace(web, created=2e9), "pulp-worker-1": replace(worker, created=2e9)}
    host.state = replace(
        host.state,
        files={**host.state.files, **texts},
        altered=frozenset(names),
        altered_at=dict.fromkeys(names, 1.5e9),
        containers={**host.state.containers, **late},
    )
    assert "container pulp-web was started from a unit that was altered by hand" in rows(host.state)
    site = compiled()
    made = asyncio.run(plan_change(site.generation(Origin()), host, site.locate)).plan
    whys = {step.title: step.why for step in made.steps if step.title.startswith("restart")}
    assert whys == {
        "restart pulp-web.service": ("it was started from quadlet/pulp-web.container, altered by hand",),
        "restart pulp-worker-1.service": ("it has read config/pulp/settings.py, altered by hand",),
    }


def test_a_service_that_does_not_run() -> None:
    state = applied().state
    failed = UnitState(load="loaded", active="failed", sub="failed", result="exit-code")
    state = replace(state, units={**state.units, "pulp-web.service": failed})
    assert rows(state) == ["pulp-web.service is failed"]


def test_a_plan_shows_the_rows_and_mends_them() -> None:
    host: FakeHost = applied()
    files = {**host.state.files, PATH: "[Container]\n"}
    host.state = replace(host.state, files=files, altered=frozenset({PATH}))
    site = compiled()
    made = asyncio.run(plan_change(site.generation(Origin()), host, site.locate)).plan
    assert plan_text(plan_json(made)) == (
        "Not as it was applied: quadlet/pulp-web.container was altered by hand\n"
        "  1. install 1 file: 1 changed\n"
        "       ~ quadlet/pulp-web.container\n"
        "  2. reload units: units were changed\n"
        "2 steps to do; nothing was changed yet."
    )
    assert plan_json(made)["drift"] == [{"what": PATH, "how": "was altered by hand"}]
