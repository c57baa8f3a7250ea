"""The agent as systemd and the bus know it, on a real machine: its life, its contract, its costs, its journal."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest

from pulp_quadlet.agent import contract, journal
from tests.agent.host import FIRST_STEP, IDLE, NAME, PATH, SITE, UNIT, Host

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
    said = host.once_shown(FIRST_STEP, "pulp-quadlet apply", f"kill -9 $(systemctl show -P MainPID {UNIT})")
    assert said.status == 5
    assert re.sub(r" +[0-9.]+ s\n", "", said.stderr) == (
        "[ 1/2] write 3 files (the site file is new)\n"
        "error[agent-unreachable]: the agent does not answer\n"
        "   = note: Message recipient disconnected from message bus without replying\n"
        "   = help: journalctl -u pulp-quadlet-agent.service\n"
        "   = help: its next start, which comes by itself, ends or takes back a change that it was making\n\n"
        "1 problem; if a change was being made, `pulp-quadlet status` tells what became of it\n"
    )


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
    paths = (PATH, f"{PATH}/job/_{job}", f"{PATH}/site/pulp", f"{PATH}/service/pulp/pulp_2dworker_2d1")
    host.shell("systemd-run --quiet --unit=watcher pulp-quadlet status --watch")
    host.until(lambda: {*paths} <= {*host.shell(f"busctl tree --list {NAME}").stdout.split()})
    shown: dict[str, str] = {}
    for path in paths:
        shown |= interfaces(host.shell(f"busctl introspect --xml-interface {NAME} {path}").stdout)
    host.shell("systemctl stop watcher")
    host.call("Cancel", "a{sv}", "0", interface="Job", path=f"/job/_{job}")
    assert shown == interfaces(contract.xml())


# --- what it costs, and what it is allowed ----------------------------------------------------------------------------


def test_it_is_hardened_and_each_open_item_has_its_reason(real: Host) -> None:
    said = real.shell(f"systemd-analyze security {UNIT} --no-pager").stdout
    [level] = re.findall(r"exposure level for .*: (\d+\.\d) ", said)
    assert float(level) <= 3.0
    unit = real.shell(f"systemctl cat {UNIT}").stdout
    comments = "\n".join(line for line in unit.splitlines() if line.startswith("#"))
    found = json.loads(real.shell(f"systemd-analyze security {UNIT} --no-pager --json=short").stdout)
    still_open = {item["name"] for item in found if item["set"] is False and float(item["exposure"] or 0)}
    assert len(still_open) > 10
    for name in still_open:
        setting, _, value = name.partition("=")
        word = {"SystemCallFilter": value.lstrip("~"), "CapabilityBoundingSet": "CAP_DAC_OVERRIDE"}.get(setting)
        assert (word or f"{setting}=") in comments, name


def test_its_processes_can_compile_and_verify_in_its_sandbox(real: Host) -> None:
    answer = json.loads(json.loads(real.call("Check", "sa{sv}", SITE, "0").stdout)["data"][0])
    assert (answer["units"], answer["verified"]) == (20, True)


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
