"""How types are called. No other file makes such a name.

Names of sites hold letters, digits and `-`, never `_`: so a `-` can become `_`. Each name ends with a word that no role
and no folder is called, so that sites such as `a` and `a-web` cannot meet either.
"""

from __future__ import annotations

from pulp_quadlet.model.policy import BASE, module_of

PREFIX = "pq_"
DOMAIN = "pq_domain"
ROOTFS = "pq_rootfs"
HOSTFILE = "pq_hostfile"
KEPT = "pq_kept"
"""Folders that the agent writes."""
ENGINE = "pq_engine"
MONITOR = "pq_monitor"
PORT = "pq_port"
ATTRIBUTES = (DOMAIN, ENGINE, HOSTFILE, KEPT, MONITOR, PORT, ROOTFS)

AGENT = f"{BASE}_agent_t"
AGENT_EXEC = f"{BASE}_agent_exec_t"
ETC = f"{BASE}_etc_t"
VAR_LIB = f"{BASE}_var_lib_t"
RUN = f"{BASE}_run_t"
DUMP = f"{BASE}_dump_t"
"""Dumps of databases, of whatever site: no container sees them."""
TMP = f"{BASE}_agent_tmp_t"
BUILD = f"{BASE}_build_t"
"""What runs while an image is built."""
WHEELS = f"{BASE}_wheels_t"
"""The wheelhouse: builds read it."""
UNCHECKED = f"{BASE}_unchecked_t"
"""Folders in it in which packages are fetched and made, before they are looked at: builds write there."""
FOREIGN = f"{BASE}_foreign"
"""Files that are neither of a site nor secret."""

__all__ = ["BASE", "module_of"]


def process(site: str, role: str) -> str:
    """The type of the processes of all containers with a role."""
    return f"{_prefix(site)}_{role}_t"


def rootfs(site: str, role: str) -> str:
    """The type of their root file systems, folders in memory and secrets."""
    return f"{_prefix(site)}_{role}_rootfs_t"


def host_file(site: str, what: str) -> str:
    """The type of a folder of the host that the site owns."""
    return f"{_prefix(site)}_{what}_file_t"


def port(number: int) -> str:
    """The type of a port for which the host's policy has none. Sites share it: a port has one type only."""
    return f"{PREFIX}port_{number}_t"


def is_ours(name: str) -> bool:
    """Whether a type is one of those that these modules declare."""
    return name.startswith((PREFIX, f"{BASE}_"))


def _prefix(site: str) -> str:
    return PREFIX + site.replace("-", "_")
