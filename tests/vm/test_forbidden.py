"""What a process of Pulp that was taken over would try, tried from inside: the kernel refuses it, and says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.lab import base_image
from tests.vm.denials import Denial, Mark

if TYPE_CHECKING:
    from tests.site.pulp import Pulp

pytestmark = [pytest.mark.lab, pytest.mark.vm]

REFUSED = "Permission denied"
SITE = "/var/lib/pulp-quadlet/pulp"
# Perl is in every image of Debian, however small.
CONNECT = 'use IO::Socket::INET; IO::Socket::INET->new(PeerAddr => "10.0.2.2:{}", Timeout => 5) or die "$!\\n"'
LISTEN = 'use IO::Socket::INET; IO::Socket::INET->new(LocalPort => {}, Listen => 1) or die "$!\\n"'
RAW = 'use Socket; socket(my $raw, PF_INET, SOCK_RAW, 1) or die "$!\\n"'
PODMAN = 'use IO::Socket::UNIX; IO::Socket::UNIX->new(Peer => "/x/podman.sock") or die "$!\\n"'


@dataclass(frozen=True, slots=True)
class Inside:
    """A Perl program for a container that runs."""

    container: str
    program: str
    denial: tuple[str, str, str]

    @property
    def role(self) -> str:
        name = self.container.split("-")[1]
        return {"postgres": "database"}.get(name, name)


@dataclass(frozen=True, slots=True)
class Mounted:
    """A shell script for a container of a role that was given a folder of the host by mistake, below /x."""

    role: str
    folder: str
    user: int
    script: str
    denial: tuple[str, str, str]


INSIDE = (
    Inside("pulp-api-1", CONNECT.format(80), ("http_port_t", "tcp_socket", "name_connect")),
    Inside("pulp-api-1", LISTEN.format(24899), ("unreserved_port_t", "tcp_socket", "name_bind")),
    Inside("pulp-api-1", RAW, ("pq_pulp_api_t", "rawip_socket", "create")),
    Inside("pulp-content-1", CONNECT.format(22), ("ssh_port_t", "tcp_socket", "name_connect")),
    Inside("pulp-content-1", LISTEN.format(24899), ("unreserved_port_t", "tcp_socket", "name_bind")),
    Inside("pulp-worker-1", CONNECT.format(9999), ("unreserved_port_t", "tcp_socket", "name_connect")),
    Inside("pulp-worker-1", LISTEN.format(24899), ("unreserved_port_t", "tcp_socket", "name_bind")),
    # It hears users and reaches Pulp by sockets that systemd and Pulp made: it has none of its own to connect with.
    Inside("pulp-web", CONNECT.format(5432), ("pq_pulp_web_t", "tcp_socket", "create")),
    Inside("pulp-web", LISTEN.format(24899), ("pq_pulp_web_t", "tcp_socket", "create")),
    Inside("pulp-postgres", CONNECT.format(80), ("http_port_t", "tcp_socket", "name_connect")),
    Inside("pulp-cache", CONNECT.format(5432), ("postgresql_port_t", "tcp_socket", "name_connect")),
    Inside("pulp-cache", LISTEN.format(24899), ("unreserved_port_t", "tcp_socket", "name_bind")),
)
MOUNTED = (
    Mounted("web", f"{SITE}/postgres", 999, "cat /x/pgdata/PG_VERSION", ("pq_pulp_database_file_t", "dir", "search")),
    Mounted("cache", f"{SITE}/storage", 700, "echo > /x/media/new", ("pq_pulp_data_file_t", "dir", "search")),
    Mounted("database", f"{SITE}/storage", 700, "ls /x/media", ("pq_pulp_data_file_t", "dir", "search")),
    Mounted("worker", "/etc/pulp-quadlet/pulp", 0, "echo > /x/new", ("pq_pulp_conf_file_t", "dir", "write")),
    Mounted("worker", f"{SITE}/postgres", 999, "echo > /x/new", ("pq_pulp_database_file_t", "dir", "search")),
    Mounted(
        "api",
        f"{SITE}/storage",
        700,
        "cp /bin/true /x/tmp/run && trap 'rm /x/tmp/run' EXIT && /x/tmp/run",
        ("pq_pulp_data_file_t", "file", "execute"),
    ),
    Mounted("api", "/run/podman", 0, f"perl -e '{PODMAN}'", ("var_run_t", "sock_file", "write")),
    Mounted("worker", "/var/lib/pulp-quadlet", 0, "ls /x", ("pulp_quadlet_var_lib_t", "dir", "getattr")),
)


def named(probe: Inside | Mounted) -> str:
    return "-".join((probe.role, *probe.denial))


@pytest.mark.parametrize("probe", INSIDE, ids=named)
def test_a_container_that_runs(pulp: Pulp, mark: Mark, probe: Inside) -> None:
    refused(pulp, mark, f"pq_pulp_{probe.role}_t", probe.denial, "exec", probe.container, "perl", "-e", probe.program)


@pytest.mark.parametrize("probe", MOUNTED, ids=named)
def test_a_folder_that_was_mounted_by_mistake(pulp: Pulp, mark: Mark, probe: Mounted) -> None:
    """The owner of the files asks: it is the label that keeps it out."""
    kind = f"pq_pulp_{probe.role}"
    labels = (f"label=type:{kind}_t", f"label=filetype:{kind}_rootfs_t", "label=level:s0")
    options = [word for label in labels for word in ("--security-opt", label)]
    run = ("run", "--rm", "--network=none", *options, f"--user={probe.user}", f"--volume={probe.folder}:/x")
    refused(pulp, mark, f"{kind}_t", probe.denial, *run, base_image.NAME, "sh", "-c", probe.script)


def test_another_container_of_the_host(pulp: Pulp, mark: Mark) -> None:
    """One that is not of Pulp at all, of the user that owns the files. What it says does not even reach a terminal."""
    run = ("run", "--rm", "--network=none", "--user=700", f"--volume={SITE}/storage:/x", base_image.NAME)
    result = pulp.machine.run(["podman", *run, "sh", "-c", "echo > /x/new"], check=False)
    assert result.status != 0
    assert Denial("container_t", "pq_pulp_data_file_t", "dir", "write") in mark.denials()


def refused(pulp: Pulp, mark: Mark, source: str, denial: tuple[str, str, str], *words: str) -> None:
    result = pulp.machine.run(["podman", *words], check=False)
    assert result.status != 0
    assert REFUSED in result.stdout + result.stderr
    assert Denial(source, *denial) in mark.denials()
