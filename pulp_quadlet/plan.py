"""The difference between what is wanted and what runs, as steps with reasons."""

from __future__ import annotations

from collections.abc import Iterator

from pulp_quadlet.due import Due, due_services, secret_reasons
from pulp_quadlet.model.deployment import Deployment, PulledImage
from pulp_quadlet.model.host_state import HostState
from pulp_quadlet.model.plan import (
    Change,
    Install,
    MakeDirectories,
    Plan,
    ProvideImage,
    ProvideSecret,
    ReloadUnits,
    Step,
    UnitStep,
)
from pulp_quadlet.model.tree import Tree


def plan(deployment: Deployment, tree: Tree, state: HostState) -> Plan:
    """What to do, in order. Empty when everything runs as it should."""
    changes = tuple(_changes(tree, state))
    due = due_services(deployment, tree, state)
    sockets = _changed_sockets(deployment, changes)
    steps: list[Step] = [*_images(deployment, state), *_secrets(deployment, state)]
    steps += _leaving(tree, state)
    if changes:
        steps.append(Install(tree=tree, changes=changes, obsolete=_obsolete(tree, state), why=_install_why(changes)))
    missing = tuple(d.path for d in deployment.directories if d.path not in state.directories)
    if missing:
        steps.append(MakeDirectories(paths=missing, why=("missing, or with another owner or mode",)))
    if changes or any(unit.needs_reload for unit in state.units.values()):
        steps.append(ReloadUnits(why=("units were changed" if changes else "systemd has not read the latest units",)))
    steps += _socket_steps(deployment, state, sockets)
    steps += _service_steps(deployment, state, due, sockets)
    if not state.unit(f"{deployment.site}.target").runs:
        steps.append(UnitStep(verb="start", unit=f"{deployment.site}.target", why=("it is not running",)))
    return Plan(site=deployment.site, steps=tuple(steps))


def _images(deployment: Deployment, state: HostState) -> Iterator[Step]:
    for image in deployment.images:
        if image.reference not in state.images:
            reason = "no such image on this host" if isinstance(image, PulledImage) else "its recipe is new"
            yield ProvideImage(image=image, why=(reason,))


def _secrets(deployment: Deployment, state: HostState) -> Iterator[Step]:
    for secret in deployment.secrets:
        why = secret_reasons(secret, state)
        if why:
            yield ProvideSecret(secret=secret, why=why)


def _changes(tree: Tree, state: HostState) -> Iterator[Change]:
    wanted = {file.path: file.text for file in tree.files}
    for path, text in wanted.items():
        if path not in state.files:
            yield Change(kind="add", path=path)
        elif state.files[path] != text:
            yield Change(kind="change", path=path)
    for path in state.files:
        if path not in wanted:
            yield Change(kind="remove", path=path)
    for link in tree.links:
        if state.links.get(link.path, "") != link.text:
            yield Change(kind="change" if link.path in state.links else "add", path=link.path)
    for path in _obsolete(tree, state):
        yield Change(kind="remove", path=path)


def _obsolete(tree: Tree, state: HostState) -> tuple[str, ...]:
    wanted = {link.path for link in tree.links}
    return tuple(path for path in state.links if path not in wanted)


def _install_why(changes: tuple[Change, ...]) -> tuple[str, ...]:
    words = {"add": "new", "change": "changed", "remove": "removed"}
    counts = {kind: sum(1 for change in changes if change.kind == kind) for kind in words}
    return tuple(f"{count} {words[kind]}" for kind, count in counts.items() if count)


def _leaving(tree: Tree, state: HostState) -> Iterator[Step]:
    """Units that the site no longer has, stopped while systemd still knows them; sockets first, or they would wake."""
    wanted = {unit.service for unit in tree.units}
    for path in sorted(state.files, key=lambda path: not path.startswith("systemd/")):
        folder, _, name = path.rpartition("/")
        unit = name if folder == "systemd" else f"{name.removesuffix('.container')}.service"
        if folder in {"systemd", "quadlet"} and unit not in wanted and state.unit(unit).runs:
            yield UnitStep(verb="stop", unit=unit, why=("the site has it no more",))


def _changed_sockets(deployment: Deployment, changes: tuple[Change, ...]) -> frozenset[str]:
    changed = {change.path for change in changes if change.kind == "change"}
    return frozenset(s.name for s in deployment.sockets if f"systemd/{s.name}.socket" in changed)


def _socket_steps(deployment: Deployment, state: HostState, changed: frozenset[str]) -> Iterator[Step]:
    """A socket cannot be opened anew while its services hold it, so those are stopped before."""
    for service in deployment.services:
        if changed & set(service.sockets) and state.unit(f"{service.name}.service").runs:
            yield UnitStep(verb="stop", unit=f"{service.name}.service", why=("its socket changed",))
    for socket in deployment.sockets:
        if socket.name in changed:
            yield UnitStep(verb="restart", unit=f"{socket.name}.socket", why=("its unit changed",))
        elif not state.unit(f"{socket.name}.socket").runs:
            yield UnitStep(verb="start", unit=f"{socket.name}.socket", why=("it is not running",))


def _service_steps(
    deployment: Deployment, state: HostState, due: dict[str, Due], sockets: frozenset[str]
) -> Iterator[Step]:
    """In start order. A restart of the database takes its users with it, so they need no step of their own."""
    taken: set[str] = set()
    for service in deployment.services:
        unit = f"{service.name}.service"
        runs = state.unit(unit).runs
        if taken & set(service.requires) and runs:
            taken.add(service.name)
            continue
        stopped = runs and bool(sockets & set(service.sockets))
        if stopped:
            yield UnitStep(verb="start", unit=unit, why=("its socket changed",))
        elif service.name in due:
            item = due[service.name]
            yield UnitStep(
                verb="restart" if runs else "start", unit=unit, why=item.why, alone=service.once, mark=item.mark
            )
            if runs and not service.once:
                taken.add(service.name)
