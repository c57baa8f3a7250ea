"""Judge what was observed. The three witnesses can differ: systemd knows the process, Podman its health check,
Pulp the heartbeats in its database, which outlive a killed process by up to two minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.host_state import UnitState
from pulp_quadlet.model.service import Service
from pulp_quadlet.model.verdict import Observations, Row, Verdict

_MISSING = "is not installed"
_HEARTBEATS = {"api": "online_api_apps", "content": "online_content_apps", "worker": "online_workers"}
# How old a heartbeat may be, in seconds: API_APP_TTL, CONTENT_APP_TTL and WORKER_TTL of pulpcore
_TTL = {"api": 120, "content": 30, "worker": 30}


def judge(deployment: Deployment, seen: Observations) -> Verdict:
    """One sentence and a row for each service."""
    rows = tuple(_row(service, seen) for service in deployment.services)
    if all(row.why == _MISSING for row in rows):
        sentence = "Pulp is not installed on this host; `pulp-quadlet apply` installs it"
        return Verdict(healthy=False, sentence=sentence, rows=rows)
    sick = [row for row in rows if not row.well]
    complaints = [f"{row.service} {row.why}" for row in sick] + _complaints(deployment, seen)
    if not complaints:
        sentence = f"Pulp is healthy: {len(rows)} services serve {deployment.url}"
        return Verdict(healthy=True, sentence=sentence, rows=rows)
    more = f", and {len(complaints) - 2} more" if len(complaints) > 2 else ""
    return Verdict(healthy=False, sentence=f"Pulp is not healthy: {'; '.join(complaints[:2])}{more}", rows=rows)


def _complaints(deployment: Deployment, seen: Observations) -> list[str]:
    """What Pulp says of itself beyond its processes."""
    if not any(service.role == "api" for service in deployment.services):
        return []
    if seen.status is None:
        return [f"its status page does not answer ({seen.status_error})"]
    found = []
    if not seen.status.get("database_connection", {}).get("connected"):
        found.append("it cannot reach its database")
    if any(service.role == "cache" for service in deployment.services):
        redis = seen.status.get("redis_connection") or {}
        if not redis.get("connected"):
            found.append("it cannot reach its cache")
    return found


def _row(service: Service, seen: Observations) -> Row:
    unit = seen.units.get(f"{service.name}.service", UnitState())
    container = seen.containers.get(service.name)
    systemd = f"{unit.active} ({unit.sub})"
    podman = "done" if service.once and unit.active == "active" else (container.health if container else "no container")
    pulp, alive = _heartbeat(service, seen)
    why = _why(service, unit, podman, pulp if not alive else "")
    return Row(service=service.name, systemd=systemd, podman=podman, pulp=pulp, well=not why, why=why)


def _why(service: Service, unit: UnitState, podman: str, heartbeat: str) -> str:
    if unit.load == "not-found":
        return _MISSING
    if unit.active != "active":
        return f"is {unit.active}" + (f" ({unit.result})" if unit.result not in {"", "success"} else "")
    if service.health and podman != "healthy":
        return f"is {podman}, says Podman"
    return f"has {heartbeat}" if heartbeat else ""


def _heartbeat(service: Service, seen: Observations) -> tuple[str, bool]:
    """What Pulp's database knows of the processes with this service's host name, and whether that is well."""
    listing = _HEARTBEATS.get(service.role)
    if listing is None or seen.status is None:
        return "-", True
    name = service.hostname or service.name
    ages = [_age(app, seen.now) for app in seen.status.get(listing, ()) if _host_of(app) == name]
    if not ages:
        return "no heartbeat", False
    age = max(0.0, min(ages))
    return f"heartbeat {age:.0f} s ago", age <= _TTL[service.role]


def _host_of(app: Mapping[str, Any]) -> str:
    """Names are `PID@HOST` (WORKER_NAME_TEMPLATE of pulpcore)."""
    return str(app.get("name", "")).partition("@")[2]


def _age(app: Mapping[str, Any], now: float) -> float:
    try:
        return now - datetime.fromisoformat(str(app.get("last_heartbeat"))).timestamp()
    except ValueError:
        return float("inf")
