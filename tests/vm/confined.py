"""What holds of a site on a computer that enforces SELinux, at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.vm.denials import LOG

if TYPE_CHECKING:
    from tests.site.pulp import Pulp

BOOT_TAKES_AT_MOST = 900.0  # seconds; all of Pulp starts before a boot is complete
ROLES = {"postgres": "database"}  # all others are called as their containers are
# Perl is in every image of Debian, however small.
LISTEN = 'use IO::Socket::INET; IO::Socket::INET->new(LocalPort => 24899, Listen => 1) or die "$!\\n"'


def enforces(pulp: Pulp) -> None:
    """The kernel does, from its first process on, and nobody has switched it off since."""
    assert "enforcing=1" in pulp.read("/proc/cmdline")
    assert pulp.run("getenforce") == "Enforcing\n"
    assert "enforcing=0" not in pulp.run("grep", "type=MAC_STATUS", LOG, check=False)


def no_unit_failed(pulp: Pulp) -> None:
    """None of the site's and none of ours. Where a processor is emulated, one of Podman's own may: a look at a service
    that took too long.
    """
    assert pulp.run("systemctl", "list-units", "--failed", "--plain", "--no-legend", "pulp*") == ""


def domains(pulp: Pulp) -> dict[str, str]:
    """The label of each container's first process, as the kernel has it."""
    pids = pulp.run("podman", "ps", "--format", "{{.Names}} {{.Pid}}").split()
    return {
        name: pulp.read(f"/proc/{pid}/attr/current").rstrip("\0\n")
        for name, pid in zip(pids[::2], pids[1::2], strict=True)
    }


def role(container: str) -> str:
    name = container.split("-")[1]
    return ROLES.get(name, name)


def confined(pulp: Pulp) -> None:
    """Every container is in the domain of its role."""
    found = domains(pulp)
    assert found == {name: f"system_u:system_r:pq_pulp_{role(name)}_t:s0" for name in found}
    assert {role(name) for name in found} == {"api", "content", "worker", "web", "database", "cache"}
