"""What the SELinux policy of this host is made of, read from the store that semodule(8) keeps.

`semodule` could be asked too, but takes a second for it, and semanage(8) more. Only root may look into the store: for
others, labels of files tell whose policy it is, and the ports are those that root's last command has kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host.policy.modules import (
    PolicyModules,
    flavour_by_labels,
    flavour_of,
    is_ours,
    packed,
    tcp_ports,
    unpacked,
)
from pulp_quadlet.host.writing import write
from pulp_quadlet.model.policy import BASE
from pulp_quadlet.model.target import Flavour, PortLabel

PRIORITY = 400
"""Of our modules: what administrators load, above what distributions do (100 and 200)."""
_ENFORCE = "sys/fs/selinux/enforce"
_TYPE = re.compile(r"^\s*SELINUXTYPE\s*=\s*(\S+)", re.MULTILINE)
_LOCAL_PORT = re.compile(r"^portcon tcp (\d+)(?:-(\d+))? \w+:\w+:(\w+)", re.MULTILINE)


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
        if self._open:
            found = flavour_of(unpacked(packed(self._modules.that_counts("container"))))
        else:
            labels = self._root / "etc/selinux" / self.policy / "contexts/files/file_contexts"
            found = flavour_by_labels(self._text(labels))
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
        kept = cache / "selinux-ports.json"
        found = _ports(packed(self._modules.that_counts("base")), kept) if self._open else _kept(kept)[1]
        local = self._text(self.folder / "active/ports.local")
        added = (
            PortLabel(first=int(one), last=int(last or one), type=kind)
            for one, last, kind in _LOCAL_PORT.findall(local)
        )
        # what an administrator has said of the same ports counts
        labels = {(label.first, label.last): label for label in (*found, *added)}
        return tuple(sorted(labels.values(), key=lambda label: (label.last - label.first, label.first)))

    def ours(self) -> dict[str, str]:
        """Our modules that are loaded, of all sites, with their texts."""
        found = self._modules.of_priority(PRIORITY)
        return {name: self._text_of(name, path) for name, path in found.items() if is_ours(name)}

    def loaded(self) -> tuple[str, ...]:
        """Their names, without a look at what they say."""
        found = self._modules.of_priority(PRIORITY)
        return tuple(name for name in found if is_ours(name) and not self._modules.is_disabled(name))

    @property
    def confines_the_agent(self) -> bool:
        """Whether our shared module is loaded, by us or by a package."""
        return self._modules.that_counts(BASE) is not None

    @property
    def folder(self) -> Path:
        """Where semodule(8) keeps it."""
        return self._root / "var/lib/selinux" / self.policy

    @property
    def _open(self) -> bool:
        return os.path.isdir(self.folder / "active/modules")  # noqa: PTH112  Path's raises where one may not look

    @property
    def _modules(self) -> PolicyModules:
        return PolicyModules(self.folder)

    def _text_of(self, name: str, path: Path) -> str:
        """One that is disabled is none of ours any more."""
        return "" if self._modules.is_disabled(name) else unpacked(packed(path)).decode(errors="replace")

    @staticmethod
    def _text(path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""


def _ports(data: bytes, cache: Path) -> tuple[PortLabel, ...]:
    digest = hashlib.sha256(data).hexdigest()
    of, ports = _kept(cache)
    if of == digest:
        return ports
    found = tcp_ports(unpacked(data))
    with suppress(OSError, HostError):
        write(cache, json.dumps({"of": digest, "ports": [asdict(each) for each in found]}), 0o644)
    return found


def _kept(cache: Path) -> tuple[str, tuple[PortLabel, ...]]:
    """Of which policy, and its ports."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(cache.read_text(encoding="ascii"))
        return str(kept["of"]), tuple(PortLabel(**each) for each in kept["ports"])
    return "", ()
