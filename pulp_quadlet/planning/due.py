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
    judge = _Judge(tree, state, blame)
    renewed = {secret.name for secret in deployment.secrets if secret_reasons(secret, state)}
    due: dict[str, Due] = {}
    for service in deployment.services:
        judged = judge.once(service) if service.once else judge.daemon(service)
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


class _Judge:
    """What is wanted, beside what was found."""

    def __init__(self, tree: Tree, state: HostState, blame: Blame) -> None:
        self._texts = {file.path: file.text for file in tree.files}
        self._digests = dict(tree.digests)
        self._configs = dict(tree.configs)
        self._state = state
        self._blame = blame

    def daemon(self, service: Service) -> _Judged:
        """A service that is kept running, judged by its container."""
        unit = self._state.unit(f"{service.name}.service")
        container = self._state.containers.get(service.name)
        path = _unit_of(service)
        if self._state.files and path not in self._state.files:
            return _Judged(restart=(f"it is new{self._blame(path)}",))
        if not unit.runs or container is None:
            how = "not running" if unit.active in {"inactive", "active"} else unit.active
            return _Judged(restart=(f"it is {how}",))
        config = self._configs[service.name]
        return _Judged(
            restart=tuple(self._container(service, container)),
            reload=tuple(self._configuration(service, container)),
            mark=f"{container.id} {config}",
        )

    def once(self, service: Service) -> _Judged:
        """A service that runs once. The mark covers the image's tag, which names its recipe."""
        mark = f"{self._digests[f'{service.name}.container']}-{self._configs[service.name]}"
        found = self._state.runs.get(service.name)
        if self._state.unit(f"{service.name}.service").active != "active":
            return _Judged(restart=("it has not run since the start",), mark=mark)
        if found is None:
            return _Judged(restart=("it is not known with what it has run",), mark=mark)
        if found == mark:
            return _Judged()
        return _Judged(restart=tuple(self._changed(_unit_of(service), *_configs_of(service))), mark=mark)

    def _container(self, service: Service, container: ContainerState) -> Iterator[str]:
        """Why it has to be another container."""
        same = container.digest == self._digests[f"{service.name}.container"]
        if not same:
            yield from self._changed(_unit_of(service))
        elif self._state.read_altered(_unit_of(service), container):
            yield f"it was started from {_unit_of(service)}, altered by hand"
        image = self._state.images.get(service.image)
        if image is None:
            yield f"image {service.image} is new"
        elif container.image != image and same:
            yield f"image {service.image} is another one by now"
        for use in service.secrets:
            secret = self._state.secrets.get(use.secret)
            if secret and secret.updated > container.created:
                yield f"secret {use.secret} is newer than the container"

    def _configuration(self, service: Service, container: ContainerState) -> Iterator[str]:
        """Why its process has to read its configuration again."""
        if self._in_use(service, container) != self._configs[service.name]:
            yield from self._changed(*_configs_of(service))
            return
        altered = (path for path in _configs_of(service) if self._state.read_altered(path, container))
        yield from (f"it has read {path}, altered by hand" for path in altered)

    def _in_use(self, service: Service, container: ContainerState) -> str:
        """The configuration that its process read last: when it started, or since, when it was told to reload."""
        reloaded, _, config = self._state.runs.get(service.name, "").partition(" ")
        return config if config and reloaded == container.id else container.config

    def _changed(self, *paths: str) -> Iterator[str]:
        """Which of these files are not what was installed, and which keys of the site file made them so."""
        installed = self._state.files
        changed = [path for path in paths if meaning(installed.get(path, "")) != meaning(self._texts[path])]
        yield from (f"{path} changed{self._blame(path)}" for path in changed)
        if not changed:
            yield "it runs from an older unit or configuration"


def _unit_of(service: Service) -> str:
    return f"quadlet/{service.name}.container"


def _configs_of(service: Service) -> tuple[str, ...]:
    return tuple(f"config/{name}" for name in service.configs)


def meaning(text: str) -> str:
    """A file without the digests that it bears, which change with every file that belongs to the service."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if DIGEST_LABEL not in line and CONFIG_LABEL not in line)
