"""Which generation is gone back to, and what stands in the way."""

from __future__ import annotations

from dataclasses import replace

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.model.deployment import TextFile
from pulp_quadlet.model.generation import Generation, PastGeneration
from pulp_quadlet.model.policy import PolicyModule


def earlier(history: tuple[PastGeneration, ...], number: int, site: str) -> tuple[int, PastGeneration | None]:
    """The generation to go back to: the given one, or for 0 the last good one before what runs now. With it the
    generation whose migrations stand in the way, since they cannot be undone.

    Raises HostError where there is none to go back to.
    """
    current = next((past.number for past in history if past.current), 0)
    good = [past for past in history if past.good and past.number != current]
    chosen = next((past for past in good if past.number == number or (number == 0 and past.number < current)), None)
    if chosen is None:
        listed = ", ".join(str(past.number) for past in good) or "none"
        what = f"has no generation {number} to go back to" if number else "has nothing to go back to"
        raise HostError(
            Problem(
                code="no-generation",
                message=f"{site} {what}",
                notes=(f"generations that were good: {listed}",),
                help=("pulp-quadlet history",),
            )
        )
    passed = (past for past in history if past.good and chosen.number < past.number <= current)
    barriers = [past for past in passed if past.origin.one_way]
    return chosen.number, barriers[-1] if barriers else None


def one_way(number: int, barrier: PastGeneration) -> HostError:
    """Why a generation cannot be gone back to just so, and what would have to be given up."""
    dump = barrier.origin.dump
    way = f"`pulp-quadlet rollback --to {number} --restore-database` brings back {dump}; what was written since is lost"
    return HostError(
        Problem(
            code="one-way-migration",
            message=f"generation {number} is older than migrations that cannot be undone",
            notes=(f"generation {barrier.number} did {', '.join(barrier.origin.one_way)}",),
            help=(way,)
            if dump
            else ("restore a backup of the database from before, then apply the site file of then",),
        )
    )


def with_shared(past: Generation, shared: PolicyModule) -> Generation:
    """The same generation with another text of the module that all sites share: theirs may need what is new in it."""
    policy = past.deployment.policy
    if policy is None:
        return past
    modules = tuple(shared if module.name == shared.name else module for module in policy.modules)
    path = f"selinux/{shared.name}.cil"
    files = tuple(TextFile(path=path, text=shared.text) if file.path == path else file for file in past.tree.files)
    return replace(
        past,
        deployment=replace(past.deployment, policy=replace(policy, modules=modules)),
        tree=replace(past.tree, files=files),
    )
