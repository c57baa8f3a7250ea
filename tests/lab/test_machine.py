"""The lab itself: that a machine is what the other tests take it for, and that it leaves nothing behind."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.lab import base_image, trees
from tests.lab.cgroup import PARENT
from tests.lab.command import CommandError, run
from tests.lab.forward import PortTakenError, forwarded
from tests.lab.guest import MachineError
from tests.lab.host import cgroup_root
from tests.lab.machine import STATE, Machine

pytestmark = pytest.mark.lab

NAME = "t-machine"
QUADLET = f"""\
[Container]
Image={base_image.NAME}
ContainerName=sleeper
Exec=sleep infinity
StopTimeout=1
"""
# Name service, address translation and the way out, all in one; apt knows its mirror by itself.
REACH_THE_MIRROR = "apt-get -o APT::Update::Error-Mode=any update"
SERVE = "python3 -m http.server --bind 127.0.0.1"


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with Machine(NAME) as machine:
        base_image.load(machine)
        yield machine


def test_systemd_runs(machine: Machine) -> None:
    """The system booted, and no unit failed."""
    assert machine.run(["systemctl", "is-system-running"]).stdout == "running\n"
    assert machine.state == "running"


def test_run_tells_both_outputs_and_the_status(machine: Machine) -> None:
    result = machine.run(["sh", "-c", "cat; echo wrong >&2; exit 7"], input=b"right", check=False)
    assert (result.stdout, result.stderr, result.status) == ("right", "wrong\n", 7)


def test_run_tells_the_signal_that_killed(machine: Machine) -> None:
    assert machine.run(["sh", "-c", "kill -9 $$"], check=False).status == -9


def test_run_raises_with_what_was_said(machine: Machine) -> None:
    with pytest.raises(CommandError) as raised:
        machine.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert str(raised.value) == (
        "`t-machine: sh -c 'echo out; echo err >&2; exit 3'` ended with status 3\n--- stdout\nout\n--- stderr\nerr"
    )


def test_run_ends_all_that_took_too_long(machine: Machine) -> None:
    """Not only the program itself, but its children too."""
    with pytest.raises(CommandError, match="was not done after 1 s\n--- stdout\nstarted"):
        machine.run(["sh", "-c", "echo started; sleep 1234 & sleep 1234"], timeout=1)
    assert machine.run(["pgrep", "-f", "sleep 1234"], check=False).status == 1


def test_run_is_a_login_of_its_own(machine: Machine) -> None:
    """Nothing of the caller's environment or group is seen inside."""
    seen = machine.run(["sh", "-c", "echo $HOME $PATH $EXTRA; tail -n 1 /proc/self/cgroup"], env={"EXTRA": "one"})
    first, second = seen.stdout.splitlines()
    assert first == "/root /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin one"
    assert second.startswith("0::/user.slice/lab-")


def test_files_go_in(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "tool").write_text("#!/bin/sh\necho hello\n")
    (tmp_path / "folder" / "tool").chmod(0o755)
    machine.copy_in(tmp_path / "folder", "/tmp/new/place")
    assert machine.run(["/tmp/new/place/tool"]).stdout == "hello\n"
    (machine.share / "note").write_text("shared")
    assert machine.run(["cat", "/share/note"]).stdout == "shared"


def test_podman_runs_the_base_image_with_a_way_out(machine: Machine) -> None:
    """On Podman's bridge: the hardest way out, through two translations of addresses."""
    said = machine.run(["podman", "run", "--rm", base_image.NAME, "sh", "-c", f"{REACH_THE_MIRROR} && echo reached"])
    assert said.stdout.endswith("reached\n")


def test_podman_builds_on_the_base_image(machine: Machine) -> None:
    recipe = f"FROM {base_image.NAME}\nRUN {REACH_THE_MIRROR} && apt-get -y install hello\n"
    build = ["podman", "build", "--tag", "localhost/hello", "-"]
    machine.run(build, input=recipe.encode(), timeout=300)
    assert machine.run(["podman", "run", "--rm", "localhost/hello", "hello"]).stdout == "Hello, world!\n"


def test_a_quadlet_starts_and_survives(machine: Machine) -> None:
    """A unit that Podman generates runs; it is there again after a reboot, and after a power cut."""
    quadlet = QUADLET + "[Install]\nWantedBy=multi-user.target\n"
    machine.run(["tee", "/etc/containers/systemd/sleeper.container"], input=quadlet.encode())
    machine.run(["systemctl", "daemon-reload"])
    machine.run(["systemctl", "start", "sleeper.service"])
    running = ["podman", "container", "inspect", "--format", "{{.State.Status}}", "sleeper"]
    assert machine.run(running).stdout == "running\n"
    machine.reboot()
    assert machine.run(running).stdout == "running\n"
    machine.power_cut()
    assert machine.state == "stopped"
    with pytest.raises(MachineError, match="t-machine is stopped, not running"):
        machine.run(["true"])
    machine.boot()
    assert machine.run(running).stdout == "running\n"
    assert len(json.loads(machine.run(["journalctl", "--list-boots", "--output=json"]).stdout)) == 3
    machine.run(["rm", "/etc/containers/systemd/sleeper.container"])
    machine.run(["systemctl", "stop", "sleeper.service"])


def test_a_failed_unit_is_told(machine: Machine) -> None:
    unit = (
        "[Service]\nType=oneshot\nExecStart=sh -c 'echo I am broken; exit 1'\n[Install]\nWantedBy=multi-user.target\n"
    )
    machine.run(["tee", "/etc/systemd/system/broken.service"], input=unit.encode())
    machine.run(["systemctl", "enable", "--quiet", "broken.service"])
    with pytest.raises(MachineError, match=r"(?s)booted, but units failed.*broken.service.*I am broken"):
        machine.reboot()
    machine.reboot(degraded_ok=True)
    machine.run(["systemctl", "disable", "--quiet", "broken.service"])
    machine.reboot()


def test_the_host_reaches_a_port(machine: Machine) -> None:
    """From inside the machine's network always, from the host itself when it is forwarded; over a reboot too."""
    port = _free_port()
    url = f"http://localhost:{port}/"
    for forward in (True, False):
        machine.run(["systemd-run", "--quiet", "--collect", *SERVE.split(), str(port)])
        if forward:
            machine.forward(port)
        curl = ["curl", "--silent", "--fail", "--retry-connrefused", "--retry", "5", url]
        assert "Directory listing" in machine.outside(curl).stdout
        assert "Directory listing" in run(curl).stdout
        machine.reboot()
    assert forwarded(NAME) == [port]


def test_a_taken_port_is_told(machine: Machine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTakenError) as raised:
            machine.forward(port)
    said = f"port {port} of this host is taken by another program; `ss -ltnp 'sport = :{port}'` names it"
    assert str(raised.value) == said


def test_machines_do_not_meet(machine: Machine) -> None:
    """Two at once have their own addresses, and one's end is not the other's."""
    with Machine("t-machine-2") as other:
        assert _address(machine) != _address(other)
        assert other.run(["systemctl", "is-system-running"]).stdout == "running\n"
    assert machine.run(["systemctl", "is-system-running"]).stdout == "running\n"
    machine.run(["sh", "-c", REACH_THE_MIRROR])


def test_nothing_is_left() -> None:
    machine = Machine("t-machine-3")
    with machine:
        machine.forward(_free_port())
        machine.power_cut()
        assert {kind for kind, _ in _traces(machine)} == {"device", "namespace", "rule", "mount", "process", "path"}
    assert machine.state == "absent"
    assert _traces(machine) == []
    machine.destroy()  # what is not there can be destroyed as well


def test_a_killed_start_is_cleaned_up() -> None:
    """Whatever a run was doing when it was killed, the next one starts anew."""
    machine = Machine("t-machine-4")
    (machine.folder / "root.part").mkdir(parents=True)
    machine.network.up()
    assert machine.state == "half made"
    with machine:
        assert machine.state == "running"
    assert _traces(machine) == []


def test_a_tree_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs at once share the work, and what a killed run left half-written is not taken for a tree."""
    monkeypatch.setenv("PULP_QUADLET_LAB_CACHE", str(tmp_path))
    tiny = trees.Tree("tiny", packages=("ca-certificates",))
    tiny.path().with_suffix(".part").write_text("half")
    made: list[int] = []

    def make() -> None:
        trees.make(tiny)
        made.append(tiny.path().stat().st_ino)

    both = [threading.Thread(target=make) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert made[0] == made[1]
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".lock", ".tar"]


def _address(machine: Machine) -> str:
    return machine.run(["ip", "-brief", "-4", "address", "show", "eth0"]).stdout


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _traces(machine: Machine) -> list[tuple[str, str]]:
    """All that the host shows of a machine, by kind."""
    network = machine.network
    outputs = {
        "device": run(["ip", "-oneline", "link"]).stdout,
        "namespace": run(["ip", "netns", "list"]).stdout,
        "rule": run(["nft", "list", "ruleset"]).stdout,
        "mount": Path("/proc/self/mounts").read_text(),
        "process": "\n".join(_groups_of_processes()),
    }
    found = [
        (kind, line)
        for kind, output in outputs.items()
        for line in output.splitlines()
        if any(word in line for word in (machine.name, network.device, network.table))
    ]
    groups = [cgroup_root() / PARENT, *Path("/sys/fs/cgroup").glob(f"*/{PARENT}")]
    places = [STATE, *groups, *Path("/run/systemd/nspawn").glob("*/")]
    return found + [("path", str(place / machine.name)) for place in places if (place / machine.name).exists()]


def _groups_of_processes() -> Iterator[str]:
    """The groups of every process that lives; the dead are in none, but wait for the host's process 1 to bury them."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if "(zombie)" not in (process / "status").read_text():
                yield from (process / "cgroup").read_text().splitlines()
