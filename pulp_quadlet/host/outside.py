"""Programs that run outside of the agent's sandbox: those that build, enter containers, and make folders of
other users.

systemd runs them for us, as a unit of their own with our standard streams, and stops them when the agent is gone.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

AGENT = "pulp-quadlet-agent.service"
_INSIDE = "PULP_QUADLET_AGENT"
"""A variable that the agent's unit sets: only there is a sandbox to leave."""


def inside() -> bool:
    """Whether this is a process of the agent."""
    return bool(os.environ.get(_INSIDE))


def outside(argv: Sequence[str], *properties: str) -> tuple[str, ...]:
    """The same command, run by systemd with the streams of this process, in a unit with these properties."""
    if not inside():
        return tuple(argv)
    return (
        "systemd-run",
        "--quiet",
        "--pipe",
        "--wait",
        "--collect",
        f"--property=BindsTo={AGENT}",
        *(f"--property={each}" for each in properties),
        "--",
        *(word.replace("$", "$$") for word in argv),  # else it would put variables of its own there
    )
