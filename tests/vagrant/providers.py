"""What starts the computer of Vagrant: libvirt, whose QEMU emulates a processor, or a provider of ours."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.furnish import write
from tests.site.provide import QUICK_LOGINS
from tests.vm import provide, trees, user_mode
from tests.vm.disk import GIGABYTES
from tests.vm.emulator import CPU, KERNEL_LINE
from tests.vm.user_mode import UserMode
from tests.vm.vm import EMULATED

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.machine import Machine
    from tests.lab.trees import Tree

FOLDER = "/srv/pulp"  # the one with the Vagrantfile
# The default site; but where a processor is emulated, one of each service, for the reason that FEWER has beside it, and
# one plugin, since each is some more seconds of each start.
SMALL = '\n[plugins]\npulp-python = "*"\n' + provide.FEWER
DEFAULT = "\n[workers]\ncount = 2\n"  # as by default; the last table, since tests add lines to it
BOXES = Path("/root/.vagrant.d/boxes")
BOOT = Path("/var/lib/libvirt/boot")  # where libvirt lets an emulator read
# It has no boot loader. What is told about the processor and the disk makes it faster.
OF_LIBVIRT = f"""\
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
OF_USER_MODE = """\
Vagrant.configure("2") do |config|
  config.ssh.connect_timeout = 60 # while all of Pulp starts
end
"""
# Where other tests run beside it, a kernel gives each session its share, and the many of these would get nearly all:
# the emulator, which all else waits for in the end, is to have more.
STARTED = """\
#!/bin/sh
if [ "$2" = started ]; then
    for pid in $(pidof qemu-system-x86_64); do echo -5 >/proc/$pid/autogroup; done
fi
exit 0
"""
TREE = "opt/user-mode"
PROGRAM = f"""\
#!/bin/sh
# user-mode start FOLDER: be the computer whose disk is in FOLDER
# user-mode forward ADDRESS PORT TO: let a port of this machine lead to one of the computer
set -eu
verb=$1
shift
case $verb in
start) exec unshare --mount -- sh -c {shlex.quote(user_mode.START)} sh /{TREE} "$1" ;;
forward) {user_mode.FORWARD} ;;
esac
"""
OURS = Path(__file__).parent / "user_mode/provider.rb"


@dataclass(frozen=True, slots=True)
class Provider:
    name: str
    """As Vagrant calls it."""
    set_up: Callable[[Machine], None]
    """Make ready a machine that has Vagrant."""
    fit: Callable[[Machine, Path], None]
    """Give the tree of a disk what belongs to such a computer."""
    put_together: Callable[[Machine, str], None]
    """Make a box of this name of the disk in /share/box: where `vagrant box add` would put it, since a box as a file
    would be two more copies of it.
    """
    listing: str
    """The command that tells of all computers that are there, running or not, a line each."""
    environment: Mapping[str, str]
    site: str
    """What a site file for such a computer has beside its address."""
    trees: tuple[Tree, ...] = ()
    """What it starts from besides the machine that has Vagrant."""

    def computers(self, machine: Machine) -> list[str]:
        return machine.run(["sh", "-c", self.listing]).stdout.split()


def _set_up_libvirt(machine: Machine) -> None:
    hook = machine.root / "etc/libvirt/hooks/qemu"
    write(hook, STARTED)
    hook.chmod(0o755)
    machine.run(["systemctl", "restart", "libvirtd.service"])  # it looks for hooks when it starts


def _put_together_for_libvirt(machine: Machine, name: str) -> None:
    metadata = {"provider": "libvirt", "format": "qcow2", "virtual_size": GIGABYTES}
    place = _place(machine, name, "libvirt", OF_LIBVIRT, metadata)
    machine.run(["qemu-img", "convert", "-O", "qcow2", "/share/box/disk.img", f"{place}/box.img"], timeout=300)
    machine.run(["cp", "--recursive", "--no-target-directory", "/share/box/boot", str(BOOT)])
    machine.run(["rm", "-r", "/share/box"])


def _set_up_user_mode(machine: Machine) -> None:
    UserMode(machine.root / TREE).unpack()
    program = machine.root / "usr/local/bin/user-mode"
    write(program, PROGRAM)
    program.chmod(0o755)
    machine.run(["sh", "-c", user_mode.WIRE])
    machine.run(["mkdir", "-p", "/root/.vagrant.d"])
    shutil.copy(OURS, machine.root / "root/.vagrant.d/Vagrantfile")  # which Vagrant reads before that of a folder


def _put_together_for_user_mode(machine: Machine, name: str) -> None:
    place = _place(machine, name, "user_mode", OF_USER_MODE, {"provider": "user_mode"})
    machine.run(["mv", "/share/box/disk.img", str(place)], timeout=300)
    machine.run(["rm", "-r", "/share/box"])


def _place(machine: Machine, name: str, provider: str, vagrantfile: str, metadata: Mapping[str, object]) -> Path:
    place = BOXES / name / "0" / provider
    write(machine.root / str(place / "Vagrantfile").lstrip("/"), vagrantfile)
    write(machine.root / str(place / "metadata.json").lstrip("/"), json.dumps(metadata))
    return place


LIBVIRT = Provider(
    name="libvirt",
    set_up=_set_up_libvirt,
    fit=lambda _machine, root: write(root / "etc/systemd/network/10-vagrant.network", NETWORK),
    put_together=_put_together_for_libvirt,
    listing="virsh list --all --name",
    environment={"VAGRANT_DEFAULT_PROVIDER": "libvirt", "PULP_QUADLET_DRIVER": "qemu"},
    site=QUICK_LOGINS + SMALL,
)
USER_MODE = Provider(
    name="user_mode",
    set_up=_set_up_user_mode,
    fit=lambda machine, root: UserMode(machine.root / TREE).fit(root),
    put_together=_put_together_for_user_mode,
    listing=f"find {FOLDER}/.vagrant -name disk.img; systemctl list-units --plain --no-legend 'user-mode-*'",
    environment={"VAGRANT_DEFAULT_PROVIDER": "user_mode"},
    site=QUICK_LOGINS + DEFAULT,
    trees=(trees.USER_MODE,),
)
PROVIDER = LIBVIRT if EMULATED else USER_MODE
