"""What tests ask of a machine with the agent."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from tests.lab.command import Result
from tests.lab.machine import Machine

UNIT = "pulp-quadlet-agent.service"
SITE = "/etc/pulp-quadlet/site.toml"
NAME = "org.pulpproject.Quadlet1"
PATH = "/org/pulpproject/Quadlet1"
PYTHON = "/opt/pulp-quadlet/bin/python3"
IDLE = 3  # seconds
FIRST_STEP = "^\\[ 1/"
_PATIENCE = 20.0  # seconds


class Host:
    """A machine with the agent."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def shell(self, script: str, *, check: bool = True, user: str = "root") -> Result:
        words = ["bash", "-c", script]
        return self.machine.run(words if user == "root" else ["runuser", "-u", user, "--", *words], check=check)

    def pulp_quadlet(self, *arguments: str, user: str = "root") -> Result:
        words = ["pulp-quadlet", *arguments]
        return self.machine.run(
            words if user == "root" else ["runuser", "-u", user, "--", *words], check=False, timeout=60
        )

    def once_shown(self, what: str, command: str, do: str) -> Result:
        """A command, and what is done as soon as its output matches; `$!` is its process."""
        script = (
            "set -m; "  # who is in the background does not hear Ctrl-C otherwise
            ": > /root/out; : > /root/err; "
            f"{command} > /root/out 2> /root/err & "
            f"until grep -q '{what}' /root/out /root/err; do sleep 0.1; done; {do}; wait $!; status=$?; "
            "cat /root/out; cat /root/err >&2; exit $status"
        )
        return self.shell(script, check=False)

    def call(self, *arguments: str, user: str = "root", interface: str = "Manager", path: str = "") -> Result:
        """A call by busctl, a client that is not ours."""
        words = ["busctl", "--json=short", "call", NAME, PATH + path, f"{NAME}.{interface}", *arguments]
        return self.machine.run(words if user == "root" else ["runuser", "-u", user, "--", *words], check=False)

    def begin(self, member: str, *arguments: str) -> int:
        """The number of a new job."""
        number, _path = json.loads(self.call(member, *arguments).stdout)["data"]
        return int(number)

    def property(self, job: int, name: str) -> Any:
        words = ["busctl", "--json=short", "get-property", NAME, f"{PATH}/job/_{job}", f"{NAME}.Job", name]
        answer = self.machine.run(words, check=False)
        return json.loads(answer.stdout)["data"] if not answer.status else None

    def write(self, path: str, text: str) -> None:
        self.machine.run(["sh", "-c", 'mkdir -p "$(dirname "$0")" && cat > "$0"', path], input=text.encode())

    def words(self, *words: str) -> None:
        """What the fake process shall do."""
        self.write("/etc/pulp-quadlet/words", "\n".join(words))

    def unit(self, name: str) -> str:
        return self.shell(f"systemctl show -P {name} {UNIT}").stdout.strip()

    def stop(self) -> None:
        self.shell(f"systemctl stop {UNIT}; systemctl reset-failed {UNIT}", check=False)

    def journal(self, *matches: str) -> list[dict[str, Any]]:
        said = self.machine.run(["journalctl", "-o", "json", "--no-pager", *matches], check=False).stdout
        return [json.loads(line) for line in said.splitlines()]

    def until(self, condition: Callable[[], Any]) -> None:
        end = time.monotonic() + _PATIENCE
        while not condition():
            assert time.monotonic() < end, "it did not come to pass"
            time.sleep(0.1)
