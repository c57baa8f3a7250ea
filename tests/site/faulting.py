"""What the tests of faults share: a site with something to change, and what must be so after any fault."""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.site.pulp import SITE_FILE, Pulp, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.command import Result

HOME = "/etc/pulp-quadlet/pulp"
FOLDER = "/opt/pulp-quadlet/faults"
AGENT = "pulp-quadlet-agent.service"
DROP_IN = f"/run/systemd/system/{AGENT}.d/faults.conf"
RUN = "/run/pulp-quadlet"
CERTIFICATE, KEY = "/etc/pki/pulp.crt", "/etc/pki/pulp.key"
WEB = "\n[web]\nhttp = 8080\nhttps = 8443\n"
TLS = f'{WEB}tls = {{ certificate = {{ file = "{CERTIFICATE}" }}, key = {{ file = "{KEY}" }} }}\n'
MORE = "\n[workers]\ncount = 3\n"
SIZE = 300_000
NOTHING = "Nothing to do: pulp runs as the site file says.\n"


@dataclass(slots=True)
class Site:
    """A site in which something goes wrong, and the content that must not be lost."""

    pulp: Pulp
    url: str = ""
    digest: str = ""
    first: str = field(default="", repr=False)
    """The site file as the tests found it."""

    def upload(self, folder: Path) -> None:
        """A file, and an address where it can be downloaded."""
        data = folder / "kept.bin"
        data.write_bytes(os.urandom(SIZE))
        self.digest = hashlib.sha256(data.read_bytes()).hexdigest()
        pulp = self.pulp
        repository = pulp.api("repositories/file/file/", "--data", "name=faults&autopublish=true")["pulp_href"]
        form = [
            word
            for part in (f"file=@{data}", "relative_path=kept.bin", f"repository={repository}")
            for word in ("--form", part)
        ]
        pulp.wait_task(pulp.api("content/file/files/", *form)["task"])
        made = pulp.api("distributions/file/file/", "--data", f"name=faults&base_path=faults&repository={repository}")
        pulp.wait_task(made["task"])
        self.url = "/pulp/content/faults/kept.bin"

    def renew_certificate(self) -> None:
        """Files of secrets that hold something else than before."""
        subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "30", "-nodes"]
        words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        self.pulp.run("mkdir", "-p", "/etc/pki")
        self.pulp.run("openssl", *words, *subject, "-keyout", KEY, "-out", CERTIFICATE)

    def keep_certificate(self) -> None:
        """A copy of the files of today, for `former_certificate`."""
        for path in (CERTIFICATE, KEY):
            self.pulp.run("cp", path, f"{path}.former")

    def former_certificate(self) -> None:
        """The files hold again what they held: where the site did as well, there is nothing to do."""
        for path in (CERTIFICATE, KEY):
            self.pulp.run("cp", f"{path}.former", path)

    def remove(self) -> None:
        """Content and secrets of these tests."""
        pulp = self.pulp
        for kind in ("distributions", "repositories"):
            [found] = pulp.api(f"{kind}/file/file/?name=faults")["results"]
            pulp.wait_task(pulp.api(found["pulp_href"].removeprefix("/pulp/api/v3/"), "--request", "DELETE")["task"])
        pulp.run("podman", "secret", "rm", "--ignore", "pulp-web-certificate", "pulp-web-key")

    def served_certificate(self) -> str:
        """The fingerprint of what the web server shows."""
        show = "openssl s_client -connect localhost:8443 </dev/null 2>/dev/null | openssl x509 -noout -fingerprint"
        return self.pulp.run("sh", "-c", show).strip()

    def generations(self) -> tuple[int, int]:
        """The current one, and the one that is gone back to."""
        found = self.pulp.run("readlink", f"{HOME}/current", f"{HOME}/good").split()
        return int(found[0].rpartition("/")[2]), int(found[1].rpartition("/")[2])

    def is_open(self) -> bool:
        """Whether a change is under way, or was interrupted."""
        return self.pulp.machine.run(["test", "-e", f"{HOME}/transaction.json"], check=False).status == 0

    def apply(self, text: str, *words: str) -> Result:
        """Write the site file and apply it, whatever comes of it."""
        self.pulp.write(SITE_FILE, text)
        return self.pulp.cli("apply", *words, check=False)

    def wait_ended(self, limit: float = 60.0) -> None:
        """Nobody calls: the agent that was killed comes back by itself, and ends what was begun."""
        wait_for("the interrupted change is ended", lambda: not self.is_open(), limit)

    def serves(self) -> None:
        """The web server answers and Pulp has what was stored in it."""
        deadline = time.monotonic() + 30
        while (answer := self.pulp.request("/pulp/api/v3/status/").status) != 200:
            assert time.monotonic() < deadline, answer
            time.sleep(0.2)
        place = Path(f"/tmp/pulp-quadlet-faults-{os.getpid()}")
        assert self.pulp.request(self.url, "--output", str(place)).status == 200
        assert hashlib.sha256(place.read_bytes()).hexdigest() == self.digest
        place.unlink()

    def is_whole(self, text: str) -> None:
        """What runs is what this site file says, and no fault left anything behind."""
        assert not self.is_open()
        current, good = self.generations()
        assert current == good
        assert self.pulp.read(f"{HOME}/current/manifest.json").count(json.dumps(text)) == 1
        assert ".former" not in self.pulp.run("podman", "secret", "ls", "--format", "{{.Name}}")
        self.pulp.write(SITE_FILE, text)
        assert self.pulp.plan() == NOTHING
        self.serves()


@contextmanager
def faulty(pulp: Pulp) -> Iterator[None]:
    """The agent of the machine meets faults. Its unit is otherwise as it is."""
    here = Path(__file__).parent
    for name in ("faulty_agent.py", "faulty_work.py"):
        pulp.machine.copy_in(here / name, f"{FOLDER}/{name}")
    python = f"/opt/pulp-quadlet/bin/python3 {FOLDER}/faulty_agent.py"
    pulp.run("mkdir", "-p", DROP_IN.rpartition("/")[0])
    pulp.write(DROP_IN, f"[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=\nExecStart={python}\n")
    pulp.run("systemctl", "daemon-reload")
    pulp.run("systemctl", "stop", AGENT)
    try:
        yield
    finally:
        pulp.run("rm", "-f", DROP_IN, f"{RUN}/fault", f"{RUN}/calls", f"{RUN}/healthy-within")
        pulp.run("systemctl", "daemon-reload")
        pulp.run("systemctl", "stop", AGENT)
