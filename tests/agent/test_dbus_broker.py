"""The same files under dbus-broker, which is the bus of Fedora and Enterprise Linux."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.agent.host import NAME, PATH, UNIT, Host
from tests.lab import product
from tests.lab.machine import Machine

pytestmark = pytest.mark.lab

STARTS_TAKE_AT_MOST = 300.0  # seconds; thirty Pythons, one after another, on processors that are shared
OFTEN = f"""[Unit]
StartLimitBurst=1000
[Service]
ExecStart=
ExecStart={product.HOME}/bin/pulp-quadlet-agent --idle-timeout 0.05
"""


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Machine("agent-broker") as machine:
        product.install(machine)
        install = "apt-get update -qq && apt-get install -y -qq dbus-broker && systemctl enable dbus-broker.service"
        machine.run(["sh", "-c", f"{install} && useradd alice"], timeout=300)
        machine.reboot()
        host = Host(machine)
        host.shell("pulp-quadlet init")
        yield host


def test_a_call_starts_the_agent_and_who_may_not_change_does_not(host: Host) -> None:
    assert host.shell("systemctl show -P Id dbus.service").stdout == "dbus-broker.service\n"
    assert host.pulp_quadlet("plan", user="alice").status == 0
    assert host.pulp_quadlet("apply", user="alice").status == 6
    own = f"busctl call org.freedesktop.DBus / org.freedesktop.DBus RequestName su {NAME} 4"
    assert host.shell(own, user="alice", check=False).stderr == "Call failed: Access denied\n"


def test_no_call_is_lost_while_it_leaves(host: Host) -> None:
    host.write(f"/etc/systemd/system/{UNIT}.d/often.conf", OFTEN)
    host.shell(f"systemctl daemon-reload; systemctl stop {UNIT}")
    script = (
        f"for n in $(seq 30); do busctl call {NAME} {PATH} {NAME}.Manager Metrics 'a{{sv}}' 0 || exit 1; "
        f"sleep 0.0$((n % 10)); done; journalctl -b -u {UNIT} | grep -c 'Started '"
    )
    said = host.machine.run(["bash", "-c", script], timeout=STARTS_TAKE_AT_MOST).stdout.splitlines()
    assert int(said[-1]) > 1
