"""Reads the bytes of a site file, whatever is found at its path, and makes text of them."""

from __future__ import annotations

import errno
import os
import shlex
import stat
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NoReturn

from pulp_quadlet.errors import Location, Problem, SiteError, lock_unreadable
from pulp_quadlet.paths import lock_path

if TYPE_CHECKING:
    from pathlib import Path

# A site file has a few kilobytes. The limit keeps a wrong path (a disk image, a log) from filling the memory of the
# agent, and every later step fast.
LIMIT = 1024 * 1024

_UTF8_BOM = b"\xef\xbb\xbf"
# The marks of UTF-32 first: that of UTF-16 begins like one of them.
_WIDE_BOMS = {
    b"\xff\xfe\x00\x00": "UTF-32LE",
    b"\x00\x00\xfe\xff": "UTF-32BE",
    b"\xff\xfe": "UTF-16LE",
    b"\xfe\xff": "UTF-16BE",
}
_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a disk device"),
)


@dataclass(frozen=True, slots=True)
class SourceText:
    """The text of a site file, the path it was read from, and the lock beside it."""

    path: str
    text: str
    lock: str | None = None
    """The text of the lock file beside it, where there is one."""


def load(path: Path) -> SourceText:
    """Read a site file and its lock. Raises SiteError, whatever is wrong with them."""
    text = decode(_read(path), str(path))
    lock = path.with_name(PurePosixPath(lock_path(str(path))).name)
    return SourceText(str(path), text, _lock(lock) if os.path.lexists(lock) else None)


def _lock(path: Path) -> str:
    """What cannot be read of a lock file is told in its own way: the rest of these messages are about site files."""
    try:
        return _read(path).decode()
    except (SiteError, UnicodeDecodeError) as error:
        raise lock_unreadable(str(path), str(error)) from error


def decode(data: bytes, path: str) -> str:
    """The text of a site file. Raises SiteError with the place of the first byte that is no text."""
    for mark, name in _WIDE_BOMS.items():
        if data.startswith(mark):
            _refuse_encoding(path, name, data)
    if data.startswith(_UTF8_BOM):
        _refuse(
            Problem(
                "byte-order-mark",
                "the file begins with a byte order mark, which TOML does not have",
                _first_line(data[3:], path),
                help=(f"remove it: `sed -i '1s/^\\xEF\\xBB\\xBF//' {shlex.quote(path)}`",),
            )
        )
    if not data.strip():
        help_ = (
            'the smallest site file is the two lines `[site]` and `url = "https://pulp.example.org"`',
            "`pulp-quadlet init` writes one with comments",
        )
        _refuse(Problem("empty-file", "the file is empty", Location(path, 1, 1), help=help_))
    if b"\0" in data:
        _refuse_binary(data, path)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        _refuse_bytes(data, path, error.start)


def _read(path: Path) -> bytes:
    try:
        # Opening a device can act on it (a tape, a watchdog), so a path is looked at before it is opened.
        _check_kind(path, path.stat().st_mode)
        # O_NONBLOCK: should a named pipe have taken the file's place in between, the open must not hang.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            _check_kind(path, os.fstat(descriptor).st_mode)
            data = file.read(LIMIT + 1)
    except OSError as error:
        raise SiteError(_explain(path, error)) from error
    except ValueError as error:  # a path with a NUL byte
        raise SiteError(Problem("unreadable-file", f"`{path}` is not a path")) from error
    if len(data) > LIMIT:
        _refuse(
            Problem(
                "file-too-large",
                f"`{path}` is larger than {LIMIT // 1024} KiB, so it cannot be a site file",
                help=("a site file has a few kilobytes; is the path right?",),
            )
        )
    return data


def _check_kind(path: Path, mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    kind = next((name for matches, name in _KINDS if matches(mode)), "no regular file")
    help_ = f"name the file in it, such as `{path}/site.toml`" if kind == "a directory" else "name a regular file"
    _refuse(Problem("not-a-file", f"`{path}` is {kind}, not a file", help=(help_,)))


def _explain(path: Path, error: OSError) -> Problem:
    """The problem for an error of the kernel."""
    if error.errno == errno.ENOENT:
        if path.is_symlink():
            target = path.readlink()
            return Problem(
                "no-site-file",
                f"`{path}` is a symbolic link to `{target}`, which does not exist",
                help=("create that file, or point the link at one that exists",),
            )
        return Problem(
            "no-site-file",
            f"there is no site file `{path}`",
            help=("`pulp-quadlet init` writes one to begin with",),
        )
    code, reason, help_ = {
        errno.EACCES: (
            "unreadable-file",
            "permission denied",
            "run it as root, or see `namei -l` on the path",
        ),
        errno.EPERM: ("unreadable-file", "permission denied", "run the command as root"),
        errno.ELOOP: ("unreadable-file", "its symbolic links lead in a circle", "`namei` on the path shows the circle"),
        errno.ENOTDIR: ("no-site-file", "a part of the path is not a directory", "`namei` on the path shows which"),
        errno.EIO: ("unreadable-file", "the disk gave an error", "see `journalctl -k`"),
    }.get(error.errno or 0, ("unreadable-file", error.strerror or str(error), ""))
    return Problem(code, f"cannot read `{path}`: {reason}", help=(help_,) if help_ else ())


def _refuse(problem: Problem) -> NoReturn:
    raise SiteError(problem)


def _refuse_encoding(path: str, name: str, data: bytes) -> NoReturn:
    _refuse(
        Problem(
            "not-utf-8",
            f"the file is written in {name}; TOML is UTF-8",
            Location(path, 1, 1),
            notes=(f"it begins with the byte order mark {data[:4].hex(' ') if '32' in name else data[:2].hex(' ')}",),
            # the names without LE or BE make iconv drop the mark as well
            help=(_iconv(name[:6], path),),
        )
    )


def _iconv(encoding: str, path: str) -> str:
    return f"convert it: `iconv -f {encoding} -t UTF-8 {shlex.quote(path)} > {shlex.quote(path + '.new')}`"


def _refuse_binary(data: bytes, path: str) -> NoReturn:
    sample = data[:200]
    if len(sample) > 3 and sample[1::2].count(0) * 2 > len(sample) * 0.8:
        message = "the file is not text in UTF-8: every second byte is zero, as in UTF-16"
        help_ = _iconv("UTF-16LE", path)
    else:
        message, help_ = "the file holds a zero byte, so it is not text", "is the path right?"
    _refuse(Problem("binary-file", message, _place(data, path, data.index(0)), help=(help_,)))


def _refuse_bytes(data: bytes, path: str, offset: int) -> NoReturn:
    _refuse(
        Problem(
            "not-utf-8",
            f"the byte 0x{data[offset]:02x} is not valid UTF-8",
            _place(data, path, offset),
            help=(
                "save the file as UTF-8",
                "if it was written in Latin-1, " + _iconv("ISO-8859-1", path),
            ),
        )
    )


def _place(data: bytes, path: str, offset: int) -> Location:
    """The place of a byte; bytes that are no text are shown as `\N{REPLACEMENT CHARACTER}`."""
    start = data.rfind(b"\n", 0, offset) + 1
    end = data.find(b"\n", offset)
    line = data[start : end if end >= 0 else len(data)].removesuffix(b"\r")
    before = data[start:offset].decode(errors="replace")
    return Location(path, data.count(b"\n", 0, offset) + 1, len(before) + 1, 1, line.decode(errors="replace"))


def _first_line(data: bytes, path: str) -> Location:
    return Location(path, 1, 1, 1, data.split(b"\n", 1)[0].decode(errors="replace").removesuffix("\r"))
