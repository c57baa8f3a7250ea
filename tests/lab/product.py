"""The product in a machine, as its users get it: from the wheel, in a virtual environment."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import command
from tests.lab.progress import step

if TYPE_CHECKING:
    from tests.lab.machine import Machine

REPOSITORY = Path(__file__).parents[2]
HOME = "/opt/pulp-quadlet"


def install(machine: Machine) -> None:
    """Build the wheel from the sdist that is built from this checkout, and install it with what it depends on."""
    with tempfile.TemporaryDirectory() as folder:
        with step("build the wheel"):
            command.run([sys.executable, "-m", "build", "--outdir", folder, str(REPOSITORY)], timeout=300)
        wheel = next(Path(folder).glob("*.whl"))
        with step(f"install {wheel.name} in {machine.name}"):
            machine.copy_in(wheel, f"/root/{wheel.name}")
            machine.run(["python3", "-m", "venv", HOME], timeout=120)
            machine.run(
                [f"{HOME}/bin/pip", "install", "--quiet", "--force-reinstall", f"/root/{wheel.name}"], timeout=600
            )
            machine.run(["ln", "-sf", f"{HOME}/bin/pulp-quadlet", "/usr/local/bin/pulp-quadlet"])
