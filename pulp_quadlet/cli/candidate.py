"""A change of the site file that is worked out to the end before anything is written, and taken back when it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulp_quadlet.cli.bus import absolute, options
from pulp_quadlet.cli.changes import changed
from pulp_quadlet.cli.output import Progress
from pulp_quadlet.errors import AccessError, HostError, Problem, PulpQuadletError, SiteError, ToldError

if TYPE_CHECKING:
    from pulp_quadlet.changing.change import Change
    from pulp_quadlet.config.image_tables import PluginTable
    from pulp_quadlet.config.source import SourceText
    from pulp_quadlet.config.tables import Site
    from pulp_quadlet.locking.holders import Held
    from pulp_quadlet.locking.moves import Move
    from pulp_quadlet.pipeline import Compiled, Host

Edit = Callable[["Site"], Mapping[str, "PluginTable"]]
"""The plugins that a site is to have, for the one that it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A site as it would be, and what that takes."""

    former: SourceText
    compiled: Compiled
    change: Change
    moves: tuple[Move, ...]
    held: tuple[Held, ...]
    """Who holds what back that moves to an older version."""
    remove: tuple[str, ...] = ()
    """Plugins whose data is removed."""

    @property
    def plan_id(self) -> str:
        """By which the agent does this and nothing else."""
        from pulp_quadlet.planning.plan import plan_id

        return plan_id(self.change.plan, self.change.state)


async def candidate(  # noqa: PLR0913  they are the parts of a change
    path: Path,
    edit: Edit,
    host: Host,
    *,
    host_name: str | None = None,
    upgrade: tuple[str, ...] = (),
    remove: tuple[str, ...] = (),
    progress: Progress,
) -> Candidate:
    """Read, edit, solve, compile and plan. Nothing is written. Raises PulpQuadletError with what is in the way."""
    from pulp_quadlet import pipeline, relock
    from pulp_quadlet.config.edit import with_plugins
    from pulp_quadlet.config.read import read
    from pulp_quadlet.config.source import load
    from pulp_quadlet.model.generation import Origin

    former = load(Path(absolute(path)))
    site = read(former.text, former.path)
    demand_build(site, former.path)
    text = with_plugins(former.text, former.path, edit(site))
    compiled = pipeline.compile_site(replace(former, text=text), await host.target(host_name))
    pipeline.demand_selinux(compiled)
    new = None
    if upgrade or await relock.is_due(compiled, host):
        progress.noted("pip looks for versions that go together")
        new = await relock.relock(compiled, host, upgrade)
        progress.clear()
        compiled = relock.locked(compiled, new)
    pipeline.check(compiled, await host.generate(compiled.tree))
    change = await pipeline.plan_change(compiled.generation(Origin()), host, compiled.locate, remove)
    moves = new.moves if new else ()
    held = _held(former, compiled, moves)
    return Candidate(former=former, compiled=compiled, change=change, moves=moves, held=held, remove=remove)


def _held(former: SourceText, compiled: Compiled, moves: tuple[Move, ...]) -> tuple[Held, ...]:
    """Who holds below its former version what moves to an older one."""
    from pulp_quadlet.locking.holders import holders, without
    from pulp_quadlet.locking.pylock import read_lock
    from pulp_quadlet.paths import lock_path
    from pulp_quadlet.relock import pulp_image

    image = pulp_image(compiled)
    lock = image.packages.lock if image and image.packages else None
    if lock is None or former.lock is None:
        return ()
    before = read_lock(former.lock, lock_path(former.path))
    told = {"pulpcore", *compiled.deployment.plugins}  # of the others, dozens move with those
    older = (move for move in moves if move.direction == "down" and move.name in told)
    return tuple(each for move in older for each in without(holders(lock, move.name, move.before)[:1], before))


def refuse_older(found: Candidate) -> None:
    """The database is that of the versions that run: an older Pulp would not know it. Raises HostError."""
    from pulp_quadlet.report.plugins import moves_text

    keep_data = {"pulpcore", *found.compiled.deployment.plugins}
    down = [move for move in found.moves if move.direction == "down" and move.name in keep_data]
    if not down or not found.change.state.good:
        return
    first = down[0]
    raise HostError(
        Problem(
            code="older-than-the-database",
            message=f"{first.name} would become {first.after}, and the database is that of {first.before}",
            notes=tuple(moves_text((), found.held).splitlines()),
            help=(
                "ask for other versions, or for a site of its own for what needs old ones",
                "where you know that the database suits: write it into the site file, then `pulp-quadlet apply`",
            ),
        )
    )


def demand_root(uid: int) -> None:
    """Raises AccessError."""
    if uid != 0:
        raise AccessError(Problem(code="not-root", message="this needs root", help=("run it again with sudo",)))


def demand_build(site: Site, path: str) -> None:
    """Plugins of an image that is made elsewhere are not ours to choose. Raises SiteError."""
    if site.image.source == "build":
        return
    raise SiteError(
        Problem(
            code="image-from-elsewhere",
            message="the image of this site is made elsewhere, with its plugins in it",
            notes=(f'{path} has `source = "{site.image.source}"` in [image]',),
            help=('name an image that has the plugins that you want, or set `source = "build"` to choose them here',),
        )
    )


async def settle(found: Candidate, host_name: str | None, *, as_json: bool) -> dict[str, Any]:
    """Write both files, and let the agent do the plan that was shown. When that fails, both become what they were."""
    from pulp_quadlet.host.site_files import SiteFiles

    files = SiteFiles(found.former)
    files.write(found.compiled.source)
    given = options(host_name, plan=found.plan_id, remove_plugins=" ".join(found.remove))
    done: dict[str, Any] | None = None
    try:
        done = await changed("Apply", "sa{sv}", found.former.path, given, as_json=as_json)
    except PulpQuadletError as error:
        stays = _stands(found)
        what = "is kept" if stays else "and its lock are as they were"
        outcome = f"{error.outcome}; {found.former.path} {what}"
        raise ToldError(*error.problems, outcome=outcome, exit_code=error.exit_code) from error
    finally:
        if done is None and not _stands(found):
            files.put_back()
    return done


def _stands(found: Candidate) -> bool:
    """Whether it was committed all the same: the agent may have been lost on the way."""
    from pulp_quadlet.host.generations import Generations

    generations = Generations()
    site = found.compiled.deployment.site
    good = generations.good(site)
    if not good or good == found.change.state.good:
        return False
    return generations.read(site, good).origin.site_text == found.compiled.source.text
