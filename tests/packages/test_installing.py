"""The .deb in a machine of its own: it comes, a site is applied with it, it is upgraded, removed and purged.

The tests are steps of one life, in their order; each leaves what the next one needs.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.lab import product
from tests.packages.conftest import TAKEN
from tests.site import built
from tests.site.pulp import SITE_FILE, Pulp, wait_for

if TYPE_CHECKING:
    from tests.lab.machine import Machine

pytestmark = pytest.mark.lab

INSTALL = 'apt-get --quiet --yes --no-install-recommends --allow-downgrades install "$0"'
PACKAGED = "The package has brought the files; nothing was written.\nThe agent starts when it is called.\n"
AGENT = "pulp-quadlet-agent.service"
OUR_PLACES = ("/etc", "/usr", "/var/lib", "/run/pulp-quadlet")
BUSY = (  # what comes and goes there without us
    *("/var/lib/apt", "/var/lib/dpkg", "/var/lib/containers", "/var/lib/systemd", "/var/lib/polkit-1"),
    *("/usr/lib/python3", "/etc/containers/networks"),
)


@dataclass(frozen=True, slots=True)
class Debian:
    """The machine, as its administrator sees it."""

    machine: Machine

    def shell(self, script: str, *words: str, timeout: float = 300.0) -> str:
        """Run a script; return all that it said."""
        done = self.machine.run(["sh", "-ec", script, *words], timeout=timeout)
        return (done.stdout + done.stderr).replace("\r\n", "\n")  # apt gives dpkg a terminal

    def install(self, release: int) -> str:
        """The program of one of both releases, with apt."""
        return self.shell(INSTALL, f"/root/{release}/pulp-quadlet_0.1.0-{release}_all.deb")

    def agent(self) -> str:
        """The process of the agent; 0 where none runs."""
        return self.shell(f"systemctl show --property=MainPID --value {AGENT}").strip()

    def files(self) -> set[str]:
        """All that packages and programs put there."""
        but = " -o ".join(f"-path {path}" for path in BUSY)
        found = self.shell(f"find {' '.join(OUR_PLACES)} \\( {but} \\) -prune -o -print 2>/dev/null || true")
        return set(found.splitlines())


@pytest.fixture(scope="module")
def debian(host: Machine) -> Debian:
    return Debian(host)


@pytest.fixture(scope="module")
def before(debian: Debian) -> set[str]:
    """What was there before any of us came."""
    return debian.files()


@pytest.fixture(scope="module")
def site(debian: Debian, before: set[str]) -> Pulp:
    """The default site, applied by the package."""
    debian.install(1)
    built.load(debian.machine)
    pulp = Pulp(debian.machine)
    if not TAKEN:
        pulp.cli("init")
    pulp.cli("apply")
    pulp.wait_healthy()
    return pulp


def test_a_package_takes_over_from_an_installation_from_pypi(debian: Debian, before: set[str]) -> None:
    product.install(debian.machine)
    said = debian.install(1)
    unit = "/etc/systemd/system/pulp-quadlet-agent.service"
    assert "pulp-quadlet: these files of an installation from PyPI hide those of this package:\n" in said
    assert f"    {unit}\n" in said
    assert "  = help: `/usr/bin/pulp-quadlet install-agent` removes them\n" in said
    assert "pulp-quadlet: /usr/local/bin/pulp-quadlet comes before the program of this package\n" in said
    done = debian.shell("/usr/bin/pulp-quadlet install-agent")
    assert f"{unit} is removed: it hid a file of the package\n" in done
    assert done.endswith(PACKAGED)
    debian.shell("rm -r /usr/local/bin/pulp-quadlet /opt/pulp-quadlet")
    assert debian.shell("pulp-quadlet install-agent") == PACKAGED
    assert debian.shell("systemctl is-enabled pulp-quadlet-agent.path").strip() == "enabled"
    shown = debian.shell(f"systemctl show --property=FragmentPath --value {AGENT} pulp-quadlet-agent.path")
    assert shown.split() == [f"/usr/lib/systemd/system/{name}" for name in (AGENT, "pulp-quadlet-agent.path")]
    debian.shell("apt-get --quiet --yes purge pulp-quadlet")
    assert {path for path in debian.files() - before if "pulp-quadlet" in path} == set()


def test_a_purge_finds_what_an_uninstall_has_kept_and_names_data_that_lies_elsewhere(
    debian: Debian, before: set[str]
) -> None:
    debian.install(1)
    debian.shell(
        "mkdir -p /var/lib/pulp-quadlet/old/postgres /srv/artifacts /etc/pulp-quadlet/new/generations/1/quadlet"
        " && ln -s generations/1 /etc/pulp-quadlet/new/current && cd /etc/pulp-quadlet/new/current/quadlet"
        " && echo 'Volume=/srv/artifacts:/var/lib/pulp:rw' >new-api-1.container"
        " && for secret in old-fields-key old-fields-key.former old-mine new-setting-x; do"
        " podman secret create $secret /etc/hostname; done"
    )
    removed = debian.shell("apt-get --quiet --yes remove pulp-quadlet")
    assert (
        "    new\n        /etc/pulp-quadlet/new: its units and generations\n        /srv/artifacts: its data\n"
        in removed
    )
    assert "    old\n        /var/lib/pulp-quadlet/old: its data\n" in removed
    said = debian.shell("apt-get --quiet --yes purge pulp-quadlet")
    assert "pulp-quadlet: data of new that lies in folders of yours stays:\n    /srv/artifacts\n" in said
    assert debian.shell("rmdir /srv/artifacts") == ""
    assert debian.shell("podman secret ls --format '{{.Name}}'").split() == ["old-mine"]
    debian.shell("podman secret rm old-mine")
    assert {path for path in debian.files() - before if "pulp-quadlet" in path} == set()


def test_a_package_brings_a_site_up(debian: Debian, site: Pulp) -> None:
    assert debian.shell("pulp-quadlet install-agent") == PACKAGED
    assert debian.shell("systemctl is-active pulp-quadlet-agent.path").strip() == "active"
    metrics = debian.shell("systemctl is-enabled pulp-quadlet-metrics.socket || true").strip()
    assert metrics == "disabled"
    assert site.request("/pulp/api/v3/status/").status == 200
    assert site.plan() == "Nothing to do: pulp runs as the site file says.\n"


def test_a_shell_completes_commands_and_options(debian: Debian, site: Pulp) -> None:
    complete = (
        ". /usr/share/bash-completion/completions/pulp-quadlet"
        '; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _pulp_quadlet_completion $1; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    for words, expected in ((["pulp-quadlet", "un"], "uninstall"), (["pulp-quadlet", "apply", "--pl"], "--plan")):
        shown = debian.machine.run(["bash", "-c", complete, "bash", *words])
        assert shown.stdout.split() == [expected]


def test_services_run_on_and_the_agent_is_the_new_one_when_the_package_is_upgraded(debian: Debian, site: Pulp) -> None:
    debian.shell(f"systemctl stop {AGENT}")
    site.verdict()
    running, agent = site.containers(), debian.agent()
    assert agent != "0"
    debian.install(2)
    assert debian.agent() == "0"
    assert site.verdict()["healthy"]
    assert debian.agent() not in {"0", agent}
    assert site.containers() == running
    assert site.plan() == "Nothing to do: pulp runs as the site file says.\n"


def test_a_job_goes_on_when_the_package_is_upgraded(debian: Debian, site: Pulp) -> None:
    debian.install(1)
    running = site.containers()
    former, cursor = site.read(SITE_FILE), site.cursor()
    site.write(SITE_FILE, former + "\n[workers]\ncount = 3\n")
    debian.shell("systemd-run --quiet --unit=trying pulp-quadlet try --seconds 600")
    wait_for("the try waits", lambda: "unless it is confirmed" in site.journal(cursor))
    agent = debian.agent()
    debian.install(2)
    assert debian.agent() == agent
    site.cli("confirm")
    wait_for("the try ends", lambda: "trying" not in debian.shell("systemctl list-units --plain --no-legend 'trying*'"))
    site.wait_healthy()
    now = site.containers()
    assert {name: now[name] for name in running} == running
    assert len(site.services("pulp-worker")) == 3
    site.write(SITE_FILE, former)
    site.cli("apply")


def test_a_site_runs_on_when_the_package_is_removed(debian: Debian, site: Pulp) -> None:
    running = site.containers()
    said = debian.shell("apt-get --quiet --yes remove pulp-quadlet")
    assert (
        "pulp-quadlet: the program is removed. What it has set up stays, and runs on:\n"
        "    pulp\n"
        "        /etc/pulp-quadlet/pulp: its units and generations\n"
        "        /var/lib/pulp-quadlet/pulp: its data\n"
        "    Secrets are in Podman: `podman secret ls`\n"
        "  = help: install it again, and `pulp-quadlet uninstall --all` removes all but data and secrets\n"
        "  = help: `apt purge pulp-quadlet` removes data and secrets, too\n"
    ) in said
    assert site.containers() == running
    assert site.request("/pulp/api/v3/status/").status == 200
    gone = ("/usr/bin/pulp-quadlet", f"/usr/lib/systemd/system/{AGENT}", "/usr/lib/python3/dist-packages/pulp_quadlet")
    assert debian.shell(f"ls --directory {' '.join(gone)} 2>/dev/null || true") == ""
    debian.install(2)
    assert site.verdict()["healthy"]
    assert site.containers() == running


def test_nothing_is_left_when_the_package_is_purged(debian: Debian, site: Pulp, before: set[str]) -> None:
    debian.shell("podman secret create --replace pulp-somebody-elses /etc/hostname")
    debian.shell("apt-get --quiet --yes purge pulp-quadlet", timeout=900.0)
    assert debian.files() - before == set()
    assert site.containers() == {}
    assert json.loads(debian.shell("podman ps --all --format json")) == []
    assert debian.shell("podman secret ls --format '{{.Name}}'").split() == ["pulp-somebody-elses"]
    assert debian.shell("podman network ls --format '{{.Name}}'").split() == ["podman"]
    assert debian.shell("podman volume ls --format '{{.Name}}'") == ""
    assert not re.search(r"pulp", debian.shell("podman images --format '{{.Repository}}'"))
    units = debian.shell("systemctl list-units --all --plain --no-legend 'pulp*'")
    assert [line for line in units.splitlines() if line.split()[1] == "loaded"] == []
    assert debian.shell("systemctl is-system-running").strip() == "running"
