"""Install one layer of packages from the wheelhouse alone: `install.py LAYER`.

Run by the Python of the tools, for the one in /opt/pulp. What an index has must have the locked hash; what was built on
this host has none, and lies in a folder that only root of the host writes.
"""

import os
import runpy
import sys
from pathlib import Path

LAYERS = Path(__file__).with_name("layers")
PIP = (
    *("pip", "--isolated", "--python", "/opt/pulp/bin/python", "install", "--quiet", "--no-deps", "--no-index"),
    *("--no-cache-dir", "--disable-pip-version-check", "--root-user-action=ignore"),
)
LOCKED = ("--find-links=/mnt/wheels", "--require-hashes")


def main(layer: str) -> None:
    for name, options in ((f"{layer}.txt", LOCKED), (f"{layer}.built.txt", ())):
        listing = LAYERS / name
        if listing.exists():
            print(f"{layer}: {count(listing)} packages", flush=True)
            pip(*options, f"--requirement={listing}")
    # the sources of translations, which nothing reads when they are compiled
    for path in Path("/opt/pulp/lib").rglob("*.po"):
        path.unlink()


def pip(*words: str) -> None:
    """It has no other interface than its command line, and leaves marks for its children in the environment."""
    sys.argv = [*PIP, *words]
    before = dict(os.environ)
    try:
        runpy.run_module("pip", run_name="__main__", alter_sys=True)
    except SystemExit as error:
        if error.code:
            raise
    os.environ.clear()
    os.environ.update(before)


def count(listing: Path) -> int:
    return sum("==" in line for line in listing.read_text(encoding="utf-8").splitlines())


if __name__ == "__main__":
    main(*sys.argv[1:])
