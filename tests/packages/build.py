"""Build all packages of this checkout, in a machine that has the tools."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import product, trees
from tests.lab.machine import Machine
from tests.lab.product import CHECKOUT
from tests.lab.progress import step
from tests.packages.trees import BUILD

if TYPE_CHECKING:
    from tests.lab.guest import Guest

BUILD_TAKES_AT_MOST = 600.0  # seconds; a minute is usual
PROGRAM = Path(__file__).with_name("build.sh")
SOURCE = "/root/source"


def machine(name: str = "packages-build") -> Machine:
    """The machine with the tools, not yet made."""
    return Machine(name, BUILD)


def send(guest: Guest) -> None:
    """Give the machine the checkout, without what git ignores."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name in product.names():
            tar.add(CHECKOUT / name, arcname=name)
    guest.run(
        ["sh", "-c", 'rm -rf "$0" && mkdir "$0" && tar --extract --no-same-owner --directory="$0"', SOURCE],
        input=packed.getvalue(),
    )


def touch(guest: Guest) -> None:
    """What differs between two releases: a word of the program, and a comment of a unit."""
    change = (
        "sed -i '1s/The composition root of the command line/&, released anew/' pulp_quadlet/cli/main.py"
        " && echo '# released anew' >>packaging/systemd/pulp-quadlet-agent.service"
    )
    guest.run(["sh", "-ec", f"cd {SOURCE} && {change}"])


def build(guest: Guest, release: str = "1") -> str:
    """Build sdist, wheel, .deb and .rpm of what was sent; return the folder in the machine where they are."""
    out = f"/root/out-{release}"
    guest.copy_in(PROGRAM, "/root/build.sh")
    with step(f"build packages of release {release}"):
        guest.run(["sh", "/root/build.sh", SOURCE, release, out], timeout=BUILD_TAKES_AT_MOST)
    return out


def fetch(guest: Machine, folder: str, target: Path) -> list[Path]:
    """Copy what was built out of the machine; return the files."""
    target.mkdir(parents=True, exist_ok=True)
    guest.run(["sh", "-c", 'mkdir -p /share/out && cp "$0"/* /share/out/', folder])
    found = []
    for built in sorted((guest.share / "out").iterdir()):
        found.append(target / built.name)
        found[-1].write_bytes(built.read_bytes())
        built.unlink()
    return found


def releases() -> tuple[Path, Path]:
    """Folders with the packages of this checkout, and of a newer release. They are built once for each state of it, by
    whichever process needs them first.
    """
    place = trees.cache() / "built" / product.digest()
    first, second = place / "1", place / "2"
    with trees.alone(trees.cache() / "built.lock"):  # one for all states: they are built in the same machine
        if not (place / "complete").exists():
            shutil.rmtree(place, ignore_errors=True)  # what a killed run may have left
            with machine("packages-maker") as guest:
                send(guest)
                fetch(guest, build(guest), first)
                touch(guest)
                fetch(guest, build(guest, "2"), second)
            (place / "complete").touch()
    return first, second


def debs(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.deb"))
