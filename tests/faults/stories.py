"""Changes of a site, each with the machine that it begins on."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pulp_quadlet.changing import transaction
from pulp_quadlet.changing.back import begin_return
from pulp_quadlet.changing.uninstall import uninstall
from pulp_quadlet.model.generation import Generation, Origin, Transaction
from pulp_quadlet.model.migration import PendingMigration
from pulp_quadlet.model.steps import Step
from pulp_quadlet.pipeline import Request
from pulp_quadlet.pipeline import apply as pipeline_apply
from pulp_quadlet.planning.plan import plan_back
from tests.fake_host import Heard
from tests.faults.faults import Fault, Faulty, run
from tests.faults.paper import PaperMachine
from tests.faults.world import SITE
from tests.policies import confined
from tests.sites import MINIMAL, compiled

TLS = """[site]
name = "pulp"
url = "https://pulp.example.org"

[web]
https = 443
tls = { certificate = { file = "/etc/pki/pulp.crt" }, key = { file = "/etc/pki/pulp.key" } }
"""
DEB = MINIMAL + '[plugins]\npulp-deb = "*"\n'
HARMLESS = PendingMigration(app="core", name="0146_more", operations=1)
ONE_WAY = PendingMigration(app="core", name="0104_less", removes=("model label",))

Doing = Callable[[Any], Coroutine[Any, Any, Any]]
"""What is done to a host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A change, and what there was before: site files that were applied one after the other."""

    name: str
    before: tuple[str, ...] = (MINIMAL,)
    after: str = MINIMAL
    pending: tuple[PendingMigration, ...] = ()
    rollback_to: int = 0
    new_files: tuple[str, ...] = ()
    """Secrets whose file holds something else by now."""
    plugin: str = ""
    """A plugin whose data is removed."""
    removes: bool = False
    """Whether the site is uninstalled."""
    selinux: bool = False
    """Whether the host has it. What its policy is made of, a comment in the site file says here."""

    def prepare(self, machine: PaperMachine) -> None:
        """What there was before."""
        machine.pending = self.pending
        machine.world.policies = {} if self.selinux else None
        machine.world.files = {"/etc/pki/pulp.crt": b"certificate", "/etc/pki/pulp.key": b"key"}
        for text in self.before:
            run(Faulty(machine, Fault()), applied(text)(machine))
        for path in self.new_files:
            machine.world.files[path] += b" of today"

    @property
    def do(self) -> Doing:
        """The change."""
        if self.removes:
            return uninstalled
        if not self.rollback_to:
            return applied(self.after, *filter(None, (self.plugin,)))
        return rolled_back_with_database if self.pending else rolled_back


def applied(text: str, *remove: str) -> Doing:
    """`pulp-quadlet apply` of this text; with plugins, what `plugin remove` does to the host."""

    async def story(host: Any) -> None:
        await pipeline_apply(Request(wanted=_generation(text), locate=_nowhere, remove=remove), host, Heard())

    return story


@cache
def _generation(text: str) -> Generation:
    """Without its text: nobody asks which keys are behind a change, which takes long."""
    found = confined(compiled(text).generation(Origin()), text)
    return replace(found, origin=replace(found.origin, site_text=""))


async def rolled_back(host: Any) -> None:
    """`pulp-quadlet rollback`."""
    past = await host.read(SITE, 1)
    wanted = replace(past, origin=replace(past.origin, kind="rollback", copy_of=1))
    await pipeline_apply(Request(wanted=wanted, locate=_nowhere), host, Heard())


async def rolled_back_with_database(host: Any) -> None:
    """`pulp-quadlet rollback --restore-database`."""
    opened = Transaction(site=SITE, kind="rollback", before=1, after=0, dump="/dump-of-1", migrating=True)
    await begin_return(opened, host, Heard())


async def recovered(host: Any) -> None:
    """What the agent does when it starts."""
    await transaction.recover(SITE, host, Heard())


async def uninstalled(host: Any) -> None:
    """`pulp-quadlet uninstall`."""
    await uninstall(SITE, host, Heard())


async def steps_back(host: PaperMachine, number: int) -> tuple[Step, ...]:
    """What would have to be done for all to be as this generation says."""
    good = await host.read(SITE, number)
    return plan_back(good.deployment, good.tree, await host.observe(good), number).steps


def _nowhere(_path: object) -> None:
    return None


CONFINED = MINIMAL + "# policy: /srv/pulp /run/pulp\n"
STORIES = (
    Story(name="a first apply with SELinux", before=(), after=CONFINED, selinux=True),
    Story(name="SELinux at last", after=CONFINED, selinux=True),
    Story(name="SELinux no more", before=(CONFINED,), selinux=True),
    Story(name="a path that moves", before=(CONFINED,), after=CONFINED.replace("/srv/pulp", "/srv/new"), selinux=True),
    Story(name="a setting", after=MINIMAL + "[settings]\nANALYTICS = false\n"),
    Story(name="one worker more", after=MINIMAL + "[workers]\ncount = 3\n"),
    Story(name="one worker less", after=MINIMAL + "[workers]\ncount = 1\n"),
    Story(name="what only nginx reads", after=MINIMAL + "[api]\ntimeout = 300\n"),
    Story(name="another port", after=MINIMAL.replace("8080", "8081")),
    Story(name="another image, migrated beside what runs", after=DEB, pending=(HARMLESS,)),
    Story(name="another image, migrated while Pulp is stopped", after=DEB, pending=(ONE_WAY,)),
    Story(name="a plugin that leaves with its data", before=(DEB,), after=MINIMAL, plugin="pulp-deb"),
    Story(
        name="a plugin that leaves with its data, and a migration",
        before=(DEB,),
        after=MINIMAL,
        plugin="pulp-deb",
        pending=(ONE_WAY,),
    ),
    Story(
        name="two secrets whose files changed",
        before=(TLS,),
        after=TLS,
        new_files=("/etc/pki/pulp.crt", "/etc/pki/pulp.key"),
    ),
    Story(
        name="a secret and a worker",
        before=(TLS,),
        after=TLS + "[workers]\ncount = 3\n",
        new_files=("/etc/pki/pulp.key",),
    ),
    Story(name="a first apply", before=()),
    Story(name="a rollback", before=(MINIMAL, MINIMAL + "[workers]\ncount = 3\n"), rollback_to=1),
    Story(name="a rollback with its database", before=(MINIMAL, DEB), pending=(ONE_WAY,), rollback_to=1),
)
