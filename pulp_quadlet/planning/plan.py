"""The difference between what is wanted and what runs, as steps with reasons."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import replace

from pulp_quadlet.model.deployment import BuiltImage, Deployment, Image, PulledImage
from pulp_quadlet.model.host_state import HostState
from pulp_quadlet.model.migration import MigrationPlan
from pulp_quadlet.model.plan import Blame, Plan
from pulp_quadlet.model.steps import (
    Change,
    ChangeUnit,
    Install,
    MakeDirectories,
    ProvideImage,
    ProvideSecret,
    ReloadUnits,
    Step,
)
from pulp_quadlet.model.tree import Tree, unit_name
from pulp_quadlet.planning.drift import drift
from pulp_quadlet.planning.due import due_services, secret_reasons
from pulp_quadlet.planning.policy import label, leave_policy, load_policy, policy_drift
from pulp_quadlet.planning.sequence import unit_steps


def plan(
    deployment: Deployment,
    tree: Tree,
    state: HostState,
    blame: Blame = lambda _path: "",
    migration: MigrationPlan | None = None,
) -> Plan:
    """What to do, in order. Empty when everything runs as it should."""
    changes = tuple(replace(each, cause=blame(each.path).removeprefix(": ")) for each in _changes(tree, state))
    due = due_services(deployment, tree, state, blame)
    sockets = _changed_sockets(deployment, changes, blame)
    steps: list[Step] = [*_images(deployment, state, blame), *_secrets(deployment, state)]
    steps += _leaving(tree, state, blame)
    steps += load_policy(deployment.policy, state, blame)
    before, after = unit_steps(deployment, state, due, sockets, migration)
    steps += before
    if changes:
        steps.append(_install(tree, state, changes))
    missing = tuple(d.path for d in deployment.directories if d.path not in state.directories)
    if missing:
        steps.append(MakeDirectories(paths=missing, why=("missing, or with another owner or mode",)))
    steps += label(deployment.policy, state)
    if changes or any(unit.needs_reload for unit in state.units.values()):
        steps.append(ReloadUnits(why=("units were changed" if changes else "systemd has not read the latest units",)))
    steps += after
    steps += leave_policy(deployment, state)
    found = (*drift(state), *policy_drift(deployment.policy, state))
    return Plan(site=deployment.site, steps=tuple(steps), drift=found, migration=migration)


def plan_id(made: Plan, state: HostState) -> str:
    """By what a plan is known again: another host, or another site file, makes another one."""
    text = json.dumps([state.generation, [[step.title, *step.why] for step in made.steps]])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def plan_back(
    deployment: Deployment, tree: Tree, state: HostState, number: int, restored: frozenset[str] = frozenset()
) -> Plan:
    """What to do to have a former generation again. Nothing is made anew but images that are gone: secrets are what
    they were. Who uses one of the `restored` starts anew, whatever the clock says of when that was.
    """
    secrets = {
        name: replace(secret, stale=False, updated=math.inf if name in restored else secret.updated)
        for name, secret in state.secrets.items()
    }
    made = plan(deployment, tree, replace(state, secrets=secrets))
    steps = (replace(step, number=number) if isinstance(step, Install) else step for step in made.steps)
    if state.generation != number and not any(isinstance(step, Install) for step in made.steps):
        # the same files, in another place
        install = Install(
            tree=tree, changes=(), number=number, expected=state.generation, why=("it is the one before",)
        )
        return replace(made, steps=(install, ReloadUnits(why=("units were changed",)), *steps))
    return replace(made, steps=tuple(steps))


def unused(before: Deployment, deployment: Deployment, removed: tuple[str, ...] = ()) -> Iterator[str]:
    """What one deployment has that holds data, folders, secrets and plugins, and the next one has no more. `removed`
    names the plugins whose data is removed.
    """
    yield from (path for path in data_folders(before) if path not in data_folders(deployment))
    wanted = {secret.name for secret in deployment.secrets}
    yield from (f"secret {secret.name}" for secret in before.secrets if secret.name not in wanted)
    if any(isinstance(image, BuiltImage) and image.role == "pulp" for image in deployment.images):
        gone = (name for name in before.plugins if name not in (*deployment.plugins, *removed))
        yield from (f"what {name} has in the database" for name in gone)


def data_folders(deployment: Deployment) -> dict[str, None]:
    """Folders of the host with data, each once."""
    mounts = (mount for service in deployment.services for mount in service.mounts)
    return dict.fromkeys(mount.source for mount in mounts if mount.data)


def _locked_first(image: Image) -> Iterator[str]:
    """Only `plan` sees such an image: before an apply, its packages are locked."""
    if isinstance(image, BuiltImage) and image.packages is not None and image.packages.lock is None:
        yield "its packages are locked first"


def _images(deployment: Deployment, state: HostState, blame: Blame) -> Iterator[Step]:
    for image in deployment.images:
        if image.reference in state.unseen:
            built = isinstance(image, BuiltImage)
            reason = "its name was taken away" if built else "it was not looked at yet"
            yield ProvideImage(image=image, why=(reason,), there=True)
        elif image.reference not in state.images:
            pulled = isinstance(image, PulledImage)
            causes = "" if pulled else blame(f"images/{image.role}/Containerfile")
            reason = "no such image on this host" if pulled else "its recipe is new"
            yield ProvideImage(image=image, why=(reason + causes, *_locked_first(image), *_unknown(image)))


def _unknown(image: Image) -> Iterator[str]:
    """Plugins that may need more than is known here, from SELinux for one."""
    for name in image.unknown if isinstance(image, BuiltImage) else ():
        yield f"what {name} needs of the system and of SELinux is not known"


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


def _install(tree: Tree, state: HostState, changes: tuple[Change, ...]) -> Install:
    obsolete = _obsolete(tree, state)
    return Install(tree=tree, changes=changes, obsolete=obsolete, expected=state.generation, why=_install_why(changes))


def _obsolete(tree: Tree, state: HostState) -> tuple[str, ...]:
    wanted = {link.path for link in tree.links}
    return tuple(path for path in state.links if path not in wanted)


def _install_why(changes: tuple[Change, ...]) -> tuple[str, ...]:
    words = {"add": "new", "change": "changed", "remove": "removed"}
    counts = {kind: sum(1 for change in changes if change.kind == kind) for kind in words}
    return tuple(f"{count} {words[kind]}" for kind, count in counts.items() if count)


def _leaving(tree: Tree, state: HostState, blame: Blame) -> Iterator[Step]:
    """Units that the site no longer has, stopped while systemd still knows them; sockets first, or they would wake."""
    wanted = set(tree.unit_names)
    for path in sorted(state.files, key=lambda path: not path.startswith("systemd/")):
        unit = unit_name(path)
        if unit and unit not in wanted and state.unit(unit).runs:
            yield ChangeUnit(verb="stop", unit=unit, why=(f"the site has it no more{blame(path)}",))


def _changed_sockets(deployment: Deployment, changes: tuple[Change, ...], blame: Blame) -> dict[str, str]:
    """Sockets whose unit changed, and what changed it."""
    changed = {change.path for change in changes if change.kind == "change"}
    paths = {socket.name: f"systemd/{socket.name}.socket" for socket in deployment.sockets}
    return {name: blame(path) for name, path in paths.items() if path in changed}
