"""Do the steps of a plan on a host, one after the other, and tell what was done when one fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, assert_never

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.model.deployment import Image, Secret
from pulp_quadlet.model.generation import Generation
from pulp_quadlet.model.plan import Plan
from pulp_quadlet.model.policy import PolicyModule
from pulp_quadlet.model.removals import Removal, RemoveFolders, RemoveImages, RemoveNetworks
from pulp_quadlet.model.steps import (
    AwaitGone,
    ChangeUnit,
    DumpDatabase,
    Install,
    LoadPolicy,
    MakeDirectories,
    ProvideImage,
    ProvideSecret,
    Relabel,
    ReloadUnits,
    RemovePlugin,
    RemovePolicy,
    StartUnits,
    Step,
)
from pulp_quadlet.model.tree import Link
from pulp_quadlet.planning.labels import MARK

Progress = Callable[[int, int, Step], None]
"""Called before each step, with its number from 1, how many there are, and the step."""


class Host(Protocol):
    """What steps do to the machine. Every method raises HostError, and leaves nothing half done that it could undo."""

    async def provide_image(self, image: Image) -> None:
        """Build or pull an image."""
        ...

    async def describe_images(self, images: tuple[Image, ...]) -> None:
        """Write the bills of materials of those that have none yet, or are others by now."""
        ...

    async def provide_secret(self, secret: Secret) -> None:
        """Make up a secret or copy it from its file; the bytes that it had are kept beside it."""
        ...

    async def switch(
        self, site: str, expected: int, number: int, links: tuple[Link, ...], obsolete: tuple[str, ...]
    ) -> None:
        """Make a staged generation the current one, by one rename.

        Raises ConflictError, and changes nothing, when the generation that is current is not the expected one.
        """
        ...

    async def make_directories(self, site: str) -> None:
        """Make the folders that the site's tmpfiles.d(5) file lists."""
        ...

    async def load_policy(self, modules: tuple[PolicyModule, ...]) -> None:
        """Load SELinux modules, all or none, in place of those of the same names."""
        ...

    async def remove_policy(self, names: tuple[str, ...]) -> None:
        """Remove SELinux modules; what is not loaded is left out."""
        ...

    async def relabel(self, paths: tuple[str, ...], spared: tuple[str, ...]) -> None:
        """Give these paths, and all below them but the spared ones, the labels that the loaded policy has for them."""
        ...

    async def reload_units(self) -> None:
        """`systemctl daemon-reload`, which runs Podman's generator."""
        ...

    async def change_unit(self, verb: str, unit: str, *, alone: bool) -> None:
        """Stop, restart or reload a unit and wait for the result of systemd's job."""
        ...

    async def start_units(self, units: tuple[str, ...]) -> None:
        """Start units at the same time and wait for the results of all jobs."""
        ...

    async def await_gone(self, wanted: Generation) -> None:
        """Wait until no process of Pulp counts as running for its database; the row of a killed one has to expire."""
        ...

    async def dump_database(self, wanted: Generation) -> str:
        """Dump the database and return the path of the dump."""
        ...

    async def remove_plugin(self, applied: Generation, package: str) -> None:
        """Remove what a plugin has in the database, by the image and the settings that are applied and have it."""
        ...

    async def read(self, site: str, number: int) -> Generation:
        """A generation as it was written. Number 0 is a site that is not there."""
        ...

    async def remove_networks(self, names: tuple[str, ...]) -> None:
        """Remove networks of Podman; what is not there is left out."""
        ...

    async def remove_images(self, references: tuple[str, ...]) -> None:
        """Remove images but for those that a container uses; what is not there is left out."""
        ...

    async def remove_folders(self, paths: tuple[str, ...]) -> None:
        """Remove folders or files of the host with all that is in them, but not what is mounted there."""
        ...

    async def remember_run(self, site: str, unit: str, mark: str) -> None:
        """Keep with what a service that runs once has run, or what a running one has read."""
        ...


async def do(wanted: Generation, step: Step, host: Host) -> None:
    """One step towards what is wanted. Raises HostError when it fails."""
    site = wanted.site
    match step:
        case AwaitGone() | DumpDatabase() | RemovePlugin():
            await _ready_database(wanted, step, host)
        case ProvideImage() | ProvideSecret():
            await _provide(step, host)
        case Install():
            await host.switch(site, step.expected, step.number, step.tree.links, step.obsolete)
        case MakeDirectories():
            await host.make_directories(site)
        case LoadPolicy() | RemovePolicy() | Relabel():
            await _tell_selinux(site, step, host)
        case RemoveNetworks() | RemoveImages() | RemoveFolders():
            await _remove(step, host)
        case ReloadUnits():
            await host.reload_units()
        case StartUnits():
            await _start(site, step, host)
        case ChangeUnit():
            await _change(site, step, host)
        case _:
            assert_never(step)


async def _remove(step: Removal, host: Host) -> None:
    match step:
        case RemoveNetworks():
            await host.remove_networks(step.names)
        case RemoveImages():
            await host.remove_images(step.references)
        case RemoveFolders():
            await host.remove_folders(step.paths)


async def _start(site: str, step: StartUnits, host: Host) -> None:
    for service, mark in step.marks:
        await host.remember_run(site, service, _under_way(mark))
    await host.start_units(tuple(unit for unit, _ in step.units))
    for service, mark in step.marks:
        await host.remember_run(site, service, mark)


async def _provide(step: ProvideImage | ProvideSecret, host: Host) -> None:
    if isinstance(step, ProvideImage):
        await host.provide_image(step.image)
    else:
        await host.provide_secret(step.secret)


async def _ready_database(wanted: Generation, step: AwaitGone | DumpDatabase | RemovePlugin, host: Host) -> None:
    match step:
        case AwaitGone():
            await host.await_gone(wanted)
        case DumpDatabase():
            await host.dump_database(wanted)
        case RemovePlugin():
            await host.remove_plugin(await host.read(wanted.site, step.generation), step.package)


async def _tell_selinux(site: str, step: LoadPolicy | RemovePolicy | Relabel, host: Host) -> None:
    match step:
        case LoadPolicy():
            await host.load_policy(step.modules)
        case RemovePolicy():
            await host.remove_policy(step.names)
        case Relabel():
            await host.remember_run(site, MARK, step.before)
            await host.relabel(step.paths, step.spared)
            await host.remember_run(site, MARK, step.after)


async def _change(site: str, step: ChangeUnit, host: Host) -> None:
    service = step.unit.removesuffix(".service")
    if step.mark:
        await host.remember_run(site, service, _under_way(step.mark))
    await host.change_unit(step.verb, step.unit, alone=step.alone)
    if step.mark:
        await host.remember_run(site, service, step.mark)


def _under_way(mark: str) -> str:
    """What is remembered until it is done: if this is the last word, nobody knows what the service has read."""
    return f"{mark.partition(' ')[0]} unknown"


def failed(plan: Plan, number: int, error: HostError) -> Problem:
    """The failure of a step with the story around it: what was tried, what was done before, what was left."""
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
    return Problem(first.code, first.message, first.where, notes, first.help)
