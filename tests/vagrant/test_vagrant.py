"""What a folder with the Vagrantfile provisions again, and what is left of it in the computer after a purge.

The tests are steps of one life, in their order; each leaves what the next one needs. The rest of such a life, from
`vagrant up` to `vagrant destroy`, is in tests/libvirt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.site.changing import NOTHING_TO_DO
from tests.vagrant.fixtures import site_file
from tests.vagrant.providers import PROVIDER
from tests.vm.denials import Mark
from tests.vm.provide import CUSTOMIZATIONS

if TYPE_CHECKING:
    from tests.site.pulp import Pulp
    from tests.vagrant.vagrant import Vagrant

pytestmark = [pytest.mark.lab, pytest.mark.vm]

SITE_FILE = site_file(PROVIDER)
MISTAKE = SITE_FILE + "cuont = 2\n"
PATIENT = SITE_FILE + "drain = 900\n"  # a worker has more time to stop: no other process is restarted for it
PROVISIONING_TAKES_AT_MOST = 900.0  # seconds
VERSIONS = "dpkg-query --show --showformat='${Package}=${Version}\\n' 'pulp-quadlet*'"
OUR_FOLDERS = "/etc/pulp-quadlet /var/lib/pulp-quadlet /run/pulp-quadlet"
DATA = "/var/lib/pulp-quadlet/pulp/storage"


def others(pulp: Pulp) -> dict[str, tuple[str, str]]:
    """All containers but the workers."""
    return {name: found for name, found in pulp.containers().items() if "worker" not in name}


@pytest.fixture(scope="module")
def begin(pulp: Pulp) -> Mark:
    """What is denied from the first of these tests on; those before have tried what is forbidden."""
    return Mark.now(pulp.machine)


def test_a_site_file_with_a_mistake_fails_with_the_words_of_the_program(here: Vagrant, begin: Mark) -> None:
    here.write("site.toml", MISTAKE)
    result = here.run("provision", check=False, timeout=PROVISIONING_TAKES_AT_MOST)
    assert result.status == 1
    said = result.stdout + result.stderr
    assert "error[unknown-key]: unknown key `cuont` in `[workers]`" in said
    assert "1 problem in /etc/pulp-quadlet/site.toml; nothing was changed" in said


def test_what_is_newer_in_the_folder_comes_when_provisioned_again(here: Vagrant, pulp: Pulp, begin: Mark) -> None:
    """Packages and site file. Of Pulp only what the latter is about is restarted."""
    before = others(pulp)
    here.release_anew()
    here.write("site.toml", PATIENT)
    said = here.run("provision", timeout=PROVISIONING_TAKES_AT_MOST).stdout
    line = len(PATIENT.splitlines())
    assert f"workers.drain (site.toml:{line})" in said
    assert pulp.plan() == NOTHING_TO_DO
    assert sorted(here.ssh(VERSIONS).split()) == ["pulp-quadlet-selinux=0.1.0-2", "pulp-quadlet=0.1.0-2"]
    assert others(pulp) == before
    assert begin.of_ours() == []


def test_an_uninstall_and_a_purge_leave_selinux_and_podman_as_they_were(here: Vagrant, pulp: Pulp) -> None:
    pulp.cli("uninstall", "--all", "--yes")
    assert pulp.containers() == {}
    # what stays is not left with a label that nobody knows any more
    assert ":var_lib_t:" in pulp.run("stat", "--format=%C", DATA)
    here.ssh("sudo apt-get --quiet --yes purge pulp-quadlet pulp-quadlet-selinux", timeout=PROVISIONING_TAKES_AT_MOST)
    left = f"sudo podman ps --all --quiet; ls -d {OUR_FOLDERS} 2>/dev/null || true"
    assert here.ssh(f'sudo sh -c "{CUSTOMIZATIONS}"; {left}') == ""
