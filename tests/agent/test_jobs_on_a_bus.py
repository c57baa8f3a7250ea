"""Questions and jobs over a real bus of their own, with a fake process that does the work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pulp_quadlet.agent.contract import ERROR, JOB, MANAGER, NAME, PATH, job_path
from pulp_quadlet.dbus.errors import BusCallError
from tests.agent.playing import play
from tests.agent.world import until, world

pytestmark = pytest.mark.lab

PROPERTIES = "org.freedesktop.DBus.Properties"


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
