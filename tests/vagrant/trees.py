"""The Debian tree of the machine that has Vagrant, with libvirt and an emulator of the same release."""

from __future__ import annotations

from tests.lab.trees import SLIM, Tree

HOST = Tree(
    "vagrant",
    packages=(
        *("systemd", "systemd-sysv", "dbus", "udev", "ca-certificates", "procps", "iproute2", "iptables", "nftables"),
        *("vagrant", "vagrant-libvirt", "libvirt-daemon-system", "libvirt-clients", "dnsmasq-base", "openssh-client"),
        *("qemu-system-x86", "qemu-utils"),
    ),
    options=SLIM,
)
