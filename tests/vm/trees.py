"""The Debian trees of a virtual machine: the system inside, and what is around it."""

from __future__ import annotations

from tests.lab.trees import MACHINE, SLIM, Tree

SYSTEM = Tree(
    "vm",
    packages=(
        *MACHINE.packages,
        # what a container does not have and a computer has
        *("linux-image-cloud-amd64", "initramfs-tools", "udev", "openssh-server"),
        # what Vagrant becomes root with
        "sudo",
        # the policy, its tools, and who writes down what it denied
        *("selinux-policy-default", "selinux-utils", "policycoreutils", "policycoreutils-python-utils", "auditd"),
        # what looks into a policy
        *("secilc", "setools", "python3-setools", "python3-setuptools"),
    ),
    options=MACHINE.options,
)
# That of Debian 12 cannot run this system: it corrupts flags when a processor is emulated.
EMULATOR = Tree("qemu", packages=("ca-certificates", "qemu-system-x86", "seabios", "ipxe-qemu"), options=SLIM)
# Since Linux 6.16 seccomp tells it of each system call, in two thirds of the time that ptrace takes; Debian 13 has an
# older one.
USER_MODE = Tree("user-mode", packages=("ca-certificates", "user-mode-linux"), options=SLIM, suite="forky")
