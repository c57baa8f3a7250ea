"""A running site, as the tests see it: its machine, its command line, and what its users reach."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.lab.progress import step

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.command import Result
    from tests.lab.guest import Guest

URL = "http://localhost:8080"
SITE_FILE = "/etc/pulp-quadlet/site.toml"
APPLY_TAKES_AT_MOST = 1200.0  # seconds; two and a half minutes are usual
SETTLES_IN = 180.0  # seconds; a restart of the database takes the whole stack with it
COUNTED = "\n%{http_code}"


class SiteError(Exception):
    """The site is not what a test was promised."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the web server said to one request."""

    status: int
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Pulp:
    """One site on one machine. `password` is that of Pulp's user admin."""

    machine: Guest
    url: str = URL
    password: str = field(default="", repr=False)

    def cli(self, *words: str, check: bool = True, timeout: float = APPLY_TAKES_AT_MOST) -> Result:
        """Run `pulp-quadlet` in the machine."""
        return self.machine.run(["pulp-quadlet", *words], check=check, timeout=timeout)

    def run(self, *argv: str, check: bool = True, timeout: float = 120.0) -> str:
        """Run a program in the machine, as its administrator would, and return what it printed."""
        return self.machine.run(argv, check=check, timeout=timeout).stdout

    def request(self, path: str, *options: str, login: bool = False, timeout: float = 120.0) -> Answer:
        """Ask the web server by its published address, from outside of the machine."""
        who = ["--user", f"admin:{self.password}"] if login else []
        asked = self.machine.outside(
            ["curl", "-sS", "-w", COUNTED, *who, *options, f"{self.url}{path}"], timeout=timeout, check=False
        )
        body, _, status = asked.stdout.rpartition("\n")
        if asked.status:
            body = asked.stderr.strip()
        return Answer(int(status), body)

    def api(self, path: str, *options: str) -> Any:
        """Ask Pulp's API as admin; anything but a success is an error."""
        answer = self.request(f"/pulp/api/v3/{path}", *options, login=True)
        if not 200 <= answer.status < 300:
            raise SiteError(f"{path} answers {answer.status}: {answer.body[:2000]}")
        return answer.json() if answer.body else None

    def wait_task(self, href: str, limit: float = 120.0) -> dict[str, Any]:
        """Wait for the end of a task; one that fails is an error."""
        deadline = time.monotonic() + limit
        while True:
            task: dict[str, Any] = self.api(href.removeprefix("/pulp/api/v3/"))
            if task["state"] == "completed":
                return task
            if task["state"] not in {"waiting", "running"} or time.monotonic() > deadline:
                raise SiteError(f"task {task['name']} is {task['state']}: {task['error']}")
            time.sleep(0.3)

    def verdict(self) -> dict[str, Any]:
        """What `pulp-quadlet status --json` says."""
        said: dict[str, Any] = json.loads(self.cli("status", "--json", check=False).stdout)
        return said

    def plan(self) -> str:
        return self.cli("plan").stdout

    def wait_healthy(self, limit: float = SETTLES_IN) -> None:
        """Wait until `status` says so, which includes that every process has written a heartbeat."""
        with step("wait until Pulp is healthy"):
            verdict = self.verdict()
            deadline = time.monotonic() + limit
            while not verdict["healthy"]:
                if time.monotonic() > deadline:
                    raise SiteError(f"after {limit:g} s: {verdict['sentence']}\n{json.dumps(verdict, indent=1)}")
                time.sleep(1)
                verdict = self.verdict()

    def services(self, role: str = "") -> list[str]:
        """The services of the site by name, those of one role where it is given: `pulp-worker` for instance."""
        return [row["service"] for row in self.verdict()["rows"] if row["service"].startswith(role)]

    def containers(self) -> dict[str, tuple[str, str]]:
        """The id and the start time of each container that runs."""
        listing: list[dict[str, Any]] = json.loads(self.run("podman", "ps", "--format", "json"))
        return {each["Names"][0]: (each["Id"], str(each["StartedAt"])) for each in listing}

    def inspect(self, container: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = json.loads(self.run("podman", "inspect", container))
        return found[0]

    def secrets(self) -> dict[str, str]:
        """The value of each secret that the site has."""
        names = self.run("podman", "secret", "ls", "--format", "{{.Name}}").split()
        show = ["podman", "secret", "inspect", "--showsecret", "--format", "{{.SecretData}}"]
        return {name: self.run(*show, name).rstrip("\n") for name in names}

    def read(self, path: str) -> str:
        return self.run("cat", path)

    def write(self, path: str, text: str) -> None:
        self.machine.run(["sh", "-c", 'cat >"$0"', path], input=text.encode())

    def cursor(self) -> str:
        """The present end of the journal, for `journal`."""
        return self.run("journalctl", "-n", "0", "--show-cursor", "-q").partition("-- cursor: ")[2].strip()

    def journal(self, cursor: str) -> str:
        """All that was logged since, with the name of who said it."""
        return self.run("journalctl", "-q", f"--after-cursor={cursor}")


def wait_for(what: str, seen: Callable[[], object], limit: float = 300.0) -> None:
    """Look again and again until it is so. An endless wait is an error with the words given."""
    deadline = time.monotonic() + limit
    while not seen():
        if time.monotonic() > deadline:
            raise SiteError(f"{what}: not within {limit:g} s")
        time.sleep(0.2)
