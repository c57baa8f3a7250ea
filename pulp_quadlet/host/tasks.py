"""What the worker in a container is at."""

from __future__ import annotations

import asyncio
import json

from pulp_quadlet.changing.drain import RunningTask
from pulp_quadlet.host import command
from pulp_quadlet.host.outside import outside
from pulp_quadlet.model.service import Service

_PROGRAM = "/etc/pulp-quadlet/current/config/pulp/tasks.py"


async def running(worker: Service) -> tuple[RunningTask, ...]:
    """Its tasks. One that has just ended, or an older Pulp, cannot be asked: then there is nothing to tell."""
    python = worker.command[:-1]  # the program is the last word
    argv = ("podman", "exec", worker.name, *python, _PROGRAM, worker.hostname or worker.name)
    said = await asyncio.to_thread(command.run, outside(argv))
    return tuple(RunningTask(**json.loads(line)) for line in said.stdout.splitlines() if line.startswith("{"))
