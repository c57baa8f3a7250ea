"""Run a container once, to its end, and hear what it said.

It is as confined as the services are: no root, no capability, a read-only root, secrets as files. Podman keeps its
output until it was read, so the container is removed here and not by Podman. One that a killed run left behind is
removed by the next: only one runs at a time for each site, so whatever else is there belongs to nobody.
"""

from __future__ import annotations

import asyncio
import fcntl
import io
import json
import struct
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host.command import Finished
from pulp_quadlet.model.deployment import TextFile
from pulp_quadlet.model.service import Confinement, Mount, Owner, SecretUse
from pulp_quadlet.paths import RUN

_SOCKET = "/run/podman/podman.sock"
_SITE_LABEL = "org.pulpproject.quadlet.site"
_LABEL = "org.pulpproject.quadlet.once"
_LOCKS = Path(RUN)
_MODES = {"site": "bridge", "host": "host", "none": "none"}
_ANSWERS_IN = 60.0  # seconds, for anything but the wait itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """What to run."""

    site: str
    name: str
    """Of the container: it is told in errors, too."""
    image: str
    command: tuple[str, ...]
    owner: Owner
    environment: tuple[tuple[str, str], ...] = ()
    mounts: tuple[Mount, ...] = ()
    images: tuple[tuple[str, str], ...] = ()
    """Images that it sees, read-only: reference, and the folder that their root is mounted at."""
    files: tuple[TextFile, ...] = ()
    """What its root has besides the image, by absolute paths."""
    secrets: tuple[SecretUse, ...] = ()
    confinement: Confinement | None = None
    network: Literal["site", "host", "none"] = "site"
    """That of the site where there is one; or that of the host, as builds have."""
    limit: float = 300.0
    """Seconds; it is killed after them."""


async def run(once: Once) -> Finished:
    """Run it to its end, whatever its status. Raises HostError when Podman refuses, or after the limit."""
    lock = await asyncio.to_thread(_locked, once.site)
    try:
        await asyncio.to_thread(_remove_all, once.site)
        container = await asyncio.to_thread(_create, once)
        try:
            await asyncio.to_thread(_fill, container, once.files)
            return await asyncio.wait_for(asyncio.to_thread(_finish, container), once.limit)
        except TimeoutError:
            raise _failed(f"the container {once.name} was not done after {once.limit:g} s") from None
        finally:
            # Without it, the thread above would wait for as long as the container likes.
            await asyncio.shield(asyncio.to_thread(_remove, container))
    finally:
        lock.close()


def specification(once: Once, *, network: bool) -> dict[str, Any]:
    """The container in the words of Podman's REST API (`SpecGenerator`)."""
    return {
        "name": once.name,
        "image": once.image,
        "entrypoint": [],
        "command": list(once.command),
        "user": str(once.owner),
        "hostname": once.name,
        "labels": {_SITE_LABEL: once.site, _LABEL: once.name},
        "env": dict(once.environment),
        "read_only_filesystem": True,
        "read_write_tmpfs": True,
        "no_new_privileges": True,
        "cap_drop": ["all"],
        **({"selinux_opts": list(once.confinement.options)} if once.confinement else {}),
        "image_volume_mode": "ignore",
        "netns": {"nsmode": _MODES[once.network]},
        "Networks": {once.site: {}} if network else {},
        "mounts": [
            {"type": "bind", "source": each.source, "destination": each.target, "options": ["rbind", _mode(each)]}
            for each in once.mounts
        ],
        **({"image_volumes": list(map(_volume, once.images))} if once.images else {}),
        "secrets": [
            {
                "Source": each.secret,
                "Target": each.target,
                "UID": once.owner.uid,
                "GID": once.owner.gid,
                "Mode": 0o400,
            }
            for each in once.secrets
        ],
        # Its output is an answer to us, not a message for the journal.
        "log_configuration": {"driver": "k8s-file"},
    }


def _volume(image: tuple[str, str]) -> dict[str, Any]:
    reference, target = image
    return {"Source": reference, "Destination": target, "ReadWrite": False}


def _mode(mount: Mount) -> str:
    return "rw" if mount.writable else "ro"


def _locked(site: str) -> Any:
    """A file that is locked until it is closed, or its process ends."""
    _LOCKS.mkdir(mode=0o755, exist_ok=True)
    file = (_LOCKS / f".once-{site}.lock").open("w", encoding="utf-8")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def _create(once: Once) -> str:
    network = once.network == "site" and _is_there(once.site)
    body = json.dumps(specification(once, network=network))
    answer = _ask("post", "/containers/create", data=body, headers={"Content-Type": "application/json"})
    return str(answer.json()["Id"])


def _is_there(network: str) -> bool:
    return bool(_ask("get", f"/networks/{network}/exists", missing_ok=True).status_code == 204)


def _fill(container: str, files: tuple[TextFile, ...]) -> None:
    """Podman gives them the label of the container's root, wherever they came from."""
    if files:
        _ask("put", f"/containers/{container}/archive", params={"path": "/"}, data=archive(files))


def archive(files: tuple[TextFile, ...]) -> bytes:
    """Files as a tar archive, readable for all: the processes in a container are not root."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for file in files:
            text = file.text.encode()
            entry = tarfile.TarInfo(file.path.lstrip("/"))
            entry.size, entry.mode = len(text), 0o444
            tar.addfile(entry, io.BytesIO(text))
    return packed.getvalue()


def _finish(container: str) -> Finished:
    _ask("post", f"/containers/{container}/start")
    status = int(_ask("post", f"/containers/{container}/wait", params={"condition": "exited"}, timeout=None).text)
    log = _ask("get", f"/containers/{container}/logs", params={"stdout": "true", "stderr": "true"}).content
    return Finished(status=status, stdout=_stream(log, 1), stderr=_stream(log, 2))


def _stream(log: bytes, wanted: int) -> str:
    """One of the two streams of a log, whose frames have a header each: stream, three zeros, length."""
    found, at = b"", 0
    while at + 8 <= len(log):
        stream, length = struct.unpack_from(">BxxxL", log, at)
        at += 8
        if stream == wanted:
            found += log[at : at + length]
        at += length
    return found.decode(errors="replace")


def _remove_all(site: str) -> None:
    filters = json.dumps({"label": [f"{_SITE_LABEL}={site}", _LABEL]})
    for each in _ask("get", "/containers/json", params={"all": "true", "filters": filters}).json():
        _remove(each["Id"])


def _remove(container: str) -> None:
    _ask("delete", f"/containers/{container}", params={"force": "true", "timeout": "0"}, missing_ok=True)


def _ask(verb: str, path: str, *, missing_ok: bool = False, timeout: float | None = _ANSWERS_IN, **rest: Any) -> Any:
    with _told():
        from podman import PodmanClient

        with PodmanClient(base_url=f"unix://{_SOCKET}") as client:
            answer = getattr(client.api, verb)(path, timeout=timeout, **rest)
            if not (missing_ok and answer.status_code == 404):
                answer.raise_for_status()
            return answer


@contextmanager
def _told() -> Iterator[None]:
    from podman.errors import APIError, PodmanError
    from requests import RequestException

    try:
        yield
    except (APIError, PodmanError, RequestException, OSError) as error:
        # the library says what it asked, and keeps why that failed behind it: a time that is over, for instance
        reasons = [str(each) for each in (error, error.__cause__) if each]
        raise _failed("Podman did not do what it was asked", *reasons) from error


def _failed(message: str, *notes: str) -> HostError:
    return HostError(
        Problem(code="podman-failed", message=message, notes=notes, help=("systemctl status podman.socket",))
    )
