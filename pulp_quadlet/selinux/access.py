"""Who may do what, as rows: everything that a site's services need of its host, and the key that asked for it.

A row names two types, a class of objects and permissions of it. The text of the policy is made of these rows, and what
is proven of the compiled policy is compared with the very same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.service import Mount, Service, SitePath
from pulp_quadlet.selinux import names
from pulp_quadlet.selinux.flavour import Facts
from pulp_quadlet.selinux.permissions import (
    CHANGE_DIR,
    CHANGE_FILE,
    CHANGE_OTHER,
    HEAR,
    OPEN_SOCKET,
    READ_DIR,
    READ_FILE,
    READ_LINK,
    RESOLVE,
    RUN_FILE,
)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Access:
    """One row."""

    subject: str
    target: str
    """The type of the object; `self` is the subject's own."""
    tclass: str
    permissions: tuple[str, ...]
    origin: SitePath = ()
    """The key of the site file behind it."""


def rows(deployment: Deployment, facts: Facts) -> tuple[Access, ...]:
    """All rows of a site, each once, in an order that depends on nothing but them."""
    found: dict[tuple[str, str, str], list[Access]] = {}
    for service in deployment.services:
        for row in _service(deployment, service, facts):
            found.setdefault((row.subject, row.target, row.tclass), []).append(row)
    return tuple(_together(found[key]) for key in sorted(found))


def _together(same: list[Access]) -> Access:
    """Rows about the same as one. The first key that is known stands for all."""
    permissions = sorted({permission for row in same for permission in row.permissions})
    origin = next((row.origin for row in same if row.origin), ())
    return replace(same[0], permissions=tuple(permissions), origin=origin)


def _service(deployment: Deployment, service: Service, facts: Facts) -> Iterator[Access]:
    site, subject = deployment.site, names.process(deployment.site, service.role)
    yield from _own_files(subject, names.rootfs(site, service.role), service.origin(""))
    for mount in service.mounts:
        yield from _mounted(subject, _type_of(site, mount, facts), mount)
    yield from _sockets_of_systemd(deployment, service, subject)
    yield from _network(service, subject, facts)


def _own_files(subject: str, target: str, origin: SitePath) -> Iterator[Access]:
    """The image, folders in memory, and secrets. The image itself is read-only by other means."""
    yield Access(
        subject=subject,
        target=target,
        tclass="file",
        permissions=(*CHANGE_FILE, *RUN_FILE, "entrypoint"),
        origin=origin,
    )
    yield Access(subject=subject, target=target, tclass="dir", permissions=(*CHANGE_DIR, "watch"), origin=origin)
    for tclass in ("lnk_file", "sock_file", "fifo_file"):
        yield Access(subject=subject, target=target, tclass=tclass, permissions=CHANGE_OTHER, origin=origin)
    # the few devices that Podman makes in /dev
    yield Access(subject=subject, target=target, tclass="chr_file", permissions=(*READ_FILE, "append", "write"))


def _mounted(subject: str, target: str, mount: Mount) -> Iterator[Access]:
    writable = mount.writable
    for tclass, permissions in (
        ("dir", CHANGE_DIR if writable else READ_DIR),
        ("file", (*CHANGE_FILE, "map") if writable else (*READ_FILE, "map")),
        ("lnk_file", CHANGE_OTHER if writable else READ_LINK),
    ):
        yield Access(subject=subject, target=target, tclass=tclass, permissions=permissions, origin=mount.origin)
    if writable:
        for tclass in ("sock_file", "fifo_file"):
            yield Access(subject=subject, target=target, tclass=tclass, permissions=CHANGE_OTHER, origin=mount.origin)


def _type_of(site: str, mount: Mount, facts: Facts) -> str:
    what = mount.holds
    return names.host_file(site, what) if what else facts.certificates


def _sockets_of_systemd(deployment: Deployment, service: Service, subject: str) -> Iterator[Access]:
    """Sockets that it was handed, and those behind folders that it sees: systemd opens all of them with the label of
    the engine, since that is what the unit starts.
    """
    sockets = {socket.name: socket for socket in deployment.sockets}
    for name in service.sockets:
        for address in sockets[name].listen if name in sockets else ():
            tclass = "unix_stream_socket" if address.startswith("/") else "tcp_socket"
            yield Access(
                subject=subject, target=names.ENGINE, tclass=tclass, permissions=HEAR, origin=sockets[name].origin
            )
    paths = [address for socket in deployment.sockets for address in socket.listen if address.startswith("/")]
    for mount in service.mounts:
        if any(path.startswith(f"{mount.source}/") for path in paths):
            target = names.host_file(deployment.site, mount.holds)
            yield Access(subject=subject, target=target, tclass="sock_file", permissions=("getattr", "write"))
            yield Access(subject=subject, target=names.ENGINE, tclass="unix_stream_socket", permissions=("connectto",))


def _network(service: Service, subject: str, facts: Facts) -> Iterator[Access]:
    if not service.listens and not service.peers:
        return
    yield Access(subject=subject, target="self", tclass="tcp_socket", permissions=OPEN_SOCKET)
    # names are asked for over UDP, addresses of this host over netlink
    yield Access(subject=subject, target="self", tclass="udp_socket", permissions=RESOLVE)
    yield Access(subject=subject, target="self", tclass="netlink_route_socket", permissions=(*RESOLVE, "nlmsg_read"))
    # Python's urllib3 binds to no port in particular, to find out whether there is IPv6
    yield Access(subject=subject, target="node_t", tclass="tcp_socket", permissions=("node_bind",))
    for number in service.listens:
        origin = service.origin("")
        target = facts.port(number)
        yield Access(subject=subject, target=target, tclass="tcp_socket", permissions=("name_bind",), origin=origin)
    for peer in service.peers:
        target = facts.port(peer.port)
        yield Access(
            subject=subject, target=target, tclass="tcp_socket", permissions=("name_connect",), origin=peer.origin
        )
    if any(peer.what == "remote" for peer in service.peers):
        # an answer that is too long for a datagram
        yield Access(subject=subject, target=facts.port(53), tclass="tcp_socket", permissions=("name_connect",))
