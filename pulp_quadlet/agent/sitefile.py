"""Which files may be named as a site file over the bus."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from pulp_quadlet.errors import Problem, SiteError
from pulp_quadlet.paths import HOME, lock_path

_PRIVATE = ("/tmp/", "/var/tmp/")  # noqa: S108  the agent has its own, so that it does not see those


def check(path: str, *, for_root: bool, home: str = HOME) -> None:
    """Refuse what somebody other than root could write, or what the caller could not read himself.

    The file is judged once it is open, so that it cannot be exchanged between look and use. One that is not there or
    cannot be opened is left to the compiler, which tells that better. The lock beside it decides what runs just as
    well, and is judged in the same way. Raises SiteError.
    """
    if not path.startswith("/") or os.path.normpath(path) != path:
        raise _refused(path, "is not an absolute path without `.` and `..`")
    if not for_root and os.path.dirname(path) != home:  # noqa: PTH120  the text is judged, not a file
        raise _refused(path, f"is not directly in {home}, and only root may name other files")
    lock = lock_path(path)
    for each in (path, *([lock] if os.path.lexists(lock) else ())):
        if why := _wrong_at(each, for_root=for_root, home=home):
            raise _refused(each, why)


def _wrong_at(path: str, *, for_root: bool, home: str) -> str | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return "is a symbolic link"
        if error.errno == errno.ENOENT and path.startswith(_PRIVATE):
            return "cannot be seen by the agent, which has a /tmp of its own"
        return None
    try:
        why = _wrong_with(os.fstat(descriptor), for_root=for_root)
    finally:
        os.close(descriptor)
    if why is None and not for_root and not Path(home).stat().st_mode & stat.S_IXOTH:
        return f"lies in {home}, which is closed to other users"
    return why


def _wrong_with(found: os.stat_result, *, for_root: bool) -> str | None:
    if not stat.S_ISREG(found.st_mode):
        return "is not a regular file"
    if found.st_uid != 0:
        return "is not owned by root"
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "can be written by others than root"
    # else the source line that comes with a mistake would show what the caller may not read
    if not for_root and not found.st_mode & stat.S_IROTH:
        return "may not be read by everybody, so that only root may name it"
    return None


def _refused(path: str, why: str) -> SiteError:
    return SiteError(
        Problem(
            code="site-file-refused",
            message=f"{path} {why}",
            help=("a site file, and its lock, is a regular file that is owned by root and that nobody else can write",),
        )
    )
