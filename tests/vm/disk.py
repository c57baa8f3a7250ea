"""From the tree of a machine that was stopped to a disk that boots, with the labels that its policy wants."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.lab.command import run
from tests.lab.furnish import IN_NO_MACHINE, link, write
from tests.lab.progress import step

if TYPE_CHECKING:
    from pathlib import Path

GIGABYTES = 12  # of which a file with holes takes what is used
CONTEXTS = "/etc/selinux/default/contexts/files/file_contexts"
ON_THE_HOST_ONLY = ("console-getty.service", "apt-daily.timer", "apt-daily-upgrade.timer")
FILES = {
    "etc/fstab": "LABEL=root / ext4 defaults 0 1\n",
    "etc/selinux/config": "SELINUX=enforcing\nSELINUXTYPE=default\n",
    # Podman starts a process each time it looks whether a service is up, four seconds of an emulated processor:
    # for as long as six services start, these processes get half of it.
    "etc/systemd/system/service.d/50-looks.conf": "[Service]\nCPUWeight=10\n",
    "etc/systemd/system/pulp-.service.d/50-services.conf": "[Service]\nCPUWeight=100\n",
    "etc/systemd/system/timer.d/50-looks.conf": "[Timer]\nRandomizedDelaySec=30\n",  # and it looks less often
}
IN_NO_VM = (
    "e2scrub_reap.service",  # no LVM here
    "fstrim.timer",
    "getty@tty1.service",  # nobody sits at the console
    "serial-getty@ttyS0.service",
    "systemd-network-generator.service",  # fails under Debian's policy; nothing on the kernel's command line is for it
)
AT_BOOT = {
    "multi-user.target.wants": "systemd-networkd.service",
    "network-online.target.wants": "systemd-networkd-wait-online.service",
}


def write_disk(root: Path, disk: Path, boot: Path) -> None:
    """Make `root` the tree of a computer, label it, and write it to `disk`; its kernel goes to the folder `boot`."""
    _fit(root)
    boot.mkdir()
    for name, kernel in (("vmlinuz", "vmlinuz-*"), ("initrd", "initrd.img-*")):
        [found] = (root / "boot").glob(kernel)
        shutil.copy(found, boot / name)
    with step("label the tree"):
        run(["chroot", str(root), "setfiles", "-F", "-e", "/proc", "-e", "/sys", CONTEXTS, "/"], timeout=300)
    with step("write the disk"):
        part = disk.with_suffix(".part")
        run(["mke2fs", "-q", "-t", "ext4", "-L", "root", "-d", str(root), str(part), f"{GIGABYTES}G"], timeout=600)
        part.rename(disk)


def _fit(root: Path) -> None:
    """What a machine has since it is none of its own is put right, and what a computer needs is added."""
    units = root / "etc/systemd/system"
    for unit in IN_NO_MACHINE:
        if unit not in ON_THE_HOST_ONLY:
            (units / unit).unlink()
    (root / "etc/containers/containers.conf.d/50-lab.conf").unlink()  # its limits are those of the host
    for name, text in FILES.items():
        write(root / name, text)
    (root / ".autorelabel").unlink(missing_ok=True)  # all is labelled before the first boot
    # a login gets no service manager of its own, which takes an emulated processor ten seconds to start
    logins = root / "etc/pam.d/common-session"
    write(logins, "".join(line for line in logins.read_text().splitlines(keepends=True) if "pam_systemd" not in line))
    for unit in IN_NO_VM:
        link(units / unit, "/dev/null")
    for target, unit in AT_BOOT.items():
        link(units / target / unit, f"/usr/lib/systemd/system/{unit}")
