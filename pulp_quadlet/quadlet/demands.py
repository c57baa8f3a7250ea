"""What Quadlet demands of a value beyond its kind, or does to it before podman sees it: the `check` of keys.toml.

Each check gives a clause that says why the literal value would not arrive, or None. All are read from
pkg/systemd/quadlet/quadlet.go of Podman, and most guard against something that no message of Quadlet's tells of.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pulp_quadlet.quadlet.version import PodmanVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CAPABILITY = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)
_PORTS = re.compile(r"\d+(?:-\d+)?(?:/(?:udp|tcp))?", re.ASCII)
_UNIT_STEM = re.compile(r"[A-Za-z0-9:_.\\-]+(?:@[A-Za-z0-9:_.\\@-]*)?", re.ASCII)
_HARD_IN_HOST_PATHS: Final = " \t\"'\\$"
_SOURCED_MOUNTS: Final = ("bind", "glob", "image", "volume")
_UINT32: Final = 2**32
_NOTIFY_HEALTHY: Final = PodmanVersion(5, 0)


def demand(check: str, value: str, version: PodmanVersion) -> str | None:
    """Why `value` would not arrive as it is under this check, or None; "" is the check that demands nothing."""
    if check == "notify":
        return _notify(value, version)
    return _CHECKS[check](value) if check else None


def _notify(value: str, version: PodmanVersion) -> str | None:
    if value == "healthy" and version < _NOTIFY_HEALTHY:
        # Read as a boolean there, so it would silently mean "no".
        return f"Podman {version} takes `Notify=healthy` for `no`; 5.0.0 is the first that knows it"
    return None if value in {"true", "false", "healthy"} else "it must be `true`, `false` or `healthy`"


def _capability(value: str) -> str | None:
    # Quadlet writes capabilities in lower case, which means the same to podman only for letters of ASCII.
    return None if _CAPABILITY.fullmatch(value) else "it is not the name of a capability"


def _device(value: str) -> str | None:
    return "a leading `-` means that the device may be missing" if value.startswith("-") else None


def _absolute(value: str) -> str | None:
    return None if value.startswith("/") else "Quadlet takes a relative path from the folder of the unit"


def _name(value: str) -> str | None:
    # Such a value is a bare word on podman's command line, or becomes one when the service is stopped.
    return "podman would take it for an option" if value.startswith("-") else None


def _unit(value: str) -> str | None:
    return None if _UNIT_STEM.fullmatch(value) else "it is not the name of a service"


def _number(value: str) -> str | None:
    # Quadlet reads a name as 0, that is root, and a leading zero as octal.
    if _NUMBER.fullmatch(value) and int(value) < _UINT32:
        return None
    return "it must be a plain number below 2**32; Quadlet takes anything else for 0"


def _ports(value: str) -> str | None:
    return None if _PORTS.fullmatch(value) else "it is not a port or a range of ports"


def _pod(value: str) -> str | None:
    return None if value.endswith(".pod") else "it must name a `.pod` unit"


def _host_path(path: str) -> str | None:
    # An absolute path is copied to RequiresMountsFor= as well, unquoted by most releases, where a blank ends it, a
    # quote or a backslash changes it, and `$$` is no spelling of `$`.
    if found := sorted(set(_HARD_IN_HOST_PATHS) & set(path)):
        return f"a path on the host cannot hold {found[0]!r}: systemd must also wait for its mount"
    return None


def _device_path(value: str) -> str | None:
    return _host_path(value) if value.startswith("/") else None


def _volume(value: str) -> str | None:
    source, colon, _ = value.partition(":")
    if not colon:
        return None
    if not source:
        return "Quadlet drops the options of a volume without a source"
    if source.startswith("."):
        return "Quadlet takes a relative path from the folder of the unit"
    return _host_path(source) if source.startswith("/") else None


def _mount(value: str) -> str | None:
    # Quadlet parses a mount as a line of CSV and writes it anew, the type first and `src` as `source`; only what is
    # written that way at once comes through unchanged. Without a source it crashed up to 5.6 (podman#26977).
    fields = value.split(",")
    if any(mark in value for mark in '"\r\n') or any(not field or field[0] == " " for field in fields):
        return "a mount cannot hold a double quote, a line break or an empty field"
    kind = fields[0].removeprefix("type=")
    if kind == fields[0] or "=" in kind:
        return "a mount starts with `type=`"
    if kind not in _SOURCED_MOUNTS:
        return None
    sources = [field.removeprefix("source=") for field in fields if field.startswith("source=")]
    if len(sources) != 1 or not sources[0] or any(field.partition("=")[0] == "src" for field in fields):
        return f"a mount of type {kind} needs one `source=`"
    return _volume(sources[0] + ":")


_CHECKS: Final[Mapping[str, Callable[[str], str | None]]] = {
    "absolute": _absolute,
    "capability": _capability,
    "device": _device,
    "device-path": _device_path,
    "mount": _mount,
    "name": _name,
    "number": _number,
    "pod": _pod,
    "ports": _ports,
    "unit": _unit,
    "volume": _volume,
}
