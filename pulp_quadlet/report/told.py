"""The other way round of problems.as_json: an error that another process told, as it was before."""

from __future__ import annotations

from typing import Any

from pulp_quadlet.errors import ExitCode, Location, Problem, ToldError


def error_of(told: dict[str, Any]) -> ToldError:
    """The error that was told by these keys, or by those of an event of `work.py`. A key that is missing is empty."""
    problems = tuple(_problem(each) for each in told.get("problems", ()))
    return ToldError(
        *problems or (Problem(code="untold", message="it failed and did not say why"),),
        outcome=str(told.get("outcome", "it is not known what was changed")),
        exit_code=_exit_code(told.get("exit_code", told.get("exit"))),
    )


def _exit_code(value: Any) -> ExitCode:
    return ExitCode(value) if value in {code.value for code in ExitCode} else ExitCode.HOST


def _problem(told: dict[str, Any]) -> Problem:
    where = told.get("where")
    return Problem(
        code=str(told["code"]),
        message=str(told["message"]),
        where=Location(**where) if where else None,
        notes=tuple(map(str, told.get("notes", ()))),
        help=tuple(map(str, told.get("help", ()))),
    )
