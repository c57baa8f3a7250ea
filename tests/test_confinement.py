"""What is told of SELinux beside the health of a site, and where an unconfined site is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulp_quadlet.errors import SiteError
from pulp_quadlet.health.confinement import confinement
from pulp_quadlet.health.judge import judge
from pulp_quadlet.model.target import SelinuxTarget
from pulp_quadlet.model.verdict import Observations, SelinuxFound
from pulp_quadlet.pipeline import demand_selinux
from pulp_quadlet.report.verdict import verdict_text
from tests.policies import policy
from tests.sites import MINIMAL, TARGET, compiled

OWN = ("pulp_quadlet", "pulp_quadlet_pulp")
PLAIN = replace(compiled().deployment, policy=None)
CONFINED = replace(PLAIN, policy=policy("/srv/pulp"))
OPEN = replace(
    PLAIN, policy=policy("/srv/pulp", rule="\n(typepermissive pq_pulp_worker_t)\n(typepermissive pq_pulp_api_t)")
)


@pytest.mark.parametrize(
    ("deployment", "found", "level", "text"),
    [
        (PLAIN, SelinuxFound(state="off"), "info", "SELinux is off on this host; nothing of it is loaded"),
        (CONFINED, SelinuxFound(state="off"), "info", "SELinux is off on this host; nothing of it is loaded"),
        (PLAIN, SelinuxFound(state="enforcing"), "info", "SELinux is enforcing, and this site has no policy in it"),
        (
            CONFINED,
            SelinuxFound(state="enforcing", modules=OWN),
            "info",
            "SELinux is enforcing, with the module pulp_quadlet_pulp",
        ),
        (
            CONFINED,
            SelinuxFound(state="permissive", modules=OWN),
            "warning",
            "SELinux is permissive on this host: it tells what it would deny, and denies nothing",
        ),
        (
            OPEN,
            SelinuxFound(state="enforcing", modules=OWN),
            "warning",
            "pq_pulp_worker_t, pq_pulp_api_t are permissive: SELinux denies nothing there",
        ),
        (
            CONFINED,
            SelinuxFound(state="enforcing", modules=OWN[:1]),
            "warning",
            "the SELinux module pulp_quadlet_pulp is not loaded; `pulp-quadlet apply` loads it",
        ),
    ],
)
def test_what_is_told(deployment: object, found: SelinuxFound, level: str, text: str) -> None:
    [note] = confinement(deployment, found)  # type: ignore[arg-type]  # of a table
    assert (note.about, note.level, note.text) == ("selinux", level, text)


def test_nothing_is_told_that_was_not_looked_at() -> None:
    assert list(confinement(CONFINED, None)) == []


def test_an_info_is_no_warning() -> None:
    units = {f"{each.name}.service": "active" for each in PLAIN.services}
    assert units
    told = judge(PLAIN, Observations(selinux=SelinuxFound(state="off")))
    assert "SELinux" not in told.sentence
    seen = replace(told, notes=tuple(confinement(PLAIN, SelinuxFound(state="off"))))
    assert verdict_text(seen, colour=False).endswith("\n    SELinux is off on this host; nothing of it is loaded")


DEMANDING = MINIMAL + '[selinux]\nmode = "enforcing"\n'
REFPOLICY = SelinuxTarget(flavour="refpolicy", policy="default")


@pytest.mark.parametrize(
    ("selinux", "state", "help_"),
    [
        (None, "off", 'set `mode = "auto"`, or enable SELinux on this host'),
        (
            replace(REFPOLICY, enforcing=False),
            "permissive",
            "setenforce 1, and SELINUX=enforcing in /etc/selinux/config",
        ),
    ],
)
def test_a_site_that_wants_to_be_confined_is_not_applied_elsewhere(
    selinux: SelinuxTarget | None, state: str, help_: str
) -> None:
    made = replace(compiled(DEMANDING), target=replace(TARGET, selinux=selinux))
    with pytest.raises(SiteError) as caught:
        demand_selinux(made)
    [problem] = caught.value.problems
    assert problem.message == f"the site wants SELinux to be enforcing, and on this host it is {state}"
    assert problem.where is not None
    assert problem.where.line == 5
    assert problem.help == (help_,)


def test_where_it_enforces_nothing_is_said() -> None:
    demand_selinux(replace(compiled(DEMANDING), target=replace(TARGET, selinux=REFPOLICY)))
    demand_selinux(compiled())
