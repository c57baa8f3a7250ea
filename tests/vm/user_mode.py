"""A Linux that runs as a process of the host (user-mode Linux): its programs run on the real processor.

They take two to five times as long as on the host, where those of an emulated processor take twenty times as long. It
is a kernel of its own all the same, of Debian's own source, with Debian's SELinux.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab import trees
from tests.lab.command import run
from tests.lab.furnish import write
from tests.vm import wire
from tests.vm.trees import USER_MODE
from tests.vm.wire import HERE, PREFIX, THERE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.network import Network

DEVICE = "tap0"
NAME = """\
[Match]
Driver=uml-vector

[Link]
Name=eth0
"""
CONTAINERS = "10.88.0.0/13"  # the networks that Podman makes: its own, and those of default_subnet_pools
# Debian builds this kernel without nftables for IP. Containers reach each other and this computer all the same; what
# they send elsewhere gets the address of a host one step later, outside of it.
NO_FIREWALL = '[network]\nfirewall_driver = "none"\n'
LINE = (
    "root=/dev/ubda rw quiet noreboot con=null con0=null,fd:1 seccomp=on "
    "security=selinux selinux=1 enforcing=1 audit=1 audit_backlog_limit=8192"
)
MEMORY = 4096  # MiB
MODULES = "usr/lib/uml/modules"
# What the process sees: the tree that it comes from, its disk, and a place in memory for what is the computer's.
START = f"""\
set -eu
mount --bind "$2" "$1/mnt"
mount -t proc proc "$1/proc"
mount --bind /dev "$1/dev"
mount -t tmpfs -o size={MEMORY + 512}m tmpfs "$1/dev/shm"
export HOME=/dev/shm # it ends without one, and keeps its own files there
exec chroot "$1" /usr/bin/linux.uml ubd0=/mnt/disk.img mem={MEMORY}M {LINE} \\
    vec0:transport=tap,ifname={DEVICE},depth=128,gro=1
"""
WIRE = f"""\
set -eu
ip tuntap add {DEVICE} mode tap
ip address add {HERE}/{PREFIX} dev {DEVICE}
ip link set {DEVICE} up
ip route add {CONTAINERS} via {THERE}
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv4/conf/{DEVICE}/route_localnet
nft -f - <<RULES
table ip computer {{
    chain in {{ type nat hook output priority -100; }}
    chain out {{
        type nat hook postrouting priority srcnat
        oifname eth0 masquerade
        oifname {DEVICE} ip saddr 127.0.0.0/8 masquerade
    }}
}}
RULES
"""
FORWARD = f'nft add rule ip computer in ip daddr "$1" tcp dport "$2" dnat to "{THERE}:$3"'


@dataclass(frozen=True, slots=True)
class UserMode:
    """`tree` is the folder with its tree, which is unpacked there."""

    tree: Path

    def unpack(self) -> None:
        self.tree.mkdir(parents=True)
        trees.unpack(USER_MODE, self.tree)

    def fit(self, root: Path) -> None:
        """Give the tree of a disk what belongs to this kernel: its modules and its network."""
        [modules] = (self.tree / MODULES).iterdir()
        shutil.copytree(modules, root / "usr/lib/modules" / modules.name, symlinks=True)
        write(root / "etc/systemd/network/10-vm.link", NAME)
        wire.fit(root)
        write(root / "etc/containers/containers.conf.d/10-user-mode.conf", NO_FIREWALL)

    def connect(self, network: Network) -> None:
        """Lay the wire: a way out through the network of the machine, and some ports of its loopback lead in."""
        inside = ["nsenter", f"--net={network.path}", "--", "sh", "-c"]
        run([*inside, WIRE])
        for port, to in wire.DOORS.items():
            run([*inside, FORWARD, "sh", "127.0.0.1", str(port), str(to)])

    def starting(self, folder: Path) -> list[str]:
        """The command that is the computer while it runs, with `folder`/disk.img: it ends when the system inside stops
        or restarts. It writes its console to its output.
        """
        return ["unshare", "--mount", "--", "sh", "-c", START, "sh", str(self.tree), str(folder)]
