"""Objects that are there while somebody watches, and the steps of their paths."""

from __future__ import annotations

import asyncio
import gc
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pulp_quadlet.agent import contract
from pulp_quadlet.agent.health_of import SiteHealth
from pulp_quadlet.agent.watching import Watching
from pulp_quadlet.dbus.target import Target
from pulp_quadlet.errors import HostError
from tests.agent.playing import play


class Nobody:
    """A bus that nobody leaves."""

    async def vanished(self, sender: str, callback: Any) -> Any:
        return lambda: None


class Server:
    """Objects that are served."""

    def __init__(self) -> None:
        self.objects: dict[str, Mapping[str, Target]] = {}
        self.told: list[tuple[str, ...]] = []

    def add(self, path: str, targets: Mapping[str, Target]) -> None:
        self.objects[path] = targets

    def remove(self, path: str) -> None:
        del self.objects[path]

    def changed(self, path: str, _interface: str, *names: str) -> None:
        self.told.append((path, *names))


async def _unasked(verb: str, file: str, options: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def test_a_site_that_cannot_be_watched_is_told_and_forgotten() -> None:
    async def broken(*_arguments: Any) -> None:
        raise HostError

    async def story() -> None:
        watching = Watching(Nobody(), Server(), broken, _unasked)
        with pytest.raises(HostError):
            await watching.watch("/x", {}, ":1.7")
        assert watching.files == []

    play(story())


def test_a_watcher_that_ends_by_a_bug_leaves_nobody_waiting() -> None:
    async def broken(*_arguments: Any) -> None:
        raise ZeroDivisionError

    async def story() -> None:
        bugs: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: bugs.append(context["exception"]))
        watching = Watching(Nobody(), Server(), broken, _unasked)
        with pytest.raises(HostError, match="/x is not watched any more"):
            await watching.watch("/x", {}, ":1.7")
        assert watching.files == []
        gc.collect()
        assert [type(bug) for bug in bugs] == [ZeroDivisionError]

    play(story())


def test_two_who_watch_share_one_look_and_the_last_one_ends_it() -> None:
    looks: list[str] = []

    async def watcher(file: str, _options: Any, _ask: Any, publish: Any) -> None:
        looks.append(file)
        publish(SiteHealth(name="a-b", healthy=True, sentence="", generation="", last_apply=0, url="", services=()))
        await asyncio.Event().wait()

    async def story() -> None:
        server = Server()
        watching = Watching(Nobody(), server, watcher, _unasked)
        await watching.watch("/x", {}, ":1.7")
        await watching.watch("/x", {}, ":1.8")
        await watching.unwatch("/x", ":1.7")
        assert (looks, list(server.objects)) == (["/x"], [contract.site_path("a-b")])
        await watching.unwatch("/x", ":1.8")
        await watching.unwatch("/x", ":1.8")
        assert (watching.files, server.objects) == ([], {})
        await asyncio.sleep(0)
        with suppress(KeyError):
            await watching.end()

    play(story())


@pytest.mark.parametrize(
    ("text", "label"), [("pulp", "pulp"), ("pulp-1", "pulp_2d1"), ("1a", "_31a"), ("", "_"), ("ä", "_c3_a4")]
)
def test_names_as_steps_of_a_path(text: str, label: str) -> None:
    assert contract.label(text) == label


def test_the_mode_of_what_is_shipped() -> None:
    """The contract is read where the package lies, by whoever runs the client."""
    path = Path(contract.__file__).with_name(f"{contract.NAME}.xml")
    assert stat.S_IMODE(path.stat().st_mode) & stat.S_IROTH
