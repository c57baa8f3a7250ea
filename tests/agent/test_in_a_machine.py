"""The agent as systemd, the bus and polkit know it, on a real machine, asked by clients that are not ours, too."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest

from pulp_quadlet.agent import contract, journal
from tests.agent.host import IDLE, NAME, PATH, SITE, UNIT, Host

pytestmark = pytest.mark.lab

MEGABYTES = 1024  # of kilobytes


# --- its life ---------------------------------------------------------------------------------------------------------


def test_a_call_starts_it_and_it_leaves_when_nothing_is_to_do(host: Host) -> None:
    assert host.unit("ActiveState") == "inactive"
    assert host.call("Metrics", "a{sv}", "0").stdout == '{"type":"s","data":["pulp_up 1\\n"]}\n'
    assert host.unit("ActiveState") == "active"
    host.until(lambda: host.unit("ActiveState") == "inactive")
    assert (host.unit("Result"), host.unit("ExecMainStatus")) == ("success", "0")


def test_no_call_is_lost_while_it_leaves(host: Host) -> None:
    """It is made to leave at once, and called again and again meanwhile: some calls come while it leaves."""
    drop_in = f"/etc/systemd/system/{UNIT}.d/fake.conf"
    host.shell(f"sed -i 's/--idle-timeout {IDLE}/--idle-timeout 0.05/' {drop_in} && systemctl daemon-reload")
    script = (
        f"systemctl reset-failed {UNIT}; for n in $(seq 60); do "
        f"busctl call {NAME} {PATH} {NAME}.Manager Metrics 'a{{sv}}' 0 || exit 1; sleep 0.0$((n % 10)); done; "
        f"journalctl -u {UNIT} --since -60s | grep -c 'Started '"
    )
    host.shell(
        "mkdir -p /etc/systemd/system/pulp-quadlet-agent.service.d && printf '[Unit]\\nStartLimitBurst=1000\\n' "
        "> /etc/systemd/system/pulp-quadlet-agent.service.d/burst.conf && systemctl daemon-reload"
    )
    said = host.machine.run(["bash", "-c", script], timeout=120).stdout.splitlines()
    host.shell("rm /etc/systemd/system/pulp-quadlet-agent.service.d/burst.conf; systemctl daemon-reload")
    assert len(said) == 61
    assert int(said[-1]) > 1


def test_killed_it_comes_back_and_ends_what_lay_open(host: Host) -> None:
    host.words("hang")
    job = host.begin("Apply", "sa{sv}", SITE, "0")
    host.until(lambda: host.property(job, "Step") == "write 3 files")
    host.shell("mkdir -p /etc/pulp-quadlet/pulp && touch /etc/pulp-quadlet/pulp/transaction.json")
    before = host.unit("MainPID")
    assert host.shell("pgrep -f fake_work.py").stdout
    host.shell(f"kill -9 {before}")
    host.until(lambda: host.unit("MainPID") not in {before, "0"})
    host.until(lambda: not host.shell("ls /etc/pulp-quadlet/pulp", check=False).stdout)
    assert host.property(job + 1, "Type") == "recover"
    assert not host.shell(f"pgrep -f 'fake_work.py' -P {before}", check=False).stdout


def test_its_process_dies_with_it_even_where_systemd_does_not_help(host: Host) -> None:
    host.write(f"/etc/systemd/system/{UNIT}.d/kill.conf", "[Service]\nKillMode=process\nRestart=no\n")
    host.shell("systemctl daemon-reload")
    host.words("hang", "sleep 30")
    job = host.begin("Apply", "sa{sv}", SITE, "0")
    host.until(lambda: host.property(job, "Step") == "write 3 files")
    [worker] = host.shell("pgrep -f fake_work.py").stdout.split()
    host.shell(f"kill -9 {host.unit('MainPID')}")
    host.until(lambda: host.shell(f"kill -0 {worker}", check=False).status)
    host.shell(f"rm /etc/systemd/system/{UNIT}.d/kill.conf; systemctl daemon-reload; systemctl reset-failed {UNIT}")


def test_after_a_power_cut_the_boot_starts_it_to_end_what_lay_open(host: Host) -> None:
    host.shell("mkdir -p /etc/pulp-quadlet/pulp && touch /etc/pulp-quadlet/pulp/transaction.json && sync")
    host.machine.power_cut()
    host.machine.boot()
    host.until(lambda: not host.shell("ls /etc/pulp-quadlet/pulp", check=False).stdout)
    assert host.journal("-b", "PULP_QUADLET_KIND=recover")[-1]["PULP_QUADLET_RESULT"] == "done"


def test_stopped_it_lets_a_job_go_back_first(host: Host) -> None:
    host.words("hang")
    job = host.begin("Apply", "sa{sv}", SITE, "0")
    host.until(lambda: host.property(job, "Step") == "write 3 files")
    host.shell(f"systemctl stop {UNIT}")
    last = host.journal(f"PULP_QUADLET_JOB={job}")[-1]
    assert last["PULP_QUADLET_RESULT"] == "cancelled"
    assert host.unit("Result") == "success"


def test_a_hanging_agent_is_killed_and_comes_back(host: Host) -> None:
    host.write(f"/etc/systemd/system/{UNIT}.d/watchdog.conf", "[Service]\nWatchdogSec=2\n")
    host.shell("systemctl daemon-reload")
    assert host.call("Metrics", "a{sv}", "0").status == 0
    before = host.unit("MainPID")
    host.shell(f"kill -STOP {before}")
    host.until(lambda: host.unit("MainPID") not in {before, "0"})
    host.shell(f"rm /etc/systemd/system/{UNIT}.d/watchdog.conf; systemctl daemon-reload")


def test_a_command_whose_agent_is_killed_says_what_becomes_of_its_change(host: Host) -> None:
    host.words("hang")
    kill = f"sleep 1.5; kill -9 $(systemctl show -P MainPID {UNIT})"
    said = host.shell(f"({kill}) & pulp-quadlet apply", check=False)
    assert said.status == 5
    assert re.sub(r" +[0-9.]+ s\n", "", said.stderr) == (
        "[ 1/2] write 3 files (the site file is new)\n"
        "error[agent-unreachable]: the agent does not answer\n"
        "   = note: Message recipient disconnected from message bus without replying\n"
        "   = help: journalctl -u pulp-quadlet-agent.service\n"
        "   = help: its next start, which comes by itself, ends or takes back a change that it was making\n\n"
        "1 problem; if a change was being made, `pulp-quadlet status` tells what became of it\n"
    )


# --- access -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("member", ["Check", "Plan", "History", "Health"])
def test_every_user_may_ask(host: Host, member: str) -> None:
    assert host.call(member, "sa{sv}", SITE, "0", user="alice").status == 0


def test_a_user_may_not_change_anything(host: Host) -> None:
    said = host.pulp_quadlet("apply", user="alice")
    assert said.status == 6
    assert said.stderr == (
        "error[access-denied]: alice may not do this\n"
        "   = note: org.pulpproject.quadlet1.apply: polkit wants a password for it\n"
        "   = help: do it as root, or admit the user by a rule of polkit(8)\n\n"
        "1 problem; nothing was changed\n"
    )
    for call in (
        ["Try", "sua{sv}", SITE, "5", "0"],
        ["Rollback", "sua{sv}", SITE, "0", "0"],
        ["Confirm", "a{sv}", "0"],
    ):
        assert "alice may not do this" in host.call(*call, user="alice").stderr


def test_a_user_whom_a_rule_admits_may_do_just_that(host: Host) -> None:
    assert host.call("Apply", "sa{sv}", SITE, "0", user="bob").status == 0
    assert "bob may not do this" in host.call("Rollback", "sua{sv}", SITE, "0", "0", user="bob").stderr


def test_a_second_caller_is_told_whose_job_runs(host: Host) -> None:
    host.words("hang")
    said = host.call("Apply", "sa{sv}", SITE, "0", user="bob")
    job = json.loads(said.stdout)["data"][0]
    second = host.pulp_quadlet("apply")
    assert second.status == 1
    assert re.match(
        rf"error\[busy\]: job {job} \(apply of {SITE} by bob\) runs since 20[-0-9: ]+ UTC, and one change is made at a "
        r"time\n",
        second.stderr,
    )
    path = f"/job/_{job}"
    assert "alice may not do this" in host.call("Cancel", "a{sv}", "0", user="alice", interface="Job", path=path).stderr
    assert host.call("Cancel", "a{sv}", "0", user="bob", interface="Job", path=path).status == 0
    host.until(lambda: host.property(job, "State") == "cancelled")


def test_what_the_bus_does_not_let_through(host: Host) -> None:
    denied = host.shell(
        f"busctl set-property {NAME} {PATH} {NAME}.Manager Version s x; "
        f"busctl call {NAME} {PATH} org.freedesktop.DBus.Debug Do; "
        f"busctl call org.freedesktop.DBus / org.freedesktop.DBus RequestName su {NAME} 4",
        user="alice",
        check=False,
    )
    assert [line.rpartition(": ")[2] for line in denied.stderr.splitlines()] == ["Access denied"] * 3


def test_files_that_may_not_be_named(host: Host) -> None:
    host.shell("cp /etc/pulp-quadlet/site.toml /root/; install -m 600 /root/site.toml /etc/pulp-quadlet/private.toml")
    host.shell(
        "install -m 666 /root/site.toml /etc/pulp-quadlet/open.toml; ln -sf site.toml /etc/pulp-quadlet/link.toml"
    )

    def told(file: str, user: str) -> str:
        return host.call("Plan", "sa{sv}", file, "0", user=user).stderr.strip().removeprefix("Call failed: ")

    where = "/etc/pulp-quadlet"
    assert told(f"{where}/private.toml", "alice") == (
        f"{where}/private.toml may not be read by everybody, so that only root may name it"
    )
    assert told("/root/site.toml", "alice") == (
        f"/root/site.toml is not directly in {where}, and only root may name other files"
    )
    assert told(f"{where}/open.toml", "root") == f"{where}/open.toml can be written by others than root"
    assert told(f"{where}/link.toml", "root") == f"{where}/link.toml is a symbolic link"
    assert told(f"{where}/private.toml", "root") == ""
    host.shell(f"rm {where}/private.toml {where}/open.toml {where}/link.toml")


# --- its contract -----------------------------------------------------------------------------------------------------


def interfaces(xml: str) -> dict[str, str]:
    """Interfaces of ours, each as text without blanks and comments."""
    found = {}
    for interface in ET.fromstring(xml).iter("interface"):  # noqa: S314  from our own service
        for element in interface.iter():
            element.text = element.tail = None
        found[str(interface.get("name"))] = ET.canonicalize(ET.tostring(interface, encoding="unicode"))
    return {name: text for name, text in found.items() if name.startswith(NAME)}


def test_the_service_is_what_its_contract_says(host: Host) -> None:
    host.words("hang")
    job = host.begin("Apply", "sa{sv}", SITE, "0")
    watcher = host.shell(
        f"systemd-run --quiet --unit=watcher pulp-quadlet status --watch; sleep 1; busctl tree --list {NAME}"
    ).stdout.split()
    shown: dict[str, str] = {}
    for path in (PATH, f"{PATH}/job/_{job}", f"{PATH}/site/pulp", f"{PATH}/service/pulp/pulp_2dworker_2d1"):
        assert path in watcher
        shown |= interfaces(host.shell(f"busctl introspect --xml-interface {NAME} {path}").stdout)
    host.shell("systemctl stop watcher")
    host.call("Cancel", "a{sv}", "0", interface="Job", path=f"/job/_{job}")
    assert shown == interfaces(contract.xml())


# --- what it costs, and what it is allowed ----------------------------------------------------------------------------


def test_it_is_hardened(real: Host) -> None:
    last = real.shell(f"systemd-analyze security {UNIT} --no-pager").stdout.splitlines()[-1]
    [level] = re.findall(r"(\d+\.\d) OK", last)
    assert float(level) <= 3.0


def test_its_processes_can_compile_and_verify_in_its_sandbox(real: Host) -> None:
    answer = json.loads(json.loads(real.call("Check", "sa{sv}", SITE, "0").stdout)["data"][0])
    assert (answer["units"], answer["verified"]) == (22, True)


def test_idle_it_takes_little_memory_and_no_time(real: Host) -> None:
    assert real.call("Metrics", "a{sv}", "0").status == 0
    script = (
        f"pid=$(systemctl show -P MainPID {UNIT}); grep ^Pss: /proc/$pid/smaps_rollup; "
        "cut -d' ' -f14,15 /proc/$pid/stat; sleep 10; cut -d' ' -f14,15 /proc/$pid/stat"
    )
    memory, before, after = real.shell(script).stdout.splitlines()
    assert int(memory.split()[1]) <= 40 * MEGABYTES
    assert sum(map(int, after.split())) - sum(map(int, before.split())) <= 1  # hundredths of a second


# --- the journal ------------------------------------------------------------------------------------------------------


def test_the_journal_has_all_of_a_job_by_its_number(host: Host) -> None:
    assert host.pulp_quadlet("apply").status == 0
    number = host.shell("cat /etc/pulp-quadlet/.last-job").stdout
    lines = host.journal(f"PULP_QUADLET_JOB={number}")
    title = f"job {number} (apply of {SITE} by root)"
    assert [line["MESSAGE"] for line in lines] == [
        f"{title} begins",
        f"{title}: step 1 of 2: write 3 files, because the site file is new",
        f"{title}: step 2 of 2: restart pulp-web.service, because it is old; it is slow",
        f"{title} is done",
    ]
    assert [line.get("MESSAGE_ID") for line in lines] == [journal.JOB_BEGAN, None, None, journal.JOB_ENDED]
    assert [line.get("PULP_QUADLET_STEP") for line in lines] == [None, "1", "2", None]
    assert {line["_SYSTEMD_UNIT"] for line in lines} == {UNIT}
    assert {(line["PULP_QUADLET_SITE"], line["PULP_QUADLET_KIND"], line["PULP_QUADLET_USER"]) for line in lines} == {
        (SITE, "apply", "root")
    }
    assert lines[-1]["PULP_QUADLET_RESULT"] == "done"


# --- the command line -------------------------------------------------------------------------------------------------


def test_apply_shows_its_steps_and_then_how_pulp_is(host: Host) -> None:
    said = host.pulp_quadlet("apply")
    assert said.stdout.startswith("Nothing had to be done.\npulp is healthy\n")
    assert said.stderr == (
        "[ 1/2] write 3 files (the site file is new)\n[ 2/2] restart pulp-web.service (it is old; it is slow)\n"
    )


def test_ctrl_c_asks_the_job_to_go_back(host: Host) -> None:
    host.words("hang")
    said = host.shell("timeout --signal=INT 2 pulp-quadlet apply", check=False)
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
    said = host.shell("(sleep 2; echo) | script --quiet --return --command 'pulp-quadlet try --seconds 30' /dev/null")
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
    host.shell("(sleep 2; touch /etc/pulp-quadlet/unwatchable) > /dev/null 2>&1 &")
    said = host.pulp_quadlet("status", "--watch")
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
