"""Other people's clients: busctl is made of sd-bus, gdbus of GLib."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pulp_quadlet.dbus.server import NAME
from tests.dbus.world import JOB, MANAGER, ROOT, Job, World, answering, failing, play, served
from tests.lab.command import Result, run

pytestmark = pytest.mark.lab

MEMBERS = """\
org.pulpproject.Quadlet1.Manager interface - - -
.Do method sa{sv} so -
.Nothing method - - -
.Jobs property ao 0 emits-change
.Load property d 0.5 emits-invalidation
.Version property s "1" const
.Said signal s - -
"""
TREE = """\
└─/org
  └─/org/pulpproject
    └─/org/pulpproject/Quadlet1
      └─/org/pulpproject/Quadlet1/job
        └─/org/pulpproject/Quadlet1/job/_1
"""


async def busctl(address: str, *words: str) -> Result:
    return await asyncio.to_thread(run, ["busctl", f"--address={address}", *words], check=False)


async def gdbus(address: str, verb: str, *words: str, path: str = ROOT) -> Result:
    argv = ["gdbus", verb, "--address", address, "--dest", NAME, "--object-path", path, *words]
    return await asyncio.to_thread(run, argv, check=False)


def test_busctl_reads_the_contract(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            world.server.add(f"{ROOT}/job/_1", {JOB: Job(1)})
            told = await busctl(address, "introspect", NAME, ROOT)
            lines = [" ".join(line.split()) for line in told.stdout.splitlines()]
            ours = lines[lines.index("org.pulpproject.Quadlet1.Manager interface - - -") :]
            assert "\n".join(ours) + "\n" == MEMBERS
            assert (await busctl(address, "tree", "--list", NAME)).stdout.splitlines()[-1] == f"{ROOT}/job/_1"
            assert (await busctl(address, "tree", NAME)).stdout == TREE
            assert (await busctl(address, "introspect", NAME, "/nowhere")).status == 1

    play(story())


def test_busctl_calls(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            world.manager.handler = answering("said", "/path")
            told = await busctl(address, "call", NAME, ROOT, MANAGER, "Do", "sa{sv}", "x", "1", "key", "s", "value")
            assert (told.stdout, told.status) == ('so "said" "/path"\n', 0)
            world.manager.handler = failing(ZeroDivisionError())
            told = await busctl(address, "call", NAME, ROOT, MANAGER, "Nothing")
            assert told.stderr == "Call failed: Nothing failed by a bug in pulp-quadlet; its journal tells more\n"
            told = await busctl(address, "get-property", NAME, ROOT, MANAGER, "Version", "Load")
            assert told.stdout == 's "1"\nd 0.5\n'
            told = await busctl(address, "set-property", NAME, ROOT, MANAGER, "Version", "s", "2")
            assert told.stderr == (
                f"Failed to set property Version on interface {MANAGER}: the property Version cannot be written\n"
            )

    play(story())


def test_gdbus_reads_the_contract(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            world.server.add(f"{ROOT}/job/_1", {JOB: Job(7)})
            told = await gdbus(address, "introspect", "--xml")
            assert f'<interface name="{MANAGER}">' in told.stdout
            assert "not for the bus" not in told.stdout
            told = await gdbus(address, "introspect", path=f"{ROOT}/job/_1")
            assert "readonly u Id = 7;" in told.stdout
            told = await gdbus(address, "introspect", "--recurse", path="/")
            assert "readonly u Id = 7;" in told.stdout
            told = await gdbus(address, "introspect", path="/nowhere")
            assert (told.stdout, told.status) == ("", 1)
            assert "org.freedesktop.DBus.Error.UnknownObject: there is no object /nowhere" in told.stderr

    play(story())


def test_gdbus_calls_and_hears(address: str) -> None:
    async def story() -> None:
        async with served(address) as world:
            await _calls(world, address)

    play(story())


async def _calls(world: World, address: str) -> None:
    async def handler(member: str, arguments: list[Any], caller: object) -> tuple[Any, ...]:
        return (f"{member} {arguments}", "/")

    world.manager.handler = handler
    told = await gdbus(address, "call", "--method", f"{MANAGER}.Do", "what", "{'key': <uint32 5>}")
    assert told.stdout == "(\"Do ['what', {'key': 5}]\", objectpath '/')\n"
    told = await gdbus(address, "call", "--method", "org.freedesktop.DBus.ObjectManager.GetManagedObjects")
    assert told.stdout == "(@a{oa{sa{sv}}} {},)\n"
