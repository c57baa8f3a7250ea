"""The wire between a computer and what is around it, whoever starts it: addresses, and the doors that lead in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lab.furnish import write

if TYPE_CHECKING:
    from pathlib import Path

HERE, THERE, PREFIX = "10.0.2.2", "10.0.2.15", 24
SSH_PORT = 2222
DOORS = {SSH_PORT: 22, 8080: 8080}
"""Ports of the loopback around a computer, and which of its own they lead to."""
NETWORK = f"""\
[Match]
Name=eth0

[Network]
Address={THERE}/{PREFIX}
Gateway={HERE}
IPv6AcceptRA=no
"""


def fit(root: Path) -> None:
    """Give the tree of a disk its end of the wire."""
    write(root / "etc/systemd/network/10-vm.network", NETWORK)
