"""Where this host tells what SELinux denied: the log of auditd, or the journal, which has what the kernel says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host import command

_AUDITD = Path("/var/log/audit")
_JOURNAL = ("journalctl", "--quiet", "--no-pager", "--output=short-unix")
_MARK = "avc:"


def lines(since: float, folder: Path = _AUDITD) -> Iterator[str]:
    """Lines about denials, the oldest first. Those of auditd may begin before `since`. Raises HostError."""
    logs = _logs(folder, since)
    if logs:
        for log in logs:
            yield from saved(log)
        return
    moment = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    done = command.run((*_JOURNAL, f"--since={moment}", "_TRANSPORT=audit", "+", "_TRANSPORT=kernel"))
    if done.status != 0:
        raise HostError(
            Problem(code="log-unreadable", message="the journal cannot be read", notes=tuple(done.stderr.splitlines()))
        )
    yield from (line for line in done.stdout.splitlines() if _MARK in line)


def saved(path: Path) -> Iterator[str]:
    """Lines about denials of one log. Raises HostError."""
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            yield from (line for line in stream if _MARK in line)
    except OSError as error:
        raise HostError(
            Problem(
                code="log-unreadable",
                message=f"{path} cannot be read: {error.strerror}",
                help=("run it again as root",) if isinstance(error, PermissionError) else (),
            )
        ) from error


def _logs(folder: Path, since: float) -> list[Path]:
    """Those of auditd, with those that it has put away since; none where it does not run."""
    try:
        found = [path for path in folder.glob("audit.log*") if path.stat().st_mtime >= since]
    except OSError:
        return [folder / "audit.log"]  # so that it is told
    return sorted(found, key=lambda path: path.stat().st_mtime)
