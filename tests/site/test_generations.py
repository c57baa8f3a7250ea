"""What was applied is kept by number: a failure goes back to the last good one, and a person to any of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.site.changing import NOTHING_TO_DO, current, history, site_file, with_workers
from tests.site.pulp import SITE_FILE

if TYPE_CHECKING:
    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

# Pulp refuses to start with these: it cannot do without sha256
UNUSABLE = '\n[settings]\nALLOWED_CONTENT_CHECKSUMS = ["sha512"]\n'
THIRD = "pulp-worker-3"
KEPT = 12  # ten that were good, one that was not, and the current one


def test_back_and_forth_through_the_history(pulp: Pulp) -> None:
    first = current(pulp)
    with site_file(pulp, with_workers(pulp, 3)):
        pulp.cli("apply")
        second = current(pulp)
    told = pulp.cli("rollback")
    assert "Pulp is healthy: " in told.stdout
    assert THIRD not in pulp.containers()
    assert pulp.plan() == NOTHING_TO_DO
    pulp.cli("rollback", "--to", str(second))
    assert THIRD in pulp.containers()
    *_, applied, back, forth = history(pulp)
    assert [(each["kind"], each["copy_of"]) for each in (applied, back, forth)] == [
        ("apply", 0),
        ("rollback", first),
        ("rollback", second),
    ]
    assert {(each["user"], each["good"]) for each in (applied, back, forth)} == {("root", True)}
    assert [each["generation"] for each in history(pulp) if each["current"]] == [forth["generation"]]
    line = pulp.cli("history").stdout.splitlines()[0]
    assert line.startswith(f"* {forth['generation']:4}  ")
    assert line.endswith(f"  rollback to generation {second} by root")
    pulp.cli("apply")
    assert THIRD not in pulp.containers()


def test_a_generation_that_is_not_there(pulp: Pulp) -> None:
    before = current(pulp)
    result = pulp.cli("rollback", "--to", "99999", check=False)
    assert result.status == 1
    assert result.stderr.startswith("error[no-generation]: pulp has no generation 99999 to go back to\n")
    assert result.stderr.endswith("1 problem; nothing was changed\n")
    assert current(pulp) == before


def test_what_cannot_start_goes_back(pulp: Pulp) -> None:
    before, good = pulp.containers(), current(pulp)
    with site_file(pulp, pulp.read(SITE_FILE) + UNUSABLE):
        result = pulp.cli("apply", check=False)
    assert result.status == 1
    assert f"1 problem; pulp went back to generation {good}: Pulp is healthy: " in result.stderr
    assert "   = note: tried: restart pulp-worker-1.service, because " in result.stderr
    assert "settings.ALLOWED_CONTENT_CHECKSUMS (site.toml:" in result.stderr
    assert current(pulp) == good
    assert pulp.verdict()["healthy"]
    assert pulp.plan() == NOTHING_TO_DO
    # what had not restarted yet never did
    assert {name for name in before if before[name] != pulp.containers()[name]} == {"pulp-worker-1"}
    failed = next(each for each in history(pulp) if each["generation"] > good)
    assert not failed["good"]
    assert not failed["current"]


def test_old_generations_go(pulp: Pulp) -> None:
    kept = pulp.run("ls", "/etc/pulp-quadlet/pulp/generations").split()
    assert len(kept) <= KEPT
    assert sorted(kept, key=int) == [str(each["generation"]) for each in history(pulp)]
