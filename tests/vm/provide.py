"""A site on a computer that has SELinux from now on: made without it, then applied with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.lab import product
from tests.lab.progress import step
from tests.site import clients, provide
from tests.site.pulp import Pulp

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.lab.guest import Guest

AT_BOOT = "/etc/systemd/system/multi-user.target.wants/pulp.target"
BEFORE = "/root/customizations-before"
KNOWN = "known"  # the folder of what clients have learned, in that of a computer
# One of each: a processor that is emulated needs 90 seconds to start a process of Pulp. Two of each, as the default
# site has them, take a quarter of an hour to be there. An answer takes it longer as well.
FEWER = """
[api]
replicas = 1
timeout = 300

[content]
replicas = 1

[workers]
count = 1
"""
SITE = {"small": FEWER, "default": ""}[os.environ.get("PULP_QUADLET_VM_SITE", "default")] + provide.QUICK_LOGINS
BUILT_AGAIN = "cache"
"""The image that is not there when the site is applied with its policy: the one that is built fastest."""
CUSTOMIZATIONS = "semodule -lfull | grep -v '^100 '; semanage fcontext -l -C; semanage port -l -C"
LOADING_TAKES_AT_MOST = 600.0  # seconds; a change of the policy compiles all of it, on a processor that is emulated


def customizations(machine: Guest) -> str:
    """What differs from the policy as the distribution has it."""
    return machine.run(["sh", "-c", CUSTOMIZATIONS], timeout=300).stdout


def prepare(machine: Guest, folder: Path, site: str = SITE, install: Callable[[Guest], None] = product.install) -> None:
    """What a computer has: a site with all services, its images and its database: all that takes a processor minutes.
    `folder` is that of the computer.
    """
    provide.deploy(machine, site, install)
    clients.learn(provide.connect(machine), folder / KNOWN)
    # Under the policy of the distribution alone its containers would be tried again and again, in vain.
    machine.run(["rm", AT_BOOT])


def fill(machine: Guest, folder: Path) -> None:
    """The same, but for one image, which is built where SELinux enforces."""
    prepare(machine, folder)
    machine.run(["systemctl", "stop", "pulp.target", f"pulp-{BUILT_AGAIN}.service"], timeout=300)
    # by its id: with only one of its names gone, it would be given that again, and nothing would be built
    [image] = machine.run(["podman", "images", "--quiet", "--no-trunc", image_of(machine, BUILT_AGAIN)]).stdout.split()
    machine.run(["podman", "rmi", "--force", image])


def image_of(machine: Guest, role: str) -> str:
    """The image of a service, by its unit."""
    unit = machine.run(["cat", f"/etc/containers/systemd/pulp/pulp-{role}.container"]).stdout
    return next(line.removeprefix("Image=") for line in unit.splitlines() if line.startswith("Image="))


def confine(machine: Guest) -> Pulp:
    """The two commands of an administrator whose host has SELinux now. Returns the site, as it runs then."""
    machine.run(["tee", BEFORE], input=customizations(machine).encode())
    with step("install the agent with its policy"):
        machine.run(["pulp-quadlet", "install-agent"], timeout=LOADING_TAKES_AT_MOST)
    with step("apply the site with its policy"):
        Pulp(machine).cli("apply")
    return provide.connect(machine)
