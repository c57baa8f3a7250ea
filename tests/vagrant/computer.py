"""The computer that Vagrant brought up, as the tests of a site need it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from tests.lab.cgroup import Cgroup
from tests.lab.machine import STATE
from tests.vagrant.vagrant import UP_TAKES_AT_MOST
from tests.vm.remote import Remote
from tests.vm.ssh import Way

if TYPE_CHECKING:
    from tests.vagrant.vagrant import Vagrant


class Computer(Remote):
    """Vagrant is its power switch. Its network and its folder are those of the machine that emulates it, and so are the
    programs of users: they reach it by the port that Vagrant forwards.
    """

    HOME: ClassVar[Path] = STATE

    def __init__(self, vagrant: Vagrant) -> None:
        inside = vagrant.machine
        group = Cgroup.of_machine(inside.name, "ssh")
        super().__init__(inside.name, Way(inside.folder, inside.network.path, group, port=22))
        self._vagrant = vagrant
        self.said = ""
        """What Vagrant said when it was brought up last."""

    def make_key(self) -> str:
        """The public half of a key that lets root in, for the box."""
        return self._way.make_key()

    def create(self) -> None:
        """Nobody makes it but who brings it up."""

    def boot(self, *, degraded_ok: bool = False, timeout: float = UP_TAKES_AT_MOST) -> None:
        self.said = self._vagrant.run("up", timeout=timeout).stdout
        self.enter(degraded_ok=degraded_ok, timeout=timeout)

    def enter(self, *, degraded_ok: bool = False, timeout: float = UP_TAKES_AT_MOST) -> None:
        """It may have another address than the last time."""
        told = self._vagrant.run("ssh-config", "debian").stdout
        [address] = re.findall(r"^ *HostName (\S+)$", told, re.MULTILINE)
        self._way = replace(self._way, address=address)
        self._wait_booted(timeout, degraded_ok=degraded_ok)

    def reboot(self, *, degraded_ok: bool = False, timeout: float = UP_TAKES_AT_MOST) -> None:
        self.stop()
        self.boot(degraded_ok=degraded_ok, timeout=timeout)

    def power_cut(self) -> None:
        self._vagrant.run("halt", "--force")
        self._way.close()

    def stop(self, timeout: float = 300.0) -> None:
        self._vagrant.run("halt", timeout=timeout)
        self._way.close()

    def destroy(self) -> None:
        self._clean_up()

    def _clean_up(self) -> None:
        self._way.close()
        self._vagrant.run("destroy", "--force")
