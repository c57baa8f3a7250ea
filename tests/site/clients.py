"""Pulp's own clients, in the versions that go with it, run as a user elsewhere would: not from the machine's tree."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.lab import trees
from tests.lab.command import run
from tests.lab.progress import step
from tests.lab.trees import Tree

if TYPE_CHECKING:
    from tests.lab.command import Result
    from tests.site.pulp import Pulp

TOOLS = ("pulp-cli==0.41.1", "twine==7.0.0", "build==1.6.1", "flit-core==3.12.0")
RPM_TOOLS = Tree("rpm-tools", packages=("ca-certificates", "dnf", "rpm"))
TAKES_AT_MOST = 900.0  # seconds to fetch and install; one minute is usual


@dataclass(frozen=True, slots=True)
class Clients:
    """The programs of a user who reaches the site, and a folder for what they write."""

    pulp: Pulp
    tools: Path
    folder: Path

    def run(self, *argv: str, check: bool = True, timeout: float = 300.0, cwd: Path | None = None) -> Result:
        """Run one of the programs, `twine` for instance."""
        env = {"HOME": str(self.folder), "PATH": f"{self.tools / 'bin'}:/usr/bin:/bin", "PIP_CONFIG_FILE": "/dev/null"}
        return self.pulp.machine.outside(argv, check=check, timeout=timeout, env=env, cwd=cwd or self.folder)

    def cli(self, *words: str) -> Any:
        """Run pulp-cli, which waits for the tasks that it starts, and return what it tells."""
        said = self.run("pulp", "--format", "json", *words).stdout.strip()
        return json.loads(said) if said else None

    def fails(self, *words: str) -> str:
        """What pulp-cli complains of when it must fail."""
        result = self.run("pulp", *words, check=False)
        if not result.status:
            raise AssertionError(f"pulp {' '.join(words)} did not fail: {result.stdout}")
        return result.stderr

    def exchange_file(self, content: bytes) -> None:
        """Put a file into a new repository called `files`, and get the same back from the content server."""
        data, copy = self.folder / "data.bin", self.folder / "copy.bin"
        data.write_bytes(content)
        self.cli("file", "repository", "create", "--name", "files", "--autopublish")
        named = ("--name", "files", "--base-path", "files", "--repository", "files")
        made = self.cli("file", "distribution", "create", *named)
        what = ("--repository", "files", "--file", str(data), "--relative-path", "data.bin")
        self.cli("file", "content", "upload", *what)
        self.run("curl", "-sS", "--fail", "--output", str(copy), f"{made['base_url']}data.bin")
        if copy.read_bytes() != content:
            raise AssertionError("the content server gave another file than was uploaded")

    def rpm_run(self, *argv: str, timeout: float = 300.0) -> str:
        """Run dnf or rpmbuild in a Debian tree of their own."""
        return self.pulp.machine.outside(["chroot", str(self.rpm_tree), *argv], timeout=timeout).stdout

    @property
    def rpm_tree(self) -> Path:
        """It is beside the machine's own tree, and gone with it."""
        tree = self.pulp.machine.folder / "rpm-tools"
        if not tree.exists():
            trees.make(RPM_TOOLS)
            tree.mkdir()
            trees.unpack(RPM_TOOLS, tree)
        return tree


def provide() -> None:
    """Fetch what the clients need and is not in the cache."""
    venv(TOOLS)
    trees.make(RPM_TOOLS)


def connect(pulp: Pulp, folder: Path, known: Path | None = None) -> Clients:
    """The clients, told where the site is and who they are. `known` is what `learn` has kept."""
    config = folder / ".config" / "pulp" / "cli.toml"
    config.parent.mkdir(parents=True)
    config.touch(mode=0o600)
    config.write_text(f'[cli]\nbase_url = "{pulp.url}"\nusername = "admin"\npassword = "{pulp.password}"\n')
    if known is not None:
        shutil.copytree(known, folder / ".cache")
    return Clients(pulp, venv(TOOLS), folder)


def learn(pulp: Pulp, folder: Path) -> None:
    """Keep what a client finds out at its first call, for a Pulp that is the same but slow: the description of its API
    takes an emulated processor longer than a request may.
    """
    with tempfile.TemporaryDirectory() as home:
        connect(pulp, Path(home)).cli("file", "repository", "list")
        shutil.copytree(Path(home, ".cache"), folder)


def venv(requirements: tuple[str, ...]) -> Path:
    """A virtual environment with just these packages, kept under a name that tells of them."""
    defining = [sys.version, *requirements]
    digest = hashlib.sha256(json.dumps(defining).encode()).hexdigest()[:16]
    place = trees.cache() / "clients" / digest
    done = place / "complete"
    with trees.alone(place.with_suffix(".lock")):
        if not done.exists():
            with step(f"install {requirements[0]} and {len(requirements) - 1} more packages for the clients"):
                shutil.rmtree(place, ignore_errors=True)  # what a killed run may have left
                run([sys.executable, "-m", "venv", str(place)], timeout=120)
                run([str(place / "bin/pip"), "install", "--quiet", *requirements], timeout=TAKES_AT_MOST)
                done.touch()
    return place
