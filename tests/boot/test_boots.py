"""Real boots: what is applied by itself, what is not, and that Pulp comes up whatever the site file says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.boot.conftest import MORE, TEXT, UNIT
from tests.site.faulting import NOTHING
from tests.site.pulp import SITE_FILE

if TYPE_CHECKING:
    from tests.boot.conftest import Computer

pytestmark = pytest.mark.lab

HOOKS = ["multi-user.target.d/50-pulp-quadlet.conf", f"{UNIT}.d/50-boot.conf"]
# A generator that tells what it may: none may write to the disk.
PROBE = """#!/bin/sh
touch /etc/written-by-a-generator && echo written >/run/probed || echo refused >/run/probed
"""
GENERATORS = "/run/systemd/system-generators"


def serves(computer: Computer, count: int) -> None:
    computer.pulp.wait_healthy()
    assert computer.pulp.services("pulp-worker") == [f"pulp-worker-{number}" for number in range(1, count + 1)]


def test_an_image_boots_to_a_healthy_pulp_by_itself(computer: Computer) -> None:
    assert computer.failed() == []
    assert f"{SITE_FILE} was never applied.\n" in computer.said()
    assert computer.pulp.verdict()["healthy"]
    assert computer.pulp.plan() == NOTHING
    assert computer.pulp.read("/etc/pulp-quadlet/pulp/current/site.toml") == TEXT
    assert computer.hooks() == []


def test_generators_run_in_a_sandbox_and_ours_does_its_work_there(site: Computer) -> None:
    site.pulp.run("mkdir", "-p", GENERATORS)
    site.pulp.write(f"{GENERATORS}/probe", PROBE)
    site.pulp.run("chmod", "+x", f"{GENERATORS}/probe")
    site.pulp.write(SITE_FILE, MORE)
    assert site.hooks() == HOOKS
    assert site.pulp.read("/run/probed") == "refused\n"
    wanted = site.pulp.run("systemctl", "show", "--value", "--property=Wants", "multi-user.target").split()
    assert UNIT in wanted
    before = site.pulp.run("systemctl", "show", "--value", "--property=Before", UNIT).split()
    assert "pulp.target" in before
    site.pulp.run("rm", "-r", GENERATORS)


def test_a_boot_with_the_same_site_file_has_nothing_to_do(computer: Computer) -> None:
    assert computer.boots() == ""
    assert computer.failed() == []
    by_hand = computer.pulp.cli("boot")
    assert by_hand.stderr == "Nothing to do: no site file was changed since it was applied.\n"
    serves(computer, 1)


def test_a_changed_site_file_is_applied_before_the_target_is_reached(site: Computer) -> None:
    site.pulp.write(SITE_FILE, MORE)
    said = site.boots()
    assert f"{SITE_FILE} was changed since it was applied.\n" in said
    assert "3 steps were done.\n" in said
    assert site.failed() == []
    assert site.when("pulp.target") > site.when("pulp-worker-2.service") > site.when("pulp-worker-1.service") > 0
    serves(site, 2)
    assert site.pulp.plan() == NOTHING
    assert site.hooks() == []


def test_a_wrong_site_file_leaves_a_failed_unit_and_pulp_as_it_was(site: Computer) -> None:
    site.pulp.write(SITE_FILE, TEXT + "\n[worker]\ncount = 3\n[contnt]\nreplicas = 3\n")
    site.boots()
    assert site.failed() == [UNIT]
    shown = site.machine.run(["systemctl", "status", "--no-pager", UNIT], check=False).stdout
    line = TEXT.count("\n") + 2
    assert f"]: {SITE_FILE}:{line}:2: unknown table `[worker]`\n" in shown
    serves(site, 1)


def test_off_leaves_a_changed_site_file_alone(site: Computer) -> None:
    site.pulp.write(SITE_FILE, MORE)
    assert site.boots("pulp_quadlet=off") == ""
    serves(site, 1)


def test_a_try_that_lost_its_power_is_not_done_again(site: Computer) -> None:
    site.pulp.write(SITE_FILE, MORE)
    site.pulp.run("systemd-run", "--unit=trying", "--service-type=exec", "pulp-quadlet", "try", "--seconds=600")
    site.pulp.run("sh", "-c", "until journalctl -qu trying | grep -q 'unless it is confirmed'; do sleep 0.3; done")
    assert site.hooks() == []
    assert site.loses_power() == ""
    serves(site, 1)
    assert site.hooks() == []


def test_previous_boots_the_generation_before(site: Computer) -> None:
    site.pulp.write(SITE_FILE, MORE)
    site.pulp.cli("apply")
    said = site.boots("pulp_quadlet=previous")
    assert "pulp: the kernel command line asks for the generation before " in said
    assert site.failed() == []
    serves(site, 1)
    newest = json.loads(site.pulp.cli("history", "--json").stdout)["generations"][0]
    assert (newest["kind"], newest["current"], newest["good"]) == ("rollback", True, True)
    # the site file has not changed, so a boot without these words leaves it so; and so does the same boot once more
    assert site.pulp.cli("boot").stderr.startswith("Nothing to do: ")
    again = site.pulp.cli("boot", "--previous")
    assert f"generation {newest['generation']} is generation {newest['copy_of']} again" in again.stderr
