"""From the checkout to a running site: the wheel is built, installed in a machine, and applied."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import base_image, command
from tests.lab.progress import step
from tests.site.pulp import Pulp

if TYPE_CHECKING:
    from tests.lab.machine import Machine

CHECKOUT = Path(__file__).parents[2]
HOME = "/opt/pulp-quadlet"
# The libraries are those of Debian, which are the oldest that the wheel says it works with.
INSTALL = f"""set -e
python3 -m venv --system-site-packages {HOME}
{HOME}/bin/pip install --quiet --no-index --force-reinstall --no-deps "$0"
{HOME}/bin/pip check
ln -sf {HOME}/bin/pulp-quadlet /usr/local/bin/pulp-quadlet
"""


def install(machine: Machine) -> None:
    """Build the wheel of this checkout and install it: nothing else of the checkout is in the machine."""
    with tempfile.TemporaryDirectory() as folder:
        with step("build the wheel"):
            command.run([sys.executable, "-m", "build", "--wheel", "--outdir", folder, str(CHECKOUT)], timeout=300)
        [wheel] = Path(folder).glob("*.whl")
        with step(f"install {wheel.name} in {machine.name}"):
            machine.copy_in(wheel, f"/root/{wheel.name}")
            machine.run(["sh", "-c", INSTALL, f"/root/{wheel.name}"], timeout=300)


def deploy(machine: Machine) -> None:
    """The two commands that a user of the defaults needs."""
    base_image.load(machine)
    site = Pulp(machine)
    site.cli("init")
    with step("apply the default site"):
        site.cli("apply")


def connect(machine: Machine) -> Pulp:
    """The running site of the machine, with its admin's password."""
    show = ["podman", "secret", "inspect", "--showsecret", "--format", "{{.SecretData}}", "pulp-admin-password"]
    return Pulp(machine, password=machine.run(show).stdout.strip())
