"""Walk a plan on a host, step by step, and stop at the first failure with an account of what was done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, assert_never

from pulp_quadlet.errors import HostError, Location, Problem, path_taken
from pulp_quadlet.model.deployment import Deployment, Image, Secret
from pulp_quadlet.model.host_state import HostState
from pulp_quadlet.model.plan import (
    ChangeUnit,
    Install,
    MakeDirectories,
    Plan,
    ProvideImage,
    ProvideSecret,
    ReloadUnits,
    StartUnits,
    Step,
)
from pulp_quadlet.model.service import SitePath
from pulp_quadlet.model.target import Target
from pulp_quadlet.model.tree import Tree

Progress = Callable[[int, int, Step], None]
"""Called before each step, with its number from 1, how many there are, and the step."""


class Host(Protocol):
    """The one door to the machine. Every method raises HostError, and leaves nothing half done that it could undo."""

    async def target(self, host: str | None) -> Target:
        """What the compiler has to know of this machine."""
        ...

    async def observe(self, deployment: Deployment, tree: Tree) -> HostState:
        """What is there and what runs; reads only."""
        ...

    async def provide_image(self, image: Image) -> None:
        """Build or pull an image."""
        ...

    async def provide_secret(self, secret: Secret) -> None:
        """Make up a secret or copy it from its file."""
        ...

    async def install(self, tree: Tree, expected: str, obsolete: tuple[str, ...]) -> None:
        """Write a generation and switch to it by one rename.

        Raises ConflictError, and changes nothing, when the generation that is applied is not the expected one.
        """
        ...

    async def make_directories(self, site: str) -> None:
        """Make the folders that the site's tmpfiles.d(5) file lists."""
        ...

    async def reload_units(self) -> None:
        """`systemctl daemon-reload`, which runs Podman's generator."""
        ...

    async def change_unit(self, verb: str, unit: str, *, alone: bool) -> None:
        """Stop or restart a unit and wait for the result of systemd's job."""
        ...

    async def start_units(self, units: tuple[str, ...]) -> None:
        """Start units at the same time and wait for the results of all jobs."""
        ...

    async def remember_run(self, site: str, unit: str, mark: str) -> None:
        """Keep with what a service that runs once has run."""
        ...


def obstacles(
    deployment: Deployment, tree: Tree, state: HostState, locate: Callable[[SitePath], Location | None]
) -> tuple[Problem, ...]:
    """What would make a plan fail half-way and can be told beforehand: secrets that only a person can give, and
    what stands where a link has to be.
    """
    taken = (
        path_taken(link.path)
        for link in tree.links
        if link.path in state.links and not tree.owns(link, state.links[link.path])
    )
    missing = (
        Problem(
            code="secret-missing",
            message=f"this host has no Podman secret `{secret.name}`",
            where=locate(secret.origin),
            help=(f"podman secret create {secret.name} FILE",),
        )
        for secret in deployment.secrets
        if secret.kind is None and secret.file is None and secret.name not in state.secrets
    )
    unreadable = (
        Problem(
            code="secret-unreadable",
            message=f"the secret's file {secret.file} cannot be read: {state.unreadable[secret.name]}",
            where=locate(secret.origin),
            help=("put it there, readable by root alone",),
        )
        for secret in deployment.secrets
        if secret.name in state.unreadable
    )
    return (*taken, *missing, *unreadable)


async def apply(plan: Plan, host: Host, progress: Progress = lambda _n, _all, _step: None) -> None:
    """Do every step of the plan, in order.

    Raises HostError at the first step that fails; its notes say what was done before and what was left undone.
    """
    for number, step in enumerate(plan.steps, 1):
        progress(number, len(plan.steps), step)
        try:
            await _do(plan.site, step, host)
        except HostError as error:
            raise _told(plan, number, error) from error


async def _do(site: str, step: Step, host: Host) -> None:
    match step:
        case ProvideImage():
            await host.provide_image(step.image)
        case ProvideSecret():
            await host.provide_secret(step.secret)
        case Install():
            await host.install(step.tree, step.expected, step.obsolete)
        case MakeDirectories():
            await host.make_directories(site)
        case ReloadUnits():
            await host.reload_units()
        case StartUnits():
            await host.start_units(tuple(unit for unit, _ in step.units))
            for service, mark in step.marks:
                await host.remember_run(site, service, mark)
        case ChangeUnit():
            await host.change_unit(step.verb, step.unit, alone=step.alone)
            if step.mark:
                await host.remember_run(site, step.unit.removesuffix(".service"), step.mark)
        case _:
            assert_never(step)


def _told(plan: Plan, number: int, error: HostError) -> HostError:
    """The same failure with the story around it."""
    first = error.problems[0]
    step = plan.steps[number - 1]
    before = ", ".join(done.title for done in plan.steps[: number - 1])
    after = ", ".join(left.title for left in plan.steps[number:])
    notes = (
        f"tried: {step.title}, because {'; '.join(step.why)}",
        *first.notes,
        f"done before: {before or 'nothing'}",
        f"not done: {after or 'nothing more was planned'}",
    )
    told = Problem(
        first.code, first.message, first.where, notes, (*first.help, "`pulp-quadlet apply` continues from here")
    )
    outcome = f"{number - 1} of {len(plan.steps)} steps were done" if number > 1 else "nothing was changed"
    return HostError(told, *error.problems[1:], outcome=outcome)
