"""The files that let the bus and systemd start the agent, where no package brought them.

A package has them below /usr, where ours would hide them; so on a host with the package there are none of ours.
"""

from __future__ import annotations

import os
import re
import shutil
import sysconfig
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import command
from pulp_quadlet.resources import folder

_PROGRAM = "pulp-quadlet-agent"
_PACKAGED = re.compile(r"(?<=^ExecStart=)/usr/bin/(pulp-quadlet[-a-z]*)", re.MULTILINE)
"""Programs, as the shipped units have them."""
_POLICY = "polkit/org.pulpproject.quadlet1.policy"
_PATH_UNIT = "pulp-quadlet-agent.path"
_GENERATOR = "systemd/system-generators/pulp-quadlet-generator"
# What dbus-daemon(1) and dbus-broker read besides /usr; every polkit(8) reads /usr/share, those since 125 /etc as well.
_PLACES = {
    "dbus/org.pulpproject.Quadlet1.conf": ("etc/dbus-1/system.d",),
    "dbus/org.pulpproject.Quadlet1.service": ("usr/local/share/dbus-1/system-services",),
    "modules-load/pulp-quadlet.conf": ("etc/modules-load.d",),
    _POLICY: ("usr/share/polkit-1/actions", "etc/polkit-1/actions"),
    "systemd/pulp-quadlet-agent.service": ("etc/systemd/system",),
    f"systemd/{_PATH_UNIT}": ("etc/systemd/system",),
    "systemd/pulp-quadlet-apply.service": ("etc/systemd/system",),
    _GENERATOR: ("etc/systemd/system-generators",),
    # not started: who wants figures says so
    "systemd/pulp-quadlet-metrics.socket": ("etc/systemd/system",),
    "systemd/pulp-quadlet-metrics@.service": ("etc/systemd/system",),
}
_RELOADS = (
    ("systemctl", "daemon-reload"),
    ("systemctl", "start", _PATH_UNIT),
    ("busctl", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ReloadConfig"),
)
WRITTEN = "the files are written, but not loaded"
"""The outcome when what comes after fails."""
_OF_THE_PACKAGE = "usr/lib/systemd/system/pulp-quadlet-agent.service"
_NOBODYS = ("usr/local/share/dbus-1/system-services", "usr/local/share/dbus-1", "etc/systemd/system-generators")
"""Folders that no package of the system brings, the inner ones first."""
_SHARED = "usr/share/"
"""Here lie files of both: one that is there is the package's."""
_HIDDEN = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108  the unit has its own, so that it does not see those


@dataclass(frozen=True, slots=True)
class Installed:
    """Which files were written, or removed because a package has them; whether systemd and the bus are to know."""

    files: tuple[str, ...]
    live: bool
    packaged: bool = False
    removed: tuple[str, ...] = ()


def install(root: Path, programs: Path | None = None) -> Installed:
    """Write the files below a root; `load` is for where that is this running system. Raises HostError.

    `programs` is the folder where ours are, which is the one of this Python if nothing else is said. Where a package
    has brought the files, those that were written before are removed instead.
    """
    live = root == Path("/") and Path("/run/systemd/system").is_dir()
    packaged = (root / _OF_THE_PACKAGE).is_file()
    written = () if packaged else _write_all(root, programs or Path(sysconfig.get_path("scripts")))
    removed = _remove_all(root) if packaged else ()
    _enable(root, "/usr/lib/systemd/system" if packaged else "..")
    return Installed(written, live, packaged, removed)


def _write_all(root: Path, programs: Path) -> tuple[str, ...]:
    place = _seen_from(root, programs)
    written = []
    for name, places in _PLACES.items():
        shipped = folder("packaging").joinpath(name).read_text(encoding="utf-8")
        text = _PACKAGED.sub(lambda found: _word(place / found[1]), shipped)
        written.append(_write(root, places, Path(name).name, text, 0o755 if name == _GENERATOR else 0o644))
    return tuple(written)


def _remove_all(root: Path) -> tuple[str, ...]:
    """What hides files of the package. Raises HostError."""
    found = [root / place / Path(name).name for name, places in _PLACES.items() for place in places]
    hiding = [path for path in found if not path.is_relative_to(root / _SHARED) and os.path.lexists(path)]
    for path in hiding:
        try:
            path.unlink()
        except OSError as error:
            message = f"{path} cannot be removed: {error.strerror}"
            raise HostError(Problem(code="removal-failed", message=message, help=_with_sudo())) from error
    for place in _NOBODYS if hiding else ():
        with suppress(OSError):  # it is not there, or somebody else has something in it
            (root / place).rmdir()
    return tuple(str(path) for path in hiding)


def _with_sudo() -> tuple[str, ...]:
    return ("run it again with sudo",) if os.geteuid() else ()


def _seen_from(root: Path, programs: Path) -> Path:
    """The folder's path as the system below the root will know it."""
    if not (programs / _PROGRAM).exists():
        raise HostError(Problem(code="agent-program-missing", message=f"there is no program {programs / _PROGRAM}"))
    seen = Path("/") / programs.relative_to(root) if programs.is_relative_to(root) else programs
    if any(seen.is_relative_to(place) for place in _HIDDEN):
        raise HostError(
            Problem(
                code="agent-program-hidden",
                message=f"systemd could not run {seen / _PROGRAM}, since the agent has a /tmp of its own",
                help=("install pulp-quadlet elsewhere, such as in /opt/pulp-quadlet",),
            )
        )
    return seen


def _word(path: Path) -> str:
    """A path as one word of a unit, where `%` has a meaning."""
    text = str(path).replace("%", "%%")
    return f'"{text}"' if any(char.isspace() for char in text) else text


def _write(root: Path, places: tuple[str, ...], name: str, text: str, mode: int) -> str:
    """Write a file to the first place that takes it, so that nobody ever reads half of it."""
    for place in places:
        path = root / place / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            new = path.with_name(f".{name}.new")
            new.write_text(text, encoding="utf-8")
            new.chmod(mode)
            new.replace(path)
        except OSError as error:
            if place != places[-1]:
                continue
            message = f"{path} cannot be written: {error.strerror}"
            raise HostError(Problem(code="write-failed", message=message, help=_with_sudo())) from error
        break
    return str(path)


def _enable(root: Path, units: str) -> None:
    """Unless it is. A package does so itself; but a link that leads to a file of ours would lead to nothing."""
    wants = root / "etc/systemd/system/paths.target.wants" / _PATH_UNIT
    wants.parent.mkdir(parents=True, exist_ok=True)
    target = f"{units}/{_PATH_UNIT}"
    if wants.is_symlink() and wants.readlink() != Path(target):
        wants.unlink()
    if not wants.is_symlink():
        wants.symlink_to(target)


def load() -> None:
    """Tell systemd and the bus of the files. Raises HostError."""
    if shutil.which("modprobe"):  # what it cannot load is part of the kernel, or of no use
        command.run(("modprobe", "overlay"))
    for argv in _RELOADS:
        done = command.run(argv)
        if done.status:
            raise HostError(
                Problem(
                    code="command-failed",
                    message=f"`{' '.join(argv[:2])}` ended with status {done.status}",
                    notes=tuple(done.stderr.splitlines()),
                ),
                outcome=WRITTEN,
            )
