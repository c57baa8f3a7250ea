"""A machine that others set up, cloud-init or Ansible: how it is made ready for them, and what they say."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.lab.product import CHECKOUT
from tests.packages import build
from tests.site import built
from tests.site.pulp import Pulp

if TYPE_CHECKING:
    from tests.lab.machine import Machine

USER_DATA = CHECKOUT / "packaging/cloud-init/user-data.yaml"
ANSIBLE = CHECKOUT / "packaging/ansible"
DOWNLOADS = "https://downloads.example.org"  # as the examples have it
PACKAGES = "/srv/packages"
SERVER = "http://127.0.0.1:8000"
SERVE = f"""[Service]
ExecStart=python3 -m http.server --directory {PACKAGES} --bind 127.0.0.1 8000
[Install]
WantedBy=multi-user.target
"""
SEED = "/var/lib/cloud/seed/nocloud"
# The way into the network is there before the machine; cloud-init would look for one.
IMAGE = "network: {config: disabled}\n"
INVENTORY = "[pulp]\nlocalhost ansible_connection=local ansible_python_interpreter=auto_silent\n"
BOOT_TAKES_AT_MOST = PLAY_TAKES_AT_MOST = 1200.0  # seconds; images may have to be built
# Images are built in seconds where their layers are there, and a purge leaves those that have another name.
KEEP_LAYERS = """podman images --format '{{.ID}} {{.Repository}}' | while read -r id name; do
    case $name in localhost/pulp-quadlet/*) podman tag "$id" "localhost/kept/${name##*/}";; esac
done
"""


@dataclass(frozen=True, slots=True)
class Played:
    """What a run of a playbook came to."""

    status: int
    said: str

    @property
    def changed(self) -> list[str]:
        """The names of the tasks that changed something, in their order."""
        found: list[str] = []
        task = ""
        for line in self.said.splitlines():
            if begins := re.match(r"TASK \[(?:pulp_quadlet : )?(.+)\] \*", line):
                task = begins[1]
            elif line.startswith("changed: [localhost]") and task not in found:
                found.append(task)
        return found

    def count(self, what: str) -> int:
        """A number of its last line: `changed` or `failed`, for instance."""
        [number] = re.findall(rf"^localhost .*\b{what}=(\d+)", self.said, re.MULTILINE)
        return int(number)


@dataclass(frozen=True, slots=True)
class Provisioned:
    """The machine, and the site on it as its users reach it."""

    machine: Machine
    pulp: Pulp

    def shell(self, script: str, *words: str, timeout: float = 300.0) -> str:
        return self.machine.run(["sh", "-ec", script, *words], timeout=timeout).stdout

    def play(self, *options: str, **variables: Any) -> Played:
        """Run the playbook as it is shipped, with other values for its variables."""
        self.pulp.write("/root/variables.json", json.dumps(variables))
        words = [
            "--inventory=/root/hosts",
            "--extra-vars=@/root/variables.json",
            *options,
            "/root/ansible/playbook.yml",
        ]
        said = self.machine.run(
            ["ansible-playbook", *words], check=False, timeout=PLAY_TAKES_AT_MOST, env={"ANSIBLE_NOCOLOR": "1"}
        )
        return Played(said.status, said.stdout + said.stderr)

    def become_new(self) -> None:
        """As before its first Pulp, but for layers of images."""
        self.shell(f"{KEEP_LAYERS} apt-get --quiet --yes purge pulp-quadlet", timeout=600.0)


def of(machine: Machine) -> Provisioned:
    return Provisioned(machine, Pulp(machine, url="http://localhost"))


def furnish(machine: Machine) -> None:
    """The packages of two releases, a server that has them, the role, and the image that others are built on."""
    for release in build.releases():
        for path in build.debs(release):
            machine.copy_in(path, f"{PACKAGES}/{path.name}")
    machine.copy_in(ANSIBLE, "/root/ansible")
    site = of(machine).pulp
    site.write("/root/hosts", INVENTORY)
    site.write("/etc/systemd/system/packages.service", SERVE)
    machine.run(["systemctl", "enable", "--quiet", "--now", "packages.service"])
    built.load(machine)


def seed(machine: Machine) -> None:
    """What a cloud gives a new machine: the example, with the address and the digest of a package that is there."""
    name = "pulp-quadlet_0.1.0-1_all.deb"
    digest = machine.run(["sha256sum", f"{PACKAGES}/{name}"]).stdout.split()[0]
    text = USER_DATA.read_text()
    assert text.count(f"{DOWNLOADS}/{name}") == text.count("0" * 64) == 1
    text = text.replace(DOWNLOADS, SERVER).replace("0" * 64, digest)
    machine.run(["mkdir", "-p", SEED])
    pulp = of(machine).pulp
    pulp.write(f"{SEED}/user-data", text)
    pulp.write(f"{SEED}/meta-data", "instance-id: first\nlocal-hostname: provisioned\n")
    pulp.write("/etc/cloud/cloud.cfg.d/50-image.cfg", IMAGE)
