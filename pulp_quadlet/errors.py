"""What can go wrong, as values: a stable code, a sentence, a place, and what to do next.

A :class:`Problem` is data and is printed in one place (`report/problems.py`). An exception only carries problems
from where they are found to the composition root.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """The exit statuses of `pulp-quadlet`, documented in pulp-quadlet(1)."""

    DONE = 0
    HOST = 1  # the host refused or failed; the message says what was done before
    SITE = 2  # the site file is wrong; nothing was changed
    UNHEALTHY = 3  # `status`: Pulp is not healthy
    CONFLICT = 4  # the host changed between plan and apply
    AGENT = 5  # the agent cannot be reached
    ACCESS = 6  # the agent may not do this for this user
    CHANGED = 7  # where it was asked for: `apply` did something, `plan` found something to do
    FOUND = 8  # `image audit` found something
    USAGE = 64  # the command line is wrong (EX_USAGE of sysexits.h)
    BUG = 70  # an error in pulp-quadlet itself (EX_SOFTWARE)


@dataclass(frozen=True, slots=True)
class Location:
    """A stretch of one line of a text file.

    `line` and `column` count from 1, in characters; `width` is the number of characters meant (at least 1);
    `source` is the whole line, without its end.
    """

    path: str
    line: int
    column: int
    width: int = 1
    source: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, in the words of the person who has to mend it.

    `message` is a clause without a full stop; `notes` tell what was tried and what the machine answered;
    `help` is the next thing to do.
    """

    code: str
    message: str
    where: Location | None = None
    notes: tuple[str, ...] = ()
    help: tuple[str, ...] = ()


def path_taken(path: str) -> Problem:
    """Told before anything is done, and again where the link is made: something may have come there since."""
    return Problem(
        code="path-taken",
        message=f"{path} is there already and does not belong to this site",
        help=("move it away, or give the site another `name`",),
    )


class PulpQuadletError(Exception):
    """Problems on their way to the composition root, and whether anything was changed before."""

    exit_code: ExitCode = ExitCode.HOST

    def __init__(self, *problems: Problem, outcome: str = "nothing was changed") -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems
        self.outcome = outcome


class SiteError(PulpQuadletError):
    """The site file cannot be read or is wrong."""

    exit_code = ExitCode.SITE


class HostError(PulpQuadletError):
    """The host refused something or failed at it."""

    exit_code = ExitCode.HOST


def lock_unreadable(path: str, *why: str) -> SiteError:
    """For a lock file that is none."""
    return SiteError(
        Problem(
            code="lock-unreadable",
            message="the lock file cannot be read",
            where=Location(path, 1, 1),
            notes=why,
            help=(f"remove {path}: the next `pulp-quadlet apply` writes a new one",),
        )
    )


class ConflictError(PulpQuadletError):
    """The host is no longer what the plan was made for."""

    exit_code = ExitCode.CONFLICT


class AgentError(PulpQuadletError):
    """The agent cannot be reached, or left in the middle of an answer."""

    exit_code = ExitCode.AGENT


class AccessError(PulpQuadletError):
    """The agent may not do this for this user."""

    exit_code = ExitCode.ACCESS


class ToldError(PulpQuadletError):
    """An error of another process, as that told it."""

    def __init__(self, *problems: Problem, outcome: str, exit_code: ExitCode) -> None:
        super().__init__(*problems, outcome=outcome)
        self.exit_code = exit_code
