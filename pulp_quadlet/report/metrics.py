"""Figures of sites in the text format of Prometheus (version 0.0.4).

Names follow its conventions: base units, `_total` for what only grows, times as seconds since 1970 and never as "days
left", so that a query computes against its own clock. docs/metrics.md tells what each one means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pulp_quadlet.model.host_state import UnitState
from pulp_quadlet.model.verdict import Observations, Verdict

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
STATES = ("active", "reloading", "inactive", "failed", "activating", "deactivating")
"""The states of a unit, as systemd names them."""

Sample = tuple[dict[str, str], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One site, observed and judged."""

    site: str
    seen: Observations
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Family:
    """All samples of one name."""

    name: str
    kind: str
    help: str
    samples: Callable[[Measured], Iterable[Sample]]


def metrics_text(sites: Iterable[Measured], version: str) -> str:
    """Everything, each family once with the samples of all sites. A family without a sample is left out."""
    measured = tuple(sites)
    lines = list(
        _family("pulp_quadlet_build_info", "gauge", "The version of pulp-quadlet.", [({"version": version}, 1)])
    )
    for family in FAMILIES:
        samples = [
            ({"site": site.site, **labels}, value) for site in measured for labels, value in family.samples(site)
        ]
        lines += _family(family.name, family.kind, family.help, samples)
    return "".join(f"{line}\n" for line in lines)


def http_answer(request: str, text: Callable[[], str]) -> bytes:
    """The answer to the first line of a request over HTTP. Only `/metrics` is here, and only to be read."""
    method, path = [*request.split(" "), "", ""][:2]
    if method not in {"GET", "HEAD"}:
        return _http("405 Method Not Allowed", "only GET is answered\n", head=False)
    if path.partition("?")[0] != "/metrics":
        return _http("404 Not Found", "there is /metrics\n", head=method == "HEAD")
    return _http("200 OK", text(), head=method == "HEAD")


def _http(status: str, text: str, *, head: bool) -> bytes:
    body = text.encode()
    kind = CONTENT_TYPE if status.startswith("200") else "text/plain; charset=utf-8"
    lines = (f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close", "", "")
    return "\r\n".join(lines).encode() + (b"" if head else body)


def _family(name: str, kind: str, about: str, samples: list[Sample]) -> Iterator[str]:
    if not samples:
        return
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        written = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"{name}{{{written}}} {_number(value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


# --- the families -------------------------------------------------------------------------------------------------


def _healthy(found: Measured) -> Iterator[Sample]:
    yield {}, found.verdict.healthy


def _observed(found: Measured) -> Iterator[Sample]:
    yield {}, found.seen.now


def _well(found: Measured) -> Iterator[Sample]:
    for row in found.verdict.rows:
        yield {"service": row.service, "role": row.role}, row.well


def _state(found: Measured) -> Iterator[Sample]:
    for row in found.verdict.rows:
        active = found.seen.units.get(f"{row.service}.service", UnitState()).active
        for state in STATES:
            yield {"service": row.service, "state": state}, state == active


def _restarts(found: Measured) -> Iterator[Sample]:
    for row in found.verdict.rows:
        yield {"service": row.service}, row.restarts


def _heartbeat(found: Measured) -> Iterator[Sample]:
    for row in found.verdict.rows:
        if row.heartbeat is not None:
            yield {"service": row.service}, round(row.heartbeat, 3)


def _tasks(found: Measured) -> Iterator[Sample]:
    tasks = found.seen.tasks
    if tasks is not None:
        yield {"state": "waiting"}, tasks.waiting
        yield {"state": "running"}, tasks.running


def _disk_free(found: Measured) -> Iterator[Sample]:
    return (({"path": path}, disk.free) for disk in found.seen.disks if not disk.error for path in disk.paths)


def _disk_size(found: Measured) -> Iterator[Sample]:
    return (({"path": path}, disk.size) for disk in found.seen.disks if not disk.error for path in disk.paths)


def _certificate(found: Measured) -> Iterator[Sample]:
    certificate = found.seen.certificate
    if certificate is not None and not certificate.error:
        yield {"address": certificate.address}, certificate.expires


def _applied_at(found: Measured) -> Iterator[Sample]:
    if found.seen.applied is not None:
        yield {}, round(found.seen.applied.time, 3)


def _applied_well(found: Measured) -> Iterator[Sample]:
    if found.seen.applied is not None and found.seen.applied.result != "running":
        yield {}, found.seen.applied.result == "done"


def _generation(found: Measured) -> Iterator[Sample]:
    if found.seen.applied is not None:
        yield {"generation": found.seen.applied.generation}, 1


FAMILIES = (
    Family("pulp_quadlet_site_healthy", "gauge", "Whether the site is healthy, as status says.", _healthy),
    Family("pulp_quadlet_observed_timestamp_seconds", "gauge", "When the site was observed.", _observed),
    Family("pulp_quadlet_service_well", "gauge", "Whether all witnesses say that the service is well.", _well),
    Family("pulp_quadlet_service_state", "gauge", "The state of the unit; 1 for the one that it is in.", _state),
    Family(
        "pulp_quadlet_service_restarts_total",
        "counter",
        "How often systemd restarted the service by itself since it was started on purpose.",
        _restarts,
    ),
    Family("pulp_quadlet_heartbeat_age_seconds", "gauge", "How old the heartbeat in Pulp's database is.", _heartbeat),
    Family("pulp_quadlet_tasks", "gauge", "The tasks of Pulp that are not finished, by state.", _tasks),
    Family("pulp_quadlet_disk_free_bytes", "gauge", "What may still be written to the disk of the folder.", _disk_free),
    Family("pulp_quadlet_disk_size_bytes", "gauge", "The size of the disk of the folder.", _disk_size),
    Family(
        "pulp_quadlet_certificate_expiry_timestamp_seconds",
        "gauge",
        "When the certificate that the web server shows expires.",
        _certificate,
    ),
    Family("pulp_quadlet_last_apply_timestamp_seconds", "gauge", "When the last apply was done.", _applied_at),
    Family(
        "pulp_quadlet_last_apply_success",
        "gauge",
        "Whether the last apply succeeded; 0 when it went back. Absent while one is under way.",
        _applied_well,
    ),
    Family("pulp_quadlet_generation_info", "gauge", "The generation that runs.", _generation),
)
