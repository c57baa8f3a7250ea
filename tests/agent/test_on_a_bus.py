"""Tries, watching and the agent's own life, over a real bus of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pulp_quadlet.agent.contract import ERROR, JOB, MANAGER, NAME, PATH, SERVICE, job_path
from pulp_quadlet.dbus.connection import connected
from pulp_quadlet.dbus.errors import BusCallError
from pulp_quadlet.errors import ExitCode
from tests.agent.playing import play
from tests.agent.world import until, world
from tests.dbus.daemon import Daemon

pytestmark = pytest.mark.lab

PROPERTIES = "org.freedesktop.DBus.Properties"


def test_a_try_is_kept_when_it_is_confirmed(address: str, home: Path) -> None:
    async def story() -> None:
        async with world(address, home) as here:
            changes = await here.heard(PROPERTIES, "PropertiesChanged")
            with pytest.raises(BusCallError) as raised:
                await here.manager("Confirm", "a{sv}", {})
            assert raised.value.text == "no try is running that could be confirmed"
            await here.manager("Try", "sua{sv}", here.file, 30, {})
            await until(lambda: any(arguments[1].get("State") == "waiting" for _path, arguments in changes))
            await here.manager("Confirm", "a{sv}", {})
            assert (await here.result(1))["request"]["options"] == {"seconds": 30}

    play(story())


def test_a_try_that_is_not_ready_cannot_be_confirmed(address: str, home: Path) -> None:
    async def story() -> None:
        async with world(address, home) as here:
            here.words("hang")
            stepped = await here.heard(JOB, "Stepped")
            await here.manager("Try", "sua{sv}", here.file, 30, {})
            await until(lambda: stepped)
            with pytest.raises(BusCallError) as raised:
                await here.manager("Confirm", "a{sv}", {})
            assert raised.value.text == (
                f"job 1 (try of {here.file} by root) is not ready to be confirmed: step 1 of 2: write 3 files"
            )

    play(story())


def test_a_try_goes_back_when_its_caller_is_gone(address: str, home: Path) -> None:
    async def story() -> None:
        async with world(address, home) as here:
            async with connected(address) as other:
                await other.call(NAME, PATH, MANAGER, "Try", "sua{sv}", here.file, 30, {})
            with pytest.raises(BusCallError) as raised:
                await here.result(1)
            assert raised.value.name == f"{ERROR}.TryEnded"
            assert (await here.client.properties(NAME, job_path(1), JOB))["State"] == "returned"

    play(story())


@pytest.mark.parametrize(
    ("member", "signature", "arguments", "text"),
    [
        ("Apply", "sa{sv}", ["{file}", {"force": True}], "Apply has no option `force`"),
        ("Apply", "sa{sv}", ["{file}", {"plan": 3}], "the option `plan` of Apply is a text"),
        (
            "Rollback",
            "sua{sv}",
            ["{file}", 1, {"restore_database": "yes"}],
            "the option `restore_database` of Rollback is true or false",
        ),
        ("Try", "sua{sv}", ["{file}", 0, {}], "a try lasts from 1 to 86400 seconds, not 0"),
        ("Watch", "sa{sv}", ["{file}", {"x": "y"}], "Watch has no option `x`"),
        ("Plan", "sa{sv}", ["site.toml", {}], "site.toml is not an absolute path without `.` and `..`"),
    ],
)
def test_what_is_wrong_with_a_call_is_told(
    address: str, home: Path, member: str, signature: str, arguments: list[Any], text: str
) -> None:
    async def story() -> None:
        async with world(address, home) as here:
            given = [here.file if each == "{file}" else each for each in arguments]
            with pytest.raises(BusCallError) as raised:
                await here.manager(member, signature, *given)
            assert raised.value.text == text

    play(story())


def test_what_is_watched_is_there_and_tells_its_changes(address: str, home: Path) -> None:
    path = f"{PATH}/service/pulp/pulp_2dworker_2d1"

    async def story() -> None:
        async with world(address, home) as here:
            changes = await here.heard(PROPERTIES, "PropertiesChanged")
            async with connected(address) as other:
                await other.call(NAME, PATH, MANAGER, "Watch", "sa{sv}", here.file, {})
                assert (await here.client.properties(NAME, path, SERVICE))["Well"] is True
                (home / "sick").touch()
                await until(lambda: any(source == path for source, _ in changes))
                [change] = [arguments for source, arguments in changes if source == path]
                assert change == [SERVICE, {"Well": False, "Why": "heartbeat 41 s old"}, []]
                assert (await here.client.properties(NAME, PATH, MANAGER))["Watched"] == [here.file]
            await until(lambda: any(args[1].get("Watched") == [] for _path, args in changes))
            with pytest.raises(BusCallError):
                await here.client.properties(NAME, path, SERVICE)

    play(story())


def test_it_leaves_when_nobody_needs_it_and_numbers_go_on(address: str, home: Path) -> None:
    async def story() -> None:
        async with world(address, home, idle_timeout=0.2) as here:
            await here.manager("Apply", "sa{sv}", here.file, {})
            assert await here.agent is ExitCode.DONE
        async with world(address, home) as here:
            assert (await here.manager("Apply", "sa{sv}", here.file, {}))[0] == 2

    play(story())


def test_a_job_and_a_watcher_keep_it(address: str, home: Path) -> None:
    async def story() -> None:
        async with world(address, home, idle_timeout=1.0) as here:
            here.words("sleep 2")
            await here.manager("Apply", "sa{sv}", here.file, {})
            await here.result(1)
            await here.manager("Watch", "sa{sv}", here.file, {})
            await asyncio.sleep(2)
            assert not here.agent.done()
            await here.manager("Unwatch", "sa{sv}", here.file, {})
            assert await here.agent is ExitCode.DONE

    play(story())


def test_a_lost_bus_lets_a_job_end_and_then_systemd_start_the_agent_again(tmp_path: Path, home: Path) -> None:
    folder = tmp_path / "lost"
    folder.mkdir()
    daemon = Daemon(folder)

    async def story() -> None:
        async with world(daemon.address, home) as here:
            here.words("sleep 0.5")
            await here.manager("Apply", "sa{sv}", here.file, {})
            daemon.kill()
            assert await here.agent is ExitCode.HOST

    play(story())
