"""The files that let the bus and systemd start the agent, where no package brought them."""

from __future__ import annotations

import os
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import command
from pulp_quadlet.resources import folder

_PROGRAM = "pulp-quadlet-agent"
_PACKAGED = f"/usr/bin/{_PROGRAM}"  # as the shipped unit has it
_UNIT = "systemd/pulp-quadlet-agent.service"
_POLICY = "polkit/org.pulpproject.quadlet1.policy"
_PATH_UNIT = "pulp-quadlet-agent.path"
# What dbus-daemon(1) and dbus-broker read besides /usr; every polkit(8) reads /usr/share, those since 125 /etc as well.
_PLACES = {
    "dbus/org.pulpproject.Quadlet1.conf": ("etc/dbus-1/system.d",),
    "dbus/org.pulpproject.Quadlet1.service": ("usr/local/share/dbus-1/system-services",),
    _POLICY: ("usr/share/polkit-1/actions", "etc/polkit-1/actions"),
    _UNIT: ("etc/systemd/system",),
    f"systemd/{_PATH_UNIT}": ("etc/systemd/system",),
}
_RELOADS = (
    ("systemctl", "daemon-reload"),
    ("systemctl", "start", _PATH_UNIT),
    ("busctl", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ReloadConfig"),
)
_HIDDEN = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108  the unit has its own, so that it does not see those


@dataclass(frozen=True, slots=True)
class Installed:
    """Which files were written, and whether systemd and the bus have read them."""

    files: tuple[str, ...]
    loaded: bool


def install(root: Path, program: Path | None = None) -> Installed:
    """Write the files below a root, and load them where that is this running system. Raises HostError."""
    program = _seen_from(root, program or Path(sysconfig.get_path("scripts"), _PROGRAM))
    written = []
    for name, places in _PLACES.items():
        text = folder("packaging").joinpath(name).read_text(encoding="utf-8")
        if name == _UNIT:
            text = text.replace(f"ExecStart={_PACKAGED}\n", f"ExecStart={_word(program)}\n")
        written.append(_write(root, places, Path(name).name, text))
    _enable(root)
    live = root == Path("/") and Path("/run/systemd/system").is_dir()
    if live:
        _load()
    return Installed(tuple(written), live)


def _seen_from(root: Path, program: Path) -> Path:
    """The program's path as the system below the root will know it."""
    if not program.exists():
        raise HostError(Problem(code="agent-program-missing", message=f"there is no program {program}"))
    if root != Path("/") and program.is_relative_to(root):
        program = Path("/") / program.relative_to(root)
    if any(program.is_relative_to(place) for place in _HIDDEN):
        raise HostError(
            Problem(
                code="agent-program-hidden",
                message=f"{program} cannot be run by systemd, since the agent has a /tmp of its own",
                help=("install pulp-quadlet elsewhere, such as in /opt/pulp-quadlet",),
            )
        )
    return program


def _word(path: Path) -> str:
    """A path as one word of a unit, where `%` has a meaning."""
    text = str(path).replace("%", "%%")
    return f'"{text}"' if any(char.isspace() for char in text) else text


def _write(root: Path, places: tuple[str, ...], name: str, text: str) -> str:
    """Write a file to the first place that takes it, so that nobody ever reads half of it."""
    for place in places:
        path = root / place / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            new = path.with_name(f".{name}.new")
            new.write_text(text, encoding="utf-8")
            new.chmod(0o644)
            new.replace(path)
        except OSError as error:
            if place != places[-1]:
                continue
            message = f"{path} cannot be written: {error.strerror}"
            help_ = ("run it again with sudo",) if os.geteuid() else ()
            raise HostError(Problem(code="write-failed", message=message, help=help_)) from error
        break
    return str(path)


def _enable(root: Path) -> None:
    wants = root / "etc/systemd/system/paths.target.wants" / _PATH_UNIT
    wants.parent.mkdir(parents=True, exist_ok=True)
    if not wants.is_symlink():
        wants.symlink_to(f"../{_PATH_UNIT}")


def _load() -> None:
    for argv in _RELOADS:
        done = command.run(argv)
        if done.status:
            raise HostError(
                Problem(
                    code="command-failed",
                    message=f"`{' '.join(argv[:2])}` ended with status {done.status}",
                    notes=tuple(done.stderr.splitlines()),
                ),
                outcome="the files are written, but not loaded",
            )
