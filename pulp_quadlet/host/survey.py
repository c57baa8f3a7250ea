"""Ask the new image what it would do to the database, and wait for processes that count as alive but are not.

The program travels in the command, so that an image or a generation which is older than it is asked as well.
"""

from __future__ import annotations

import asyncio
import json
import posixpath
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import oneshot
from pulp_quadlet.host.command import Finished
from pulp_quadlet.host.oneshot import Once
from pulp_quadlet.model.deployment import TextFile
from pulp_quadlet.model.migration import DatabaseFacts, LiveProcess, PendingMigration, Requirement, Survey
from pulp_quadlet.model.service import Service
from pulp_quadlet.model.tree import home
from pulp_quadlet.paths import is_below
from pulp_quadlet.resources import read_text

_SETTINGS = "/etc/pulp-survey"
_KEPT_LINES = 20
_TAKES_AT_MOST = 600.0  # seconds; three are usual, and ten on two busy cores
_GRACE = 5.0  # seconds; between the clocks of the database and of this host, and for the last heartbeat


async def survey(site: str, service: Service, config: Iterable[TextFile]) -> Survey:
    """What the image of `service`, the migration of the new deployment, would do. Nothing is changed.

    `config` is what the new generation has in `config/pulp`, whether or not it is written anywhere. The image and the
    secrets must be there, and the database must run. Raises HostError with what the program or Podman said.
    """
    return understood(service.image, await oneshot.run(once(site, service, config)))


def understood(image: str, done: Finished) -> Survey:
    """The survey that the program printed. Raises HostError with its last words when it printed none."""
    if done.status != 0:
        lines = tuple(line for line in done.stderr.splitlines() if line.strip())
        raise HostError(
            Problem(
                code="survey-failed",
                message=f"the migrations of the image {image} could not be looked at",
                notes=lines[-_KEPT_LINES:],
            )
        )
    try:
        return decoded(json.loads(done.stdout))
    except (ValueError, KeyError, TypeError) as error:
        raise HostError(
            Problem(
                code="survey-failed",
                message=f"what the image {image} said of its migrations cannot be read: {error!r}",
            )
        ) from error


async def gone(
    look: Callable[[], Awaitable[Survey]],
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Survey:
    """Wait until no process of Pulp counts as alive, when all of them were stopped; return the last survey.

    A killed process leaves its row, which counts for its time to live. A row that counts for longer belongs to a
    process that lives, here or on another host: HostError names it.
    """
    found = await look()
    deadline = clock() + found.patience + _GRACE
    while found.processes:
        if clock() >= deadline:
            names = ", ".join(process.name for process in found.processes)
            raise HostError(
                Problem(
                    code="processes-alive",
                    message=f"processes of Pulp still run on this database: {names}",
                    notes=("a migration that needs them stopped was due, and did not begin",),
                    help=("stop Pulp on the other hosts of the site too",),
                )
            )
        await sleep(min(found.patience + 1, max(deadline - clock(), 0.1)))
        found = await look()
    return found


def decoded(said: Any) -> Survey:
    """The survey from the program's JSON. Raises ValueError, KeyError or TypeError when it is none."""
    return Survey(
        versions=tuple(said["versions"].items()),
        first=said["first"],
        pending=tuple(_pending(each) for each in said["pending"]),
        ahead=tuple(said["ahead"]),
        processes=tuple(
            LiveProcess(**{**each, "versions": tuple(each["versions"].items())}) for each in said["processes"]
        ),
        database=DatabaseFacts(**said["database"]),
    )


def _pending(said: dict[str, Any]) -> PendingMigration:
    lists = {name: tuple(said[name]) for name in ("one_way", "removes", "renames")}
    return PendingMigration(**{**said, **lists, "requires": tuple(Requirement(**each) for each in said["requires"])})


def with_known(service: Service, known: Collection[str]) -> Service:
    """The same service without secrets that are only made when the change has begun, such as the keys of a plugin that
    is new: a survey reads none of them, and Podman makes no container that names one.
    """
    return replace(service, secrets=tuple(each for each in service.secrets if each.secret in known))


def _python(service: Service) -> tuple[str, ...]:
    """As the migration finds it, whose last word is its program; a finder is among the configuration."""
    return tuple(
        f"{_SETTINGS}/{posixpath.basename(word)}" if word.startswith("/") else word for word in service.command[:-1]
    )


def once(site: str, service: Service, config: Iterable[TextFile]) -> Once:
    """With the eyes of the migration, but for the site's configuration, which is that of the new generation, and
    the data, which it has no need of.

    The configuration is put into the container, since a file of the host would need a label that it may read.
    """
    kept = tuple(each for each in service.mounts if not each.data and not is_below(each.source, (home(site),)))
    environment = {**dict(service.environment), "PULP_SETTINGS": f"{_SETTINGS}/settings.py"}
    return Once(
        site=site,
        name=f"{site}-survey",
        image=service.image,
        command=(*_python(service), "-c", read_text("config/pulp/survey.py")),
        owner=service.owner,
        environment=tuple(environment.items()),
        mounts=kept,
        files=tuple(replace(each, path=f"{_SETTINGS}/{posixpath.basename(each.path)}") for each in config),
        secrets=service.secrets,
        confinement=service.confinement,
        limit=_TAKES_AT_MOST,
    )
