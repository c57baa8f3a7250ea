"""The files that make a bare Debian tree a machine that boots here, in this network, under these limits."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

from tests.lab import host

if TYPE_CHECKING:
    from pathlib import Path

# Without this, a first boot enables systemd-networkd, whose wait-online waits two minutes for a network that the
# host has set up already.
PRESETS = """\
disable systemd-networkd*
disable systemd-resolved*
disable systemd-timesyncd*
disable apt-daily*
enable podman.socket
"""
IN_NO_MACHINE = (
    "apt-daily.timer",  # would hold apt's lock against a test
    "apt-daily-upgrade.timer",
    "console-getty.service",  # nobody sits at the console
    "systemd-networkd.service",
    "systemd-networkd.socket",
    "systemd-networkd-wait-online.service",
)


def furnish(root: Path, hostname: str) -> None:
    for name, text in _files(hostname).items():
        write(root / name, text)
    units = root / "etc/systemd/system"
    for unit in IN_NO_MACHINE:
        link(units / unit, "/dev/null")
    # Debian leaves it off; the agent talks to Podman through it.
    link(units / "sockets.target.wants/podman.socket", "/usr/lib/systemd/system/podman.socket")
    # What a machine said before its power was cut is to be read after the next boot.
    (root / "var/log/journal").mkdir(parents=True, exist_ok=True)
    (root / "share").mkdir(exist_ok=True)


def _files(hostname: str) -> dict[str, str]:
    files = {
        "etc/machine-id": uuid.uuid4().hex + "\n",
        "etc/hostname": hostname + "\n",
        "etc/hosts": f"127.0.0.1 localhost\n127.0.1.1 {hostname}\n::1 localhost ip6-localhost ip6-loopback\n",
        "etc/resolv.conf": host.resolv_conf(),
        "etc/systemd/system-preset/00-lab.preset": PRESETS,
        "etc/containers/containers.conf.d/50-lab.conf": _containers_conf(),
    }
    if proxies := host.proxy_environment():
        settings = " ".join(f'"{name}={value}"' for name, value in proxies.items())
        files["etc/systemd/system.conf.d/50-lab.conf"] = f"[Manager]\nDefaultEnvironment={settings}\n"
    return files


def _containers_conf() -> str:
    # A limit on processes needs the pids controller, which a host with cgroup v1 keeps to itself: no container
    # would start.
    lines = ["[containers]", "pids_limit = 0"]
    if ulimits := host.container_ulimits():
        lines.append(f"default_ulimits = {json.dumps(ulimits)}")
    return "\n".join(lines) + "\n"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # it may be a link that leads out of the tree
    path.write_text(text)


def link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(target)
