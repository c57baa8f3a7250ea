"""The wheelhouse: every locked package as a wheel, for the images of all sites of this host.

    WHEELHOUSE/NAME.whl        what an index has as a wheel; its hash is that of the lock
    WHEELHOUSE/built/KEY/*.whl     what is built here: KEY is the hash of the sdist or checkout, or the commit
    WHEELHOUSE/.new, .cache        what a run writes, and what pip keeps; both may be removed at any time

Nothing half-written is ever found there: what was fetched is looked at in a folder of its own, copied, and renamed.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import stat
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host.command import Listener
from pulp_quadlet.host.packages import checkouts, tools
from pulp_quadlet.locking.asked import source_of
from pulp_quadlet.locking.words import explained
from pulp_quadlet.model.deployment import BuiltImage
from pulp_quadlet.model.lock import Lock, LockedPackage
from pulp_quadlet.paths import WHEELHOUSE

_LOOKS = frozenset(
    f"--{name}"
    for name in (
        *("cert", "client-cert", "index-url", "extra-index-url", "find-links", "no-index", "proxy", "trusted-host"),
        *("timeout", "retries", "resume-retries", "keyring-provider", "use-feature", "use-deprecated"),
    )
)


Ask = Callable[[str, BuiltImage, str, Path], Awaitable[Mapping[str, Any]]]
"""Runs a program in the image's tools, as `tools.ask` does."""


async def fetch(
    image: BuiltImage,
    listener: Listener = lambda _line: None,
    home: Path = Path(WHEELHOUSE),
    *,
    ask: Ask = tools.ask,
) -> None:
    """Make sure that every package of the image's lock is in the wheelhouse, with the hash that was locked.

    To be called before the image is built: `image.packages.lock` must be there, and the image `image.tools`, in which
    pip runs. What is there already is not fetched again; where all is there, no container is started and no network
    used. Raises HostError when something cannot be had, and then the wheelhouse is as good as it was.
    """
    lock = image.packages.lock if image.packages else None
    if lock is None:
        raise ValueError(f"{image.reference} is not locked")
    missing = await asyncio.to_thread(_missing, lock, home)
    if not missing:
        return
    count = f"{len(missing)} package{'' if len(missing) == 1 else 's'}"
    listener(f"{count} of {len(lock.packages)} to fetch into {home}")
    async with tools.folder_of_one_run(home) as folder:
        with tools.room():
            await asyncio.to_thread(_copy_checkouts, missing, folder / "sources")
        answer = await ask("fetch", image, _question(missing, image), folder)
        if failed := answer.get("failed"):
            raise HostError(*explained(tuple(failed), ()).problems)
        with tools.room():
            await asyncio.to_thread(_take, missing, folder, home)


def path_of(package: LockedPackage, home: Path = Path(WHEELHOUSE)) -> Path | None:
    """The wheel of a package, where it is there and whole."""
    if package.kind == "wheel":
        path = home / package.file
        return path if path.is_file() and _hash(path) == package.sha256 else None
    found = list((home / "built" / key(package)).glob("*.whl"))
    return found[0] if len(found) == 1 else None


def key(package: LockedPackage) -> str:
    """What a wheel that is built here was made of."""
    return package.commit or package.sha256


def _missing(lock: Lock, home: Path) -> tuple[LockedPackage, ...]:
    return tuple(each for each in lock.packages if path_of(each, home) is None)


def _question(missing: tuple[LockedPackage, ...], image: BuiltImage) -> str:
    options = tuple(_of_fetching(image.packages.options)) if image.packages else ()
    wheels = [_asked(each) for each in missing if each.kind == "wheel"]
    builds = [{**_asked(each), "kind": each.kind, "key": key(each)} for each in missing if each.kind != "wheel"]
    return json.dumps({"options": options, "wheels": wheels, "builds": builds})


def _of_fetching(options: tuple[str, ...]) -> Iterator[str]:
    """Those words that tell where pip looks; others choose versions, or are for `pip install` alone."""
    taken = False
    for word in options:
        taken = word.partition("=")[0] in _LOOKS if word.startswith("-") else taken
        if taken:
            yield word


def _asked(package: LockedPackage) -> dict[str, str]:
    url = f"file://{source_of(package.name)}" if package.kind == "folder" else package.url
    return {
        "name": package.name,
        "version": package.version,
        "url": url,
        "sha256": package.sha256,
        "commit": package.commit,
    }


def _copy_checkouts(missing: tuple[LockedPackage, ...], target: Path) -> None:
    for package in missing:
        if package.kind != "folder":
            continue
        found = checkouts.copy(Path(package.folder), target / Path(source_of(package.name)).name)
        if found.wrong:
            raise HostError(Problem(code="not-a-checkout", message=f"{package.folder} {found.wrong}"))
        if found.digest != package.sha256:
            raise HostError(
                Problem(
                    code="checkout-changed",
                    message=f"{package.folder} has other content than when {package.name} was locked",
                    help=("`pulp-quadlet apply` takes up what is there now",),
                )
            )


def _take(missing: tuple[LockedPackage, ...], folder: Path, home: Path) -> None:
    for package in missing:
        if package.kind == "wheel":
            _copy(folder / "wheels" / package.file, home / package.file, package)
        else:
            built = folder / "built" / key(package)
            wheels = [path for path in built.iterdir() if path.suffix == ".whl"] if built.is_dir() else []
            if len(wheels) != 1:
                raise _not_there(package)
            target = home / "built" / key(package) / wheels[0].name
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(wheels[0], target, package)


def _copy(source: Path, target: Path, package: LockedPackage) -> None:
    """What a container has written is believed only as far as its bytes: it may be a link to anything of the host."""
    if os.path.realpath(source) != str(source) or not source.exists():
        raise _not_there(package)
    new = target.with_name(f".{target.name}.new")
    whole = hashlib.sha256()
    with os.fdopen(os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise _not_there(package)
        with new.open("wb") as copy:
            while piece := file.read(1 << 20):
                whole.update(piece)
                copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
    if package.kind == "wheel" and whole.hexdigest() != package.sha256:
        new.unlink()
        raise wrong_hash(package.file, package.sha256, whole.hexdigest())
    new.chmod(0o644)
    new.replace(target)


def wrong_hash(file: str, wanted: str, found: str) -> HostError:
    """A file that is not the one that was locked."""
    return HostError(
        Problem(
            code="wrong-hash",
            message=f"{file} is not the file that was locked",
            notes=(f"its SHA-256 is {found}", f"the lock has   {wanted}"),
            help=("somebody has changed it on its way or at its place: find out who, before you lock it anew",),
        )
    )


def _not_there(package: LockedPackage) -> HostError:
    what = f"{package.name} {package.version}"
    return HostError(Problem(code="wheel-missing", message=f"pip has made no wheel of {what}"))


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
