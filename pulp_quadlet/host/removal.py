"""What an uninstall takes away from Podman and from the file system, outside of the agent's sandbox."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import command
from pulp_quadlet.host.outside import outside

UNLOADER = "pulp-quadlet-unload.service"
"""The unit that removes the shared SELinux module when the agent has ended."""
_KEPT_LINES = 20


async def networks(names: tuple[str, ...]) -> None:
    """Those that are there."""
    for name in names:
        if (await _run("podman", "network", "exists", name)).status == 0:
            _checked(await _run("podman", "network", "rm", name), f"the network {name}")


async def images(references: tuple[str, ...]) -> None:
    """Each by itself, so that one that is used elsewhere keeps no other."""
    failed = []
    for reference in references:
        done = await _run("podman", "image", "rm", "--ignore", reference)
        failed += [(reference, done)] if done.status else []
    for reference, done in failed:
        _checked(done, f"the image {reference}")


async def folders(paths: tuple[str, ...], root: Path = Path("/")) -> None:
    """In their order, and with nothing of what is mounted in them."""
    for path in paths:
        place = root / path.lstrip("/")
        if os.path.lexists(place):
            _checked(await _run("rm", "-rf", "--one-file-system", "--", str(place)), path)


async def unload_later() -> None:
    """Let systemd do what we cannot, since it would take away the very type that this process has."""
    words = ("--quiet", "--collect", f"--unit={UNLOADER}", "--property=TimeoutStartSec=900")
    unload = (sys.executable, "-m", "pulp_quadlet", "selinux", "unload", "--end-agent")
    done = await asyncio.to_thread(command.run, ("systemd-run", *words, "--", *unload))
    _checked(done, "the shared SELinux module")


async def _run(*argv: str) -> command.Finished:
    return await asyncio.to_thread(command.run, outside(argv))


def _checked(done: command.Finished, what: str) -> None:
    if done.status != 0:
        raise HostError(
            Problem(
                code="removal-failed",
                message=f"{what} could not be removed",
                notes=tuple(done.stderr.splitlines()[-_KEPT_LINES:]),
            )
        )
