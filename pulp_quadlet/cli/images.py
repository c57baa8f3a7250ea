"""Commands about the images of a site: list, export, import; the others stand in bills.py and pruning.py."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pulp_quadlet import __version__
from pulp_quadlet.cli.bills import audit, sbom
from pulp_quadlet.cli.bus import play
from pulp_quadlet.cli.options import host_option, json_option, site_option
from pulp_quadlet.cli.output import say, say_json
from pulp_quadlet.cli.pruning import prune
from pulp_quadlet.cli.slices import images_of, slices

if TYPE_CHECKING:
    from pulp_quadlet.host.archive.travel import Luggage
    from pulp_quadlet.host.archive.unpacking import Archive
    from pulp_quadlet.model.archive import Manifest

archive_argument = click.argument("archive", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))


@click.group()
def image() -> None:
    """See, check and carry the images of a site."""


@image.command(name="list")
@site_option
@host_option
@json_option
def list_(path: Path, host: str | None, as_json: bool) -> None:
    """List the images of a site, and which of its generations need each."""
    from pulp_quadlet.host.root import need_root
    from pulp_quadlet.report.images import images_text

    need_root()
    told = _listed(path, host)
    say_json({"images": told}) if as_json else say(images_text(told, time.time()))


@image.command()
@archive_argument
@site_option
@json_option
def export(archive: Path, path: Path, as_json: bool) -> None:
    """Write all images, wheels and the lock of a site into one archive, for a host without a network."""
    from pulp_quadlet.host.archive import travel
    from pulp_quadlet.host.root import need_root
    from pulp_quadlet.report.images import size_text

    need_root()
    progress = Counting(quiet=as_json)
    try:
        manifest, size = play(travel.export(archive, _luggage(path), progress))
    finally:
        progress.done()
    if as_json:
        say_json({"path": str(archive), "size": size, **travel.as_data(manifest)})
        return
    told = travel.as_data(manifest)
    carried = f"{len(told['images'])} images and {told['wheels']} wheels of {manifest.site}"
    say(f"{archive} is written: {carried}, {size_text(size)}.")
    say(f"On the other host, with the same site file: `pulp-quadlet image import {archive.name}`, then `apply`.")


@image.command(name="import")
@archive_argument
@site_option
@host_option
@click.option("--replace-lock", is_flag=True, help="Put the lock of the archive in the place of another one.")
@json_option
def import_(archive: Path, path: Path, host: str | None, replace_lock: bool, as_json: bool) -> None:
    """Take images, wheels and the lock from an archive, when all of it was found whole."""
    from pulp_quadlet.host.archive import travel, unpacking
    from pulp_quadlet.host.root import need_root
    from pulp_quadlet.paths import lock_path

    need_root()
    progress = Counting(quiet=as_json)
    lock = Path(lock_path(str(path)))
    try:
        with unpacking.opened(archive, progress) as found:
            anew = _anew(found, path, host)
            play(travel.take(found, lock, progress, replace_lock=replace_lock))
            manifest = found.manifest
    finally:
        progress.done()
    told = travel.as_data(manifest)
    if as_json:
        say_json({**told, "lock": str(lock) if manifest.lock else "", "anew": anew})
        return
    say(f"{len(told['images'])} images and {told['wheels']} wheels of {manifest.site} are here.")
    if manifest.lock:
        say(f"{lock} is the lock that they were made by.")
    if anew:
        say(as_warned(manifest, anew, path))
    else:
        say("Next: `pulp-quadlet apply`, which builds nothing.")


def _luggage(path: Path) -> Luggage:
    from pulp_quadlet.host.archive.travel import Luggage
    from pulp_quadlet.paths import lock_path

    compiled = slices(path, None)
    first = compiled[0]
    return Luggage(
        site=first.deployment.site,
        images=images_of(compiled),
        site_text=first.source.text,
        lock_name=Path(lock_path(first.source.path)).name,
        lock_text=first.source.lock or "" if first.site.image.source == "build" else "",
    )


def _anew(found: Archive, path: Path, host: str | None) -> list[str]:
    """Images that an apply of this very program would not find in the archive."""
    from pulp_quadlet.cli.slices import compiled_of
    from pulp_quadlet.config.source import SourceText, load
    from pulp_quadlet.model.archive import SITE_FILE

    manifest = found.manifest
    copy = SourceText(f"{found.path}:{SITE_FILE}", found.text(SITE_FILE))
    source = load(path) if path.exists() else copy
    if manifest.lock:
        source = replace(source, lock=_readable(found, manifest.lock))
    carried = {each.reference for each in manifest.images}
    return [each.reference for each in images_of(compiled_of(source, host)) if each.reference not in carried]


def _readable(found: Archive, lock: str) -> str:
    """The text of the lock: what is wrong with it would be told as if it lay here already."""
    from pulp_quadlet.errors import HostError, Problem, SiteError
    from pulp_quadlet.locking.pylock import read_lock

    text = found.text(lock)
    try:
        read_lock(text, lock)
    except SiteError as error:
        notes = tuple(note for problem in error.problems for note in problem.notes)
        message = f"the lock in {found.path} cannot be read"
        raise HostError(Problem(code="archive-refused", message=message, notes=notes)) from error
    return text


def as_warned(manifest: Manifest, anew: Sequence[str], path: Path) -> str:
    if manifest.version != __version__:
        why = f"it was written by pulp-quadlet {manifest.version}, and this is {__version__}"
    else:
        why = f"{path} is another site file than that of the archive"
    return f"warning: `apply` will need other images ({', '.join(anew)}): {why}"


def _listed(path: Path, host: str | None) -> list[dict[str, Any]]:
    from pulp_quadlet.host import podman_api
    from pulp_quadlet.host.generations import Generations
    from pulp_quadlet.host.observe import PATIENCE
    from pulp_quadlet.supply.needed import with_bases

    compiled = slices(path, host)
    past = Generations().kept(compiled[0].deployment.site)
    by_reference = {each.reference: each for each in with_bases(images_of(compiled))}
    needed: dict[str, list[int]] = {reference: [] for reference in by_reference}
    for number, generation in past.items():
        for each in with_bases(generation.deployment.images):
            by_reference.setdefault(each.reference, each)
            needed.setdefault(each.reference, []).append(number)
    with podman_api.connected(limit=PATIENCE) as reader:
        stored = reader.stored(tuple(by_reference))
    return [
        {
            "role": each.role,
            "reference": reference,
            "id": stored[reference].id if reference in stored else "",
            "size": stored[reference].size if reference in stored else 0,
            "created": stored[reference].created if reference in stored else 0.0,
            "generations": needed[reference],
        }
        for reference, each in by_reference.items()
    ]


class Counting:
    """How far a long copy is, on one line of a terminal; elsewhere nothing."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet or not sys.stderr.isatty()
        self._last = 0.0

    def __call__(self, what: str, done: int, whole: int) -> None:
        now = time.monotonic()
        if self._quiet or now - self._last < 0.2:
            return
        self._last = now
        share = f"{done * 100 // whole} %" if whole else f"{done / 1e6:.0f} MB" if done else ""
        shown = "".join(char for char in f"{what}  {share}" if char.isprintable())[:100]
        sys.stderr.write(f"\r\x1b[K{shown}")
        sys.stderr.flush()

    def done(self) -> None:
        """Nothing more comes."""
        if not self._quiet:
            sys.stderr.write("\r\x1b[K")


image.add_command(sbom)
image.add_command(audit)
image.add_command(prune)
COMMANDS = (image,)
