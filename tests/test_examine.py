"""What Podman's generator lost, or complained of, is told at the place in the site file that asked for it."""

from __future__ import annotations

from dataclasses import replace

from pulp_quadlet.errors import Problem
from pulp_quadlet.examine import examine
from pulp_quadlet.model.generated import Generated
from tests.sites import MINIMAL, compiled

SITE = compiled(MINIMAL + '[workers]\nmemory = "2G"\n')
# As Podman's generator writes it, but for the memory limit and one capability option.
WORKER = next(unit for unit in SITE.tree.units if unit.name == "pulp-worker-1.container")


def found(generated: Generated) -> list[Problem]:
    tree = replace(SITE.tree, units=(WORKER,))
    return list(examine(tree, generated, SITE.locate))


def test_a_service_that_was_not_made_is_told() -> None:
    (problem,) = found(Generated(services={}, messages=(), verified=()))
    assert problem.message == "Podman's generator made no service of pulp-worker-1.container"


def test_a_lost_flag_is_told_at_the_line_that_asked_for_it() -> None:
    empty = "[Service]\nExecStart=/usr/bin/podman run --name pulp-worker-1\n"
    problems = {
        problem.message: problem
        for problem in found(Generated(services={WORKER.service: empty}, messages=(), verified=()))
    }
    lost = "`PodmanArgs=--memory=2g` of pulp-worker-1.container is not in the generated pulp-worker-1.service"
    where = problems[lost].where
    assert where is not None
    assert (where.line, where.column, where.source) == (5, 10, 'memory = "2G"')
    assert problems[lost].notes == ("Podman's generator dropped or changed it",)
    assert "`DropCapability=all` of pulp-worker-1.container is not in the generated pulp-worker-1.service" in problems


def test_words_of_the_generator_and_of_systemd_are_passed_on() -> None:
    generated = Generated(services={}, messages=(("pulp-web.container", "bad key"), ("", "none")), verified=("x: bad",))
    assert [problem.message for problem in found(generated)][1:] == [
        "Podman's generator says of pulp-web.container: bad key",
        "Podman's generator says of the units: none",
        "systemd says: x: bad",
    ]
