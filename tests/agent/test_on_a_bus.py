"""The agent on a real bus of its own, with a fake process that does the work."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pulp_quadlet.agent.contract import ERROR, JOB, MANAGER, NAME, PATH, SERVICE, job_path
from pulp_quadlet.agent.main import Setting, serve
from pulp_quadlet.dbus.connection import Bus, connected
from pulp_quadlet.dbus.errors import BusCallError
from pulp_quadlet.errors import ExitCode
from tests.agent.fake_agent import WORK, watch
from tests.dbus.daemon import Daemon

pytestmark = pytest.mark.lab

PROPERTIES = "org.freedesktop.DBus.Properties"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "bus"
    folder.mkdir()
    daemon = Daemon(folder)
    yield daemon.address
    daemon.kill()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (home / "site.toml").write_text("")
    monkeypatch.setenv("FAKE_HOME", str(home))
    return home


@dataclass
class World:
    """An agent, and a client with a connection of its own."""

    client: Bus
    home: Path
    agent: asyncio.Task[ExitCode]
    address: str

    @property
    def file(self) -> str:
        return str(self.home / "site.toml")

    def words(self, *words: str) -> None:
        """What the fake process shall do."""
        (self.home / "words").write_text("\n".join(words))

    async def manager(self, member: str, signature: str, *arguments: Any) -> list[Any]:
        return await self.client.call(NAME, PATH, MANAGER, member, signature, *arguments)

    async def job(self, number: int, member: str) -> list[Any]:
        return await self.client.call(NAME, job_path(number), JOB, member, "a{sv}", {})

    async def result(self, number: int) -> dict[str, Any]:
        value: dict[str, Any] = json.loads((await self.job(number, "Result"))[0])
        return value

    async def heard(self, interface: str, member: str) -> list[tuple[str, list[Any]]]:
        heard: list[tuple[str, list[Any]]] = []
        await self.client.signals(
            sender=NAME,
            interface=interface,
            member=member,
            callback=lambda signal: heard.append((signal.path, signal.arguments)),
        )
        return heard


@asynccontextmanager
async def world(address: str, home: Path, *, idle_timeout: float = 60.0) -> AsyncIterator[World]:
    setting = Setting(
        watcher=watch, work=WORK, address=address, idle_timeout=idle_timeout, home=home, counter=home / ".last-job"
    )
    agent = asyncio.create_task(serve(setting))
    async with connected(address) as client:
        try:
            await until_there(client)
            yield World(client, home, agent, address)
        finally:
            agent.cancel()
            await asyncio.wait([agent])


async def until_there(client: Bus) -> None:
    while True:
        try:
            await client.call(NAME, PATH, "org.freedesktop.DBus.Peer", "Ping")
        except BusCallError:
            await asyncio.sleep(0.02)
        else:
            return


async def until(condition: Any) -> None:
    while not condition():  # noqa: ASYNC110  what is waited for has no event
        await asyncio.sleep(0.02)


def play(story: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(30):
            await story

    asyncio.run(limited())


def test_a_question_is_answered_by_a_process(address: str, home: Path) -> None:
    async def story() -> None:
        async with world(address, home) as here:
            [answer] = await here.manager("Check", "sa{sv}", here.file, {"host": "pulp2"})
            assert json.loads(answer) == {"verb": "check", "host": "pulp2", "options": {}}
            assert await here.manager("Metrics", "a{sv}", {}) == ["pulp_up 1\n"]

    play(story())


def test_a_job_is_told_from_its_number_to_its_end(address: str, home: Path) -> None:
    async def story() -> None:
        async with world(address, home) as here:
            new, removed = await here.heard(MANAGER, "JobNew"), await here.heard(MANAGER, "JobRemoved")
            stepped, lines = await here.heard(JOB, "Stepped"), await here.heard(JOB, "Line")
            assert await here.manager("Apply", "sa{sv}", here.file, {"plan": "abc"}) == [1, job_path(1)]
            request = (await here.result(1))["request"]
            assert request == {
                "verb": "apply",
                "file": here.file,
                "host": None,
                "options": {"plan": "abc"},
                "job": 1,
                "user": "root",
            }
            assert new == [(PATH, [1, job_path(1)])]
            await until(lambda: removed)
            assert removed == [(PATH, [1, job_path(1), "done"])]
            assert stepped == [
                (job_path(1), [1, 2, "write 3 files", ["the site file is new"]]),
                (job_path(1), [2, 2, "restart pulp-web.service", ["it is old", "it is slow"]]),
            ]
            assert lines == [(job_path(1), ["a line"])]
            values = await here.client.properties(NAME, job_path(1), JOB)
            assert (values["State"], values["Progress"], values["Step"]) == ("done", 100, "restart pulp-web.service")
            assert (values["Id"], values["Type"], values["Site"], values["User"]) == (1, "apply", here.file, "root")
            assert (await here.client.properties(NAME, PATH, MANAGER))["Jobs"] == [job_path(1)]

    play(story())


def test_a_second_change_is_told_whose_job_runs(address: str, home: Path) -> None:
    async def story() -> None:
        async with world(address, home) as here:
            here.words("hang")
            await here.manager("Apply", "sa{sv}", here.file, {})
            with pytest.raises(BusCallError) as raised:
                await here.manager("Rollback", "sua{sv}", here.file, 0, {})
            assert raised.value.name == f"{ERROR}.Busy"
            assert raised.value.text.startswith(f"job 1 (apply of {here.file} by root) runs since 20")
            assert raised.value.text.endswith(" UTC, and one change is made at a time")
            assert json.loads(raised.value.body[1])["problems"][0]["code"] == "busy"
            await here.job(1, "Cancel")
            with pytest.raises(BusCallError) as raised:
                await here.result(1)
            assert raised.value.name == f"{ERROR}.Cancelled"
            assert (await here.client.properties(NAME, job_path(1), JOB))["State"] == "cancelled"
            here.words()
            assert (await here.manager("Apply", "sa{sv}", here.file, {}))[0] == 2

    play(story())


def test_a_failure_carries_its_problems(address: str, home: Path) -> None:
    async def story() -> None:
        async with world(address, home) as here:
            here.words("fail")
            await here.manager("Apply", "sa{sv}", here.file, {})
            with pytest.raises(BusCallError) as raised:
                await here.result(1)
            assert (raised.value.name, raised.value.text) == (f"{ERROR}.UnitFailed", "pulp-web.service failed")
            told = json.loads(raised.value.body[1])
            assert (told["outcome"], told["exit_code"]) == ("it went back", 1)
            values = await here.client.properties(NAME, job_path(1), JOB)
            assert (values["State"], values["Message"]) == ("failed", "pulp-web.service failed; it went back")

    play(story())


def test_a_process_that_dies_is_told_and_what_it_left_open_is_ended(address: str, home: Path) -> None:
    async def story() -> None:
        async with world(address, home) as here:
            here.words("die")
            (home / "pulp").mkdir()
            (home / "pulp/transaction.json").touch()
            await here.manager("Apply", "sa{sv}", here.file, {})
            with pytest.raises(BusCallError) as raised:
                await here.result(1)
            assert raised.value.name == f"{ERROR}.WorkDied"
            assert raised.value.text == "the process that did the work ended with status 7 before it was done"
            assert "it hurts" in json.loads(raised.value.body[1])["problems"][0]["notes"]
            assert await here.result(2) == {"site": "pulp"}
            assert not (home / "pulp/transaction.json").exists()

    play(story())


def test_what_lies_open_is_ended_before_anything_is_changed(address: str, home: Path) -> None:
    for site in ("one", "two"):
        (home / site).mkdir()
        (home / site / "transaction.json").touch()

    async def story() -> None:
        async with world(address, home) as here:
            [number, _path] = await here.manager("Apply", "sa{sv}", here.file, {})
            assert number == 3
            assert await here.result(1) == {"site": "one"}
            assert (await here.client.properties(NAME, job_path(2), JOB))["Type"] == "recover"

    play(story())


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
        async with world(address, home, idle_timeout=0.2) as here:
            here.words("sleep 1")
            await here.manager("Apply", "sa{sv}", here.file, {})
            await here.result(1)
            await here.manager("Watch", "sa{sv}", here.file, {})
            await asyncio.sleep(0.6)
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
