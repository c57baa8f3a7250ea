"""Nobody notices a change: requests and uploads run across each kind of it, none fails, and a sync goes on.

The changes build on each other, and all of them are taken back at the end: a change of the site file takes half a
minute, so that each is made once.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.site import loading
from tests.site.pulp import SITE_FILE, wait_for
from tests.told import LOADS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.site.loading import Content, Load
    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

NAME = "loaded"
SLOW = Path(__file__).with_name("slow_remote.py")
REMOTE = "lab-slow-remote"
PORT = "8091"
FILES, SECONDS = "10", "1"  # one at a time: a sync takes some seconds more than both together
SETTING = "\n[settings]\nORPHAN_PROTECTION_TIME = 1441\n"
TIMEOUT = "\n[api]\ntimeout = 61\n"


@pytest.fixture(scope="module")
def content(pulp: Pulp) -> Iterator[Content]:
    """Content to ask for, and a site that is as it was afterwards."""
    before = pulp.read(SITE_FILE)
    pulp.wait_healthy()
    with slow_remote(pulp) as url:
        made = loading.distribute(pulp, NAME)
        remote = ("--data", f"name={NAME}", "--data", f"url={url}", "--data", "download_concurrency=1")
        pulp.api("remotes/file/file/", *remote)
        yield made
    pulp.write(SITE_FILE, before)
    pulp.cli("apply")
    pulp.wait_healthy()
    loading.forget(pulp, NAME)


@contextmanager
def slow_remote(pulp: Pulp) -> Iterator[str]:
    """The address of a repository elsewhere that is slow."""
    pulp.machine.copy_in(SLOW, f"/root/{SLOW.name}")
    gateway = pulp.run("podman", "network", "inspect", "--format", "{{(index .Subnets 0).Gateway}}", "pulp").strip()
    serve = ("python3", f"/root/{SLOW.name}", gateway, PORT, FILES, SECONDS)
    pulp.run("systemd-run", "--quiet", f"--unit={REMOTE}", *serve)
    url = f"http://{gateway}:{PORT}/PULP_MANIFEST"
    try:
        wait_for("the remote serves", lambda: pulp.machine.run(["curl", "-sS", url], check=False).status == 0)
        yield url
    finally:
        pulp.run("systemctl", "stop", f"{REMOTE}.service")


def begin_sync(pulp: Pulp) -> str:
    """A task that takes longer than what is done meanwhile, or is waited for by it."""
    [repository] = pulp.api(f"repositories/file/file/?name={NAME}")["results"]
    [remote] = pulp.api(f"remotes/file/file/?name={NAME}")["results"]
    path = repository["pulp_href"].removeprefix("/pulp/api/v3/")
    task = str(pulp.api(f"{path}sync/", "--data", f"remote={remote['pulp_href']}")["task"])
    wait_for("the sync runs", lambda: state(pulp, task) == "running", limit=60)
    return task


def state(pulp: Pulp, task: str) -> str:
    return str(pulp.api(task.removeprefix("/pulp/api/v3/"))["state"])


def across(pulp: Pulp, content: Content, what: str, change: Callable[[], None]) -> Load:
    """The load, and a sync, while something is done; nothing of them failed."""
    with loading.load(pulp, content) as load:
        task = begin_sync(pulp)
        change()
        pulp.wait_healthy()
        pulp.wait_task(task)
    LOADS.append(f"a load across {what:16} {load.line}")
    assert load.failures == []
    assert load.answers > 200
    assert load.uploads["done"]
    assert loading.stored(pulp, load) == []
    return load


def containers(pulp: Pulp) -> dict[str, str]:
    return {name: started for name, (_, started) in pulp.containers().items()}


def changed(pulp: Pulp, before: dict[str, str]) -> set[str]:
    """The services whose container is another one by now."""
    after = containers(pulp)
    return {name for name in before if after.get(name) != before[name]}


@pytest.mark.thorough
def test_a_settings_change(pulp: Pulp, content: Content) -> None:
    """Workers and content are started anew, one after the other; the API reads its settings again."""
    before = containers(pulp)
    pulp.write(SITE_FILE, pulp.read(SITE_FILE) + SETTING)
    across(pulp, content, "settings", lambda: applied(pulp))
    assert changed(pulp, before) == {"pulp-worker-1", "pulp-worker-2", "pulp-content-1", "pulp-content-2"}


@pytest.mark.parametrize("service", ["pulp-api-1", "pulp-content-2"])
@pytest.mark.thorough
def test_a_restart(pulp: Pulp, content: Content, service: str) -> None:
    before = containers(pulp)
    restart = ("systemctl", "restart", f"{service}.service")
    across(pulp, content, service, lambda: restarted(pulp, restart))
    assert changed(pulp, before) == {service}


@pytest.mark.thorough
def test_another_configuration_of_nginx(pulp: Pulp, content: Content) -> None:
    """It is told to reload. All of Pulp has the limit that it waits for, and is started anew beside it."""
    before = containers(pulp)
    pulp.write(SITE_FILE, pulp.read(SITE_FILE) + TIMEOUT)
    across(pulp, content, "nginx", lambda: applied(pulp))
    assert "proxy_read_timeout 91s;" in pulp.read("/etc/pulp-quadlet/pulp/current/config/web/nginx.conf")
    assert "pulp-web" not in changed(pulp, before)


@pytest.mark.thorough
def test_one_more_plugin(pulp: Pulp, content: Content, one_more_plugin: str) -> None:
    """Its migrations run beside the old processes, which are replaced one after the other."""
    before = containers(pulp)
    pulp.write(SITE_FILE, pulp.read(SITE_FILE) + one_more_plugin)
    across(pulp, content, "image", lambda: applied(pulp))
    roles = ("pulp-worker-{}", "pulp-content-{}", "pulp-api-{}")
    assert changed(pulp, before) >= {role.format(number) for role in roles for number in (1, 2)}
    versions = pulp.request("/pulp/api/v3/status/").json()["versions"]
    assert "deb" in {each["component"] for each in versions}


def applied(pulp: Pulp) -> None:
    pulp.cli("apply")


def restarted(pulp: Pulp, restart: tuple[str, ...]) -> None:
    pulp.run(*restart, timeout=150)
