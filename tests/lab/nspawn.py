"""How a machine's tree becomes a running system, and how a program of the host gets into it."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import host
from tests.lab.cgroup import Cgroup, joined
from tests.lab.command import run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAMESPACES = ("--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup")
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "USER": "root",
    "LANG": "C.UTF-8",
}
FOR_NSPAWN = {
    "UNIFIED_CGROUP_HIERARCHY": "yes",
    "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",
    "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network",  # Podman sets up its networks through /proc/sys/net
}


def starting(name: str, root: Path, share: Path, network: Path, console: Path, words: Sequence[str] = ()) -> list[str]:
    """The command that starts a machine in the background, its console in a file. `words` are arguments of its systemd,
    which takes them for its kernel command line: a container has no other.

    It asks nothing of a service manager of the host (`--register=no --keep-unit`): there may be none.
    """
    devices = [f"--bind={device}" for device in ("/dev/fuse", "/dev/net/tun") if Path(device).exists()]
    nspawn = [
        *("systemd-nspawn", "--quiet", "--settings=no", "--register=no", "--keep-unit", "--boot"),
        *(f"--machine={name}", f"--directory={root}", f"--network-namespace-path={network}"),
        *("--resolv-conf=off", "--timezone=off", "--link-journal=no", "--console=read-only"),
        *("--capability=all", "--system-call-filter=add_key keyctl bpf perf_event_open"),
        *(*devices, f"--bind={share}:/share"),
    ]
    return ["sh", "-c", 'exec setsid --fork "$@" </dev/null >>"$0" 2>&1', str(console), *nspawn, *words]


def clean_up(name: str, root: Path) -> None:
    """Remove what nspawn leaves on the host when it is killed; newer ones refuse to start a second time beside it."""
    folders = [Path("/run/systemd/nspawn", kind, name) for kind in ("propagate", "unix-export")]
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mount in reversed(mounts):
        if any(Path(mount).is_relative_to(folder) for folder in (*folders, root)):
            run(["umount", "--lazy", mount])
    for folder in folders:
        if folder.is_dir():
            shutil.rmtree(folder)
    if root.exists():
        inode = root.stat()
        Path(f"/run/systemd/nspawn/locks/inode-{inode.st_dev}:{inode.st_ino}").unlink(missing_ok=True)
        root.with_name(f".#{root.name}.lck").unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Leader:
    """Process 1 of a running machine, and the group of the host that it is in."""

    pid: int
    group: Cgroup

    @classmethod
    def among(cls, processes: Cgroup) -> Leader | None:
        """Find the leader once it has settled in its own group: before that, a guest would be in its way."""
        for group in processes.groups():
            if group.name == "init.scope":
                for pid in Cgroup(group).own_pids():
                    if _is_first_of_a_namespace(pid):
                        return cls(pid, Cgroup(group))
        return None

    def entering(self, argv: Sequence[str], env: Mapping[str, str] | None = None) -> list[str]:
        """The command that runs `argv` in the machine, beside its process 1."""
        assignments = [
            f"{key}={value}" for key, value in {**ENVIRONMENT, **host.proxy_environment(), **(env or {})}.items()
        ]
        way_in = ["nsenter", f"--target={self.pid}", *NAMESPACES, "--", "env", "--ignore-environment"]
        return joined(self.group.path, [*way_in, *assignments, *argv])

    def session(self, argv: Sequence[str], env: Mapping[str, str] | None = None) -> tuple[list[str], Cgroup]:
        """The command that runs `argv` in a scope of its own, as a login does, and that scope's group.

        Beside process 1 it could not be told from systemd itself, and Podman could not make a group below it.
        """
        scope = f"lab-{secrets.token_hex(6)}.scope"
        wrapper = ["systemd-run", "--quiet", "--scope", "--collect", "--slice=user.slice", f"--unit={scope}", "--"]
        group = Cgroup(self.group.path.parent / "user.slice" / scope)
        return self.entering([*wrapper, *argv], env), group

    def terminal(self) -> list[str]:
        """The command that opens a shell on a terminal that the machine knows."""
        term = os.environ.get("TERM", "dumb")
        wrapper = ["systemd-run", "--quiet", "--pty", "--collect", "--same-dir", f"--setenv=TERM={term}"]
        return self.entering([*wrapper, "--setenv=HOME=/root", "--", "bash", "--login"], {"TERM": term})


def _is_first_of_a_namespace(pid: int) -> bool:
    """Whether this is process 1 one level below us; the init of a container in the machine is two levels below."""
    try:
        status = Path("/proc", str(pid), "status").read_text()
    except OSError:
        return False
    ids = re.search(r"^NSpid:\s*(.+)$", status, re.MULTILINE)
    return bool(ids) and ids[1].split() == [str(pid), "1"]  # type: ignore[index]  # bool() tells mypy nothing
