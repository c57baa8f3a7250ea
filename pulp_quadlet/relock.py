"""The lock of a site is made anew: when there is none, when it answers other requirements, or when somebody wants it.

It lies beside the pipeline, which goes on with what it returns. Nothing that runs is changed by it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from pulp_quadlet.errors import Problem, PulpQuadletError, SiteError
from pulp_quadlet.locking.holders import Held, holders, without
from pulp_quadlet.locking.keep import kept
from pulp_quadlet.locking.moves import Move, moves
from pulp_quadlet.locking.pylock import lock_text, read_lock
from pulp_quadlet.locking.question import Question, question
from pulp_quadlet.locking.solution import NoSolutionError, solution
from pulp_quadlet.locking.words import explained, not_understood
from pulp_quadlet.model.deployment import BuiltImage
from pulp_quadlet.model.lock import Lock
from pulp_quadlet.paths import lock_path
from pulp_quadlet.pipeline import Compiled, Host, compile_site


@dataclass(frozen=True, slots=True, kw_only=True)
class Relocked:
    """A new lock, and what is another one in it."""

    path: str
    lock: Lock
    text: str
    moves: tuple[Move, ...]

    @property
    def sentence(self) -> str:
        """For whoever waits for an apply."""
        count = f"{len(self.lock.packages)} packages are locked in {self.path}"
        told = "; ".join(move.words for move in self.moves[:_TOLD])
        more = f"; {len(self.moves) - _TOLD} more" if len(self.moves) > _TOLD else ""
        return f"{count}: {told}{more}" if self.moves and len(self.moves) < len(self.lock.packages) else count


_TOLD = 8


async def is_due(compiled: Compiled, host: Host) -> bool:
    """Whether this site has to be locked before its image can be built. Raises SiteError for a wrong checkout."""
    image = pulp_image(compiled)
    if image is None or image.packages is None:
        return False
    lock = image.packages.lock
    found = await _digests(compiled, host)
    return lock is None or any(
        (locked := lock.package(name)) is None or (locked.folder, locked.sha256) != (folder, digest)
        for name, (folder, digest) in found.items()
    )


async def relock(compiled: Compiled, host: Host, upgrade: Collection[str] = ()) -> Relocked:
    """Solve, and keep what the former lock has wherever it goes together.

    `upgrade` names packages that are to be as new as can be; `keep.ALL` in it stands for all of them. Nothing is
    written. Raises SiteError or HostError with what is in the way, in words.
    """
    image = pulp_image(compiled)
    if image is None or image.packages is None:
        raise _nothing_to_lock(compiled)
    await _digests(compiled, host)
    former = former_lock(compiled)
    found = await solved(compiled, host, question(image.packages))
    lock = kept(former, found, upgrade)
    text = lock_text(lock)
    return Relocked(path=lock_path(compiled.source.path), lock=lock, text=text, moves=moves(former, lock))


async def solved(compiled: Compiled, host: Host, asked: Question) -> Lock:
    """The newest of everything that goes together. Raises SiteError or HostError."""
    image = pulp_image(compiled)
    if image is None:
        raise _nothing_to_lock(compiled)
    said = await host.solve(image, asked)
    if failed := said.get("failed"):
        raise explained(tuple(failed), tuple(said.get("alike", ())), asked.requirements, compiled.locate)
    folders = {name: table.source for name, table in compiled.site.plugins.items() if table.source}
    checkouts = {name: (folders[name], digest) for name, digest in said["checkouts"].items() if name in folders}
    try:
        return solution(said, asked, compiled.site.image.base, checkouts)
    except NoSolutionError as error:
        raise not_understood(str(error)) from error


async def held_back(compiled: Compiled, host: Host, new: Relocked, added: Collection[str]) -> tuple[Held, ...]:
    """Which packages the plugins that were added have moved down, and what there would be without those.

    pip is asked once more, but only where something moved down. Raises SiteError or HostError.
    """
    down = [move.name for move in new.moves if move.direction == "down"]
    image = pulp_image(compiled)
    if not down or image is None or image.packages is None:
        return ()
    other = await solved(compiled, host, question(image.packages, frozenset(added)))
    return tuple(
        held
        for name in down
        if (instead := other.package(name))
        for held in without(holders(new.lock, name, instead.version), other)
        if held.by in added
    )


def locked(compiled: Compiled, new: Relocked) -> Compiled:
    """The same site with this lock."""
    return compile_site(replace(compiled.source, lock=new.text), compiled.target)


def unlocked(compiled: Compiled) -> Compiled:
    """The same site as if it had no lock: what can be said of it before one is made."""
    return compile_site(replace(compiled.source, lock=None), compiled.target)


def pulp_image(compiled: Compiled) -> BuiltImage | None:
    """The image that has Python packages; None where none is built."""
    return next(
        (each for each in compiled.deployment.images if isinstance(each, BuiltImage) and each.packages is not None),
        None,
    )


def former_lock(compiled: Compiled) -> Lock | None:
    """What lies beside the site file, whether or not it fits."""
    text = compiled.source.lock
    return read_lock(text, lock_path(compiled.source.path)) if text else None


async def _digests(compiled: Compiled, host: Host) -> dict[str, tuple[str, str]]:
    """Folder and digest of each checkout, by plugin. Raises SiteError with all that are none."""
    folders = {name: table.source for name, table in compiled.site.plugins.items() if table.source}
    if not folders:
        return {}
    found = await host.checkouts(tuple(folders.values()))
    problems = tuple(
        Problem(
            code="not-a-checkout",
            message=f"{folder} {found[folder].wrong}",
            where=compiled.locate(("plugins", name, "source")),
            help=("name the folder that holds the plugin's pyproject.toml",),
        )
        for name, folder in folders.items()
        if found[folder].wrong
    )
    if problems:
        raise SiteError(*problems)
    return {name: (folder, found[folder].digest) for name, folder in folders.items()}


def _nothing_to_lock(compiled: Compiled) -> PulpQuadletError:
    return SiteError(
        Problem(
            code="nothing-to-lock",
            message="this site does not build its image, so there are no packages to choose",
            where=compiled.locate(("image", "source")),
            help=('`source = "build"` in [image] builds one',),
        )
    )
