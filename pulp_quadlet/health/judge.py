"""Judge what was observed. The witnesses can differ: systemd knows the unit, Podman its health check, the kernel its
processes, and Pulp the heartbeats in its database, which outlive a killed process by up to two minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pulp_quadlet.health.confinement import confinement
from pulp_quadlet.health.margins import margins
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.host_state import UnitState
from pulp_quadlet.model.service import Service
from pulp_quadlet.model.verdict import Note, Observations, Page, Processes, Row, Verdict

_MISSING = "is not installed"
_HEARTBEATS = {"api": "online_api_apps", "content": "online_content_apps", "worker": "online_workers"}
# How old a heartbeat may be where the site does not say it, in seconds: API_APP_TTL, CONTENT_APP_TTL and WORKER_TTL of
# pulpcore
_TTL = {"api": 120, "content": 30, "worker": 30}
_NEVER = float("inf")


def judge(deployment: Deployment, seen: Observations) -> Verdict:
    """One sentence, a row for each service, and a note for each margin that is small."""
    rows = tuple(_row(service, seen) for service in deployment.services)
    if all(row.why == _MISSING for row in rows):
        sentence = "Pulp is not installed on this host; `pulp-quadlet apply` installs it"
        return Verdict(healthy=False, sentence=sentence, rows=rows)
    notes = (*margins(seen), *confinement(deployment, seen.selinux))
    complaints = list(_complaints(deployment, seen, rows, notes))
    return Verdict(
        healthy=not complaints,
        sentence=_bad(complaints) if complaints else _good(deployment, notes),
        rows=rows,
        notes=notes,
        tasks=seen.tasks,
        applied=seen.applied,
    )


def unknown(deployment: Deployment, why: str) -> Verdict:
    """The verdict when nobody can be asked."""
    rows = tuple(
        Row(service=service.name, role=service.role, systemd="-", podman="-", pulp="-", well=False, why="is not known")
        for service in deployment.services
    )
    return Verdict(healthy=False, sentence=f"It is not known how Pulp is: {why}", rows=rows)


def _good(deployment: Deployment, notes: tuple[Note, ...]) -> str:
    told = [note.text for note in notes if note.level != "info"]
    warnings = f"; but {'; '.join(told)}" if told else ""
    return f"Pulp is healthy: {len(deployment.services)} services serve {deployment.url}{warnings}"


def _bad(complaints: list[str]) -> str:
    more = f", and {len(complaints) - 2} more" if len(complaints) > 2 else ""
    return f"Pulp is not healthy: {'; '.join(complaints[:2])}{more}"


def _complaints(
    deployment: Deployment, seen: Observations, rows: tuple[Row, ...], notes: tuple[Note, ...]
) -> Iterator[str]:
    """What comes first is nearer to the cause: what the web server answers depends on all others."""
    sick = [row for row in rows if not row.well]
    yield from (row.complaint for row in sick if row.role != "web")
    if seen.podman_error:
        yield f"Podman does not answer ({seen.podman_error})"
    yield from _of_pulp(deployment, seen)
    yield from (row.complaint for row in sick if row.role == "web")
    yield from (note.text for note in notes if note.level == "sick")


def _of_pulp(deployment: Deployment, seen: Observations) -> Iterator[str]:
    """What Pulp says of itself beyond its processes."""
    if not any(service.role == "api" for service in deployment.services):
        return
    if seen.status is None:
        yield f"its status page does not answer ({seen.status_error})"
        return
    if not seen.status.get("database_connection", {}).get("connected"):
        yield "it cannot reach its database"
    if any(service.role == "cache" for service in deployment.services):
        redis = seen.status.get("redis_connection") or {}
        if not redis.get("connected"):
            yield "it cannot reach its cache"


def _row(service: Service, seen: Observations) -> Row:
    unit = seen.units.get(f"{service.name}.service", UnitState())
    podman = _podman(service, unit, seen)
    age = _heartbeat(service, seen)
    why = _why(service, unit, podman, age, seen)
    container = seen.containers.get(service.name)
    return Row(
        service=service.name,
        role=service.role,
        systemd=f"{unit.active} ({unit.sub})",
        podman=podman,
        pulp=_told(age, "ago"),
        well=not why,
        why=why,
        restarts=unit.restarts,
        heartbeat=age if age is not None and age != _NEVER else None,
        since=container.created if container else 0.0,
    )


def _podman(service: Service, unit: UnitState, seen: Observations) -> str:
    if service.once and unit.active == "active":
        return "done"
    if seen.podman_error:
        return "unknown"
    container = seen.containers.get(service.name)
    return container.health if container else "no container"


def _why(service: Service, unit: UnitState, podman: str, age: float | None, seen: Observations) -> str:
    """The first of these is the cause of those that come after it."""
    if unit.load == "not-found":
        return _MISSING
    if unit.active != "active":
        return f"is {unit.active}" + (f" ({unit.result})" if unit.result not in {"", "success"} else "") + _again(unit)
    processes = seen.processes.get(service.name)
    if processes and (processes.frozen or processes.stopped):
        beat = [_told(age, "old")] if age is not None else []
        return ", ".join([*beat, f"container {podman}", _halted(processes)])
    return _unanswered(service, podman, age, seen)


def _unanswered(service: Service, podman: str, age: float | None, seen: Observations) -> str:
    """Why a service does not serve, although it runs."""
    if service.health and podman not in {"healthy", "unknown"}:
        return f"is {podman}, says Podman"
    if age is not None and age > (service.ttl or _TTL[service.role]):
        return f"has {_told(age, 'ago')}"
    if service.role == "web":
        return " and ".join(_answer(page) for page in seen.pages if not page.well)
    return ""


def _again(unit: UnitState) -> str:
    """A unit that systemd starts again and again is told from one that was stopped; the count outlives a stop."""
    if not unit.restarts or unit.active not in {"activating", "failed"}:
        return ""
    return ", restarted once" if unit.restarts == 1 else f", restarted {unit.restarts} times"


def _halted(processes: Processes) -> str:
    if processes.frozen:
        return "processes frozen" if processes.count > 1 else "process frozen"
    if processes.count == 1:
        return "process stopped"
    return f"{processes.stopped} of {processes.count} processes stopped"


def _answer(page: Page) -> str:
    return f"answers {page.status} to {page.path}" if page.status else f"does not answer {page.path} ({page.error})"


def _heartbeat(service: Service, seen: Observations) -> float | None:
    """How many seconds old the youngest heartbeat is that Pulp's database has of the processes with this service's
    host name; or else what its health check told. None where there is nothing to know: it has none, or Pulp does not
    tell.
    """
    listing = _HEARTBEATS.get(service.role)
    if listing is None or seen.status is None:
        return None
    name = service.hostname or service.name
    ages = (_age(app, seen.now) for app in seen.status.get(listing, ()) if _host_of(app) == name)
    told = seen.now - seen.heartbeats[service.name] if service.name in seen.heartbeats else _NEVER
    return max(0.0, min(ages, default=told))


def _told(age: float | None, word: str) -> str:
    if age is None:
        return "-"
    return "no heartbeat" if age == _NEVER else f"heartbeat {age:.0f} s {word}"


def _host_of(app: Mapping[str, Any]) -> str:
    """Names are `PID@HOST` (WORKER_NAME_TEMPLATE of pulpcore)."""
    return str(app.get("name", "")).partition("@")[2]


def _age(app: Mapping[str, Any], now: float) -> float:
    try:
        return now - datetime.fromisoformat(str(app.get("last_heartbeat"))).timestamp()
    except ValueError:
        return _NEVER
