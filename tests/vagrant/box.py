"""Our own box: a Debian that enforces SELinux, with the images and the database of a site, but without pulp-quadlet.

An emulated processor would need an hour for what is in it, and its network leads nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lab.command import run
from tests.lab.furnish import write
from tests.lab.progress import step
from tests.vm import making, provide

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.guest import Guest
    from tests.lab.machine import Machine
    from tests.vagrant.providers import Provider

NAME = "pulp-quadlet-tests"
KEY = "usr/lib/*/rubygems-integration/*/gems/vagrant-*/keys/vagrant.pub"  # the one that every box knows
FILES = {
    "etc/resolv.conf": "",  # there is nobody to ask
    # whoever had to wait too long and tries again is no attacker
    "etc/ssh/sshd_config.d/10-vagrant.conf": (
        "UseDNS no\nPerSourcePenalties no\nPermitRootLogin prohibit-password\nMaxSessions 100\n"
    ),
    "etc/sudoers.d/vagrant": "vagrant ALL=(ALL) NOPASSWD: ALL\n",
}


def add(machine: Machine, provider: Provider, package: Path, way_in: str) -> None:
    """Make the box, and let the Vagrant of the machine know it. `package` is the .deb that the site is applied with,
    `way_in` the public key of a root who comes by himself.
    """
    folder = machine.share / "box"
    folder.mkdir()
    [key] = machine.root.glob(KEY)

    def fit(root: Path) -> None:
        _fit(root, key.read_text(), way_in)
        provider.fit(machine, root)

    def fill(guest: Guest) -> None:
        _fill(guest, provider.site, package, machine.folder)

    making.make_disk(making.maker(machine.name), folder, fill, fit)
    with step("put the box together"):
        provider.put_together(machine, NAME)


def _fill(guest: Guest, site: str, package: Path, folder: Path) -> None:
    """The package goes again: bringing it is what Vagrant is there for. What it has set up stays."""

    def install(guest: Guest) -> None:
        guest.copy_in(package, f"/root/{package.name}")
        guest.run(["apt-get", "--yes", "install", f"/root/{package.name}"], timeout=300)

    provide.prepare(guest, folder, site, install)
    guest.run(["apt-get", "--yes", "remove", "pulp-quadlet"], timeout=300)
    guest.run(["rm", f"/root/{package.name}"])


def _fit(root: Path, public_key: str, way_in: str) -> None:
    run(["chroot", str(root), "useradd", "--create-home", "--shell=/bin/bash", "vagrant"])
    for name, text in FILES.items():
        write(root / name, text)
    write(root / "home/vagrant/.ssh/authorized_keys", public_key)
    run(["chroot", str(root), "chown", "-R", "vagrant:", "/home/vagrant"])
    write(root / "root/.ssh/authorized_keys", way_in)
    (root / "root/.ssh").chmod(0o700)
