"""Machines that others set up: by cloud-init at their first boot, and by Ansible. Both examples are the shipped ones.

The tests are steps of one life, in their order; each leaves what the next one needs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from tests.lab.machine import Machine
from tests.packages import provisioned
from tests.packages.provisioned import BOOT_TAKES_AT_MOST, PACKAGES, SERVER, Provisioned
from tests.packages.trees import PROVISIONED
from tests.site.faulting import NOTHING
from tests.site.pulp import SITE_FILE
from tests.vm.provide import FEWER

pytestmark = pytest.mark.lab

# For work on the tests themselves: the name of a machine that is taken as it is, and left so.
TAKEN = os.environ.get("PULP_QUADLET_PROVISIONED_MACHINE")
URL = "http://pulp.example.org"
SITE = f'[site]\nname = "pulp"\nurl = "{URL}"\n{FEWER}'
MORE = SITE.replace("[workers]\ncount = 1", "[workers]\ncount = 2")
WRONG = SITE.replace("[workers]\ncount", "[workers]\ncuont")
FIRST = [f"{SERVER}/pulp-quadlet_0.1.0-1_all.deb", f"{PACKAGES}/pulp-quadlet-selinux_0.1.0-1_all.deb"]
SECOND = [each.replace("-1_all", "-2_all").replace(SERVER, PACKAGES) for each in FIRST]
WORKERS = ["pulp-worker-1", "pulp-worker-2"]


@pytest.fixture(scope="module")
def host() -> Iterator[Provisioned]:
    """At first without anything of ours, and with no cloud to ask."""
    if TAKEN:
        yield provisioned.of(Machine(TAKEN))
        return
    with Machine("provisioned", PROVISIONED) as machine:
        provisioned.furnish(machine)
        yield provisioned.of(machine)


def seen(host: Provisioned) -> dict[str, object]:
    """All of a site that a dry run or a mistake must leave as it was."""
    return {
        "file": host.pulp.read(SITE_FILE),
        "etc": host.shell("find /etc -path /etc/pulp-quadlet/.seen -prune -o -print | sort"),
        "containers": host.pulp.containers(),
        "history": json.loads(host.pulp.cli("history", "--json").stdout),
    }


def test_ansible_lint_finds_nothing(host: Provisioned) -> None:
    host.shell("cd /root/ansible && ansible-lint --offline --strict --profile production")


def test_the_user_data_is_as_cloud_init_knows_it(host: Provisioned) -> None:
    host.machine.copy_in(provisioned.USER_DATA, "/root/user-data.yaml")
    said = host.shell("cloud-init schema --config-file /root/user-data.yaml")
    assert said == "Valid schema /root/user-data.yaml\n"


def test_a_dry_run_on_a_new_host_tells_that_all_is_to_do_and_does_nothing(host: Provisioned) -> None:
    listing = "find /etc /usr/bin /var/cache /var/lib/dpkg | sort"
    before = host.shell(listing)
    played = host.play("--check", "--diff", pulp_quadlet_packages=FIRST, pulp_quadlet_site=SITE)
    assert (played.status, played.count("failed")) == (0, 0)
    assert played.changed == [
        "Make the folder for package files",
        "Make the folder of the site file",
        "Write the site file",
        "Say that a first apply has everything to do",
    ]
    assert host.shell(listing) == before


def test_cloud_init_makes_a_new_machine_a_healthy_pulp(host: Provisioned) -> None:
    provisioned.seed(host.machine)
    host.machine.reboot(timeout=BOOT_TAKES_AT_MOST)
    told = json.loads(host.shell("cloud-init status --wait --format=json"))
    assert (told["status"], told["errors"], told["recoverable_errors"]) == ("done", [], {})
    assert told["datasource"] == "nocloud"
    verdict = host.pulp.verdict()
    assert verdict["healthy"]
    assert verdict["sentence"] == f"Pulp is healthy: 11 services serve {URL}"
    assert host.pulp.plan() == NOTHING
    assert host.pulp.request("/pulp/api/v3/status/").status == 200
    assert host.shell(f"stat --format='%a %U %G' {SITE_FILE}") == "644 root root\n"


def test_ansible_makes_a_host_a_healthy_pulp(host: Provisioned) -> None:
    host.become_new()
    assert host.shell("ls -d /etc/pulp-quadlet /usr/bin/pulp-quadlet 2>/dev/null || true") == ""
    played = host.play(pulp_quadlet_packages=FIRST, pulp_quadlet_site=SITE)
    assert (played.status, played.count("failed")) == (0, 0), played.said
    assert played.changed[-3:] == ["Install files with apt", "Write the site file", "Apply the site file"]
    assert host.pulp.verdict()["healthy"]
    assert host.pulp.plan() == NOTHING
    assert host.pulp.request("/pulp/api/v3/status/").status == 200
    assert host.shell(f"stat --format='%a %U %G' {SITE_FILE}") == "644 root root\n"
    # there is no SELinux here, so its package was left out
    assert host.shell("dpkg --get-selections 'pulp-quadlet*'").split() == ["pulp-quadlet", "install"]


def test_a_second_run_changes_nothing(host: Provisioned) -> None:
    for options in ((), ("--check",)):
        played = host.play(*options, pulp_quadlet_packages=FIRST, pulp_quadlet_site=SITE)
        assert (played.status, played.count("changed"), played.count("failed")) == (0, 0, 0), played.said


def test_both_packages_come_in_one_call_where_selinux_is(host: Provisioned) -> None:
    """As far as apt tells without doing it: they depend on each other's very version, so one by one is refused."""
    host.shell(f"cp {PACKAGES}/*-2_all.deb /var/cache/pulp-quadlet-packages/")
    played = host.play("--check", pulp_quadlet_packages=SECOND, pulp_quadlet_site=SITE, pulp_quadlet_selinux=True)
    host.shell("rm /var/cache/pulp-quadlet-packages/*-2_all.deb")
    assert (played.status, played.count("failed"), played.changed) == (0, 0, ["Install files with apt"]), played.said


def test_a_dry_run_shows_the_plan_of_a_changed_site_and_does_nothing(host: Provisioned) -> None:
    before = seen(host)
    played = host.play("--check", "--diff", pulp_quadlet_packages=FIRST, pulp_quadlet_site=MORE)
    assert (played.status, played.count("failed")) == (0, 0), played.said
    assert played.changed == ["Write the site file", "Plan what an apply would do to this host"]
    assert "-count = 1\n+count = 2\n" in played.said
    line = MORE.splitlines().index("count = 2") + 1
    assert f"start pulp-worker-2.service: it is new: workers.count (site.toml:{line})" in played.said
    assert seen(host) == before


def test_a_changed_site_is_applied_from_a_template_and_a_newer_package_is_installed(host: Provisioned) -> None:
    host.pulp.write("/root/ansible/site.toml.j2", MORE.replace("count = 2", "count = {{ workers }}"))
    before = host.pulp.containers()
    look_up = "{{ lookup('ansible.builtin.template', 'site.toml.j2') }}"
    played = host.play(pulp_quadlet_packages=SECOND, pulp_quadlet_site=look_up, workers=2)
    assert (played.status, played.count("failed")) == (0, 0), played.said
    changed = ["Copy package files", "Install files with apt", "Write the site file", "Apply the site file"]
    assert played.changed == changed
    assert host.pulp.read(SITE_FILE) == MORE
    assert host.shell("dpkg-query --show --showformat='${Version}' pulp-quadlet") == "0.1.0-2"
    assert host.pulp.services("pulp-worker") == WORKERS
    assert {name: host.pulp.containers()[name] for name in before} == before


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_a_wrong_site_file_fails_with_its_place_and_the_old_one_stands(
    host: Provisioned, options: tuple[str, ...]
) -> None:
    before = seen(host)
    played = host.play(*options, pulp_quadlet_packages=SECOND, pulp_quadlet_site=WRONG)
    assert (played.status, played.count("failed")) == (2, 1)
    line = WRONG.splitlines().index("cuont = 1") + 1
    margin = " " * (len(str(line)) + 1)
    assert (
        f"Action failed: {SITE_FILE}:{line}:1: error[unknown-key]: unknown key `cuont` in `[workers]`\n"
        f"{margin} |\n {line} | cuont = 1\n{margin} | ^^^^^\n"
    ) in played.said
    assert f"\n1 problem in {SITE_FILE}; nothing was changed\n" in played.said
    assert seen(host) == before


def test_an_apply_that_fails_fails_the_task_in_its_own_words(host: Provisioned) -> None:
    before = seen(host)
    played = host.play(pulp_quadlet_packages=SECOND, pulp_quadlet_site=MORE, pulp_quadlet_host="nowhere")
    assert (played.status, played.count("failed"), played.changed) == (2, 1, [])
    assert (
        "Action failed: error[host-unknown]: the site has no host `nowhere`\n"
        "   = note: it has no `[hosts]`\n"
        "   = help: say `--host NAME`, or name this host in `[hosts]`\n\n"
        "1 problem; nothing was changed\n"
    ) in played.said
    assert seen(host) == before
