"""The Vagrantfile from `vagrant up` to `vagrant destroy`, under libvirt with an emulated processor.

The tests are steps of one life, in their order; each leaves what the next one needs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.site import clients
from tests.site.pulp import URL, Pulp, wait_for
from tests.vagrant.vagrant import MACHINES
from tests.vm.denials import LOG, denied, of_ours
from tests.vm.provide import CUSTOMIZATIONS, FEWER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.site.clients import Clients
    from tests.vagrant.vagrant import Vagrant

pytestmark = [pytest.mark.lab, pytest.mark.vm]

SITE_FILE = f'# of the folder with the Vagrantfile\n[site]\nname = "pulp"\nurl = "{URL}"\n{FEWER}'
MISTAKE = SITE_FILE + "cuont = 2\n"
PATIENT = SITE_FILE + "drain = 900\n"  # a worker has more time to stop: no other process is restarted for it
# Seconds. A third of it is usual where nothing else runs.
UP_TAKES_AT_MOST = 2400.0
PROVISIONING_TAKES_AT_MOST = 900.0
HEALTHY_IN = 1200.0
OTHERS = "sudo podman ps --format '{{.Names}} {{.ID}}' | grep -v worker | sort"
VERSIONS = "dpkg-query --show --showformat='${Package}=${Version}\\n' 'pulp-quadlet*' | sort"
OUR_FOLDERS = "/etc/pulp-quadlet /var/lib/pulp-quadlet /run/pulp-quadlet"
SHOW = "sudo podman secret inspect --showsecret --format '{{.SecretData}}' pulp-admin-password"


@pytest.fixture(scope="module")
def up(here: Vagrant) -> str:
    """What `vagrant up` says."""
    here.write("site.toml", SITE_FILE)
    return here.run("up", timeout=UP_TAKES_AT_MOST).stdout


@pytest.fixture
def client(here: Vagrant, up: str, tmp_path: Path) -> Clients:
    """Clients on the computer that Vagrant runs on."""
    return clients.connect(Pulp(here.machine, password=here.ssh(SHOW).strip()), tmp_path)


def healthy(here: Vagrant) -> bool:
    said: dict[str, bool] = json.loads(here.ssh("sudo pulp-quadlet status --json || true"))
    return said["healthy"]


def test_up_ends_with_a_pulp_that_is_healthy(up: str) -> None:
    assert "Pulp is healthy" in up


def test_the_kernel_enforces_and_the_policy_of_the_site_is_loaded(here: Vagrant, up: str) -> None:
    said = here.ssh("/usr/sbin/getenforce; sudo semodule -lfull | awk '$1 == 400 { print $2 }'")
    assert said.split() == ["Enforcing", "pulp_quadlet", "pulp_quadlet_pulp"]


def test_the_site_file_is_that_of_the_folder(here: Vagrant, up: str) -> None:
    assert here.ssh("cat /etc/pulp-quadlet/site.toml") == SITE_FILE


def test_a_client_works_through_the_forwarded_port(client: Clients) -> None:
    client.exchange_file(b"through the forwarded port" * 1000)


def test_a_site_file_with_a_mistake_fails_with_the_words_of_the_program(here: Vagrant, up: str) -> None:
    here.write("site.toml", MISTAKE)
    result = here.run("provision", check=False, timeout=PROVISIONING_TAKES_AT_MOST)
    assert result.status == 1
    said = result.stdout + result.stderr
    assert "error[unknown-key]: unknown key `cuont` in `[workers]`" in said
    assert "1 problem in /etc/pulp-quadlet/site.toml; nothing was changed" in said


def test_what_is_newer_in_the_folder_comes_when_provisioned_again(here: Vagrant, up: str) -> None:
    """Packages and site file. Of Pulp only what the latter is about is restarted."""
    before = here.ssh(OTHERS)
    here.release_anew()
    here.write("site.toml", PATIENT)
    said = here.run("provision", timeout=PROVISIONING_TAKES_AT_MOST).stdout
    assert "workers.drain (site.toml:14)" in said
    assert here.ssh("sudo pulp-quadlet plan").startswith("Nothing to do")
    assert here.ssh(VERSIONS).split() == ["pulp-quadlet=0.1.0-2", "pulp-quadlet-selinux=0.1.0-2"]
    assert here.ssh(OTHERS) == before


def test_pulp_comes_back_after_halt_and_up(here: Vagrant, client: Clients) -> None:
    """Without being provisioned again."""
    here.run("halt")
    assert "Running provisioner" not in here.run("up", timeout=UP_TAKES_AT_MOST).stdout
    wait_for("Pulp is healthy", lambda: healthy(here), HEALTHY_IN)
    assert here.ssh("/usr/sbin/getenforce") == "Enforcing\n"
    assert [each["name"] for each in client.cli("file", "repository", "list")] == ["files"]


def test_nothing_of_ours_was_denied(here: Vagrant, up: str) -> None:
    """From the first boot to here."""
    assert of_ours(denied(here.ssh(f"sudo cat {LOG}"))) == []


def test_a_purge_leaves_selinux_and_podman_as_they_were(here: Vagrant, up: str) -> None:
    here.ssh("sudo apt-get --quiet --yes purge pulp-quadlet pulp-quadlet-selinux", timeout=PROVISIONING_TAKES_AT_MOST)
    left = f"sudo podman ps --all --quiet; ls -d {OUR_FOLDERS} 2>/dev/null || true"
    assert here.ssh(f'sudo sh -c "{CUSTOMIZATIONS}"; {left}') == ""


def test_destroy_leaves_nothing(here: Vagrant, up: str) -> None:
    here.run("destroy", "--force")
    assert here.domains() == []
    assert here.absent() == MACHINES
