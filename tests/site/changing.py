"""Changes of the running site's file, and what an apply could have touched."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.site.pulp import SITE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.site.pulp import Pulp

NOTHING_TO_DO = "Nothing to do: pulp runs as the site file says.\n"
BOOT_TAKES_AT_MOST = 400.0  # seconds; the whole of Pulp starts before a boot is complete
# The last of these folders is written anew at every daemon-reload.
WATCHED = ["/etc/pulp-quadlet", "/etc/containers", "/etc/systemd/system", "/etc/tmpfiles.d", "/run/systemd/generator"]
# The site file is the user's, and the agent counts its jobs.
NOT_WATCHED = (f"{SITE_FILE} ", "/etc/pulp-quadlet ", "/etc/pulp-quadlet/pulp/lock ")


@contextmanager
def site_file(pulp: Pulp, text: str) -> Iterator[None]:
    """Another text for the site file, and the old one again afterwards."""
    before = pulp.read(SITE_FILE)
    pulp.write(SITE_FILE, text)
    try:
        yield
    finally:
        pulp.write(SITE_FILE, before)


def with_workers(pulp: Pulp, count: int) -> str:
    return f"{pulp.read(SITE_FILE)}\n[workers]\ncount = {count}\n"


def footprint(pulp: Pulp) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """All that an apply could touch: the processes, and the files with their times."""
    files = pulp.run("find", *WATCHED, "-printf", "%p %l %m %T@ %C@\n")
    return pulp.containers(), sorted(line for line in files.splitlines() if not line.startswith(NOT_WATCHED))


def planned(pulp: Pulp) -> dict[str, Any]:
    """What `plan --json` says."""
    told: dict[str, Any] = json.loads(pulp.cli("plan", "--json").stdout)
    return told


def history(pulp: Pulp) -> list[dict[str, Any]]:
    """The generations, the oldest first."""
    told: list[dict[str, Any]] = json.loads(pulp.cli("history", "--json").stdout)["generations"]
    return told[::-1]


def current(pulp: Pulp) -> int:
    """The number of the generation that runs, which must be the last good one."""
    links = {pulp.run("readlink", f"/etc/pulp-quadlet/pulp/{name}") for name in ("current", "good")}
    assert len(links) == 1, links
    return int(links.pop().rpartition("/")[2])
