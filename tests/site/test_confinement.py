"""What the containers may do, and that no secret is where it can be read by others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

USERS = {"postgres": "999", "cache": "702", "web": "701"}  # all others are Pulp's own, 700
EVERY_ENVIRONMENT = "cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'"
EVERY_UNIT = "systemctl cat 'pulp*' && find /run/systemd/generator/ -type f -exec cat {} +"
EVERY_FILE = "find -L /etc/pulp-quadlet /etc/tmpfiles.d /etc/systemd /etc/containers -type f -exec cat {} +"


def kernel_facts(pulp: Pulp, container: str) -> dict[str, str]:
    """What the kernel says of the container's first process."""
    pid = pulp.run("podman", "inspect", "--format", "{{.State.Pid}}", container).strip()
    return dict(line.split(":\t", 1) for line in pulp.read(f"/proc/{pid}/status").splitlines() if ":\t" in line)


def mounts(pulp: Pulp, container: str) -> dict[str, set[str]]:
    """The mount points of the container, with their options."""
    pid = pulp.run("podman", "inspect", "--format", "{{.State.Pid}}", container).strip()
    lines = (line.split() for line in pulp.read(f"/proc/{pid}/mounts").splitlines())
    return {where: set(options.split(",")) for _, where, _, options, *_ in lines}


def test_processes_have_no_power(pulp: Pulp) -> None:
    """No capability, none to be had, and an unprivileged user: as the kernel sees them, not as they were asked for."""
    for container in pulp.containers():
        facts = kernel_facts(pulp, container)
        capabilities = {facts[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}
        assert capabilities == {"0000000000000000"}, container
        assert facts["NoNewPrivs"] == "1", container
        assert facts["Seccomp"] == "2", container
        user = USERS.get(container.removeprefix("pulp-"), "700")
        assert set(facts["Uid"].split()) == set(facts["Gid"].split()) == {user}, container


def test_containers_cannot_be_written_to(pulp: Pulp) -> None:
    """The root is read-only, and so are the settings and the folders of sockets."""
    for container in pulp.containers():
        options = mounts(pulp, container)
        assert "ro" in options["/"], container
        fixed = [
            where for where in options if where.startswith(("/etc/pulp", "/etc/nginx", "/etc/valkey", "/run/pulp"))
        ]
        assert [where for where in fixed if "ro" not in options[where]] == [], container


def test_each_container_has_its_host_name(pulp: Pulp) -> None:
    """Pulp tells its processes apart by these: two workers with one name would take each other's work."""
    names = {container: pulp.inspect(container)["Config"]["Hostname"] for container in pulp.containers()}
    assert names == {container: container for container in names}
    online = {each["name"].partition("@")[2] for each in pulp.api("status/")["online_workers"]}
    assert online == {"pulp-worker-1", "pulp-worker-2"}


def test_only_the_web_server_can_be_reached(pulp: Pulp) -> None:
    """From the network: the database, the cache and the processes of Pulp publish nothing."""
    listening = pulp.run("ss", "--listening", "--tcp", "--numeric", "--no-header").splitlines()
    ports = {line.split()[3] for line in listening}
    names = {port for port in ports if not port.endswith(":53")}  # Podman's name service for the private network
    assert names == {"0.0.0.0:8080", "[::]:8080"}


@pytest.mark.parametrize(
    "where",
    [
        pytest.param("podman ps --all --quiet | xargs podman inspect", id="podman"),
        pytest.param("ps axww -o args", id="arguments"),
        pytest.param(EVERY_ENVIRONMENT, id="environment"),
        pytest.param("journalctl --no-pager -o verbose", id="journal"),
        pytest.param(EVERY_UNIT, id="units"),
        pytest.param(EVERY_FILE, id="files"),
    ],
)
def test_no_secret_is_told(pulp: Pulp, where: str) -> None:
    """The values that Podman keeps are looked for, and the search is shown to find what is there."""
    secrets = pulp.secrets()
    assert {"pulp-admin-password", "pulp-postgres-password", "pulp-secret-key", "pulp-fields-key"} <= secrets.keys()
    assert min(len(value) for value in secrets.values()) > 20
    told = pulp.run("sh", "-c", where, timeout=300)
    assert "pulp-api-1" in told or "pulpcore-api" in told
    assert [name for name, value in secrets.items() if value in told] == []


def test_secrets_are_files_for_one_user(pulp: Pulp) -> None:
    """Also inside of the container, and no other container has them."""
    listing = pulp.run("podman", "exec", "pulp-api-1", "sh", "-c", "stat -c '%n %u %a' /run/secrets/*").splitlines()
    assert sorted(listing) == [
        f"/run/secrets/{name} 700 400" for name in ("fields-key", "postgres-password", "secret-key")
    ]
    assert pulp.run("podman", "exec", "pulp-web", "ls", "/run/secrets", check=False) == ""


def test_the_web_server_logs_requests(pulp: Pulp) -> None:
    cursor = pulp.cursor()
    pulp.request("/pulp/content/asked-for-by-the-test/", "--user-agent", "the-test")
    logged = pulp.run("journalctl", "-q", "-u", "pulp-web.service", "-o", "cat", f"--after-cursor={cursor}")
    [line] = [line for line in logged.splitlines() if "the-test" in line]
    assert '"GET /pulp/content/asked-for-by-the-test/ HTTP/1.1" 404' in line
