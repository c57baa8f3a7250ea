"""Run pip, and find the lines of its output that tell why it failed.

It is imported by the programs beside it, in the container that has pip.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

TMP = Path(os.environ.get("TMPDIR", "/tmp"))  # noqa: S108  # of a container that runs this and nothing else
STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d,\d+ ")
USUAL = re.compile(
    r"\s*(Collecting|Downloading|Using cached|Preparing metadata|Getting requirements|Installing b|Looking in links"
    r"|Processing|INFO: pip is |Saved|Building wheel|Created wheel|Stored|Successfully|Would install|Link requires"
    r"|Running command|Cloning|Resolved|Obtaining|Requirement already|File was already)"
)
UNKNOWN = re.compile(r"No matching distribution found for ([A-Za-z0-9._-]+)")
FETCHING = re.compile(r"Could not fetch URL|connection error|timed out|Skipping page")
KEPT_LINES = 100
LONGEST = 1000


class NoEndError(Exception):
    """pip came to no end in time."""


def pip(verb: str, *words: str, limit: float | None = None) -> list[str] | None:
    """None when it did what it was told, else what it said about that.

    Raises NoEndError when it was not done after the limit, in seconds.
    """
    log = TMP / "pip.log"
    log.unlink(missing_ok=True)
    argv = [sys.executable, "-m", "pip", verb, "--disable-pip-version-check", "--no-input", "--no-color"]
    argv += ["--progress-bar=off", "--timeout=20", "--retries=2", f"--log={log}", *words]
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=limit)
    except subprocess.TimeoutExpired:
        raise NoEndError(f"pip came to no end in {limit:g} seconds") from None
    if done.returncode == 0:
        return None
    said = [line for line in done.stdout.decode(errors="replace").splitlines() if line and not USUAL.match(line)]
    logged = _logged(log)
    fetched = [line for line in logged if FETCHING.search(line)][-KEPT_LINES:]
    return [line[:LONGEST] for line in (*fetched, *_left_out(logged, "\n".join(said)), *said[-KEPT_LINES:])]


def _left_out(logged: list[str], said: str) -> list[str]:
    """Wheels of what was not found, which are for another machine or another Python."""
    unknown = UNKNOWN.search(said)
    if unknown is None:
        return []
    file = "/" + re.sub(r"[-_.]+", "_", unknown[1]).lower() + "-"
    return [line for line in logged if "the wheel's tags" in line and file in line.lower()][-10:]


def _logged(log: Path) -> list[str]:
    """What is told in the log alone, since pip goes on after it."""
    if not log.is_file():
        return []
    return [STAMP.sub("", line).strip() for line in log.read_text(errors="replace").splitlines()]
