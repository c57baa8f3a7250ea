"""Podman's own generator, from this machine or from a Debian tree made for it, run on units held in memory."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pulp_quadlet.quadlet import dryrun
from pulp_quadlet.quadlet.version import PodmanVersion
from tests.lab.command import Result, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TREES = Path("/var/cache/pulp-quadlet-lab/trees")
INSTALLED = (Path("/usr/libexec/podman/quadlet"), Path("/usr/lib/podman/quadlet"))
SUITES = ("trixie", "sid")  # Podman 5.4 and 5.8: quotes are treated differently

# Packages are only unpacked, never configured; the links are those of a merged /usr.
_LINKS = 'for each in bin sbin lib lib64; do mkdir -p "$1/usr/$each"; ln -s "usr/$each" "$1/$each"; done'
# The copy of sid at hand may be older than its Release file allows. It is signed all the same.
_STALE = 'Acquire::Check-Valid-Until "false"'


class GeneratorMissingError(Exception):
    """No generator of Podman can be had: the tests that need it have to fail."""


@dataclass(frozen=True, slots=True)
class Generator:
    """`argv` starts the generator; QUADLET_UNIT_DIRS says where the units are."""

    argv: tuple[str, ...]

    def version(self) -> PodmanVersion:
        return PodmanVersion.parse(run([*self.argv, "-version"]).stdout)

    def run(self, files: Mapping[str, str], *, podman: str = "/usr/bin/podman") -> Result:
        """What `-dryrun` says of these units; `podman` is the program that the services start."""
        with tempfile.TemporaryDirectory(prefix="quadlet-") as folder:
            for name, text in files.items():
                Path(folder, name).write_bytes(text.encode())
            environment = {"QUADLET_UNIT_DIRS": folder, "PODMAN": podman, "PATH": "/usr/sbin:/usr/bin"}
            return run([*self.argv, "-dryrun"], env=environment, check=False)

    def services(self, files: Mapping[str, str], *, podman: str = "/usr/bin/podman") -> dict[str, str]:
        """The generated services; any message of the generator fails the test."""
        result = self.run(files, podman=podman)
        told = [each for each in dryrun.messages(result.stderr) if "not a fully qualified image name" not in each[1]]
        assert not told, told
        assert result.status == 0
        return dryrun.services(result.stdout)


def tree(suite: str) -> Path:
    """A Debian tree with Podman and systemd, made when it is not in the cache yet (about 10 seconds, as root)."""
    path = TREES / f"quadlet-{suite}"
    if path.exists():
        return path
    if shutil.which("mmdebstrap") is None:
        raise GeneratorMissingError("mmdebstrap is needed to unpack Podman's generator; or set PULP_QUADLET_GENERATOR")
    TREES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=TREES, prefix=f".{suite}-") as folder:
        made = Path(folder, "tree")
        options = ["--variant=extract", "--include=podman,systemd", f"--setup-hook={_LINKS}", f"--aptopt={_STALE}"]
        run(["mmdebstrap", *options, "--quiet", suite, str(made)], timeout=300)
        made.chmod(0o755)
        if not path.exists():  # another run may have been faster
            made.rename(path)
    return path


def program_of(root: Path) -> tuple[str, ...]:
    """The generator of a tree, started by the tree's own loader: it needs neither chroot nor a configured system."""
    return tuple(_loaded(root, "usr/libexec/podman/quadlet"))


def _loaded(root: Path, program: str) -> Sequence[str]:
    loaders = [*root.glob("usr/lib64/ld-linux-*.so.*"), *root.glob("usr/lib/ld-linux-*.so.*")]
    libraries = ":".join(map(str, root.glob("usr/lib/*-linux-gnu*")))
    if not loaders or not (root / program).exists():
        raise GeneratorMissingError(f"{root} holds no generator of Podman")
    name = Path(program).name  # "user" in the name of the program would mean a generator for users
    return str(loaders[0]), "--library-path", libraries, "--argv0", name, str(root / program)
