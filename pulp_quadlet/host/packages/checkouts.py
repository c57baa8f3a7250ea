"""Checkouts of plugins on this host: what their content is, and copies to build from.

Nothing is ever written into a checkout, and what is built is a copy, so that nobody edits it meanwhile. Checkouts lie
where people work, and the agent does not reach that: from its sandbox, this is a program that systemd starts.

    python3 -m pulp_quadlet.host.packages.checkouts FOLDER [TARGET]
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from pulp_quadlet.host import command
from pulp_quadlet.host.outside import inside, outside
from pulp_quadlet.model.lock import Checkout

_IGNORED = {".git", ".hg", ".svn", "__pycache__", "node_modules", ".venv", ".tox", ".nox", ".eggs"}
_IGNORED |= {".mypy_cache", ".ruff_cache", ".pytest_cache"}
_IGNORED_AT_THE_TOP = {"build", "dist", "venv"}
_MARKS = ("pyproject.toml", "setup.py")


def look(folder: Path) -> Checkout:
    """What a checkout holds now."""
    return _asked(folder)


def copy(folder: Path, target: Path) -> Checkout:
    """Copy it for a build that runs as another user, and tell what was copied."""
    return _asked(folder, target)


def main(folder: str, target: str | None = None) -> None:
    """Tell what was found, as JSON."""
    sys.stdout.write(json.dumps(asdict(_found(Path(folder), Path(target) if target else None))) + "\n")


def _asked(*paths: Path) -> Checkout:
    if not inside():
        return _found(paths[0], paths[1] if len(paths) > 1 else None)
    done = command.run(outside((sys.executable, "-m", "pulp_quadlet.host.packages.checkouts", *map(str, paths))))
    try:
        return Checkout(**json.loads(done.stdout))
    except (ValueError, TypeError):
        return Checkout(wrong=f"cannot be looked at: {done.stderr.strip()}")


def _found(folder: Path, target: Path | None) -> Checkout:
    wrong = _wrong_with(folder)
    if wrong:
        return Checkout(wrong=wrong)
    try:
        return Checkout(digest=_digest(folder, target))
    except OSError as error:
        return Checkout(wrong=f"cannot be read: {error.strerror} ({error.filename})")


def _wrong_with(folder: Path) -> str:
    if not folder.exists():
        return "is not there"
    if not folder.is_dir():
        return "is no folder"
    if not any((folder / mark).is_file() for mark in _MARKS):
        return "is no checkout of a Python package: it has neither pyproject.toml nor setup.py"
    return ""


def _digest(folder: Path, target: Path | None) -> str:
    """Of all paths, what may be executed, and the bytes of each file."""
    whole = hashlib.sha256()
    if target is not None:
        _make(target)
    for path in _paths(folder, folder):
        below = path.relative_to(folder)
        found = path.lstat()
        if stat.S_ISDIR(found.st_mode):
            kind, content = "folder", b""
            if target is not None:
                _make(target / below)
        elif stat.S_ISLNK(found.st_mode):
            kind, content = "link", os.fsencode(os.readlink(path))
            if target is not None:
                (target / below).symlink_to(os.readlink(path))
        else:
            executable = bool(found.st_mode & stat.S_IXUSR)
            content = path.read_bytes()
            kind = "program" if executable else "file"
            if target is not None:
                _write(target / below, content, executable=executable)
        whole.update(b"%s\0%s\0%s" % (kind.encode(), os.fsencode(below), hashlib.sha256(content).digest()))
    return whole.hexdigest()


def _paths(folder: Path, top: Path) -> Iterator[Path]:
    """All that belongs to it, in an order that depends on nothing but names."""
    for path in sorted(folder.iterdir(), key=lambda each: os.fsencode(each.name)):
        if path.name in _IGNORED or path.name.endswith((".egg-info", ".pyc")):
            continue
        if folder == top and path.name in _IGNORED_AT_THE_TOP:
            continue
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            yield path
            yield from _paths(path, top)
        elif stat.S_ISREG(mode) or stat.S_ISLNK(mode):
            yield path


def _make(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)  # builds write beside the sources, as another user than we are


def _write(path: Path, content: bytes, *, executable: bool) -> None:
    path.write_bytes(content)
    path.chmod(0o777 if executable else 0o666)


if __name__ == "__main__":
    main(*sys.argv[1:])
