"""`apply` does what differs and nothing else, and what it made comes back by itself after a reboot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.site.changing import BOOT_TAKES_AT_MOST, NOTHING_TO_DO, footprint, site_file, with_workers
from tests.site.pulp import SITE_FILE

if TYPE_CHECKING:
    from tests.lab.command import Result
    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

AGENT = "pulp-quadlet-agent.service"


def refused(pulp: Pulp) -> Result:
    """An apply that must not do anything."""
    before = footprint(pulp)
    result = pulp.cli("apply", check=False)
    assert footprint(pulp) == before
    assert "nothing was changed" in result.stderr
    return result


def test_a_new_site_logs_no_error(pulp: Pulp) -> None:
    """Not in its first minutes either, when nothing has been stored yet."""
    units = [word for name in pulp.services() for word in ("-u", name)]
    logged = pulp.run("journalctl", "-q", "-o", "cat", *units)
    assert "the user `admin` was given its first password" in logged
    errors = [line for line in logged.splitlines() if "Traceback" in line or ":ERROR:" in line]
    # Pulp counts its installations; the machine may have no way to there
    assert [line for line in errors if "pulpcore.app.tasks.analytics:ERROR:" not in line] == []
    assert pulp.request("/pulp/api/v3/status/").json()["storage"]["free"] > 0


def test_plan_after_apply_is_empty(pulp: Pulp) -> None:
    assert pulp.plan() == NOTHING_TO_DO
    assert json.loads(pulp.cli("plan", "--json").stdout)["steps"] == []


def test_a_second_apply_touches_nothing(pulp: Pulp) -> None:
    """No process is another one, no file is newer, systemd was not made to read its units again, and no agent was
    started for it.
    """
    pulp.cli("apply")
    pulp.run("systemctl", "stop", AGENT)
    before, cursor = footprint(pulp), pulp.cursor()
    assert pulp.cli("apply").stdout.startswith("Nothing had to be done.\nPulp is healthy:")
    assert footprint(pulp) == before
    assert [line for line in pulp.journal(cursor).splitlines() if "systemd[1]: Reload" in line] == []
    assert pulp.machine.run(["systemctl", "is-active", AGENT], check=False).stdout == "inactive\n"
    assert json.loads(pulp.cli("apply", "--json").stdout)["health"]["healthy"]


def test_one_more_worker_starts_one_worker(pulp: Pulp) -> None:
    """And one less stops one: all else runs on."""
    before = pulp.containers()
    with site_file(pulp, with_workers(pulp, 3)):
        pulp.cli("apply")
        after = pulp.containers()
        assert after.keys() - before.keys() == {"pulp-worker-3"}
        assert {name: after[name] for name in before} == before
        assert pulp.plan() == NOTHING_TO_DO
    pulp.cli("apply")
    assert pulp.containers() == before
    assert pulp.run("systemctl", "list-units", "--all", "--plain", "--no-legend", "pulp-worker-3*") == ""
    assert pulp.plan() == NOTHING_TO_DO


def test_a_wrong_site_file_changes_nothing(pulp: Pulp) -> None:
    with site_file(pulp, with_workers(pulp, -1) + "surprise = true\n"):
        result = refused(pulp)
        assert pulp.cli("plan", check=False).status == 2
    assert result.status == 2
    assert f"{SITE_FILE}:" in result.stderr
    assert "2 problems" in result.stderr
    assert pulp.plan() == NOTHING_TO_DO


def test_what_is_not_ours_is_not_written_over(pulp: Pulp) -> None:
    """Somebody's own unit stands where one of ours belongs: that is found out before the first step, which would
    have stopped a worker.
    """
    path = "/etc/systemd/system/pulp-web.socket"
    ours = pulp.run("readlink", path).strip()
    pulp.run("rm", path)
    pulp.write(path, "[Socket]\nListenStream=/run/somebody.sock\n")
    try:
        with site_file(pulp, with_workers(pulp, 1)):
            result = refused(pulp)
    finally:
        pulp.run("ln", "--symbolic", "--force", ours, path)
    assert result.status == 1
    assert f"error[path-taken]: {path} is there already and does not belong to this site" in result.stderr
    assert pulp.plan() == NOTHING_TO_DO


def test_init_keeps_a_site_file(pulp: Pulp) -> None:
    before = pulp.read(SITE_FILE)
    result = pulp.cli("init", check=False)
    assert result.status == 1
    assert f"error[file-exists]: {SITE_FILE} is there already" in result.stderr
    assert pulp.read(SITE_FILE) == before


@pytest.mark.thorough  # tests/boot has others
def test_all_is_back_after_a_reboot(pulp: Pulp) -> None:
    """By itself: nobody runs `apply`. What was stored before is still served."""
    pulp.api("repositories/file/file/", "--data", "name=kept-over-the-reboot")
    pulp.machine.reboot(timeout=BOOT_TAKES_AT_MOST)
    pulp.wait_healthy()
    assert pulp.plan() == NOTHING_TO_DO
    assert pulp.request("/pulp/api/v3/status/").status == 200
    [kept] = pulp.api("repositories/?name=kept-over-the-reboot")["results"]
    pulp.wait_task(pulp.api(kept["pulp_href"].removeprefix("/pulp/api/v3/"), "--request", "DELETE")["task"])
