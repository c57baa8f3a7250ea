"""Debian's policy and the tools that read it, unpacked from the tree of the virtual machine: no kernel is needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pulp_quadlet.host.policy.proof import BasePolicy, Tools
from pulp_quadlet.model.target import SelinuxTarget
from tests.lab import trees
from tests.lab.command import run
from tests.vm.trees import SYSTEM

FEDORA_NAMES = Path(__file__).with_name("fedora-names.cil")
_UNNEEDED = ("./boot", "./usr/lib/modules", "./usr/share/doc", "./var/cache")


@contextmanager
def debian() -> Iterator[tuple[BasePolicy, Tools]]:
    """The policy, and its tools."""
    trees.make(SYSTEM)
    with TemporaryDirectory(prefix="pulp-quadlet-policy-", dir=trees.cache()) as name:
        root = Path(name)
        without = [f"--exclude={path}" for path in _UNNEEDED]
        run(["tar", "--extract", f"--file={SYSTEM.path()}", f"--directory={root}", *without], timeout=300)
        yield BasePolicy(root / "var/lib/selinux/default"), Tools(root)


def as_fedora(base: BasePolicy) -> tuple[BasePolicy, SelinuxTarget]:
    """The same with the names that Fedora has."""
    found = BasePolicy(base.store)
    found.modules = {**base.modules, "fedora_names": FEDORA_NAMES.read_bytes()}
    return found, SelinuxTarget(flavour="fedora", policy="targeted")
