"""What a boot waits for, and which site a site file stands for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pulp_quadlet.host.booted import origin_of, settle
from pulp_quadlet.host.generations import Generations
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.generation import Origin, Transaction
from pulp_quadlet.model.host_state import UnitState
from pulp_quadlet.model.verdict import Observations
from tests.sites import MINIMAL, compiled

MADE = compiled().generation(Origin())


def installed(root: Path) -> Generations:
    generations = Generations(root)
    generations.switch("pulp", 0, generations.stage(MADE), MADE.tree.links, ())
    return generations


def test_the_site_of_a_site_file(tmp_path: Path) -> None:
    generations = installed(tmp_path)
    assert origin_of("site.toml", generations) == ("", generations.origin("pulp"))  # as `apply --root` leaves it
    generations.commit("pulp", 1)
    assert origin_of("site.toml", generations) == ("pulp", generations.origin("pulp"))
    assert origin_of("other.toml", generations) == ("", Origin())


def test_a_generation_has_a_copy_of_its_site_file(tmp_path: Path) -> None:
    """That is what is gone back from where nobody can read the site file any more."""
    generations = installed(tmp_path)
    copy = Path(generations.site_file("pulp"))
    assert copy == tmp_path / "etc/pulp-quadlet/pulp/generations/1/site.toml"
    assert copy.read_text() == MINIMAL
    assert "site.toml" not in generations.files("pulp")
    copy.unlink()  # a generation of an older version
    assert generations.site_file("pulp") == "site.toml"


def test_a_site_that_is_not_there_is_not_waited_for(tmp_path: Path) -> None:
    assert asyncio.run(settle("pulp", Generations(tmp_path)))


@pytest.mark.parametrize("limit", [0.0, 0.1])
def test_an_open_change_is_waited_for_and_not_for_ever(tmp_path: Path, limit: float) -> None:
    generations = installed(tmp_path)
    generations.begin(Transaction(site="pulp", kind="apply", before=0, after=1))
    assert not asyncio.run(settle("pulp", generations, limit=limit))


STARTS = UnitState(load="loaded", active="activating", sub="start")
FAILS = UnitState(load="loaded", active="activating", sub="auto-restart")


@pytest.mark.parametrize(("units", "looks"), [((STARTS, FAILS), 2), ((FAILS,), 1)])
def test_what_still_starts_is_waited_for_longer(tmp_path: Path, units: tuple[UnitState, ...], looks: int) -> None:
    """And what systemd only starts again and again is not."""
    seen = 0

    async def look(_deployment: Deployment) -> Observations:
        nonlocal seen
        seen += 1
        return Observations(units={"pulp-api-1.service": units[min(seen, len(units)) - 1]})

    assert not asyncio.run(settle("pulp", installed(tmp_path), look, 0.5))
    assert seen == looks
