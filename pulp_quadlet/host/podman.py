"""Podman: images, secrets and containers through its API; builds through its command, for their output."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import command, secret_bytes
from pulp_quadlet.model.deployment import BuiltImage, Image, Secret
from pulp_quadlet.model.host_state import ContainerState, SecretState

_DIGEST_LABEL = "org.pulpproject.quadlet.digest"
_CONFIG_LABEL = "org.pulpproject.quadlet.config"
_SITE_LABEL = "org.pulpproject.quadlet.site"
_SOCKET = "/run/podman/podman.sock"
_Value = TypeVar("_Value")


class Podman:
    """The Podman of root on this host. The library is synchronous, so each call runs in a thread of its own."""

    async def images(self, references: tuple[str, ...]) -> dict[str, str]:
        """Ids of those images that exist."""
        return await _ask(lambda client: _existing(client.images.get, references, lambda image: str(image.id)))

    async def containers(self, site: str) -> dict[str, ContainerState]:
        """The running containers of a site."""
        return await _ask(lambda client: dict(_containers(client, site)))

    async def secrets(self, wanted: tuple[Secret, ...]) -> dict[str, SecretState]:
        """Those secrets that exist, and whether the files that they were copied from hold something else by now."""
        return await _ask(lambda client: dict(_secrets(client, wanted)))

    async def provide_image(self, image: Image, listener: command.Listener) -> None:
        """Build or pull an image."""
        if not isinstance(image, BuiltImage):
            await command.follow(("podman", "pull", image.reference), listener)
            return
        with tempfile.TemporaryDirectory(prefix="pulp-quadlet-") as folder:
            for file in image.context:
                Path(folder, file.path).write_text(file.text, encoding="utf-8")
            volumes = tuple(f"--volume={source}:{target}:ro" for source, target in image.mounts)
            network = "host" if image.network else "none"
            options = (f"--tag={image.reference}", "--pull=missing", f"--network={network}", *volumes)
            await command.follow(("podman", "build", *options, f"--file={folder}/Containerfile", folder), listener)

    async def provide_secret(self, secret: Secret) -> None:
        """Make up a secret or copy it from its file; its bytes reach Podman over its socket, never a command line."""
        await _ask(lambda client: _provide_secret(client, secret))


async def _ask(question: Callable[[Any], _Value]) -> _Value:
    return await asyncio.to_thread(_connected, question)


def _connected(question: Callable[[Any], _Value]) -> _Value:
    from podman import PodmanClient
    from podman.errors import APIError, PodmanError
    from requests import RequestException

    with _told(APIError, PodmanError, RequestException, OSError), PodmanClient(base_url=f"unix://{_SOCKET}") as client:
        return question(client)


@contextmanager
def _told(*foreign: type[Exception]) -> Iterator[None]:
    try:
        yield
    except foreign as error:
        raise HostError(
            Problem(
                code="podman-failed",
                message="Podman did not do what it was asked",
                notes=(str(error),),
                help=("systemctl status podman.socket",),
            )
        ) from error


def _existing(get: Callable[[str], Any], names: tuple[str, ...], value: Callable[[Any], _Value]) -> dict[str, _Value]:
    from podman.errors import ImageNotFound, NotFound

    found = {}
    for name in names:
        try:
            found[name] = value(get(name))
        except (NotFound, ImageNotFound):
            continue
    return found


def _containers(client: Any, site: str) -> Iterator[tuple[str, ContainerState]]:
    for listed in client.containers.list(filters={"label": f"{_SITE_LABEL}={site}"}):
        details = client.containers.get(listed.id).attrs
        health = details["State"].get("Health") or {}
        log = health.get("Log") or [{}]
        yield (
            details["Name"],
            ContainerState(
                image=details["Image"],
                digest=details["Config"]["Labels"].get(_DIGEST_LABEL, ""),
                config=details["Config"]["Labels"].get(_CONFIG_LABEL, ""),
                id=details["Id"],
                created=_seconds(details["Created"]),
                health=health.get("Status", ""),
                health_output=log[-1].get("Output", "").strip(),
            ),
        )


def _secrets(client: Any, wanted: tuple[Secret, ...]) -> Iterator[tuple[str, SecretState]]:
    found = _existing(client.secrets.get, tuple(secret.name for secret in wanted), lambda item: item.attrs)
    for secret in wanted:
        if secret.name in found:
            stale = secret.file is not None and _is_stale(client, secret.name, Path(secret.file))
            yield secret.name, SecretState(updated=_seconds(found[secret.name]["UpdatedAt"]), stale=stale)


def _is_stale(client: Any, name: str, file: Path) -> bool:
    """Whether the file holds something else by now; one that cannot be read is told elsewhere."""
    try:
        return _bytes_of(client, name) != file.read_bytes()
    except OSError:
        return False


def _provide_secret(client: Any, secret: Secret) -> None:
    if secret.file is not None:
        content = _read(secret.file)
    elif secret.kind == "token-public-key":
        content = secret_bytes.public_half(_bytes_of(client, secret.subject))
    elif secret.kind is not None:
        content = secret_bytes.make(secret.kind, secret.subject)
    else:
        raise HostError(
            Problem(
                code="secret-missing",
                message=f"this host has no Podman secret `{secret.name}`, which the site file names",
                help=(f"podman secret create {secret.name} /path/to/file",),
            )
        )
    if client.secrets.exists(secret.name):
        client.secrets.remove(secret.name)
    client.secrets.create(secret.name, content)


def _bytes_of(client: Any, name: str) -> bytes:
    answer = client.api.get(f"/secrets/{name}/json", params={"showsecret": "true"})
    answer.raise_for_status()
    return str(answer.json()["SecretData"]).encode()


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise HostError(
            Problem(code="secret-unreadable", message=f"the secret's file {path} cannot be read: {error.strerror}")
        ) from error


def _seconds(text: str) -> float:
    """An RFC 3339 time."""
    return datetime.fromisoformat(text).timestamp()
