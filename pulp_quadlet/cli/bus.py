"""What all commands share that talk with the agent."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pulp_quadlet.agent.client import Agent

_Value = TypeVar("_Value")


def play(story: Coroutine[Any, Any, _Value]) -> _Value:
    """Run a story to its end."""
    return asyncio.run(story)


@asynccontextmanager
async def the_agent() -> AsyncIterator[Agent]:
    """The agent. On a terminal, polkit may ask for a password."""
    from pulp_quadlet.agent.client import agent

    _check_selinux()
    async with agent(interactive=sys.stdin.isatty()) as found:
        yield found


def _check_selinux() -> None:
    """An agent without its module could not answer, and whoever called it would wait for ever."""
    from pulp_quadlet.errors import AgentError, Problem
    from pulp_quadlet.host.policy.store import PolicyStore

    store = PolicyStore()
    if os.geteuid() == 0 and store.active and store.enforcing and not store.confines_the_agent:
        raise AgentError(
            Problem(
                code="agent-not-confined",
                message="SELinux is enforcing, and the module that confines the agent is not loaded",
                help=("pulp-quadlet install-agent",),
            )
        )


def absolute(path: Path) -> str:
    """A site file as the agent has to be told it, which has another working directory than we."""
    return os.path.abspath(path)  # noqa: PTH100  resolve() would follow links, which the agent refuses


def options(host: str | None = None, **more: Any) -> dict[str, Any]:
    """The options of a call; those that were not given are left out."""
    return {name: value for name, value in {"host": host, **more}.items() if value}
