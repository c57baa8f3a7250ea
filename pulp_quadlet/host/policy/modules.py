"""The modules that a policy consists of, as semodule(8) keeps them in a store such as /var/lib/selinux/targeted."""

from __future__ import annotations

import bz2
import re
from pathlib import Path

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.model.policy import BASE
from pulp_quadlet.model.target import Flavour, PortLabel

_PORT = re.compile(rb"\(portcon tcp (?:(\d+)|\((\d+) (\d+)\)) \(\w+ \w+ (\w+) ")
_GENERIC = frozenset({"port_t", "reserved_port_t", "hi_reserved_port_t", "unreserved_port_t", "ephemeral_port_t"})
"""Types of whole ranges of ports that nobody in particular uses."""
_FLAVOURS: dict[bytes, Flavour] = {
    b"(typeattribute container_engine_system_domain)": "refpolicy",
    b"(typeattribute container_runtime_domain)": "fedora",
}
"""Attributes that one of them declares and the other does not."""
_FLAVOURS_BY_LABEL: dict[str, Flavour] = {
    ":podman_exec_t:": "refpolicy",
    ":container_runtime_exec_t:": "fedora",
}
"""What Podman's program is labelled with."""


class PolicyModules:
    """Those of one store."""

    def __init__(self, store: Path) -> None:
        self._folder = store / "active/modules"

    def of_priority(self, priority: int) -> dict[str, Path]:
        """All of one priority, the disabled ones too."""
        return {path.parent.name: path for path in sorted(self._folder.glob(f"{priority}/*/cil"))}

    def that_count(self) -> dict[str, Path]:
        """Of each name the one with the highest priority, unless it is disabled."""
        found = {path.parent.name: path for path in sorted(self._folder.glob("[0-9]*/*/cil"), key=_priority)}
        return {name: found[name] for name in sorted(found) if not self.is_disabled(name)}

    def that_counts(self, name: str) -> Path | None:
        """The one of this name."""
        found = sorted(self._folder.glob(f"[0-9]*/{name}/cil"), key=_priority)
        return found[-1] if found and not self.is_disabled(name) else None

    def is_disabled(self, name: str) -> bool:
        """Whether an administrator has switched it off."""
        return (self._folder / "disabled" / name).exists()


def packed(path: Path | None) -> bytes:
    """A module as it is kept; empty where there is none. Raises HostError."""
    try:
        return path.read_bytes() if path else b""
    except OSError as error:
        raise HostError(
            Problem(
                code="policy-unreadable",
                message=f"the SELinux policy of this host cannot be read: {error.filename}: {error.strerror}",
                help=("run it again as root",),
            )
        ) from error


def unpacked(data: bytes) -> bytes:
    """Its text. Which of both it is, semanage.conf(5) decides."""
    return bz2.decompress(data) if data.startswith(b"BZh") else data


def is_ours(name: str) -> bool:
    """Whether a module is one that we load."""
    return name == BASE or name.startswith(f"{BASE}_")


def flavour_of(text: bytes) -> Flavour | None:
    """Whose names a policy uses, by the text of its module `container`."""
    return next((flavour for mark, flavour in _FLAVOURS.items() if mark in text), None)


def flavour_by_labels(file_contexts: str) -> Flavour | None:
    """The same by the labels of files, which everybody may read."""
    return next((flavour for mark, flavour in _FLAVOURS_BY_LABEL.items() if mark in file_contexts), None)


def tcp_ports(text: bytes) -> tuple[PortLabel, ...]:
    """The TCP ports to which a module gives a type that is not only for a range that nobody in particular uses."""
    found = (
        PortLabel(first=int(one or first), last=int(one or last), type=kind.decode())
        for one, first, last, kind in _PORT.findall(text)
    )
    return tuple(label for label in found if label.type not in _GENERIC)


def _priority(path: Path) -> int:
    return int(path.parent.parent.name)
