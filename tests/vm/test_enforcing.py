"""A site on a computer whose kernel enforces SELinux: it works, and nothing that it does is denied.

The order of these tests counts: all of them use the site, and the last ones change it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import TYPE_CHECKING

import pytest

from tests.lab import base_image
from tests.site.changing import NOTHING_TO_DO, site_file
from tests.site.pulp import SITE_FILE, wait_for
from tests.site.test_python import GREETING, PROJECT, packages_in
from tests.vm.confined import BOOT_TAKES_AT_MOST, LISTEN, confined, domains, enforces, no_unit_failed, role
from tests.vm.denials import Denial, Mark

if TYPE_CHECKING:
    from tests.site.clients import Clients
    from tests.site.pulp import Pulp

pytestmark = [pytest.mark.lab, pytest.mark.vm]

SIZE = 3_000_000
ELSEWHERE = "/srv/elsewhere"
BUILD = "pulp_quadlet_build_t"
# A web server that may do what it may not, so that one sees what that would be.
PERMISSIVE = '\n[selinux]\npermissive = ["web"]\n'
WANTED = "/run/systemd/generator/multi-user.target.d/50-pulp-quadlet.conf"


def with_one_more_worker(pulp: Pulp) -> str:
    """Of two, as in a site file that does not say how many; or of as many as it says."""
    text = pulp.read(SITE_FILE)
    if found := re.search(r"(?<=^\[workers\]\ncount = )\d+", text, re.MULTILINE):
        return text[: found.start()] + str(int(found[0]) + 1) + text[found.end() :]
    return f"{text}\n[workers]\ncount = 3\n"


def test_the_kernel_enforces(pulp: Pulp) -> None:
    enforces(pulp)


def test_the_site_is_healthy(pulp: Pulp) -> None:
    """Not at each glance: where a processor is emulated, a witness may need longer than a look waits for it."""
    pulp.wait_healthy()
    no_unit_failed(pulp)
    assert pulp.plan() == NOTHING_TO_DO


def test_the_modules_are_loaded(pulp: Pulp) -> None:
    listed = [line.split() for line in pulp.run("semodule", "-lfull").splitlines()]
    ours = sorted(words[:3] for words in listed if words[0] != "100")
    assert ours == [["400", "pulp_quadlet", "cil"], ["400", "pulp_quadlet_pulp", "cil"]]


def test_each_container_is_in_its_domain(pulp: Pulp) -> None:
    confined(pulp)


def test_the_agent_is_in_its_domain(pulp: Pulp) -> None:
    """It leaves when it is idle; a question starts it."""
    pulp.cli("status", check=False)
    pid = pulp.run("systemctl", "show", "--property=MainPID", "--value", "pulp-quadlet-agent.service").strip()
    assert pulp.read(f"/proc/{pid}/attr/current").rstrip("\0\n") == "system_u:system_r:pulp_quadlet_agent_t:s0"


def test_a_file_goes_in_and_comes_out(client: Clients) -> None:
    """Through nginx, API, worker and content server."""
    client.exchange_file(os.urandom(SIZE))


def test_a_worker_syncs_from_elsewhere(pulp: Pulp, client: Clients) -> None:
    """From a web server at the usual port; workers may reach no other by default."""
    listed = f"one.txt,{hashlib.sha256(b'one').hexdigest()},3\n"
    pulp.run("mkdir", "-p", ELSEWHERE)
    pulp.write(f"{ELSEWHERE}/one.txt", "one")
    pulp.write(f"{ELSEWHERE}/PULP_MANIFEST", listed)
    [link] = json.loads(pulp.run("ip", "-json", "-4", "address", "show", "dev", "eth0"))
    address = link["addr_info"][0]["local"]
    serve = ("python3", "-m", "http.server", "--directory", ELSEWHERE, "80")
    pulp.run("systemd-run", "--quiet", "--unit=elsewhere", "--collect", *serve)
    client.cli("file", "remote", "create", "--name", "elsewhere", "--url", f"http://{address}/PULP_MANIFEST")
    client.cli("file", "repository", "create", "--name", "synced", "--remote", "elsewhere", "--autopublish")
    client.cli("file", "repository", "sync", "--name", "synced")
    made = client.cli(
        *("file", "distribution", "create", "--name", "synced", "--base-path", "synced", "--repository", "synced")
    )
    assert client.run("curl", "-sS", "--fail", f"{made['base_url']}one.txt").stdout == "one"
    pulp.run("systemctl", "stop", "elsewhere.service")


def test_pip_installs_what_twine_uploaded(pulp: Pulp, client: Clients) -> None:
    client.cli("python", "repository", "create", "--name", "greetings")
    made = client.cli(
        *("python", "distribution", "create", "--name", "greetings", "--base-path", "greetings"),
        *("--repository", "greetings"),
    )
    project = client.folder / "greeting"
    project.mkdir()
    (project / "pyproject.toml").write_text(PROJECT)
    (project / "lab_greeting.py").write_text(GREETING)
    client.run("python", "-m", "build", "--wheel", "--no-isolation", str(project))
    [wheel] = (project / "dist").iterdir()
    upload = ("twine", "upload", "--non-interactive", "--disable-progress-bar", "--username=admin")
    client.run(*upload, f"--password={pulp.password}", "--repository-url", f"{made['base_url']}simple/", str(wheel))
    target = client.folder / "installed"
    pip = ("pip", "--isolated", "install", "-q", "--no-deps", "--no-cache-dir", "--target", str(target))
    index = ("--index-url", f"{made['base_url']}simple/", "--trusted-host", "localhost")
    # whoever asked for its page before would get the same answer, of Pulp's cache, for minutes
    wait_for("the wheel in the repository", lambda: packages_in(pulp, "greetings") == 1)
    client.run(*pip, *index, "lab-greeting")
    assert (target / "lab_greeting.py").read_text() == GREETING


def test_a_build_has_a_domain_in_which_it_can_work(pulp: Pulp) -> None:
    """An ordinary container may not even give a file to another user on Debian."""
    # by systemd, since a build may not write to what a login gave to its command
    install = f"touch /root/own && chown 700:700 /root/own && grep -q :{BUILD}: /proc/self/attr/current"
    label = f"--security-opt=label=type:{BUILD}"
    container = ("podman", "run", "--rm", "--network=none", label, base_image.NAME, "sh", "-c", install)
    run = ("systemd-run", "--quiet", "--wait", "--collect", *container)
    pulp.run(*run)
    assert pulp.machine.run([word.replace(BUILD, "container_t") for word in run], check=False).status != 0


def test_a_change_and_the_way_back_stay_confined(pulp: Pulp) -> None:
    """A boot applies it, a command takes it back. It lets a service do what it is denied: the kernel says so in its
    log, and enforces all else.
    """
    before, more = domains(pulp), with_one_more_worker(pulp)
    with site_file(pulp, more + PERMISSIVE):
        pulp.machine.reboot(degraded_ok=True, timeout=BOOT_TAKES_AT_MOST)
        pulp.wait_healthy(BOOT_TAKES_AT_MOST)
        no_unit_failed(pulp)
        assert pulp.plan() == NOTHING_TO_DO
        enforces(pulp)
        confined(pulp)
        [new] = domains(pulp).keys() - before
        assert role(new) == "worker"
        mark = Mark.now(pulp.machine)
        pulp.run("podman", "exec", "pulp-web", "perl", "-e", LISTEN)
        assert mark.of_ours() == []
        assert Denial("pq_pulp_web_t", "pq_pulp_web_t", "tcp_socket", "create") in mark.denials(permissive=True)
    pulp.cli("rollback")
    assert domains(pulp) == before
    enforces(pulp)
    assert pulp.plan() == NOTHING_TO_DO


def test_nginx_reads_its_configuration_again(pulp: Pulp, mark: Mark) -> None:
    """It is tested before, with other sockets than those which systemd holds."""
    pulp.run("systemctl", "reload", "pulp-web.service")
    assert mark.of_ours() == []


def test_a_service_may_check_a_site_file(pulp: Pulp) -> None:
    """As cloud-init does, whose children systemd started: Podman's generator has the domain of generators then."""
    said = pulp.run("systemd-run", "--wait", "--pipe", "--quiet", "pulp-quadlet", "check")
    assert "no problems" in said


def test_a_changed_site_file_is_seen(pulp: Pulp) -> None:
    """The generator runs at each reload of systemd as it does at boot, in the same domain."""
    with site_file(pulp, pulp.read(SITE_FILE) + "# changed\n"):
        pulp.run("systemctl", "daemon-reload")
        assert "Wants=pulp-quadlet-apply.service" in pulp.read(WANTED)
    pulp.run("systemctl", "daemon-reload")
    assert pulp.machine.run(["cat", WANTED], check=False).status != 0


def test_nothing_of_ours_was_denied(pulp: Pulp) -> None:
    """From the moment when the policy was first there until now."""
    assert Mark.of_all_time(pulp.machine).of_ours() == []
