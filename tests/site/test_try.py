"""A try that nobody confirms goes back by itself, whoever vanishes: the user, the agent, or the power."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.site.changing import BOOT_TAKES_AT_MOST, NOTHING_TO_DO, current, history, site_file, with_workers
from tests.site.pulp import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

THIRD = "pulp-worker-3"
TRYING = "trying.service"
AGENT = "pulp-quadlet-agent.service"
FOREVER = "600"  # seconds


@pytest.fixture
def good(pulp: Pulp) -> Iterator[int]:
    """The generation to go back to. The site file asks for one more worker meanwhile."""
    before = current(pulp)
    with site_file(pulp, with_workers(pulp, 3)):
        yield before
    pulp.run("systemctl", "stop", TRYING, check=False)
    pulp.run("systemctl", "reset-failed", TRYING, check=False)


def begin(pulp: Pulp) -> None:
    """A try that waits to be confirmed."""
    cursor = pulp.cursor()
    options = ("--quiet", f"--unit={TRYING}", "--property=RemainAfterExit=yes")
    pulp.run("systemd-run", *options, "pulp-quadlet", "try", "--seconds", FOREVER)
    wait_for("a try that waits", lambda: " s unless it is confirmed" in pulp.journal(cursor))
    assert THIRD in pulp.containers()


def wait_back(pulp: Pulp, good: int) -> None:
    """Everything is as before, and healthy."""
    open_change = ("test", "-e", "/etc/pulp-quadlet/pulp/transaction.json")
    wait_for("the end of the change", lambda: pulp.machine.run(open_change, check=False).status == 1)
    assert current(pulp) == good
    assert THIRD not in pulp.containers()
    pulp.wait_healthy()


def test_it_goes_back_after_its_time(pulp: Pulp, good: int) -> None:
    result = pulp.cli("try", "--seconds", "2", check=False)
    assert result.status == 1
    assert "; it goes back in 2 s unless it is confirmed\n" in result.stderr
    assert "error[not-confirmed]: nobody confirmed the try within 2 seconds\n" in result.stderr
    assert f"1 problem; pulp went back to generation {good}: Pulp is healthy: " in result.stderr
    wait_back(pulp, good)


def test_it_goes_back_when_its_command_is_killed(pulp: Pulp, good: int) -> None:
    begin(pulp)
    pulp.run("systemctl", "kill", "--signal=KILL", TRYING)
    wait_back(pulp, good)


def test_it_goes_back_when_the_agent_is_killed(pulp: Pulp, good: int) -> None:
    """Nobody asks for the agent afterwards: it comes by itself."""
    begin(pulp)
    pulp.run("systemctl", "kill", "--kill-whom=all", "--signal=KILL", AGENT)
    wait_back(pulp, good)


def test_what_is_confirmed_stays(pulp: Pulp, good: int) -> None:
    begin(pulp)
    assert pulp.cli("confirm").stdout == "It is kept.\n"
    wait_for("the end of the try", lambda: current_or_none(pulp) not in {None, good})
    assert pulp.plan() == NOTHING_TO_DO
    assert history(pulp)[-1]["kind"] == "try"
    result = pulp.cli("confirm", check=False)
    assert result.status == 1
    assert "error[no-try]: " in result.stderr
    pulp.cli("rollback", "--to", str(good))
    assert THIRD not in pulp.containers()


@pytest.mark.thorough  # tests/boot has another
def test_it_goes_back_across_a_power_cut(pulp: Pulp, good: int) -> None:
    begin(pulp)
    pulp.machine.power_cut()
    pulp.machine.boot(timeout=BOOT_TAKES_AT_MOST, degraded_ok=True)
    wait_back(pulp, good)


def current_or_none(pulp: Pulp) -> int | None:
    """The generation that is committed and runs; None while the two differ."""
    try:
        return current(pulp)
    except AssertionError:
        return None
