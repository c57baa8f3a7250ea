"""Podman's own generator, run on what whole site files render to: the golden ones and hostile ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from pulp_quadlet.examine import examine
from pulp_quadlet.model.generated import Generated
from pulp_quadlet.pipeline import Compiled
from pulp_quadlet.quadlet import dryrun
from pulp_quadlet.quadlet.commandline import split_exec
from tests.golden_cases import CASES, slices
from tests.hostile_sites import benign, compiled, documents
from tests.quadlet.generator import Generator

pytestmark = pytest.mark.lab


@pytest.mark.parametrize("case", CASES)
def test_a_golden_case_passes_the_generator_without_a_word(case: str, generator: Generator) -> None:
    """No message, and every flag that was meant is in the generated command line.

    A case that is compiled for a newer Podman than this one must be told apart, not pass by chance.
    """
    for each in slices(case):
        result = generator.run(quadlets(each.compiled))
        services, messages = dryrun.services(result.stdout), dryrun.messages(result.stderr)
        generated = Generated(services=services, messages=messages, verified=())
        problems = [problem.message for problem in examine(each.compiled.tree, generated, each.compiled.locate)]
        if each.compiled.target.podman > generator.version():
            assert "Podman's generator made no service of pulp-worker-1.container" in problems
        else:
            assert problems == []
            assert result.status == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(document=documents)
def test_hostile_text_adds_no_word(generator: Generator, document: dict[str, Any]) -> None:
    """Command line by command line as many words as those of the harmless site."""
    found = compiled(document)
    if found is None or found.tree.site != "pulp" or "plugins" in document:
        return
    ours, plain = (commands(generator, each) for each in (found, benign(document)))
    assert {name: len(words) for name, words in ours.items()} == {name: len(words) for name, words in plain.items()}


def quadlets(found: Compiled) -> dict[str, str]:
    """The Quadlet files of a site by their names."""
    files = found.tree.files
    return {f.path.removeprefix("quadlet/"): f.text for f in files if f.path.startswith("quadlet/")}


def commands(generator: Generator, found: Compiled) -> dict[str, tuple[str, ...]]:
    """The command line of each generated service, as systemd will read it."""
    return {
        name: split_exec(line.removeprefix("ExecStart="))
        for name, generated in generator.services(quadlets(found)).items()
        for line in generated.splitlines()
        if line.startswith("ExecStart=")
    }
