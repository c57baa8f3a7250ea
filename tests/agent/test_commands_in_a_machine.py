"""The commands over the real agent, with a fake process that does the work."""

from __future__ import annotations

import re

import pytest

from tests.agent.host import FIRST_STEP, NAME, UNIT, Host

pytestmark = pytest.mark.lab

MEGABYTES = 1024  # of kilobytes


def test_apply_shows_its_steps_and_then_how_pulp_is(host: Host) -> None:
    said = host.pulp_quadlet("apply")
    assert said.stdout.startswith("Nothing had to be done.\npulp is healthy\n")
    assert said.stderr == (
        "[ 1/2] write 3 files (the site file is new)\n[ 2/2] restart pulp-web.service (it is old; it is slow)\n"
    )


def test_ctrl_c_asks_the_job_to_go_back(host: Host) -> None:
    host.words("hang")
    said = host.once_shown(FIRST_STEP, "pulp-quadlet apply", "kill -INT $!")
    number = host.shell("cat /etc/pulp-quadlet/.last-job").stdout
    assert re.sub(r" +[0-9.]+ s\n", "", said.stderr) == (
        "[ 1/2] write 3 files (the site file is new)\n"
        f"job {number} was asked to stop and goes back; Ctrl-C again does not wait for it\n"
        "error[cancelled]: it was cancelled\n   = note: a note\n\n1 problem; everything is as before\n"
    )


def test_a_try_is_confirmed_from_elsewhere(host: Host) -> None:
    host.shell("systemd-run --quiet --unit=trying --property=RemainAfterExit=yes pulp-quadlet try --seconds 30")
    host.until(lambda: host.pulp_quadlet("confirm").stdout == "It is kept.\n")
    host.until(lambda: host.shell("systemctl show -P ExecMainStatus trying").stdout == "0\n")
    host.shell("systemctl stop trying")


def test_a_try_is_confirmed_by_enter_at_its_terminal(host: Host) -> None:
    enter = "(until grep -q 'Press Enter' /root/seen; do sleep 0.1; done; echo)"
    terminal = "script --quiet --flush --return --command 'pulp-quadlet try --seconds 30' /root/seen"
    said = host.shell(f": > /root/seen; {enter} | {terminal}")
    lines = re.sub(r"\r|\x1b\[[0-9;]*[mK]", "", said.stdout).splitlines()
    waits = lines.index("it waits to be confirmed")
    assert lines[waits + 1] == "Press Enter to keep it, Ctrl-C to go back."
    assert lines[-1] != lines[waits + 1]
    assert host.journal("PULP_QUADLET_KIND=try")[-1]["PULP_QUADLET_RESULT"] == "done"


def test_a_try_goes_back_when_its_command_is_killed(host: Host) -> None:
    host.shell("systemd-run --quiet --unit=trying pulp-quadlet try --seconds 30")
    host.until(lambda: (host.journal("PULP_QUADLET_KIND=try") or [{}])[-1].get("MESSAGE", "").endswith("be confirmed"))
    host.shell("systemctl kill --signal=KILL trying; systemctl reset-failed trying", check=False)
    host.until(lambda: host.journal("PULP_QUADLET_KIND=try")[-1].get("PULP_QUADLET_RESULT") == "returned")


def test_status_follows_what_changes(host: Host) -> None:
    host.shell("systemd-run --quiet --unit=watcher pulp-quadlet status --watch")

    def told() -> list[str]:
        lines = host.journal("_SYSTEMD_UNIT=watcher.service", "_TRANSPORT=stdout")
        return [line["MESSAGE"][9:] for line in lines]

    host.until(lambda: "ok  pulp is healthy" in told())
    host.shell("touch /etc/pulp-quadlet/sick")
    host.until(lambda: "!!  pulp-worker-1: heartbeat 41 s old" in told())
    host.shell(f"systemctl kill --signal=KILL {UNIT}; sleep 2; rm /etc/pulp-quadlet/sick")
    host.until(lambda: told()[-1] == "ok  pulp-worker-1: active, healthy")
    host.shell("systemctl stop watcher")


def test_status_ends_with_what_keeps_it_from_watching(host: Host) -> None:
    said = host.once_shown("pulp is healthy", "pulp-quadlet status --watch", "touch /etc/pulp-quadlet/unwatchable")
    host.shell("rm /etc/pulp-quadlet/unwatchable")
    assert said.stdout.endswith("ok  pulp is healthy\n")
    assert said.status == 1
    assert said.stderr == "error[unwatchable]: it cannot be watched\n\n1 problem; nothing was changed\n"


def test_without_its_files_the_agent_is_told_to_be_missing(host: Host) -> None:
    service = f"/usr/local/share/dbus-1/system-services/{NAME}.service"
    host.shell(f"mv {service} /root/ && busctl call org.freedesktop.DBus / org.freedesktop.DBus ReloadConfig")
    said = host.pulp_quadlet("history")
    host.shell(
        f"mv /root/{NAME}.service {service} && busctl call org.freedesktop.DBus / org.freedesktop.DBus ReloadConfig"
    )
    assert said.status == 5
    assert said.stderr == (
        "error[agent-missing]: the agent is not installed on this host\n"
        f"   = note: The name {NAME} was not provided by any .service files\n"
        "   = help: `pulp-quadlet install-agent` as root\n\n"
        "1 problem; nothing was changed\n"
    )
