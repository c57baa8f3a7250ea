"""`make packages`: the sdist, the wheel, the .deb and the .rpm files, into a folder."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.lab.command import CommandError
from tests.lab.guest import MachineError
from tests.lab.host import UnfitHostError
from tests.packages.build import build, fetch, machine, send

KEPT = {".deb", ".gz", ".rpm", ".whl"}


def main() -> int:
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "dist")
    try:
        with machine() as guest:
            send(guest)
            built = fetch(guest, build(guest), target)
    except (CommandError, MachineError, UnfitHostError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for path in built:
        if path.suffix in KEPT:
            sys.stdout.write(f"{path}\n")
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
