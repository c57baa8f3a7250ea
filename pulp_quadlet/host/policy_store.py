"""What the SELinux policy of this host is made of, read from the store that semodule(8) keeps.

`semodule` could be asked too, but takes a second for it, and semanage(8) more.
"""

from __future__ import annotations

import bz2
import hashlib
import json
import re
from contextlib import suppress
from pathlib import Path

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host.writing import write
from pulp_quadlet.model.policy import BASE
from pulp_quadlet.model.target import Flavour, PortLabel

PRIORITY = 400
"""Of our modules: what administrators load, above what distributions do (100 and 200)."""
_ENFORCE = "sys/fs/selinux/enforce"
_TYPE = re.compile(r"^\s*SELINUXTYPE\s*=\s*(\S+)", re.MULTILINE)
_PORT = re.compile(rb"\(portcon tcp (?:(\d+)|\((\d+) (\d+)\)) \(\w+ \w+ (\w+) ")
_LOCAL_PORT = re.compile(r"^portcon tcp (\d+)(?:-(\d+))? \w+:\w+:(\w+)", re.MULTILINE)
_GENERIC = frozenset({"port_t", "reserved_port_t", "hi_reserved_port_t", "unreserved_port_t", "ephemeral_port_t"})
"""Types of whole ranges of ports that nobody in particular uses."""
_FLAVOURS: dict[str, Flavour] = {
    "(typeattribute container_engine_system_domain)": "refpolicy",
    "(typeattribute container_runtime_domain)": "fedora",
}
"""Attributes that one of them declares and the other does not."""


class PolicyStore:
    """The policy of the system below a root."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    @property
    def active(self) -> bool:
        """Whether the kernel has SELinux, and a policy."""
        return (self._root / _ENFORCE).exists()

    @property
    def enforcing(self) -> bool:
        """Whether what the policy does not allow is denied, and not only told."""
        return self._text(self._root / _ENFORCE).strip() == "1"

    @property
    def policy(self) -> str:
        """Its name."""
        found = _TYPE.findall(self._text(self._root / "etc/selinux/config"))
        return found[-1] if found else "targeted"  # as libselinux has it

    def flavour(self) -> Flavour:
        """Whose names it uses. Raises HostError when it has no policy of containers."""
        path = self._highest("container")
        text = _unpacked(_bytes(path)).decode(errors="replace") if path else ""
        found = flavour_of(text)
        if found is None:
            raise HostError(
                Problem(
                    code="no-container-policy",
                    message=f"the SELinux policy `{self.policy}` of this host knows no containers",
                    notes=("its module `container` is missing or disabled",),
                    help=(
                        "Fedora and its kin: dnf install container-selinux",
                        "Debian and its kin: semodule -e container -e podman",
                    ),
                )
            )
        return found

    def ports(self, cache: Path) -> tuple[PortLabel, ...]:
        """TCP ports that have a type, the narrower ones first. To unpack the policy takes half a second, so what was
        found is kept.
        """
        found = _ports(_bytes(self._highest("base")), cache / "selinux-ports.json")
        local = {(int(one), int(last or one)): kind for one, last, kind in _LOCAL_PORT.findall(self._local())}
        labels = (PortLabel(first=one, last=last, type=kind) for (one, last), kind in {**found, **local}.items())
        return tuple(sorted(labels, key=lambda label: (label.last - label.first, label.first)))

    def ours(self) -> dict[str, str]:
        """Our modules that are loaded, of all sites, with their texts."""
        folder = self._modules / str(PRIORITY)
        found = [path for path in folder.glob(f"{BASE}*") if path.name == BASE or path.name.startswith(f"{BASE}_")]
        return {path.name: self._module(path) for path in sorted(found)}

    @property
    def confines_the_agent(self) -> bool:
        """Whether our shared module is loaded, by us or by a package."""
        return self._highest(BASE) is not None

    @property
    def folder(self) -> Path:
        """Where semodule(8) keeps it."""
        return self._root / "var/lib/selinux" / self.policy

    @property
    def _modules(self) -> Path:
        return self.folder / "active/modules"

    def _module(self, folder: Path) -> str:
        """One that is disabled, or was not loaded as CIL, is none of ours any more."""
        if (self._modules / "disabled" / folder.name).exists():
            return ""
        return _unpacked(_bytes(folder / "cil")).decode(errors="replace")

    def _highest(self, name: str) -> Path | None:
        """The one of this name that counts."""
        folders = [path for path in self._modules.glob("[0-9]*") if (path / name / "cil").exists()]
        disabled = (self._modules / "disabled" / name).exists()
        return max(folders, key=lambda path: int(path.name)) / name / "cil" if folders and not disabled else None

    def _local(self) -> str:
        return self._text(self._modules.parent / "ports.local")

    @staticmethod
    def _text(path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""


def flavour_of(text: str) -> Flavour | None:
    """Whose names a policy uses, by the text of its module `container`."""
    return next((flavour for mark, flavour in _FLAVOURS.items() if mark in text), None)


def _ports(packed: bytes, cache: Path) -> dict[tuple[int, int], str]:
    digest = hashlib.sha256(packed).hexdigest()
    with suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(cache.read_text(encoding="ascii"))
        if kept["of"] == digest:
            return {(int(first), int(last)): str(kind) for first, last, kind in kept["ports"]}
    lines = (
        (int(one or first), int(one or last), kind.decode())
        for one, first, last, kind in _PORT.findall(_unpacked(packed))
    )
    found = [line for line in lines if line[2] not in _GENERIC]
    with suppress(OSError, HostError):
        write(cache, json.dumps({"of": digest, "ports": found}), 0o644)
    return {(first, last): kind for first, last, kind in found}


def _bytes(path: Path | None) -> bytes:
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


def _unpacked(data: bytes) -> bytes:
    """Which of both it is, semanage.conf(5) decides."""
    return bz2.decompress(data) if data.startswith(b"BZh") else data
