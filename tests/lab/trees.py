"""The two Debian trees that the lab is made of, each built once and kept as a tar in a cache.

A tree's file name holds a digest of all that defines it, so that a changed definition is another file and a cache
never lies.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import tarfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import host
from tests.lab.command import run
from tests.lab.progress import step

if TYPE_CHECKING:
    from collections.abc import Iterator

SUITE = "trixie"
MAKING_TAKES_AT_MOST = 1200.0  # seconds; a minute is usual
SLIM = (  # what the slim images of Debian leave out
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
)


@dataclass(frozen=True, slots=True)
class Tree:
    """A Debian tree: its packages, and what mmdebstrap is told besides."""

    name: str
    packages: tuple[str, ...]
    options: tuple[str, ...] = ()
    suite: str = SUITE

    def path(self) -> Path:
        """Where its tar is, or will be, in the cache."""
        return cache() / f"{self.name}-{_digest(self)}.tar"


MACHINE = Tree(
    "machine",
    packages=(
        # the system
        *("systemd", "systemd-sysv", "dbus", "polkitd", "apt", "ca-certificates", "tzdata", "kmod", "procps"),
        *("podman", "crun", "netavark", "aardvark-dns", "nftables", "passt", "uidmap", "catatonit"),
        # what a tester reaches for
        *("curl", "iproute2", "iputils-ping", "less", "openssl", "xz-utils", "zstd"),
        # what pulp-quadlet needs, in the versions that Debian has
        *("python3", "python3-venv", "python3-click", "python3-cryptography", "python3-dbus-next", "python3-jinja2"),
        *("python3-packaging", "python3-podman", "python3-pydantic", "python3-rich", "python3-tomli"),
        *("python3-cyclonedx-lib", "python3-requests", "python3-tomlkit"),
    ),
    # A package that is installed later, in the running machine, is to be complete: its man pages are tested.
    options=(*SLIM, '--customize-hook=rm "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap"'),
)
BASE_IMAGE = Tree("base-image", packages=("ca-certificates",), options=SLIM)


def cache() -> Path:
    return Path(os.environ.get("PULP_QUADLET_LAB_CACHE", "/var/cache/pulp-quadlet-lab"))


def make(*trees: Tree) -> None:
    """Make the trees that are missing, all at once: they wait for the network more than they work."""
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(_make_missing, tree) for tree in trees]:
            done.result()


def unpack(tree: Tree, root: Path) -> None:
    kept = ["--numeric-owner", "--preserve-permissions", "--xattrs", "--xattrs-include=*"]
    run(["tar", "--extract", f"--file={tree.path()}", f"--directory={root}", *kept], timeout=300)


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """For what goes into the cache: another run that makes the same is waited for."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _make_missing(tree: Tree) -> None:
    tar = tree.path()
    if tar.exists():
        return
    with alone(tar.with_suffix(".lock")):
        if not tar.exists():  # else another run made it while we waited
            with step(f"make the Debian tree {tar.name}"):
                _mmdebstrap(tree, tar)


def _mmdebstrap(tree: Tree, tar: Path) -> None:
    part, additions = tar.with_suffix(".part"), tar.with_suffix(".additions.tar")
    additions.write_bytes(_additions())
    # The default place for work, /tmp, is often a small tmpfs that allows no device nodes.
    env = {**os.environ, "TMPDIR": str(tar.parent)}
    hooks = [
        f"--customize-hook=tar-in {additions} /",
        '--customize-hook=chroot "$1" update-ca-certificates',
    ]
    # On its own, mmdebstrap 1.5 stops the sharing of mounts on the whole host, and no network namespace that is
    # there already could be removed any more.
    alone = ["unshare", "--mount", "--"]
    run(
        [*alone, "mmdebstrap", *_definition(tree), *hooks, tree.suite, str(part)], env=env, timeout=MAKING_TAKES_AT_MOST
    )
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.rename(tar)
    additions.unlink()


def _definition(tree: Tree) -> list[str]:
    apt = [f"--aptopt={option}" for option in host.apt_options()]
    return ["--variant=minbase", "--format=tar", f"--include={','.join(sorted(tree.packages))}", *apt, *tree.options]


def _digest(tree: Tree) -> str:
    defining = [tree.suite, *_definition(tree), hashlib.sha256(_additions()).hexdigest()]
    return hashlib.sha256(json.dumps(defining).encode()).hexdigest()[:16]


def _additions() -> bytes:
    """What this host needs to reach the world, as a tar: where a company re-signs all traffic, a base image trusts
    the company.
    """
    files = {"etc/pip.conf": host.pip_conf()}
    for number, pem in enumerate(host.extra_certificates()):
        files[f"usr/local/share/ca-certificates/host-{number}.crt"] = pem
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()
