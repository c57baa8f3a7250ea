"""Our own box: a Debian that enforces SELinux, with the images and the database of a site, but without pulp-quadlet.

An emulated processor would need an hour for what is in it, and its network leads nowhere.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.command import run
from tests.lab.furnish import write
from tests.lab.progress import step
from tests.site.provide import QUICK_LOGINS
from tests.vm import making, provide
from tests.vm.disk import GIGABYTES
from tests.vm.emulator import CPU, KERNEL_LINE

if TYPE_CHECKING:
    from tests.lab.guest import Guest
    from tests.lab.machine import Machine

NAME = "pulp-quadlet-tests"
BOXES = Path("/root/.vagrant.d/boxes")
BOOT = Path("/var/lib/libvirt/boot")  # where libvirt lets an emulator read
KEY = "usr/lib/*/rubygems-integration/*/gems/vagrant-*/keys/vagrant.pub"  # the one that every box knows
METADATA = {"provider": "libvirt", "format": "qcow2", "virtual_size": GIGABYTES}
# It has no boot loader. What is told about the processor and the disk makes it faster.
VAGRANTFILE = f"""\
Vagrant.configure("2") do |config|
  config.ssh.connect_timeout = 60 # while all of Pulp starts
  config.vm.provider :libvirt do |libvirt|
    libvirt.kernel = "{BOOT}/vmlinuz"
    libvirt.initrd = "{BOOT}/initrd"
    libvirt.cmd_line = "{KERNEL_LINE}"
    libvirt.cpu_mode = "custom"
    libvirt.cpu_model = "{CPU}"
    libvirt.graphics_type = "none"
    libvirt.video_type = "none"
    libvirt.random model: "random"
    libvirt.disk_driver cache: "unsafe"
  end
end
"""
NETWORK = """\
[Match]
Name=eth0

[Network]
DHCP=ipv4
IPv6AcceptRA=no

# two that are made of this box would have one identifier, and get one address
[DHCPv4]
ClientIdentifier=mac
"""
# Each plugin is some more seconds of each start: those of the default site are in the computer of tests/vm.
PLUGINS = '\n[plugins]\npulp-python = "*"\n'
SITE = QUICK_LOGINS + PLUGINS + provide.FEWER
FILES = {
    "etc/systemd/network/10-vagrant.network": NETWORK,
    "etc/resolv.conf": "",  # there is nobody to ask
    # whoever had to wait too long and tries again is no attacker
    "etc/ssh/sshd_config.d/10-vagrant.conf": (
        "UseDNS no\nPerSourcePenalties no\nPermitRootLogin prohibit-password\nMaxSessions 100\n"
    ),
    "etc/sudoers.d/vagrant": "vagrant ALL=(ALL) NOPASSWD: ALL\n",
}


def add(machine: Machine, package: Path, way_in: str) -> None:
    """Make the box, and let the Vagrant of the machine know it. `package` is the .deb that the site is applied with,
    `way_in` the public key of a root who comes by himself.
    """
    folder = machine.share / "box"
    folder.mkdir()
    [key] = machine.root.glob(KEY)

    def fit(root: Path) -> None:
        _fit(root, key.read_text(), way_in)

    making.make_disk(making.maker(machine.name), folder, lambda guest: _fill(guest, package, machine.folder), fit)
    with step("put the box together"):
        _put_together(machine)


def _fill(guest: Guest, package: Path, folder: Path) -> None:
    """The package goes again: bringing it is what Vagrant is there for. What it has set up stays."""

    def install(guest: Guest) -> None:
        guest.copy_in(package, f"/root/{package.name}")
        guest.run(["apt-get", "--yes", "install", f"/root/{package.name}"], timeout=300)

    provide.prepare(guest, folder, SITE, install)
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


def _put_together(machine: Machine) -> None:
    """In the place where `vagrant box add` would put it: a box as a file would be two more copies of it."""
    place = BOXES / NAME / "0/libvirt"
    write(machine.root / str(place / "Vagrantfile").lstrip("/"), VAGRANTFILE)
    write(machine.root / str(place / "metadata.json").lstrip("/"), json.dumps(METADATA))
    machine.run(["qemu-img", "convert", "-O", "qcow2", "/share/box/disk.img", str(place / "box.img")], timeout=300)
    machine.run(["cp", "--recursive", "--no-target-directory", "/share/box/boot", str(BOOT)])
    machine.run(["rm", "-r", "/share/box"])
