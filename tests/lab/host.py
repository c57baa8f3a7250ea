"""What a machine has to know of the host that it runs on: its way out, its trust, its limits."""

from __future__ import annotations

import configparser
import io
import json
import os
import re
import resource
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.lab.command import run

CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----\n.*?\n-----END CERTIFICATE-----", re.DOTALL)
CAP_SYS_RESOURCE = 24

NEEDED = {  # what must be found -> the Debian package that brings it
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "nft": "nftables",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "curl": "curl",
    "dbus-daemon": "dbus-daemon",
    "gdbus": "libglib2.0-bin",
    str(CA_BUNDLE): "ca-certificates",
    "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
}

APT_PASSED = re.compile(r'^(Acquire::(?:Check-|http|https|ftp|Retries|ForceIPv)[^ ]*) "(.+)";$')
PIP_PASSED = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "retries")
PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")


@dataclass(frozen=True, slots=True)
class Uplink:
    """The interface of the default route. Its MTU counts: longer packets of a machine would be lost silently."""

    device: str
    mtu: int


class UnfitHostError(Exception):
    """The host cannot run a lab as it is."""


def check() -> None:
    if os.geteuid() != 0:
        raise UnfitHostError("the lab needs root: it makes a network and a system of its own")
    if missing := missing_packages():
        raise UnfitHostError(f"the lab needs {', '.join(missing)}; `python -m tests.lab deps` installs them")


def missing_packages() -> list[str]:
    return sorted(package for thing, package in NEEDED.items() if shutil.which(thing) is None and not _is_file(thing))


def _is_file(thing: str) -> bool:
    return thing.startswith("/") and Path(thing).is_file()


def install_missing_packages() -> list[str]:
    """Install with apt what the lab needs and the host has not; return what that was."""
    missing = missing_packages()
    if missing:
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "-qq", "update"], env=env, timeout=300)
        run(["apt-get", "-qq", "-y", "install", "--no-install-recommends", *missing], env=env, timeout=600)
    return missing


def uplink() -> Uplink:
    routes = json.loads(run(["ip", "-json", "-4", "route", "show", "default"]).stdout or "[]")
    if not routes:
        return Uplink("lo", 1500)
    device = routes[0]["dev"]
    return Uplink(device, int(Path("/sys/class/net", device, "mtu").read_text()))


def resolv_conf() -> str:
    """The host's name servers. A stub on the loopback (systemd-resolved) cannot be reached from a machine, so that
    its upstream file is taken instead.
    """
    for candidate in ("/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"):
        path = Path(candidate)
        if path.is_file() and re.search(r"^nameserver\s+(?!127\.|::1)", text := path.read_text(), re.MULTILINE):
            return text
    raise UnfitHostError("the host has no name server that a machine could reach; see /etc/resolv.conf")


def extra_certificates() -> list[str]:
    """The authorities that the administrator of this host added to those of the distribution."""
    shipped = {_squeezed(pem) for file in Path("/usr/share/ca-certificates").rglob("*.crt") for pem in _pems(file)}
    return [pem + "\n" for pem in _pems(CA_BUNDLE) if _squeezed(pem) not in shipped]


def _pems(file: Path) -> list[str]:
    return CERTIFICATE.findall(file.read_text(errors="replace").replace("\r\n", "\n"))


def _squeezed(pem: str) -> str:
    return "".join(pem.split())


def pip_conf() -> str:
    """The host's pip settings that hold in a machine as well: no folders of the host."""
    found = configparser.RawConfigParser()
    found.read(["/etc/pip.conf", Path("~/.config/pip/pip.conf").expanduser(), Path("~/.pip/pip.conf").expanduser()])
    kept = configparser.RawConfigParser()
    kept["global"] = {}
    for key in PIP_PASSED:
        variable = "PIP_" + key.upper().replace("-", "_")
        value = os.environ.get(variable) or found.get("global", key, fallback=None) or ""
        words = [word for word in value.split() if not word.startswith(("file:", "/"))]
        if words:
            kept["global"][key] = " ".join(words)
    kept["global"]["cert"] = str(CA_BUNDLE)
    text = io.StringIO()
    kept.write(text)
    return text.getvalue()


def apt_options() -> list[str]:
    """How apt reaches its mirrors from this host (proxies, clocks that are wrong), for `mmdebstrap --aptopt`."""
    dump = run(["apt-config", "dump"]).stdout
    return [f'{m[1]} "{m[2]}"' for line in dump.splitlines() if (m := APT_PASSED.match(line))]


def proxy_environment() -> dict[str, str]:
    return {key: os.environ[key] for name in PROXIES for key in (name, name.upper()) if os.environ.get(key)}


def container_ulimits() -> list[str]:
    """The `default_ulimits` for Podman where the host may not raise limits: more than its own are refused there."""
    bounding = re.search(r"^CapBnd:\s*(\w+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    if bounding and int(bounding[1], 16) >> CAP_SYS_RESOURCE & 1:
        return []
    kinds = {"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}
    return [f"{name}={hard}:{hard}" for name, kind in kinds.items() for hard in [resource.getrlimit(kind)[1]]]


def cgroup_root() -> Path:
    """Where the host has mounted cgroup v2, alone or beside v1."""
    for where in _mounted("cgroup2"):
        return where
    raise UnfitHostError("no cgroup2 file system is mounted on this host; systemd cannot run in a machine without one")


def cgroup_v1_roots() -> list[Path]:
    return _mounted("cgroup")


def _mounted(wanted: str) -> list[Path]:
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [Path(where) for _, where, kind, *_ in mounts if kind == wanted]
