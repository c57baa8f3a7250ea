"""Which services have to be started, restarted or told to reload, and why: judged by the containers that run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pulp_quadlet.model.deployment import Deployment, Secret
from pulp_quadlet.model.host_state import ContainerState, HostState
from pulp_quadlet.model.labels import CONFIG_LABEL, DIGEST_LABEL
from pulp_quadlet.model.plan import Blame
from pulp_quadlet.model.service import Service
from pulp_quadlet.model.tree import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One service that has to start anew, or to read its configuration again."""

    why: tuple[str, ...]
    act: Literal["restart", "reload"] = "restart"
    mark: str = ""


def due_services(deployment: Deployment, tree: Tree, state: HostState, blame: Blame) -> dict[str, Due]:
    """The services that do not run as they should, in start order."""
    renewed = {secret.name for secret in deployment.secrets if secret_reasons(secret, state)}
    due: dict[str, Due] = {}
    for service in deployment.services:
        judged = _once(service, tree, state, blame) if service.once else _daemon(service, tree, state, blame)
        why, reload_why = list(judged.restart), list(judged.reload)
        if state.unit(f"{service.name}.service").runs:
            why += [f"secret {use.secret} is made anew" for use in service.secrets if use.secret in renewed]
            reload_why += [f"{name} runs again" for name in service.follows if name in due]
        if why or (reload_why and not service.reload):
            due[service.name] = Due(why=(*why, *reload_why), mark=judged.mark if service.once else "")
        elif reload_why:
            due[service.name] = Due(why=tuple(reload_why), act="reload", mark=judged.mark)
    return due


def secret_reasons(secret: Secret, state: HostState) -> tuple[str, ...]:
    """Why a secret has to be made or copied, if it has to."""
    found = state.secrets.get(secret.name)
    if found is None:
        return ("no such secret on this host",)
    if found.stale:
        return (f"{secret.file} has changed",)
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """Reasons to restart, reasons for which a reload would do, and what to remember when that is done."""

    restart: tuple[str, ...] = ()
    reload: tuple[str, ...] = ()
    mark: str = ""


def _daemon(service: Service, tree: Tree, state: HostState, blame: Blame) -> _Judged:
    unit = state.unit(f"{service.name}.service")
    container = state.containers.get(service.name)
    path = f"quadlet/{service.name}.container"
    if state.files and path not in state.files:
        return _Judged(restart=(f"it is new{blame(path)}",))
    if not unit.runs or container is None:
        return _Judged(
            restart=("it is not running" if unit.active in {"inactive", "active"} else f"it is {unit.active}",)
        )
    config = dict(tree.configs)[service.name]
    stale = _configuration_in_use(service, container, state) != config
    by_hand = tuple(f"it has read {name}, altered by hand" for name in _altered(service, container, state))
    return _Judged(
        restart=tuple(_container_reasons(service, container, tree, state, blame)),
        reload=tuple(_changed(service.configs, "config/", tree, state, blame)) if stale else by_hand,
        mark=f"{container.id} {config}",
    )


def _configuration_in_use(service: Service, container: ContainerState, state: HostState) -> str:
    """What the process read last: when it started, or since, when it was told to reload."""
    reloaded, _, config = state.runs.get(service.name, "").partition(" ")
    return config if config and reloaded == container.id else container.config


def _altered(service: Service, container: ContainerState, state: HostState) -> Iterator[str]:
    return (path for path in (f"config/{name}" for name in service.configs) if state.read_altered(path, container))


def _container_reasons(
    service: Service, container: ContainerState, tree: Tree, state: HostState, blame: Blame
) -> Iterator[str]:
    same = container.digest == dict(tree.digests)[f"{service.name}.container"]
    if not same:
        yield from _changed((f"{service.name}.container",), "quadlet/", tree, state, blame)
    elif state.read_altered(f"quadlet/{service.name}.container", container):
        yield f"it was started from quadlet/{service.name}.container, altered by hand"
    image = state.images.get(service.image)
    if image is None:
        yield f"image {service.image} is new"
    elif container.image != image and same:
        yield f"image {service.image} is another one by now"
    for use in service.secrets:
        secret = state.secrets.get(use.secret)
        if secret and secret.updated > container.created:
            yield f"secret {use.secret} is newer than the container"


def _once(service: Service, tree: Tree, state: HostState, blame: Blame) -> _Judged:
    """The mark covers the image's tag, which names its recipe."""
    mark = f"{dict(tree.digests)[f'{service.name}.container']}-{dict(tree.configs)[service.name]}"
    found = state.runs.get(service.name)
    if state.unit(f"{service.name}.service").active != "active":
        return _Judged(restart=("it has not run since the start",), mark=mark)
    if found is None:
        return _Judged(restart=("it is not known with what it has run",), mark=mark)
    if found == mark:
        return _Judged()
    unit = (f"quadlet/{service.name}.container",)
    return _Judged(
        restart=tuple(_changed((*unit, *(f"config/{c}" for c in service.configs)), "", tree, state, blame)), mark=mark
    )


def _changed(names: tuple[str, ...], folder: str, tree: Tree, state: HostState, blame: Blame) -> Iterator[str]:
    """Which of these files are not what was installed, and which keys of the site file made them so."""
    paths = {f"{folder}{name}" for name in names}
    read = [file for file in tree.files if file.path in paths]
    changed = [file.path for file in read if meaning(state.files.get(file.path, "")) != meaning(file.text)]
    for path in changed:
        yield f"{path} changed{blame(path)}"
    if not changed:
        yield "it runs from an older unit or configuration"


def meaning(text: str) -> str:
    """A file without the digests that it bears, which change with every file that belongs to the service."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if DIGEST_LABEL not in line and CONFIG_LABEL not in line)
