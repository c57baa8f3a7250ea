"""What needs more than the agent's sandbox allows is run by systemd, word for word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulp_quadlet.host.outside import outside

if TYPE_CHECKING:
    import pytest


def test_without_a_sandbox_nothing_is_put_around_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULP_QUADLET_AGENT", raising=False)
    assert outside(("podman", "exec", "$x")) == ("podman", "exec", "$x")


def test_systemd_puts_no_variable_of_its_own_into_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULP_QUADLET_AGENT", "1")
    words = outside(("podman", "exec", "psql", "--dbname=a$HOME", "${x}"))
    assert words[0] == "systemd-run"
    assert words[-5:] == ("podman", "exec", "psql", "--dbname=a$$HOME", "$${x}")


def test_the_database_is_reached_from_the_sandbox_of_the_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    """`podman exec` enters a container, for which the agent has no capability."""
    from pulp_quadlet.host import database
    from tests.sites import compiled

    monkeypatch.setenv("PULP_QUADLET_AGENT", "1")
    postgres = next(each for each in compiled().deployment.services if each.role == "database")
    assert database._inside(postgres, "psql")[0] == "systemd-run"  # noqa: SLF001  it is what all of it goes through
