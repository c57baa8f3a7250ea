"""What a virtual machine has on its disk is made in a machine of the lab, which is much faster than an emulated one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lab.furnish import link, write
from tests.lab.machine import Machine
from tests.vm.disk import write_disk
from tests.vm.trees import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

IN_NO_CONTAINER = ("audit-rules.service", "auditd.service")  # they want a kernel of their own
# One look whether a container is well starts a Podman, which takes an emulated processor seconds: at the usual interval
# six containers leave it no time for anything else. Not less often than this: a slow start is healthy at the look after
# the first that found it well. Quadlet adds this to each container, ours or not.
LOOKS = "etc/containers/systemd/container.d/10-emulated.conf"
SELDOM = "[Container]\nHealthInterval=2m\nHealthStartupInterval=15s\n"


def maker(name: str) -> Machine:
    """The machine in which the disk of `name` is made, not yet there."""
    return Machine(f"{name}-maker", SYSTEM)


def make_disk(
    machine: Machine, folder: Path, fill: Callable[[Machine], None] | None, fit: Callable[[Path], None]
) -> None:
    """Write `folder`/disk.img, and its kernel to `folder`/boot. `fill` gets the machine as it runs; `fit` gets its tree
    when it has stopped, and adds what belongs to this computer alone.
    """
    try:
        machine.create()
        if fill is not None:
            _run(machine, fill)
        fit(machine.root)
        write(machine.root / LOOKS, SELDOM)
        write_disk(machine.root, folder / "disk.img", folder / "boot")
    finally:
        machine.destroy()


def _run(machine: Machine, fill: Callable[[Machine], None]) -> None:
    masks = [machine.root / "etc/systemd/system" / unit for unit in IN_NO_CONTAINER]
    for mask in masks:
        link(mask, "/dev/null")
    machine.boot()
    fill(machine)
    machine.stop()
    for mask in masks:
        mask.unlink()
