"""A plan in words, and the same for programs."""

from __future__ import annotations

from pulp_quadlet.model.plan import Plan
from pulp_quadlet.model.steps import Change, ChangeUnit, Install, ReloadUnits, StartUnits
from pulp_quadlet.report.plan import plan_json, plan_text
from tests.sites import compiled

CHANGES = (
    Change(kind="add", path="a", cause="workers.count (site.toml:4)"),
    Change(kind="change", path="b"),
    Change(kind="remove", path="c"),
)
PLAN = Plan(
    site="pulp",
    steps=(
        Install(tree=compiled().tree, changes=CHANGES, why=("1 new", "1 changed", "1 removed")),
        ReloadUnits(why=("units were changed",)),
        ChangeUnit(verb="restart", unit="pulp-web.service", why=("config/web/nginx.conf changed",)),
        StartUnits(units=(("x.service", ("it is not running",)), ("y.service", ("it is failed",)))),
    ),
)


def test_each_step_has_its_reasons() -> None:
    assert plan_text(plan_json(PLAN)) == (
        "  1. install 3 files: 1 new; 1 changed; 1 removed\n"
        "       + a: workers.count (site.toml:4)\n"
        "       ~ b\n"
        "       - c\n"
        "  2. reload units: units were changed\n"
        "  3. restart pulp-web.service: config/web/nginx.conf changed\n"
        "  4. start 2 units: they are not running as they should\n"
        "       > x.service: it is not running\n"
        "       > y.service: it is failed\n"
        "4 steps to do; nothing was changed yet."
    )


def test_no_step_is_told_too() -> None:
    assert plan_text(plan_json(Plan(site="pulp", steps=()))) == "Nothing to do: pulp runs as the site file says."


def test_programs_get_the_same() -> None:
    steps = plan_json(PLAN)["steps"]
    assert [step["step"] for step in steps] == ["Install", "ReloadUnits", "ChangeUnit", "StartUnits"]
    assert steps[0]["changes"][0] == {"kind": "add", "path": "a", "cause": "workers.count (site.toml:4)"}
    assert (steps[2]["verb"], steps[2]["unit"]) == ("restart", "pulp-web.service")
    assert steps[3]["units"][1] == {"unit": "y.service", "why": ["it is failed"]}
