"""`boot` tells what went wrong with one site, and goes on with the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulp_quadlet.cli.boot import tried
from pulp_quadlet.errors import AgentError, Location, Problem, PulpQuadletError, SiteError

if TYPE_CHECKING:
    import pytest

WRONG = SiteError(
    Problem("unknown-key", "unknown key `x`", Location("/etc/pulp-quadlet/site.toml", 4, 1)),
    Problem("unknown-key", "unknown key `y`", Location("/etc/pulp-quadlet/site.toml", 9, 1)),
)
AWAY = AgentError(Problem("agent-away", "the agent does not answer"))


def failing(error: PulpQuadletError) -> int:
    def do(_what: str, _host: str | None) -> int:
        raise error

    return tried(do, "/etc/pulp-quadlet/site.toml", None)


def test_the_last_line_names_the_first_place(capsys: pytest.CaptureFixture[str]) -> None:
    """Systemctl status shows ten lines."""
    assert failing(WRONG) == 2
    said = capsys.readouterr().err
    assert said.startswith("/etc/pulp-quadlet/site.toml:4:1: error[unknown-key]: unknown key `x`\n")
    assert said.endswith(
        "2 problems in /etc/pulp-quadlet/site.toml; nothing was changed\n"
        "/etc/pulp-quadlet/site.toml:4:1: unknown key `x`\n"
    )


def test_what_has_no_place_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert failing(AWAY) == 5
    assert capsys.readouterr().err.count("the agent does not answer") == 1


def test_what_was_done_is_its_own_status() -> None:
    assert tried(lambda _what, _host: 3, "", None) == 3
