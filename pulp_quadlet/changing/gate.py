"""Whether an apply may be committed: everything that it touched serves, and nothing is worse than before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.verdict import Observations, Verdict

_LISTINGS = {"api": "online_api_apps", "content": "online_content_apps", "worker": "online_workers"}

Versions = tuple[tuple[str, str], ...]
"""Components of Pulp with their versions, as its processes report them."""


def complaints(
    deployment: Deployment, seen: Observations, verdict: Verdict, before: Verdict | None, versions: Versions
) -> tuple[str, ...]:
    """What speaks against a commit. What was sick before the apply and was not mended by it is no reason to go back."""
    sick_before = {row.service for row in before.rows if not row.well} if before else set()
    worse = [f"{row.service} {row.why}" for row in verdict.rows if not row.well and row.service not in sick_before]
    if not worse and not verdict.healthy and not sick_before:
        worse.append(verdict.sentence)
    return (*worse, *_behind(deployment, seen, versions))


def _behind(deployment: Deployment, seen: Observations, versions: Versions) -> Iterator[str]:
    """Processes whose row in Pulp's database does not tell of the new version."""
    if not versions or seen.status is None:
        return
    wanted = dict(versions)
    for service in deployment.services:
        rows = [row for row in _rows(service.role, seen.status) if _host_of(row) == (service.hostname or service.name)]
        if service.role in _LISTINGS and not any(_runs(row, wanted) for row in rows):
            yield f"{service.name} has not told Pulp's database of its new version"


def _rows(role: str, status: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = status.get(_LISTINGS.get(role, ""), [])
    return found


def _runs(row: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    has = row.get("versions") or {}
    return all(has.get(component) == version for component, version in wanted.items())


def _host_of(row: Mapping[str, Any]) -> str:
    return str(row.get("name", "")).partition("@")[2]
