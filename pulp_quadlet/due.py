"""Which services have to be started or restarted, and why: judged by the containers that run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pulp_quadlet.model.deployment import Deployment, Secret
from pulp_quadlet.model.host_state import HostState
from pulp_quadlet.model.service import Service
from pulp_quadlet.model.tree import Tree
from pulp_quadlet.render.units import DIGEST_LABEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One service that has to start anew."""

    why: tuple[str, ...]
    mark: str = ""


def due_services(deployment: Deployment, tree: Tree, state: HostState) -> dict[str, Due]:
    """The services that do not run as they should, in start order."""
    digests = dict(tree.digests)
    renewed = {secret.name for secret in deployment.secrets if secret_reasons(secret, state)}
    due: dict[str, Due] = {}
    for service in deployment.services:
        digest = digests[f"{service.name}.container"]
        check = _once_reasons if service.once else _daemon_reasons
        why = list(check(service, digest, tree, state))
        if state.unit(f"{service.name}.service").runs:
            why += [f"secret {use.secret} is made anew" for use in service.secrets if use.secret in renewed]
            why += [f"{name} runs again" for name in service.follows if name in due]
        if why:
            due[service.name] = Due(why=tuple(why), mark=run_mark(digest) if service.once else "")
    return due


def run_mark(digest: str) -> str:
    """What is remembered of a service that ran once. The digest covers the image's tag, which names its recipe."""
    return digest


def secret_reasons(secret: Secret, state: HostState) -> tuple[str, ...]:
    """Why a secret has to be made or copied, if it has to."""
    found = state.secrets.get(secret.name)
    if found is None:
        return ("no such secret on this host",)
    if found.stale:
        return (f"{secret.file} has changed",)
    return ()


def _daemon_reasons(service: Service, digest: str, tree: Tree, state: HostState) -> Iterator[str]:
    unit = state.unit(f"{service.name}.service")
    container = state.containers.get(service.name)
    if not unit.runs or container is None:
        yield "it is not running" if unit.active in {"inactive", "active"} else f"it is {unit.active}"
        return
    if container.digest != digest:
        yield from _changed_files(service, tree, state)
    image = state.images.get(service.image)
    if image is None:
        yield f"image {service.image} is new"
    elif container.image != image and container.digest == digest:
        yield f"image {service.image} is another one by now"
    for use in service.secrets:
        secret = state.secrets.get(use.secret)
        if secret and secret.updated > container.created:
            yield f"secret {use.secret} is newer than the container"


def _once_reasons(service: Service, digest: str, tree: Tree, state: HostState) -> Iterator[str]:
    unit = state.unit(f"{service.name}.service")
    if unit.active != "active":
        yield "it has not run since the start"
    elif service.name not in state.runs:
        yield "it is not known with what it has run"
    elif state.runs[service.name] != run_mark(digest):
        yield from _changed_files(service, tree, state)


def _changed_files(service: Service, tree: Tree, state: HostState) -> Iterator[str]:
    prefixes = (f"quadlet/{service.name}.container", *(f"config/{folder}/" for folder in service.configs))
    read = [file for file in tree.files if file.path.startswith(prefixes)]
    changed = [file.path for file in read if _meaning(state.files.get(file.path, "")) != _meaning(file.text)]
    yield from (f"{path} changed" for path in changed)
    if not changed:
        yield "it runs from an older unit or configuration"


def _meaning(text: str) -> str:
    """A file without the digest that it bears, which changes with every file that belongs to the service."""
    return "".join(line for line in text.splitlines(keepends=True) if DIGEST_LABEL not in line)
