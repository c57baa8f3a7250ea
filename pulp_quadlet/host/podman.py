"""What changes something in Podman, through podman-py; images come by `images.py`.

What is there is asked for in `observe.py` and `look.py`, which do without that library.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import podman_api, secret_bytes
from pulp_quadlet.host.observe import PATIENCE
from pulp_quadlet.model.deployment import Secret

_Value = TypeVar("_Value")
# ends the name of the secret that keeps the former bytes of another one, until an apply is committed
_FORMER = ".former"


class Podman:
    """The Podman of root on this host. Its clients are synchronous, so each call runs in a thread of its own."""

    async def secrets(self) -> frozenset[str]:
        """The names of all that are there."""

        def ask() -> frozenset[str]:
            with podman_api.connected(limit=PATIENCE) as reader:
                return frozenset(reader.secrets())

        return await asyncio.to_thread(ask)

    async def provide_secret(self, secret: Secret) -> None:
        """Make up a secret or copy it from its file; its bytes reach Podman over its socket, never a command line."""
        await _ask(lambda client: _provide_secret(client, secret))

    async def restore_secrets(self, names: tuple[str, ...]) -> None:
        """Give secrets the bytes that they had before they were copied anew."""
        await _ask(lambda client: _restore(client, names))

    async def forget_secrets(self, names: tuple[str, ...]) -> None:
        """Keep the former bytes no longer."""
        if names:
            await _ask(lambda client: _forget(client, names))


async def _ask(question: Callable[[Any], _Value]) -> _Value:
    return await asyncio.to_thread(_connected, question)


def _connected(question: Callable[[Any], _Value]) -> _Value:
    from podman import PodmanClient
    from podman.errors import APIError, PodmanError
    from requests import RequestException

    with (
        _told(APIError, PodmanError, RequestException, OSError),
        PodmanClient(base_url=f"unix://{podman_api.SOCKET}") as client,
    ):
        return question(client)


@contextmanager
def _told(*foreign: type[Exception]) -> Iterator[None]:
    try:
        yield
    except foreign as error:
        raise podman_api.podman_failed(str(error)) from error


def _provide_secret(client: Any, secret: Secret) -> None:
    if secret.file is not None:
        content = _file(secret.file)
    elif secret.kind == "token-public-key":
        content = secret_bytes.public_half(_bytes_of(secret.subject))
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
        _write(client, secret.name + _FORMER, _bytes_of(secret.name))
    _write(client, secret.name, content)


def _restore(client: Any, names: tuple[str, ...]) -> None:
    for name in names:
        if client.secrets.exists(name + _FORMER):
            _write(client, name, _bytes_of(name + _FORMER))


def _forget(client: Any, names: tuple[str, ...]) -> None:
    for name in names:
        if client.secrets.exists(name + _FORMER):
            client.secrets.remove(name + _FORMER)


def _write(client: Any, name: str, content: bytes) -> None:
    """In one step where Podman can, so that there is no moment without the secret (`replace`, Podman 4.7)."""
    client.api.post("/secrets/create", params={"name": name, "replace": "true"}, data=content).raise_for_status()


def _bytes_of(name: str) -> bytes:
    with podman_api.connected(limit=PATIENCE) as reader:
        return reader.secret_bytes(name)


def _file(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise HostError(
            Problem(code="secret-unreadable", message=f"the secret's file {path} cannot be read: {error.strerror}")
        ) from error
