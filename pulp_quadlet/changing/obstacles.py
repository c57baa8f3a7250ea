"""What would make a change fail half-way, and can be told beforehand."""

from __future__ import annotations

from collections.abc import Callable

from pulp_quadlet.errors import Location, Problem, path_taken
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.host_state import HostState
from pulp_quadlet.model.service import SitePath
from pulp_quadlet.model.tree import Tree


def obstacles(
    deployment: Deployment, tree: Tree, state: HostState, locate: Callable[[SitePath], Location | None]
) -> tuple[Problem, ...]:
    """What would make a plan fail half-way and can be told beforehand: secrets that only a person can give, and
    what stands where a link has to be.
    """
    taken = (
        path_taken(link.path)
        for link in tree.links
        if link.path in state.links and not tree.owns(link, state.links[link.path])
    )
    missing = (
        Problem(
            code="secret-missing",
            message=f"this host has no Podman secret `{secret.name}`",
            where=locate(secret.origin),
            help=(f"podman secret create {secret.name} FILE",),
        )
        for secret in deployment.secrets
        if secret.kind is None and secret.file is None and secret.name not in state.secrets
    )
    unreadable = (
        Problem(
            code="secret-unreadable",
            message=f"the secret's file {secret.file} cannot be read: {state.unreadable[secret.name]}",
            where=locate(secret.origin),
            help=("put it there, readable by root alone",),
        )
        for secret in deployment.secrets
        if secret.name in state.unreadable
    )
    return (*taken, *missing, *unreadable)
