"""Whom one may ask how he is without starting him: systemd starts who is stopped as soon as somebody connects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pulp_quadlet.model.deployment import Deployment, Socket
from pulp_quadlet.model.host_state import UnitState


def units_of(deployment: Deployment) -> tuple[str, ...]:
    """All units that tell something of the site."""
    services = (f"{service.name}.service" for service in deployment.services)
    return (*services, *(f"{socket.name}.socket" for socket in deployment.sockets))


def running_apis(deployment: Deployment, units: Mapping[str, UnitState]) -> Iterator[str]:
    """The own sockets of the API processes that run: to ask by the common one could start those that do not."""
    running = {
        service.name
        for service in deployment.services
        if service.role == "api" and _active(f"{service.name}.service", units)
    }
    for socket in deployment.sockets:
        if socket.service in running and socket.name == f"{socket.service}-health":
            yield socket.listen[0]


def web_socket(deployment: Deployment, units: Mapping[str, UnitState]) -> Socket | None:
    """The sockets of the web server, if it runs."""
    web = next((service.name for service in deployment.services if service.role == "web"), None)
    if web is None or not _active(f"{web}.service", units):
        return None
    return next((socket for socket in deployment.sockets if socket.service == web), None)


def would_start(role: str, deployment: Deployment, units: Mapping[str, UnitState]) -> bool:
    """Whether a question that nginx passes on to a role would start it, and all that it needs."""
    replicas = [service.name for service in deployment.services if service.role == role]
    if any(_active(f"{name}.service", units) for name in replicas):
        return False
    return any(socket.service in replicas and _active(f"{socket.name}.socket", units) for socket in deployment.sockets)


def _active(unit: str, units: Mapping[str, UnitState]) -> bool:
    return unit in units and units[unit].active == "active"
