"""The product in a machine, as its users get it: from the wheel, in a virtual environment."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import command, trees
from tests.lab.progress import step

if TYPE_CHECKING:
    from tests.lab.guest import Guest

CHECKOUT = Path(__file__).parents[2]
HOME = "/opt/pulp-quadlet"
# The libraries are those of Debian, which are the oldest that the wheel says it works with.
INSTALL = f"""set -e
python3 -m venv --system-site-packages {HOME}
{HOME}/bin/pip install --quiet --no-index --force-reinstall --no-deps "$0"
{HOME}/bin/pip check
ln -sf {HOME}/bin/pulp-quadlet /usr/local/bin/pulp-quadlet
{HOME}/bin/pulp-quadlet install-agent
systemctl stop pulp-quadlet-agent.service
"""


def install(machine: Guest) -> None:
    """Install the wheel of this checkout: nothing else of it is in the machine."""
    built = wheel()
    with step(f"install {built.name} in {machine.name}"):
        machine.copy_in(built, f"/root/{built.name}")
        machine.run(["sh", "-c", INSTALL, f"/root/{built.name}"], timeout=300)


def wheel() -> Path:
    """Made of the sdist of this checkout, once for each state of it, by whichever process needs it first."""
    place = trees.cache() / "built" / f"wheel-{digest()}"
    with trees.alone(place.with_name("wheel.lock")):
        if not place.exists():
            with tempfile.TemporaryDirectory(dir=place.parent) as folder, step("build the wheel"):
                made = Path(folder, "made")
                command.run([sys.executable, "-m", "build", "--outdir", str(made), str(CHECKOUT)], timeout=300)
                made.rename(place)
    [found] = place.glob("*.whl")
    return found


def names() -> list[str]:
    """The files of this checkout, without what git ignores."""
    listed = command.run(
        ["git", "-C", str(CHECKOUT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    ).stdout
    # one that was deleted, and git does not know yet, is not there
    return [name for name in listed.split("\0") if name and (CHECKOUT / name).is_file()]


def digest() -> str:
    """Of all of them: another state of the checkout has another one."""
    found = hashlib.sha256()
    for name in names():
        file = CHECKOUT / name
        found.update(f"{name} {file.stat().st_mode:o} {file.stat().st_size}\n".encode() + file.read_bytes())
    return found.hexdigest()[:16]
