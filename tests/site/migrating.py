"""Runs one door of the product inside the machine, with the product's own Python: `migrating.py VERB ...`.

Prints JSON. Apply calls the same functions; here they are called one by one, against a database of the test's choice.
"""

import asyncio
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from pulp_quadlet import relock
from pulp_quadlet.compiling import Compiled, compile_site
from pulp_quadlet.config.source import load
from pulp_quadlet.errors import HostError
from pulp_quadlet.host import database, oneshot, survey
from pulp_quadlet.host.machine import Machine
from pulp_quadlet.host.target import this_host
from pulp_quadlet.model.deployment import Deployment, TextFile
from pulp_quadlet.model.service import Service
from pulp_quadlet.planning.migration import decide


def compiled(file: str) -> Compiled:
    return compile_site(load(Path(file)), this_host(None))


def deployment(file: str) -> Deployment:
    return compiled(file).deployment


def service(file: str, role: str) -> Service:
    return next(each for each in deployment(file).services if each.role == role)


def postgres(file: str, name: str) -> Service:
    """The site's PostgreSQL, with another database in the place of Pulp's."""
    found = service(file, "database")
    return replace(found, environment=tuple({**dict(found.environment), "POSTGRES_DB": name}.items()))


async def lock(file: str) -> dict[str, str]:
    """As an apply does, before it builds these two images."""
    machine, site = Machine(), compiled(file)
    if await relock.is_due(site, machine):
        new = await relock.relock(site, machine)
        await machine.write_lock(new.path, new.text)
    image = relock.pulp_image(compiled(file))
    assert image is not None
    assert image.tools is not None
    return {"pulp": image.reference, "tools": image.tools.reference}


async def build(file: str) -> str:
    await lock(file)
    image = relock.pulp_image(compiled(file))
    assert image is not None
    await Machine().provide_image(image)
    return image.reference


def texts(folder: str) -> list[TextFile]:
    return [TextFile(path=str(path), text=path.read_text(encoding="utf-8")) for path in Path(folder).iterdir()]


async def look(file: str, config: str) -> dict[str, Any]:
    found = await survey.survey("pulp", service(file, "migrate"), texts(config))
    return {"survey": asdict(found), "plan": asdict(decide(found, embedded=True))}


async def once(file: str, config: str, *argv: str) -> dict[str, Any]:
    """Any program in the place of the survey, with the data folder, which a survey has not."""
    migrate = service(file, "migrate")
    what = survey.once("pulp", migrate, texts(config))
    what = replace(what, command=argv, mounts=(*what.mounts, *(mount for mount in migrate.mounts if mount.data)))
    return asdict(await oneshot.run(what))


async def late(file: str, config: str) -> None:
    """A program that takes longer than it may."""
    what = survey.once("pulp", service(file, "migrate"), texts(config))
    await oneshot.run(replace(what, command=("sleep", "300"), limit=1.0))


async def nowhere(file: str, config: str) -> None:
    """An image that is not there."""
    what = survey.once("pulp", service(file, "migrate"), texts(config))
    await oneshot.run(replace(what, image="localhost/no-such-image"))


async def dump(file: str, name: str, state: str, generation: str) -> str:
    return str(await database.dump("pulp", postgres(file, name), generation, state=Path(state)))


async def restore(file: str, name: str, path: str) -> None:
    await database.restore(postgres(file, name), Path(path))


async def settle(file: str, name: str) -> None:
    await database.settle(postgres(file, name))


VERBS: dict[str, Any] = {
    "lock": lock,
    "build": build,
    "look": look,
    "once": once,
    "late": late,
    "nowhere": nowhere,
    "dump": dump,
    "restore": restore,
    "settle": settle,
}

if __name__ == "__main__":
    try:
        answer = asyncio.run(VERBS[sys.argv[1]](*sys.argv[2:]))
    except HostError as error:
        answer = {"outcome": error.outcome, "problems": [asdict(problem) for problem in error.problems]}
        json.dump(answer, sys.stdout)
        sys.exit(1)
    json.dump(answer, sys.stdout)
