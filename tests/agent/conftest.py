"""A machine with the agent, and without any Pulp."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.host import IDLE, PYTHON, Host
from tests.dbus.daemon import Daemon
from tests.lab import product
from tests.lab.machine import Machine

HERE = Path(__file__).parent
DROP_IN = f"""[Service]
ExecStart=
ExecStart={PYTHON} /opt/fake/fake_agent.py system /etc/pulp-quadlet --idle-timeout {IDLE}
"""
RULE = """polkit.addRule(function (action, subject) {
  if (action.id == "org.pulpproject.quadlet1.apply" && subject.isInGroup("pulp-admins")) {
    return polkit.Result.YES;
  }
});
"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "bus"
    folder.mkdir()
    daemon = Daemon(folder)
    yield daemon.address
    daemon.kill()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (home / "site.toml").write_text("")
    monkeypatch.setenv("FAKE_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def installed() -> Iterator[Host]:
    """With the agent as it is installed, and two users, one of whom is admitted to apply."""
    with Machine("agent") as machine:
        product.install(machine)
        host = Host(machine)
        host.write("/etc/polkit-1/rules.d/50-pulp.rules", RULE)
        host.shell("groupadd pulp-admins && useradd --create-home alice && useradd --create-home -G pulp-admins bob")
        host.shell("pulp-quadlet init")
        yield host


@pytest.fixture
def real(installed: Host) -> Host:
    """The agent as it is installed."""
    installed.shell("rm -rf /etc/systemd/system/pulp-quadlet-agent.service.d; systemctl daemon-reload")
    installed.stop()
    return installed


@pytest.fixture
def host(installed: Host) -> Host:
    """The agent with a fake process that does the work; it leaves soon."""
    installed.stop()
    for name in ("fake_agent.py", "fake_work.py"):
        installed.write(f"/opt/fake/{name}", HERE.joinpath(name).read_text())
    installed.write("/etc/systemd/system/pulp-quadlet-agent.service.d/fake.conf", DROP_IN)
    installed.words()
    installed.shell("systemctl daemon-reload")
    return installed
