"""What an error of a call to the agent means to a user."""

from __future__ import annotations

import json

from pulp_quadlet.agent.contract import ERROR
from pulp_quadlet.dbus.errors import ACCESS_DENIED, BusCallError
from pulp_quadlet.errors import (
    AccessError,
    AgentError,
    ExitCode,
    HostError,
    Problem,
    PulpQuadletError,
    ToldError,
)
from pulp_quadlet.report.told import error_of

_NOBODY = {"ServiceUnknown", "NameHasNoOwner"}
_REFUSED = {"InvalidArgs", "UnknownMethod", "UnknownObject", "UnknownInterface"}
_STANDARD = "org.freedesktop.DBus.Error."


def meant(error: BusCallError) -> PulpQuadletError:
    """The error of a call as the user should read it."""
    if error.name == f"{ERROR}.Bug":
        help_ = ("journalctl -u pulp-quadlet-agent.service", "this is a mistake of pulp-quadlet; report it")
        problem = Problem(code="agent-bug", message=error.text, help=help_)
        return ToldError(problem, outcome="it is not known what was changed", exit_code=ExitCode.BUG)
    if error.name.startswith(f"{ERROR}.") and len(error.body) > 1:
        return error_of(json.loads(error.body[1]))
    if error.name == ACCESS_DENIED:
        return AccessError(
            Problem(
                code="access-denied",
                message="the message bus does not let this user call the agent",
                notes=(error.text,),
                help=("do it as root",),
            )
        )
    short = error.name.removeprefix(_STANDARD)
    if short in _NOBODY:
        return AgentError(
            Problem(
                code="agent-missing",
                message="the agent is not installed on this host",
                notes=(error.text,),
                help=("`pulp-quadlet install-agent` as root",),
            )
        )
    if short in _REFUSED:
        return HostError(
            Problem(
                code="agent-differs",
                message="the agent does not understand this",
                notes=(error.text,),
                help=("`systemctl restart pulp-quadlet-agent`: it may be of another version",),
            )
        )
    return unreachable(error.text)


def unreachable(reason: str) -> AgentError:
    return AgentError(
        Problem(
            code="agent-unreachable",
            message="the agent does not answer",
            notes=(reason,),
            help=(
                "journalctl -u pulp-quadlet-agent.service",
                "its next start, which comes by itself, ends or takes back a change that it was making",
            ),
        ),
        outcome="if a change was being made, `pulp-quadlet status` tells what became of it",
    )
