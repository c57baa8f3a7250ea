"""Rows to text in CIL: one module for all sites of a host, and one for each site. Sorted, so that they change only
when their meaning does.
"""

from __future__ import annotations

from typing import Any

from pulp_quadlet.config.tables import SelinuxTable
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.policy import BASE, Policy, PolicyModule, module_of
from pulp_quadlet.resources import fill
from pulp_quadlet.selinux import names, permissions
from pulp_quadlet.selinux.access import Access, rows
from pulp_quadlet.selinux.flavour import Facts
from pulp_quadlet.selinux.folders import folders, roots

PROGRAMS = (
    "/usr/bin/pulp-quadlet-agent",
    "/usr/local/bin/pulp-quadlet-agent",
    "/opt/pulp-quadlet/bin/pulp-quadlet-agent",
)
"""Where the agent's program may be."""
GENERATOR = "/etc/systemd/system-generators/pulp-quadlet-generator"
"""Where `install-agent` puts what systemd runs at boot. One in /usr has its label by the policy of the host."""


def policy(deployment: Deployment, facts: Facts, table: SelinuxTable) -> Policy:
    """What is loaded for a site, and where its labels are."""
    site = PolicyModule(name=module_of(deployment.site), text=_site(deployment, facts, table))
    return Policy(
        modules=(base(facts), site),
        roots=(*PROGRAMS, *([GENERATOR] if facts.fixes else []), *roots(deployment, fixes=facts.fixes)),
    )


def base(facts: Facts) -> PolicyModule:
    """The module that all sites share. It depends on the host's policy alone."""
    own = {name: getattr(names, name) for name in dir(names) if name.isupper()}
    sets = {name: " ".join(getattr(permissions, name)) for name in dir(permissions) if name.isupper()}
    text = fill(
        "base.cil.j2",
        f=facts,
        attributes=names.ATTRIBUTES,
        programs=[_escaped(path) for path in PROGRAMS],
        generator=_escaped(GENERATOR),
        unique=_unique,
        **own,
        **sets,
    )
    return PolicyModule(name=BASE, text=text)


def _site(deployment: Deployment, facts: Facts, table: SelinuxTable) -> str:
    found = rows(deployment, facts)
    roles = sorted({service.role for service in deployment.services})
    return fill(
        "site.cil.j2",
        f=facts,
        site=deployment.site,
        roles=[_role(deployment.site, role, found, table) for role in roles],
        folders=folders(deployment),
        ports=_ports_of_ours(deployment, facts),
        asked=_unique(*(facts.port(number) for number in _web_ports(deployment))),
        **{name: getattr(names, name) for name in dir(names) if name.isupper()},
    )


def _role(site: str, role: str, found: tuple[Access, ...], table: SelinuxTable) -> dict[str, Any]:
    process = names.process(site, role)
    own = sorted((row for row in found if row.subject == process), key=lambda row: (_key(row), row))
    return {
        "name": role,
        "process": process,
        "rootfs": names.rootfs(site, role),
        "permissive": table.mode == "permissive" or role in table.permissive,
        "rows": [{**_fields(row), "key": _key(row)} for row in own],
    }


def _fields(row: Access) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("subject", "target", "tclass", "permissions")}


def _key(row: Access) -> str:
    return ".".join(str(part) for part in row.origin)


def _ports_of_ours(deployment: Deployment, facts: Facts) -> list[dict[str, Any]]:
    """Ports for which the host's policy has no type of their own."""
    wanted = {number for service in deployment.services for number in service.listens}
    wanted |= {peer.port for service in deployment.services for peer in service.peers}
    wanted |= set(_web_ports(deployment))
    ours = ((number, facts.port(number)) for number in sorted(wanted))
    return [{"number": number, "type": kind} for number, kind in ours if kind == names.port(number)]


def _web_ports(deployment: Deployment) -> tuple[int, ...]:
    """Ports of the web server, at which the agent asks how it is."""
    web = {name for service in deployment.services if service.role == "web" for name in service.sockets}
    found = (address for socket in deployment.sockets if socket.name in web for address in socket.listen)
    return tuple(dict.fromkeys(int(address.rpartition(":")[2]) for address in found if not address.startswith("/")))


def _unique(*found: str) -> list[str]:
    return list(dict.fromkeys(found))


def _escaped(path: str) -> str:
    return path.replace(".", "\\.")
