"""Find and remove the images and wheels of this host that nothing needs any more."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

from pulp_quadlet.errors import PulpQuadletError
from pulp_quadlet.host import command, podman_api
from pulp_quadlet.host.generations import Generations
from pulp_quadlet.host.images import arrived
from pulp_quadlet.host.observe import PATIENCE
from pulp_quadlet.host.outside import outside
from pulp_quadlet.images import pruned
from pulp_quadlet.images.pruned import Stored, Superfluous
from pulp_quadlet.locking.pylock import read_lock
from pulp_quadlet.model.generation import Generation
from pulp_quadlet.model.lock import Lock
from pulp_quadlet.paths import HOME


async def find(generations: Generations, home: Path) -> Superfluous:
    """What may go. Removes nothing. Raises HostError when Podman cannot be asked."""
    return await asyncio.to_thread(_found, generations, home)


async def remove(what: Superfluous, home: Path) -> None:
    """Let it go. What somebody has begun to use meanwhile stays."""
    if what.images:
        await asyncio.to_thread(command.run, outside(("podman", "image", "rm", "--ignore", *what.images)))
    for path in (*what.wheels, *what.records):
        await asyncio.to_thread(_forget, home / path)


def _found(generations: Generations, home: Path) -> Superfluous:
    applied = {site: list(generations.kept(site).values()) for site in generations.sites()}
    kept = [each for found in applied.values() for each in found]
    records = arrived.records(home)
    waiting = {image for record in records if record.site not in applied for image in record.images}
    with podman_api.connected(limit=PATIENCE) as reader:
        stored = [Stored(id=id_, names=names, used=used) for id_, (names, used) in reader.named_images().items()]
    images = pruned.images(stored, [each.deployment for each in kept], waiting)
    if not kept and not waiting:  # the last site has left
        return Superfluous(images=images, wheels=tuple(path.name for path in home.glob("*")))
    locks = _locks(kept, generations.below(HOME))
    return Superfluous(
        images=images,
        wheels=pruned.wheels(_wheels(home), locks) if locks is not None else (),
        records=tuple(record.path for record in records if record.site in applied),
    )


def _locks(kept: list[Generation], folder: Path) -> list[Lock] | None:
    """Those of kept generations, and those beside site files: a site may be locked, or have come in an archive, and not
    be applied yet. None where one cannot be read: nobody knows then what it needs.
    """
    texts = {each.origin.lock_text for each in kept if each.origin.lock_text}
    try:
        texts |= {path.read_text(encoding="utf-8") for path in folder.glob("pylock.*.toml")}
        return [read_lock(text, "a lock") for text in texts]
    except (OSError, ValueError, PulpQuadletError):
        return None


def _wheels(home: Path) -> Iterator[str]:
    for pattern in ("*.whl", "built/*"):
        yield from (str(path.relative_to(home)) for path in home.glob(pattern))


def _forget(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def weight(what: Superfluous, home: Path) -> int:
    """How many bytes go with it, at most: Podman does not tell of all layers that they are shared."""
    with podman_api.connected(limit=PATIENCE) as reader:
        images = reader.named_images()
        own = reader.own_sizes()
    going = (id_ for id_, (names, _) in images.items() if set(names) <= set(what.images))
    return sum(own.get(id_, 0) for id_ in going) + sum(_size(home / path) for path in what.wheels)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(each.stat().st_size for each in files if each.is_file())
