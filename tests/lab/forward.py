"""A port of this host that leads to the same port on the loopback of a machine.

A process of ours does it, not the firewall: packets to 127.0.0.1 that are sent elsewhere need routes that other
programs change, and a service that listens on the machine's loopback only would not get them.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import os
import socket
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.lab import command
from tests.lab.cgroup import Cgroup, joined
from tests.lab.network import Network

REPOSITORY = Path(__file__).parents[2]
CLONE_NEWNET = 0x40000000
CHUNK = 65536
NO_IPV6 = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


class PortTakenError(Exception):
    """Another program of the host listens on the port."""


@dataclass(frozen=True, slots=True)
class Forward:
    machine: str
    port: int

    def start(self) -> None:
        """Listen, and leave the rest to a process of the background. It holds on over reboots of the machine."""
        network = Network(self.machine)
        if not network.path.exists():
            raise FileNotFoundError(f"there is no machine {self.machine} to forward port {self.port} to")
        group = Cgroup.of_machine(self.machine, f"forward-{self.port}")
        if group.pids():
            return
        listening = _listen(self.port)
        group.create()
        descriptors = [listener.fileno() for listener in listening]
        serve = [sys.executable, "-m", "tests.lab.forward", str(network.path), str(self.port), *map(str, descriptors)]
        detached = ["sh", "-c", 'exec setsid --fork "$@" </dev/null >/dev/null 2>&1', "sh", *serve]
        command.run(joined(group.path, detached), cwd=REPOSITORY, pass_fds=descriptors)
        for listener in listening:
            listener.close()


def forwarded(machine: str) -> list[int]:
    groups = Cgroup.of_machine(machine).path.glob("forward-*")
    return sorted(int(group.name.removeprefix("forward-")) for group in groups if Cgroup(group).pids())


def _listen(port: int) -> list[socket.socket]:
    """Both loopback addresses, as far as the host has them: `localhost` may mean either."""
    listening: list[socket.socket] = []
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            listening.append(socket.create_server((address, port), family=family))
        except OSError as refused:
            if family == socket.AF_INET6 and refused.errno in NO_IPV6:
                continue
            for listener in listening:
                listener.close()
            if refused.errno != errno.EADDRINUSE:
                raise
            raise PortTakenError(
                f"port {port} of this host is taken by another program; `ss -ltnp 'sport = :{port}'` names it"
            ) from None
    return listening


async def _serve(port: int, listening: list[socket.socket]) -> None:
    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            try:
                there, back = await asyncio.open_connection("127.0.0.1", port)
            except OSError:  # nobody listens in the machine: the caller sees a closed connection
                return
            with closing(back):
                await asyncio.gather(_pump(reader, back), _pump(there, writer))

    servers = [await asyncio.start_server(connect, sock=listener) for listener in listening]
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Copy until the end, and pass the end on: a client may stop talking and still listen."""
    try:
        while data := await source.read(CHUNK):
            target.write(data)
            await target.drain()
        target.write_eof()
    except OSError:
        target.close()


def main() -> None:
    """The process of the background: `python -m tests.lab.forward NETNS PORT DESCRIPTOR...`."""
    network, port, *descriptors = sys.argv[1:]
    listening = [socket.socket(fileno=int(descriptor)) for descriptor in descriptors]
    # A socket stays in the namespace that it was made in: these listen on the host, later ones connect inside.
    namespace = os.open(network, os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(namespace, CLONE_NEWNET):  # os.setns came with Python 3.12
        raise OSError(ctypes.get_errno(), f"cannot enter {network}")
    asyncio.run(_serve(int(port), listening))


if __name__ == "__main__":
    main()
