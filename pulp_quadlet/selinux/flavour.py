"""What differs between the reference policy, as Debian has it, and that of Fedora and Enterprise Linux: names.

This is the only place that knows. A name that is not there makes a policy that cannot be loaded, never one that
silently allows less or more; so each is written down for both, and nothing is optional.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulp_quadlet.model.target import Flavour, PortLabel, SelinuxTarget
from pulp_quadlet.selinux import names


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The names of one policy. Types end with `_t`, all others are attributes."""

    flavour: Flavour
    engine: str
    """Podman, which starts containers."""
    monitor: str
    """conmon, which holds their output."""
    container: tuple[str, ...]
    """What any container is that may use the network."""
    rootfs: tuple[str, ...]
    """What the files of a container have to be, beside `file_type`."""
    hostfile: tuple[str, ...]
    """What a folder has to be that Podman mounts."""
    own: tuple[str, ...] = ()
    """What files have to be that are not of a container."""
    certificates: str = "cert_t"
    sysctl: tuple[str, ...] = ()
    """Kernel variables that every process reads, beside those that both know."""
    generators: tuple[str, ...] = ()
    """The domain in which systemd runs Podman's generator; none where that is confined by nothing."""
    tmpfiles: str
    """The domain of systemd-tmpfiles."""
    unit_file: str
    unit_attribute: str
    tmpfiles_conf: str
    """/etc/tmpfiles.d"""
    containers_conf: str
    """/etc/containers"""
    bus_client: str
    bus_run: str
    """/run/dbus"""
    generated_unit: str
    """Units that generators made, in /run."""
    engine_type: str
    """The engine as one type: whom the agent asks."""
    engine_exec: str
    """Its program."""
    engine_run: tuple[str, ...]
    """/run/podman and the socket in it, whoever made them."""
    programs: tuple[str, ...]
    """Programs with types of their own that the agent runs."""
    readable: tuple[str, ...] = ()
    """What else it reads, as every program does."""
    loader: str = "ld_so_t"
    """The dynamic linker."""
    notify: str
    """/run/systemd/notify"""
    journald: str = "syslogd_t"
    journal_sockets: tuple[str, ...]
    services: str
    """What systemd runs that has no domain of its own."""
    scripts: str
    """The scripts of packages: those of ours ask the agent whether it is at something."""
    store: tuple[str, ...] = ("semanage_store_t", "semanage_read_lock_t", "semanage_trans_lock_t")
    """The policy store."""
    fixes: bool = False
    """Whether this policy needs help before Podman works at all."""
    ports: tuple[PortLabel, ...] = ()
    """TCP ports with a type of their own, as far as sites are likely to use them."""

    def port(self, number: int) -> str:
        """The type of a TCP port; one of our own where the host's policy has none for it."""
        found = [label for label in self.ports if label.first <= number <= label.last]
        return min(found, key=_width).type if found else names.port(number)


def _width(label: PortLabel) -> int:
    return label.last - label.first


_EVERYWHERE = (
    PortLabel(first=53, last=53, type="dns_port_t"),
    *(PortLabel(first=port, last=port, type="http_port_t") for port in (80, 443, 488, 8008, 8009, 8443)),
    *(PortLabel(first=port, last=port, type="http_cache_port_t") for port in (3128, 8080, 8118)),
    PortLabel(first=8081, last=8081, type="transproxy_port_t"),
    PortLabel(first=5432, last=5432, type="postgresql_port_t"),
    PortLabel(first=6379, last=6379, type="redis_port_t"),
)

REFPOLICY = Facts(
    flavour="refpolicy",
    engine="container_engine_system_domain",
    monitor="conmon_domain",
    container=("container_domain", "container_net_domain", "container_system_domain", "mcs_constrained_type"),
    rootfs=("container_mountpoint_type", "non_auth_file_type"),
    hostfile=("container_mountpoint_type", "non_auth_file_type"),
    sysctl=("sysctl_vm_overcommit_t",),
    generators=("systemd_generator_t",),
    tmpfiles="systemd_tmpfiles_t",
    unit_file="systemd_unit_t",
    unit_attribute="systemdunit",
    tmpfiles_conf="systemd_tmpfiles_conf_t",
    containers_conf="container_config_t",
    bus_client="dbusd_system_bus_client",
    bus_run="system_dbusd_runtime_t",
    generated_unit="init_runtime_t",
    engine_type="podman_t",
    engine_exec="podman_exec_t",
    engine_run=("container_runtime_t", "init_runtime_t", "var_run_t"),
    own=("non_auth_file_type",),
    programs=("shell_exec_t", "systemd_generator_exec_t", "systemd_journalctl_exec_t"),
    readable=("user_home_dir_t", "user_home_t", "systemd_journal_t"),
    notify="systemd_runtime_notify_t",
    journal_sockets=("syslogd_runtime_t", "devlog_t"),
    services="initrc_t",
    scripts="dpkg_script_t",
    fixes=True,
    ports=(*_EVERYWHERE, PortLabel(first=9000, last=9000, type="cslistener_port_t")),
)
FEDORA = Facts(
    flavour="fedora",
    engine="container_runtime_domain",
    monitor="container_runtime_domain",
    container=(
        *("container_domain", "container_net_domain"),
        *("mcs_constrained_type", "sandbox_net_domain", "svirt_sandbox_domain"),
    ),
    rootfs=("container_file_type",),
    hostfile=(),
    tmpfiles="systemd_tmpfiles_t",
    unit_file="systemd_unit_file_t",
    unit_attribute="systemd_unit_file_type",
    tmpfiles_conf="etc_t",
    containers_conf="etc_t",
    bus_client="system_bus_type",
    bus_run="system_dbusd_var_run_t",
    generated_unit="init_var_run_t",
    engine_type="container_runtime_t",
    engine_exec="container_runtime_exec_t",
    engine_run=("container_var_run_t", "init_var_run_t", "var_run_t"),
    programs=("shell_exec_t", "journalctl_exec_t"),
    readable=("admin_home_t", "user_home_dir_t", "user_home_t"),
    notify="init_var_run_t",
    journal_sockets=("syslogd_var_run_t", "devlog_t"),
    services="unconfined_service_t",
    scripts="rpm_script_t",
    ports=(
        *_EVERYWHERE,
        PortLabel(first=9000, last=9000, type="http_port_t"),
        PortLabel(first=24816, last=24817, type="pulp_port_t"),
    ),
)
_BY_FLAVOUR: dict[Flavour, Facts] = {"refpolicy": REFPOLICY, "fedora": FEDORA}


def facts_of(target: SelinuxTarget) -> Facts:
    """What is known of a host's policy. The ports that it was asked for are believed more than our list."""
    known = _BY_FLAVOUR[target.flavour]
    return replace(known, ports=(*target.ports, *known.ports)) if target.ports else known


def facts(flavour: Flavour) -> Facts:
    """What is known of such policies, without a host."""
    return _BY_FLAVOUR[flavour]
