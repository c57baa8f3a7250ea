"""The lock of a site is made anew: when there is none, when it answers other requirements, or when somebody wants it.

It lies beside the pipeline, which goes on with what it returns. Nothing that runs is changed by it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from pulp_quadlet.errors import Problem, PulpQuadletError, SiteError
from pulp_quadlet.locking.keep import kept
from pulp_quadlet.locking.moves import Move, moves
from pulp_quadlet.locking.pylock import lock_text, read_lock
from pulp_quadlet.locking.question import Question, of_checkouts, question
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
    lock = None
    if former and not upgrade and former.answers(image.packages.requirements, compiled.site.image.base):
        lock = await _edited(compiled, host, former, of_checkouts(image.packages))
    if lock is None:
        lock = kept(former, await solved(compiled, host, question(image.packages)), upgrade)
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


async def _edited(compiled: Compiled, host: Host, former: Lock, asked: Question) -> Lock | None:
    """The former lock with the content that its checkouts have now; None where they require something else by now.

    Whoever works on a plugin applies often, and a whole answer of pip takes longer than the build of one wheel.
    """
    if not asked.requirements:
        return None
    found = {each.name: each for each in (await solved(compiled, host, asked)).packages}
    same = all(
        (before := former.package(name)) and (before.version, before.requires) == (after.version, after.requires)
        for name, after in found.items()
    )
    return replace(former, packages=tuple(found.get(each.name, each) for each in former.packages)) if same else None


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
