"""What else goes wrong on a host while a site is changed, each for real: it ends old or new, whole, and serves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulp_quadlet.errors import ExitCode
from tests.site.faulting import AGENT, HOME, MORE, RUN, Site, faulty
from tests.site.pulp import SITE_FILE, wait_for
from tests.told import REAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

WORKER = "/etc/systemd/system/pulp-worker-3.service.d"
BACK = "pulp went back to generation"
BETWEEN = "pulp is between two generations"


@pytest.fixture(scope="module")
def site(pulp: Pulp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    found = Site(pulp, first=pulp.read(SITE_FILE))
    found.upload(tmp_path_factory.mktemp("faults"))
    with faulty(pulp):
        yield found
    found.remove()


@contextmanager
def worker_with(site: Site, *lines: str) -> Iterator[None]:
    """A drop-in of somebody else for the third worker."""
    site.pulp.run("mkdir", "-p", WORKER)
    site.pulp.write(f"{WORKER}/fault.conf", "\n".join(("[Service]", *lines, "")))
    try:
        yield
    finally:
        site.pulp.run("rm", "-r", WORKER)
        site.pulp.run("systemctl", "daemon-reload")


def failed(site: Site, text: str, outcome: str, status: int = ExitCode.HOST) -> str:
    """An apply that fails and says what there is now."""
    done = site.apply(text)
    assert done.status == status, done.stdout + done.stderr
    assert outcome in done.stderr
    return done.stderr


@pytest.mark.thorough
def test_a_plugin_that_there_is_not(site: Site) -> None:
    with REAL.fault():
        failed(site, f'{site.first}\n[plugins]\npulp-no-such-plugin = "*"\n', "nothing was changed", ExitCode.SITE)
        site.is_whole(site.first)


def test_an_image_that_cannot_be_built(site: Site) -> None:
    with REAL.fault():
        failed(site, f'{site.first}\n[image]\nbase = "localhost/no-such:image"\n', "nothing was changed")
        site.is_whole(site.first)


@pytest.mark.parametrize(
    "line",
    [
        "ExecStart=",
        pytest.param("ExecStartPre=/bin/false", marks=pytest.mark.thorough),
        pytest.param("ExecStart=/no/such/program", marks=pytest.mark.thorough),
    ],
)
def test_a_unit_that_systemd_refuses_or_that_fails(site: Site, line: str) -> None:
    with REAL.fault(), worker_with(site, line, "Restart=no"):
        said = failed(site, site.first + MORE, BACK)
        assert "pulp-worker-3.service" in said
        site.is_whole(site.first)


def test_a_service_that_never_gets_healthy(site: Site) -> None:
    sleeps = ("Type=exec", "ExecStart=", "ExecStart=/bin/sleep infinity", "ExecStop=", "ExecStopPost=")
    site.pulp.write(f"{RUN}/healthy-within", "4")
    try:
        with REAL.fault(), worker_with(site, *sleeps):
            said = failed(site, site.first + MORE, BACK)
            assert "Pulp is not healthy 4 seconds after the last step: pulp-worker-3 " in said
            site.is_whole(site.first)
    finally:
        site.pulp.run("rm", f"{RUN}/healthy-within")


def test_a_disk_that_gets_full(site: Site) -> None:
    """A small file system in the place of the site's folder, with all that was there, and little room beside it."""
    pulp = site.pulp
    pulp.run("systemctl", "stop", AGENT)
    small = (
        f"mkdir /run/small && mount -t tmpfs -o mode=755,size=64m tmpfs /run/small && cp -a {HOME}/. /run/small/"
        f" && mount --bind /run/small {HOME}"
        f" && dd if=/dev/zero of=/run/small/filler bs=1k count=$(($(df -k --output=avail /run/small | tail -1) - 100))"
    )
    pulp.run("sh", "-c", small)
    try:
        with REAL.fault():
            said = failed(site, site.first + MORE, "nothing was changed")
            assert "cannot be written: No space left on device" in said
            assert pulp.run("find", f"{HOME}/generations", "-maxdepth", "1", "-name", ".*") == ""
            site.is_whole(site.first)
    finally:
        pulp.run("systemctl", "stop", AGENT)
        pulp.run("sh", "-c", f"umount {HOME} && umount /run/small && rmdir /run/small")
    site.is_whole(site.first)


@pytest.mark.thorough
def test_the_socket_of_podman_is_gone_before_anything_is_done(site: Site) -> None:
    pulp = site.pulp
    pulp.run("systemctl", "mask", "--runtime", "--now", "podman.socket")
    try:
        with REAL.fault():
            failed(site, site.first + MORE, "nothing was changed")
    finally:
        pulp.run("systemctl", "unmask", "--runtime", "podman.socket")
    site.is_whole(site.first)


def test_the_socket_of_podman_is_gone_in_the_middle(site: Site) -> None:
    """Then the way back is barred too, and the next change goes back first."""
    pulp = site.pulp
    pulp.write(f"{RUN}/healthy-within", "2")
    pulp.write(f"{RUN}/fault", "after start_units systemctl mask --runtime --now podman.socket podman.service")
    try:
        with REAL.fault():
            said = failed(site, site.first + MORE, BETWEEN)
            assert "see what stands in the way, then `pulp-quadlet apply`, which goes back first" in said
            assert site.is_open()
            pulp.run("systemctl", "unmask", "--runtime", "podman.socket", "podman.service")
            done = site.apply(site.first)
            assert done.status == 0, done.stderr
            site.is_whole(site.first)
    finally:
        pulp.run("systemctl", "unmask", "--runtime", "podman.socket", "podman.service")
        pulp.run("rm", f"{RUN}/healthy-within")


def test_the_agent_loses_its_bus(site: Site) -> None:
    """Its connection is shut down under it: what it was at is brought to an end, without anybody to tell it to."""
    pulp = site.pulp
    pulp.machine.copy_in(Path(__file__).with_name("cut_bus.py"), "/root/cut_bus.py")
    pulp.write(f"{RUN}/fault", f"before start_units touch {RUN}/now; sleep 2")
    with REAL.fault(), ThreadPoolExecutor() as pool:
        applying = pool.submit(site.apply, site.first + MORE)
        wait_for("the apply is in its middle", lambda: "now" in pulp.run("ls", RUN), 60)
        pulp.run("python3", "/root/cut_bus.py", pulp.run("systemctl", "show", "-P", "MainPID", AGENT).strip())
        assert applying.result().status == 5
        site.wait_ended()
        site.is_whole(site.first + MORE)
    pulp.run("rm", f"{RUN}/now")
    assert site.apply(site.first).status == 0


def test_two_at_once(site: Site) -> None:
    pulp = site.pulp
    pulp.write(f"{RUN}/fault", f"before start_units touch {RUN}/now; sleep 3")
    with REAL.fault(), ThreadPoolExecutor() as pool:
        first = pool.submit(site.apply, site.first + MORE)
        wait_for("the first is in its middle", lambda: "now" in pulp.run("ls", RUN), 60)
        second = pulp.cli("apply", check=False)
        assert second.status == 1
        assert "(apply of /etc/pulp-quadlet/site.toml by root) runs since " in second.stderr
        assert first.result().status == 0
        site.is_whole(site.first + MORE)
    pulp.run("rm", f"{RUN}/now")
    assert site.apply(site.first).status == 0


def test_the_site_file_changes_meanwhile(site: Site) -> None:
    """What was read is what is applied, and that there is more by now is told."""
    with REAL.fault():
        site.pulp.write(f"{RUN}/fault", f"after begin printf '[api]\\ntimeout = 301\\n' >>{SITE_FILE}")
        done = site.apply(site.first + MORE)
        assert done.status == 0
        assert "warning: the site file was changed meanwhile; what was applied is how it was before\n" in done.stderr
        assert "api.timeout" in site.pulp.plan()
        site.is_whole(site.first + MORE)
    assert site.apply(site.first).status == 0
