"""What an uninstall removes and keeps, in which order, and what it says."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace

import pytest

from pulp_quadlet.changing.uninstall import take_stock, uninstall
from pulp_quadlet.errors import HostError
from pulp_quadlet.model.generation import Generation, Origin
from pulp_quadlet.model.inventory import Inventory
from pulp_quadlet.pipeline import Request, apply
from pulp_quadlet.report.inventory import inventory_text, uninstalled_text
from tests.fake_host import FakeHost, Heard
from tests.policies import policy, with_policy
from tests.sites import compiled

ROOTS = ("/etc/pulp-quadlet/pulp", "/srv/pulp")


def installed(*, selinux: bool = False) -> FakeHost:
    host = FakeHost()
    wanted: Generation = compiled().generation(Origin())
    if selinux:
        host.state = replace(host.state, policies={})
        wanted = with_policy(wanted, policy(*ROOTS))
    asyncio.run(apply(Request(wanted=wanted), host, Heard()))
    host.did.clear()
    return host


def uninstalled(host: FakeHost, heard: Heard | None = None) -> Inventory:
    return asyncio.run(uninstall("pulp", host, heard or Heard()))


def test_all_but_data_and_secrets_goes() -> None:
    host = installed()
    found = asyncio.run(take_stock("pulp", host))
    assert uninstalled(host) == found
    assert not any(unit.runs for unit in host.state.units.values())
    assert not host.state.files
    assert host.removed == set(found.folders)
    assert found.folders == (
        *("/run/pulp-quadlet/pulp/front", "/run/pulp-quadlet/pulp/health"),
        *("/var/lib/pulp-quadlet/pulp/routes", "/var/lib/pulp-quadlet/pulp/web-temp"),
        *("/run/pulp-quadlet/pulp", "/run/pulp-quadlet/same-pulp", "/etc/pulp-quadlet/pulp"),
    )
    assert found.networks == ("pulp",)
    assert found.images
    assert set(found.images).isdisjoint(host.state.images)
    assert set(found.data) == {
        *("/var/lib/pulp-quadlet/pulp/postgres", "/var/lib/pulp-quadlet/pulp/storage"),
        "/var/lib/pulp-quadlet/pulp/dumps",
    }
    assert set(found.secrets) == set(host.state.secrets)


def test_nothing_runs_any_more_before_anything_is_removed() -> None:
    host = installed(selinux=True)
    uninstalled(host)
    switch = host.did.index("switch back to 0")
    stops = [number for number, did in enumerate(host.did) if did.startswith("stop ")]
    assert stops
    assert max(stops) < switch
    assert host.did[switch:] == [
        *("switch back to 0", "reload", "remove pulp_quadlet_pulp, pulp_quadlet"),
        *("label /etc/pulp-quadlet/pulp /srv/pulp", "remove network pulp", "remove images", "remove folders"),
    ]
    assert host.state.policies == {}


def test_a_shared_module_that_confines_the_agent_leaves_later() -> None:
    host = installed(selinux=True)
    host.state = replace(host.state, confined=True)
    assert uninstalled(host).policies == ("pulp_quadlet_pulp",)
    assert list(host.state.policies or {}) == ["pulp_quadlet"]
    assert asyncio.run(host.unload_later())


def test_what_was_interrupted_is_done_by_the_next() -> None:
    host = installed(selinux=True)
    host.broken_once = {"remove folders"}
    with pytest.raises(HostError) as caught:
        uninstalled(host)
    assert caught.value.outcome == "pulp is uninstalled in part"
    [problem] = caught.value.problems
    assert problem.notes[0] == "tried: remove 7 folders"
    assert problem.help == ("`pulp-quadlet uninstall` does what is left",)
    host.did.clear()
    uninstalled(host)
    assert host.did == ["reload", "remove network pulp", "remove images", "remove folders"]
    host.did.clear()
    assert not uninstalled(host).is_there
    assert host.did == []


def test_what_somebody_else_uses_keeps_nothing_else() -> None:
    host, heard = installed(), Heard()
    host.broken = {"remove images"}
    uninstalled(host, heard)
    assert heard.said == ["remove 4 images: remove images failed"]
    assert "remove folders" in host.did


def test_a_change_that_lies_open_is_ended_first() -> None:
    host, heard = installed(), Heard()
    host.opened = None
    assert uninstalled(host, heard).generations == (1,)
    assert heard.said == []


FOUND = Inventory(
    site="pulp",
    units=("pulp.target", "pulp-web.service"),
    links=("/etc/x",),
    generations=(1, 2, 3),
    networks=("pulp",),
    images=("localhost/a:1", "localhost/b:2"),
    policies=("pulp_quadlet_pulp",),
    folders=("/etc/pulp-quadlet/pulp",),
    data=("/srv/pulp",),
    secrets=("pulp-fields-key",),
)


def test_what_is_said() -> None:
    assert inventory_text([asdict(FOUND)]) == (
        "pulp would be stopped and removed:\n"
        "    - 2 units, 1 link, 3 generations\n"
        "    - 1 network: pulp\n"
        "    - 2 images: localhost/a:1, localhost/b:2\n"
        "    - 1 SELinux module: pulp_quadlet_pulp\n"
        "    - 1 folder: /etc/pulp-quadlet/pulp\n"
        "What would stay:\n"
        "    = /srv/pulp\n"
        "    = secret pulp-fields-key"
    )
    assert uninstalled_text([asdict(FOUND)]) == (
        "pulp is uninstalled.\nWhat stays:\n    = /srv/pulp\n    = secret pulp-fields-key"
    )
    nothing = asdict(Inventory(site="pulp"))
    assert inventory_text([nothing]) == "This host has nothing of pulp."
    assert inventory_text([]) == uninstalled_text([]) == "This host has nothing of Pulp."
