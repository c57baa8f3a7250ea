"""A change of plugins is worked out to its plan on a host of dictionaries, and nothing is written."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulp_quadlet import relock
from pulp_quadlet.cli.candidate import Candidate, candidate
from pulp_quadlet.cli.output import Progress
from pulp_quadlet.config.image_tables import PluginTable
from pulp_quadlet.config.source import load
from pulp_quadlet.model.generation import Origin
from pulp_quadlet.pipeline import Request, apply, compile_site
from pulp_quadlet.planning.plan import plan_id
from tests.fake_host import FakeHost, Heard
from tests.sites import MINIMAL
from tests.test_transaction import with_survey

ANY = PluginTable()


@dataclass
class Site:
    """A site file that is locked and applied."""

    path: Path
    host: FakeHost = field(default_factory=FakeHost)

    def __post_init__(self) -> None:
        self.host.found = with_survey().found
        self.path.write_text(MINIMAL + '[plugins]\npulp-rpm = "*"  # mine\n')
        asyncio.run(self._applied())
        self.host.did.clear()

    async def _applied(self) -> None:
        compiled = compile_site(load(self.path), await self.host.target(None))
        new = await relock.relock(compiled, self.host)
        self.path.with_name("pylock.site.toml").write_text(new.text)
        compiled = relock.locked(compiled, new)
        await apply(Request(wanted=compiled.generation(Origin()), locate=compiled.locate), self.host, Heard())

    def with_plugins(self, plugins: dict[str, PluginTable], **more: Any) -> Candidate:
        before = load(self.path)
        found = asyncio.run(
            candidate(self.path, lambda _site: plugins, self.host, progress=Progress(quiet=True), **more)
        )
        assert load(self.path) == before
        assert self.host.did == []
        return found


def test_a_plugin_that_holds_another_back(tmp_path: Path) -> None:
    site = Site(tmp_path / "site.toml")
    found = site.with_plugins({"pulp-rpm": ANY, "pulp-rust": ANY})
    assert found.compiled.source.text == MINIMAL + '[plugins]\npulp-rpm = "*"  # mine\npulp-rust = "*"\n'
    assert [move.words for move in found.moves] == [
        "pulp-rust 0.0.0 is new",
        "pulpcore 3.123.1 -> 3.122.0, which is older",
    ]
    assert [held.words for held in found.held] == [
        "pulp-rust 0.0.0 holds pulpcore below 3.123; without it you get 3.123.1"
    ]


def test_the_plan_is_that_of_an_apply_of_what_would_be_written(tmp_path: Path) -> None:
    site = Site(tmp_path / "site.toml")
    found = site.with_plugins({"pulp-rpm": PluginTable(enabled=False)})
    assert (found.moves, found.held) == ((), ())
    assert [step.title for step in found.change.plan.steps if step.title.startswith("build")] == []
    assert found.plan_id == plan_id(found.change.plan, found.change.state)
    source = found.compiled.source
    assert (source.lock, source.path) == (load(site.path).lock, str(site.path))


def test_a_removal_is_part_of_the_plan(tmp_path: Path) -> None:
    site = Site(tmp_path / "site.toml")
    found = site.with_plugins({}, remove=("pulp-rpm",))
    assert "remove the data of pulp-rpm" in [step.title for step in found.change.plan.steps]
    assert next(move.words for move in found.moves if move.name == "pulp-rpm").endswith("is gone")
