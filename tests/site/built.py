"""What building the default site leaves in a machine: the first one that builds it keeps it for all that come after.

It takes minutes of a processor. What is kept is of one state of this checkout, so what is used is what that builds.
`make demo` builds all of it anew, and tests/image what each of its tests is about.
"""

from __future__ import annotations

import shutil
import time
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pulp_quadlet.paths import BILLS, WHEELHOUSE, lock_path
from tests.lab import base_image, product, trees
from tests.lab.progress import step
from tests.site.pulp import SITE_FILE, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.guest import Guest

STORAGE = "/var/lib/containers/storage"
KEPT = [path.lstrip("/") for path in (STORAGE, WHEELHOUSE, BILLS)]
# what belongs to the site and not to its images; Podman makes its database anew
NOT_KEPT = [f"{STORAGE}/{name}".lstrip("/") for name in ("secrets", "db.sql*", "volumes")]
TAR = ["--directory=/", "--numeric-owner", "--xattrs", "--xattrs-include=*"]
PULP = "pulp.target"
PACKING_TAKES_AT_MOST = 600.0  # seconds
A_DAY = 86400.0  # seconds


@contextmanager
def shared(machine: Guest) -> Iterator[None]:
    """For an apply of the site file that is there. With the plugins of the default site, the first machine builds and
    keeps it, the others wait and have it; with others it waits as well, and builds on the layers that both have.
    """
    if "plugins" in tomllib.loads(machine.run(["cat", SITE_FILE]).stdout):
        with trees.alone(_place().with_suffix(".lock")):
            load(machine)
        yield
        return
    place = _place()
    with trees.alone(place.with_suffix(".lock")):
        if not place.exists():
            base_image.load(machine)
            yield
            _keep(machine, place)
            return
    _bring(machine, place)
    machine.run(["tee", lock_path(SITE_FILE)], input=_lock_of(place).read_bytes())
    yield


def load(machine: Guest) -> None:
    """Give a machine that has no image yet those of a kept build, or the base image where none is kept."""
    place = _place()
    if place.exists():
        _bring(machine, place)
    else:
        base_image.load(machine)


def _bring(machine: Guest, place: Path) -> None:
    with step(f"bring what is built into {machine.name}"), place.open("rb") as packed:
        machine.run(["tar", "--extract", *TAR, "--file=-"], input=packed, timeout=PACKING_TAKES_AT_MOST)


def _keep(machine: Guest, place: Path) -> None:
    """While nothing runs: what containers have written is not of their images."""
    machine.run(["systemctl", "stop", PULP], timeout=PACKING_TAKES_AT_MOST)
    wait_for("no container is left", lambda: machine.run(["podman", "ps", "--all", "--quiet"]).stdout == "", 60)
    packed, part = machine.folder / "share" / place.name, place.with_suffix(".part")
    leave = [f"--exclude={name}" for name in NOT_KEPT]
    pack = ["tar", "--create", *TAR, *leave, f"--file=/share/{packed.name}", *KEPT]
    with step(f"keep what {machine.name} has built"):
        machine.run(pack, timeout=PACKING_TAKES_AT_MOST)
        _forget_old(place.parent)
        _lock_of(place).write_text(machine.run(["cat", lock_path(SITE_FILE)]).stdout)
        shutil.move(packed, part)
        part.rename(place)
    machine.run(["systemctl", "start", PULP], timeout=PACKING_TAKES_AT_MOST)


def _forget_old(folder: Path) -> None:
    """Each is a gigabyte. Those of today may be in use: a run may have another state of the checkout."""
    for kept in folder.glob("images-*"):
        if kept.stat().st_mtime < time.time() - A_DAY:
            kept.unlink()


def _lock_of(place: Path) -> Path:
    return place.with_suffix(".toml")


def _place() -> Path:
    """One for each state of the checkout, and of the base image."""
    return trees.cache() / "built" / f"images-{product.digest()}-{trees.BASE_IMAGE.path().stem}.tar"
