"""What plugins have in the database, counted or removed by the image that has them.

The programs travel in the command, as that of `survey.py` does, so that an image of any age can be asked.
"""

from __future__ import annotations

import json
from dataclasses import replace

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import oneshot
from pulp_quadlet.host import survey as surveys
from pulp_quadlet.host.command import Finished
from pulp_quadlet.host.oneshot import Once
from pulp_quadlet.model.generation import Generation
from pulp_quadlet.model.migration import DatabaseFacts
from pulp_quadlet.model.plugin_data import Holdings, PluginData
from pulp_quadlet.model.service import Mount, Service
from pulp_quadlet.model.tree import home
from pulp_quadlet.paths import is_below
from pulp_quadlet.resources import read_text

_KEPT_LINES = 20
_TAKES_AT_MOST = 4 * 3600.0  # seconds, as for a migration: row by row is slow with millions of them


async def holdings(applied: Generation, packages: tuple[str, ...]) -> Holdings:
    """What these plugins have. Raises HostError with what the program or Podman said."""
    return understood(await oneshot.run(once(applied, "plugin_data", packages)), ", ".join(packages))


async def remove(applied: Generation, package: str) -> None:
    """Remove what a plugin has. Raises HostError with what Pulp said."""
    removed(await oneshot.run(once(applied, "remove_plugin", (package,))), package)


def understood(done: Finished, packages: str) -> Holdings:
    """What the program told. Raises HostError when it told nothing."""
    if done.status != 0:
        raise _failed("looked at", packages, *_last_words(done.stderr))
    try:
        return decoded(done.stdout)
    except (ValueError, KeyError, TypeError) as error:
        raise _failed("looked at", packages, f"{error!r}") from error


def removed(done: Finished, package: str) -> None:
    """Raises HostError when it was not."""
    if done.status != 0:
        raise _failed("removed", package, *_last_words(done.stderr))


def decoded(text: str) -> Holdings:
    """What the program told. Raises ValueError, KeyError or TypeError when it is something else."""
    said = json.loads(text)
    return Holdings(
        database=DatabaseFacts(**said["database"]),
        plugins=tuple(
            PluginData(
                package=each["package"],
                counts=tuple((str(kind), int(count)) for kind, count in each["counts"]),
                names=tuple(each["names"]),
            )
            for each in said["plugins"]
        ),
    )


def once(applied: Generation, program: str, packages: tuple[str, ...]) -> Once:
    """With the eyes of the migration that is applied; what removes may also write where that may."""
    migrate = next(each for each in applied.deployment.services if each.role == "migrate")
    config = (file for file in applied.tree.files if file.path.startswith("config/pulp/"))
    looking = surveys.once(applied.site, migrate, config)
    command = ("python3", "-c", read_text(f"config/pulp/{program}.py"), *packages)
    asked = replace(looking, name=f"{applied.site}-{program.replace('_', '-')}", command=command)
    if program == "plugin_data":
        return asked
    return replace(asked, mounts=_mounts(applied.site, migrate), limit=_TAKES_AT_MOST)


def _mounts(site: str, migrate: Service) -> tuple[Mount, ...]:
    return tuple(each for each in migrate.mounts if not is_below(each.source, (home(site),)))


def _last_words(stderr: str) -> tuple[str, ...]:
    return tuple(line for line in stderr.splitlines() if line.strip())[-_KEPT_LINES:]


def _failed(what: str, packages: str, *notes: str) -> HostError:
    return HostError(
        Problem(
            code="plugin-data-failed",
            message=f"what {packages} has in the database could not be {what}",
            notes=notes,
        )
    )
