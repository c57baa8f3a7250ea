"""Podman's generator and systemd's verifier, run over rendered units in a folder of their own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pulp_quadlet.host import command
from pulp_quadlet.model.generated import Generated
from pulp_quadlet.model.tree import Tree
from pulp_quadlet.paths import RUN
from pulp_quadlet.quadlet import dryrun
from pulp_quadlet.quadlet.version import PodmanVersion

_PROGRAMS = ("/usr/libexec/podman/quadlet", "/usr/lib/podman/quadlet")


def version() -> PodmanVersion:
    """The version of Podman. Its generator is asked where there is one, which answers ten times sooner."""
    program = _program()
    said = command.run((program, "-version") if program else ("podman", "--version")).stdout
    return PodmanVersion.parse(said.split()[-1])


def generate(tree: Tree) -> Generated | None:
    """What Podman's generator makes of the tree's units, and what systemd says of that; None without a generator."""
    program = _program()
    if program is None:
        return None
    with tempfile.TemporaryDirectory(prefix="pulp-quadlet-check-", dir=_place()) as folder:
        for file in tree.files:
            if file.path.startswith(("quadlet/", "systemd/")):
                path = Path(folder, file.path)
                path.parent.mkdir(exist_ok=True)
                path.write_text(file.text, encoding="utf-8")
        done = command.run((program, "-dryrun"), environment={"QUADLET_UNIT_DIRS": f"{folder}/quadlet"})
        services = dryrun.services(done.stdout)
        for name, text in services.items():
            Path(folder, "systemd", name).write_text(text, encoding="utf-8")
        return Generated(
            services=services, messages=dryrun.messages(done.stderr), verified=_verify(Path(folder, "systemd"))
        )


def _place() -> str | None:
    """Where Podman's generator may read; None for the usual place, where we are not root of a host with an agent.

    For whoever is a service himself, such as cloud-init, SELinux runs the generator in the domain of generators.
    """
    return RUN if os.access(RUN, os.W_OK) else None


def _program() -> str | None:
    return next((path for path in _PROGRAMS if Path(path).exists()), None)


def _verify(folder: Path) -> tuple[str, ...]:
    """Complaints of systemd-analyze about the units of a folder. Units of the host are known to it as well."""
    units = sorted(str(path) for path in folder.iterdir())
    argv = ("systemd-analyze", "verify", "--man=no", "--generators=no", "--recursive-errors=no", *units)
    done = command.run(argv, environment={"SYSTEMD_UNIT_PATH": f"{folder}:", "SYSTEMD_LOG_LEVEL": "warning"})
    if done.status == 0:
        return ()
    return tuple(line.replace(f"{folder}/", "") for line in done.stderr.splitlines() if str(folder) in line)
