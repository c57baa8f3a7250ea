"""What objects tell of themselves by the standard interfaces."""

from __future__ import annotations

import pytest

from pulp_quadlet.dbus.server import NAME
from tests.dbus.world import JOB, MANAGER, ROOT, Job, play, served

pytestmark = pytest.mark.lab

PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"


def test_properties_are_read(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            world.manager.jobs = [f"{ROOT}/job/_1"]
            everything = {"Version": "1", "Jobs": [f"{ROOT}/job/_1"], "Load": 0.5}
            assert await world.client.properties(NAME, ROOT, MANAGER) == everything
            assert await world.client.properties(NAME, ROOT, "") == everything
            assert await world.client.properties(NAME, ROOT, PROPERTIES) == {}
            assert await world.client.property(NAME, ROOT, MANAGER, "Version") == "1"
            assert await world.client.property(NAME, ROOT, "", "Load") == 0.5

    play(story())


def test_the_objects_are_those_below_the_root(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            assert await world.client.call(NAME, ROOT, OBJECT_MANAGER, "GetManagedObjects") == [{}]
            world.server.add(f"{ROOT}/job/_1", {JOB: Job(1)})
            told = await world.client.call(NAME, ROOT, OBJECT_MANAGER, "GetManagedObjects")
            assert told == [{f"{ROOT}/job/_1": {JOB: {"Id": 1}}}]

    play(story())


def test_peers_are_greeted_everywhere(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            peer = "org.freedesktop.DBus.Peer"
            assert await world.client.call(NAME, "/nowhere", peer, "Ping") == []
            [machine] = await world.client.call(NAME, ROOT, peer, "GetMachineId")
            assert len(machine) == 32

    play(story())
