"""A reader of Podman's REST API: containers, images, secrets and the folder of its storage.

Python's own HTTP client is enough for that. podman-py costs 114 ms of CPU and more than 10 MB of memory to import,
which is more than the agent may use to tell how a site is every few seconds, and a third of what an `apply` that
changes nothing may cost. What changes something goes through podman-py, in `host/podman.py`.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host.local_http import PATIENCE, UnixConnection, reason
from pulp_quadlet.model.host_state import ContainerState
from pulp_quadlet.model.labels import CONFIG_LABEL, DIGEST_LABEL, ONCE_LABEL, SITE_LABEL

SOCKET = "/run/podman/podman.sock"
# That of the oldest Podman that is supported, 4.9; all later ones answer to it.
_VERSION = "v4.0.0"
_ALIVE = {"running", "paused", "stopping"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A container with processes in it."""

    id: str
    name: str
    image: str
    """The id of its image."""
    labels: Mapping[str, str]
    created: float
    """Seconds since 1970."""
    state: str
    """`running`, `paused` or `stopping`."""
    pid: int
    """Of its first process, on the host."""
    health: str
    """`starting`, `healthy`, `unhealthy`; empty where no health check is defined."""

    def as_state(self, output: str = "") -> ContainerState:
        """What a plan and a verdict need of it; `output` is what its last health check said."""
        return ContainerState(
            image=self.image,
            digest=self.labels.get(DIGEST_LABEL, ""),
            config=self.labels.get(CONFIG_LABEL, ""),
            id=self.id,
            created=self.created,
            health=self.health,
            health_output=output,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImage:
    """An image that is here."""

    id: str
    """In hexadecimal."""
    digest: str
    """Of its manifest, as `sha256:...`; empty where it has none."""
    size: int
    created: float
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The last health check of a container."""

    health: str
    output: str = ""
    ended: float = 0.0
    """Seconds since 1970; 0 where none has ended yet."""


class PodmanApi:
    """One connection to Podman of root, for several questions. Every method raises HostError where it fails."""

    def __init__(self, path: str = SOCKET, limit: float = PATIENCE) -> None:
        self._connection = UnixConnection(path, limit)

    def close(self) -> None:
        """Let the connection go; Podman's service ends by itself some seconds later."""
        self._connection.close()

    def containers(self, site: str) -> tuple[Container, ...]:
        """All containers of a site that have processes, but for those that run once to answer a question of ours.

        One request, whatever their number.
        """
        filters = json.dumps({"label": [f"{SITE_LABEL}={site}"]})
        # paused ones are listed with "all" only, and so are those that ended
        listed = self._get("containers/json", all="true", filters=filters)
        alive = (each for each in listed or () if each["State"] in _ALIVE)
        return tuple(found for found in map(_container, alive) if ONCE_LABEL not in found.labels)

    def last_check(self, container: str) -> Check | None:
        """What a container's health check said last; the list lacks it. None where the container is gone."""
        found = self._get(f"containers/{quote(container, safe='')}/json")
        if found is None:
            return None
        health = found["State"].get("Health") or {}
        last = (health.get("Log") or [{}])[-1]
        return Check(
            health=health.get("Status", ""),
            output=last.get("Output", "").strip(),
            ended=seconds(last["End"]) if "End" in last else 0.0,
        )

    def images(self, references: tuple[str, ...]) -> dict[str, str]:
        """Ids of those images that exist, by their references."""
        found = {name: self._get(f"images/{quote(name, safe='')}/json") for name in references}
        return {name: str(image["Id"]) for name, image in found.items() if image is not None}

    def stored(self, references: tuple[str, ...]) -> dict[str, StoredImage]:
        """Those images that exist, by their references, with more than their ids."""
        found = {name: self._get(f"images/{quote(name, safe='')}/json") for name in references}
        return {name: _stored(image) for name, image in found.items() if image is not None}

    def named_images(self) -> dict[str, tuple[tuple[str, ...], bool]]:
        """The names of each image that has some, by its id, and whether there is a container of it."""
        return {
            str(each["Id"]): (tuple(each["Names"]), bool(each.get("Containers")))
            for each in self._get("images/json") or ()
            if each.get("Names")
        }

    def own_sizes(self) -> dict[str, int]:
        """How many bytes each image has alone, by its id. Podman adds up all layers: it takes a while."""
        found = self._get("system/df") or {}
        return {str(each["ImageID"]): int(each["UniqueSize"]) for each in found.get("Images") or ()}

    def secrets(self) -> dict[str, float]:
        """The names of all secrets, and when each was written, in seconds since 1970."""
        return {each["Spec"]["Name"]: seconds(each["UpdatedAt"]) for each in self._get("secrets/json") or ()}

    def secret_bytes(self, name: str) -> bytes:
        """What a secret holds. Ask for it only where the bytes themselves are needed."""
        found = self._get(f"secrets/{quote(name, safe='')}/json", showsecret="true")
        if found is None:
            raise podman_failed(f"there is no secret {name}")
        return str(found["SecretData"]).encode()

    def graph_root(self) -> str:
        """The folder in which Podman keeps images and containers. It costs a tenth of a second: ask once."""
        found = self._get("info")
        return str(found["store"]["graphRoot"]) if found else ""

    def _get(self, what: str, **parameters: str) -> Any:
        """The answer, parsed; None where Podman knows no such thing."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        try:
            self._connection.request("GET", f"/{_VERSION}/libpod/{what}{query}")
            answer = self._connection.getresponse()
            text = answer.read()
            if answer.status == http.HTTPStatus.NOT_FOUND:
                return None
            if answer.status != http.HTTPStatus.OK:
                raise podman_failed(f"{what.partition('/')[0]}: {answer.status} {text.decode(errors='replace')[:500]}")
            return json.loads(text)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise podman_failed(reason(error)) from error


@contextmanager
def connected(path: str = SOCKET, limit: float = PATIENCE) -> Iterator[PodmanApi]:
    """A reader for some questions in a row."""
    reader = PodmanApi(path, limit)
    try:
        yield reader
    finally:
        reader.close()


def podman_failed(said: str) -> HostError:
    """Podman did not answer, or refused."""
    return HostError(
        Problem(
            code="podman-failed",
            message="Podman did not do what it was asked",
            notes=(said,),
            help=("systemctl status podman.socket",),
        )
    )


def seconds(text: str) -> float:
    """An RFC 3339 time, in seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()


def _stored(image: Mapping[str, Any]) -> StoredImage:
    return StoredImage(
        id=str(image["Id"]).removeprefix("sha256:"),
        digest=str(image.get("Digest") or ""),
        size=int(image["Size"]),
        created=seconds(image["Created"]),
    )


def _container(listed: Mapping[str, Any]) -> Container:
    return Container(
        id=listed["Id"],
        name=listed["Names"][0],
        image=listed["ImageID"],
        labels=listed["Labels"] or {},
        created=seconds(listed["Created"]),
        state=listed["State"],
        pid=listed["Pid"],
        health=listed.get("Status", ""),
    )
