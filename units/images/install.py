"""Install one layer of packages from the wheelhouse alone: `install.py LAYER "NAME==VERSION OPTION" ...`.

Run by the Python of the tools, for the one in /opt/pulp. What an index has must have the locked hash; what was built on
this host has none, and lies in a folder that only root of the host writes.
"""

import os
import runpy
import sys
import tempfile
from pathlib import Path

PIP = (
    *("pip", "--isolated", "--python", "/opt/pulp/bin/python", "install", "--quiet", "--no-deps", "--no-index"),
    *("--no-cache-dir", "--disable-pip-version-check", "--root-user-action=ignore"),
)
LOCKED = ("--find-links=/mnt/wheels", "--require-hashes")


def main(layer: str, *lines: str) -> None:
    print(f"{layer}: {len(lines)} packages", flush=True)
    locked = [line for line in lines if " --hash=" in line]
    if locked:
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:  # pip takes a hash from a file alone
            file.write("\n".join(locked))
            file.flush()
            pip(*LOCKED, f"--requirement={file.name}")
    built = [word for line in lines if " --hash=" not in line for word in line.split()]
    if built:
        pip(*built)
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


if __name__ == "__main__":
    main(*sys.argv[1:])
