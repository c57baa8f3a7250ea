"""What a service may do follows from what it is given: new mounts, ports and sockets bring their rules themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.service import Mount, Peer
from pulp_quadlet.selinux.access import Access, rows
from pulp_quadlet.selinux.assertions import assertions, table
from pulp_quadlet.selinux.flavour import FEDORA, REFPOLICY
from pulp_quadlet.selinux.folders import pattern
from tests.golden_cases import slices
from tests.sites import MINIMAL, SELINUX, TARGET, compiled

CONFINED = replace(TARGET, selinux=SELINUX)


def deployment(more: str = "") -> Deployment:
    return compiled(MINIMAL + more, CONFINED).deployment


def found(where: Deployment, role: str) -> dict[tuple[str, str], Access]:
    subject = f"pq_pulp_{role}_t"
    return {(row.target, row.tclass): row for row in rows(where, REFPOLICY) if row.subject == subject}


def may(where: Deployment, role: str, target: str, tclass: str) -> tuple[str, ...]:
    row = found(where, role).get((target, tclass))
    return row.permissions if row else ()


def with_web(**changes: object) -> Deployment:
    before = deployment()
    services = tuple(
        replace(each, **changes) if each.role == "web" else each  # type: ignore[arg-type]  # any field
        for each in before.services
    )
    return replace(before, services=services)


def test_a_new_mount_brings_its_rules() -> None:
    mount = Mount(source="/srv/pages", target="/pages", holds="pages", origin=("web", "pages"))
    after = with_web(mounts=(mount,))
    assert "read" in may(after, "web", "pq_pulp_pages_file_t", "file")
    assert "write" not in may(after, "web", "pq_pulp_pages_file_t", "file")
    assert found(after, "web")["pq_pulp_pages_file_t", "file"].origin == ("web", "pages")
    assert "write" in may(with_web(mounts=(replace(mount, writable=True),)), "web", "pq_pulp_pages_file_t", "file")
    assert may(after, "web", "pq_pulp_routes_file_t", "file") == ()


def test_a_new_peer_brings_its_port() -> None:
    after = with_web(peers=(Peer(port=389, what="directory"), Peer(port=5432, what="database")))
    assert may(after, "web", "pq_port_389_t", "tcp_socket") == ("name_connect",)
    assert may(after, "web", "postgresql_port_t", "tcp_socket") == ("name_connect",)
    assert "create" in may(after, "web", "self", "tcp_socket")


def test_who_has_no_peer_has_no_network() -> None:
    for role in ("web", "routes"):
        assert may(deployment(), role, "self", "tcp_socket") == ()


@pytest.mark.parametrize(
    ("more", "role", "port"),
    [
        ("", "worker", "http_port_t"),
        ("", "content", "http_port_t"),
        ("[selinux]\npull_through = true\n", "api", "http_port_t"),
        ("[selinux]\nremote_ports = [3128]\n", "worker", "http_cache_port_t"),
        ('[storage]\nbackend = "s3"\nbucket = "artifacts"\nendpoint = "http://s3:7480"\n', "api", "pq_port_7480_t"),
        ('[storage]\nbackend = "s3"\nbucket = "artifacts"\n', "api", "http_port_t"),
        ('[database]\nhost = "db"\nport = 5433\npassword = { secret = "a" }\n', "migrate", "pq_port_5433_t"),
        ('[cache]\nmode = "external"\nhost = "cache"\nport = 6380\n', "content", "pq_port_6380_t"),
    ],
)
def test_the_site_file_opens_ports(more: str, role: str, port: str) -> None:
    assert may(deployment(more), role, port, "tcp_socket") == ("name_connect",)


@pytest.mark.parametrize(
    ("more", "role", "port"),
    [
        ("", "api", "http_port_t"),
        ("", "migrate", "redis_port_t"),
        ("[selinux]\non_demand = false\n", "content", "http_port_t"),
        ('[cache]\nmode = "off"\n', "worker", "redis_port_t"),
    ],
)
def test_what_it_does_not_say_stays_closed(more: str, role: str, port: str) -> None:
    assert may(deployment(more), role, port, "tcp_socket") == ()


@pytest.mark.parametrize("case", ["minimal", "s3", "three-hosts", "hostile", "sized"])
def test_no_service_gets_more_by_another_policy(case: str) -> None:
    """But for names: the rows are the same in number and kind."""
    for each in slices(case):
        one, other = (rows(each.compiled.deployment, facts) for facts in (REFPOLICY, FEDORA))
        kinds = [sorted((row.subject, row.tclass, row.permissions) for row in found) for found in (one, other)]
        assert len(kinds[0]) - len(kinds[1]) in range(-8, 9)  # two ports with one type are one row


def test_the_paths_of_a_site_are_no_patterns() -> None:
    assert pattern("/srv/a+b (1.0)") == r"/srv/a\+b \(1\.0\)(/.*)?"


def test_the_table_of_assertions_is_large_and_says_what_it_means() -> None:
    known = table()
    assert len(known["forbidden"]) >= 60
    meanings = [row["meaning"] for kind in known.values() for row in kind]
    assert len(set(meanings)) == len(meanings)
    asked = assertions(deployment(), REFPOLICY)
    assert sum(len(each.questions) for each in asked) > 3000


def test_what_a_site_has_not_is_not_asked() -> None:
    elsewhere = deployment('[database]\nhost = "db"\npassword = { secret = "a" }\n')
    meanings = {each.meaning for each in assertions(elsewhere, REFPOLICY)}
    assert "the database connects to nobody" not in meanings
    assert "the web server reads the routes to plugins" in meanings
