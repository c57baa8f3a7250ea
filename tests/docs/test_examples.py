"""Every site file that the documentation shows is a right one."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli

from pulp_quadlet.config.source import SourceText, load
from pulp_quadlet.model.target import Target
from pulp_quadlet.pipeline import compile_site
from pulp_quadlet.quadlet.version import PodmanVersion
from tests.docs.pages import DOCS, EXAMPLES, Block, blocks, links

HEAD = '[site]\nurl = "http://pulp.example.org"\n\n'
OLDEST, NEWEST = PodmanVersion(4, 9), PodmanVersion(5, 6)


def compiles(source: SourceText, podman: PodmanVersion) -> None:
    """Compile the slices of all hosts."""
    hosts: tuple[str | None, ...] = tuple(tomli.loads(source.text).get("hosts", ())) or (None,)
    for host in hosts:
        assert compile_site(source, Target(podman=podman, host=host)).tree.units


@pytest.mark.parametrize("podman", [OLDEST, NEWEST], ids=str)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_compiles(example: Path, podman: PodmanVersion) -> None:
    compiles(load(example), podman)


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_a_block_compiles(block: Block) -> None:
    text = block.text if "[site]" in block.text else HEAD + block.text
    compiles(SourceText(str(block), text), NEWEST)


def test_every_example_is_named_on_the_page_of_the_site_file() -> None:
    named = {target for target in links(DOCS / "site.toml.5.md") if target.startswith("examples/")}
    assert named == {f"examples/{example.name}" for example in EXAMPLES}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_begins_with_what_it_is_for(example: Path) -> None:
    assert example.read_text(encoding="utf-8").startswith("# ")
