"""A plan says what `apply` will do and why, and finds whatever somebody altered behind its back."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.site.changing import NOTHING_TO_DO, footprint, planned, site_file, with_workers
from tests.site.pulp import SITE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

APPLIED = "/etc/pulp-quadlet/pulp/current"
UNIT = f"{APPLIED}/quadlet/pulp-worker-2.container"
SETTINGS = f"{APPLIED}/config/pulp/settings.py"
SOCKET = f"{APPLIED}/systemd/pulp-web.socket"


@pytest.fixture
def third_worker(pulp: Pulp) -> Iterator[str]:
    """A site file that asks for one more worker; the place where it does."""
    text = with_workers(pulp, 3)
    with site_file(pulp, text):
        yield f"workers.count (site.toml:{text.splitlines().index('count = 3') + 1})"


def test_each_step_names_the_line_that_asks_for_it(pulp: Pulp, third_worker: str) -> None:
    text, told = pulp.plan(), planned(pulp)
    install, _reload, start = told["steps"]
    assert install["changes"] == [
        {"kind": "add", "path": "quadlet/pulp-worker-3.container", "cause": third_worker},
        {"kind": "change", "path": "systemd/pulp.target", "cause": third_worker},
    ]
    assert (start["title"], start["why"]) == ("start pulp-worker-3.service", [f"it is new: {third_worker}"])
    for step in told["steps"]:
        assert f". {step['title']}: {'; '.join(step['why'])}\n" in text
    assert f"       + quadlet/pulp-worker-3.container: {third_worker}\n" in text
    assert text.endswith(f"{len(told['steps'])} steps to do; nothing was changed yet.\n")
    assert told["plan"]


@pytest.mark.thorough
def test_what_an_image_brings_is_known_when_it_is_there(pulp: Pulp) -> None:
    """A plan builds nothing, and it is the image that has the migrations."""
    text = f'{pulp.read(SITE_FILE)}\n[plugins]\npulp-python = "*"\npulp-rpm = "*"\npulp-npm = "*"\n'
    with site_file(pulp, text):
        told = pulp.plan()
    line = text.splitlines().index('pulp-npm = "*"') + 1
    build = told.splitlines()[0]
    assert build.startswith("  1. build localhost/pulp-quadlet/pulp:")
    assert f"plugins.pulp-npm (site.toml:{line})" in build
    assert "\nWhich migrations of the database that brings is known when the image is there.\n" in told


@pytest.mark.usefixtures("third_worker")
def test_a_plan_that_is_another_one_by_now_is_refused(pulp: Pulp) -> None:
    shown = planned(pulp)["plan"]
    pulp.write(SITE_FILE, pulp.read(SITE_FILE).replace("count = 3", "count = 4"))
    before = footprint(pulp)
    result = pulp.cli("apply", "--plan", shown, check=False)
    assert result.status == 4
    assert result.stderr.startswith(
        "error[changed-since-plan]: the plan is another one by now: the host or the site file was changed after it was"
    )
    assert result.stderr.endswith("1 problem; nothing was changed\n")
    assert footprint(pulp) == before


def test_what_was_altered_by_hand_is_shown_row_by_row_and_mended(pulp: Pulp) -> None:
    """Also a container that was started from an altered unit, and a process that read altered settings."""
    names = (UNIT, SETTINGS, SOCKET)
    written = {name: pulp.read(name) for name in names}
    before = pulp.containers()
    pulp.run("sed", "-i", "s/^Description=.*/Description=By hand/; s/^PidsLimit=.*/PidsLimit=999/", UNIT)
    pulp.run("sh", "-c", f"echo '# by hand' >>{SETTINGS}")
    pulp.run("systemctl", "daemon-reload")
    pulp.run("systemctl", "restart", "pulp-worker-2.service")
    pulp.run("sh", "-c", f"echo '# by hand' >>{SOCKET}")
    told = planned(pulp)
    rows = {row["what"]: row["how"] for row in told["drift"]}
    by_hand = "was altered by hand"
    assert rows == {
        "quadlet/pulp-worker-2.container": by_hand,
        "config/pulp/settings.py": by_hand,
        "systemd/pulp-web.socket": by_hand,
        "pulp-web.socket": "is older in systemd than on the disk",
        "container pulp-worker-2": "was started from a unit that was altered by hand",
    }
    assert "Not as it was applied: config/pulp/settings.py was altered by hand\n" in pulp.plan()
    pulp.cli("apply")
    assert {name: pulp.read(name) for name in names} == written
    after = pulp.containers()
    # whose process is another one now: nobody else had read what was altered
    assert {name for name in before if before[name] != after[name]} == {"pulp-worker-2", "pulp-web"}
    assert pulp.plan() == NOTHING_TO_DO
    show = ("systemctl", "show", "--property=Description", "--value", "pulp-worker-2.service")
    assert pulp.run(*show) != "By hand\n"


def test_a_container_that_belongs_to_nothing_is_shown(pulp: Pulp) -> None:
    image = json.loads(pulp.run("podman", "inspect", "pulp-cache"))[0]["Image"]
    label = "org.pulpproject.quadlet.site=pulp"
    run = ("podman", "run", "--detach", "--rm", "--name=pulp-stranger", f"--label={label}", "--init")
    pulp.run(*run, "--entrypoint=sleep", image, "600")
    try:
        told = planned(pulp)
    finally:
        pulp.run("podman", "rm", "--force", "--time=0", "pulp-stranger")
    assert told["drift"] == [{"what": "container pulp-stranger", "how": "runs, and no unit of the site says so"}]


def test_a_container_of_another_unit_is_mended(pulp: Pulp) -> None:
    """Somebody put an older unit in the place of today's, started it, and put today's back."""
    unit = pulp.read(UNIT)
    pulp.write(UNIT, re.sub(r"(quadlet\.digest=)[0-9a-f]+", r"\g<1>0123456789abcdef", unit))
    pulp.run("systemctl", "daemon-reload")
    pulp.run("systemctl", "restart", "pulp-worker-2.service")
    pulp.write(UNIT, unit)
    pulp.run("systemctl", "daemon-reload")
    told = planned(pulp)
    assert told["drift"] == [
        {"what": "container pulp-worker-2", "how": "was not started from the unit that is applied"}
    ]
    assert [step["title"] for step in told["steps"]] == ["restart pulp-worker-2.service"]
    pulp.cli("apply")
    assert pulp.plan() == NOTHING_TO_DO
