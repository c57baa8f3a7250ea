"""A load over all that a site serves, from the outside, while something is done to it."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.lab.command import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.site.pulp import Pulp

PROGRAM = Path(__file__).with_name("load.py")
LONGEST = 900.0  # seconds
SMALL, LARGE = 1000, 10 * 1024 * 1024  # bytes
# Requests in a second: below half of what two cores can do beside the restarts, whose processes load Pulp meanwhile.
# Asking for the status costs thirty times as much as for a small file, and a large one keeps both ends busy.
PAGE, FILE, STATUS, BIG = 8.0, 6.0, 1.0, 0.7


@dataclass(frozen=True, slots=True)
class Content:
    """Two files that a site distributes, a small and a large one, and their SHA-256."""

    path: str
    digests: dict[str, str]


@dataclass(slots=True)
class Load:
    """What came back, once it is over."""

    seconds: float = 0.0
    streams: dict[str, dict[str, Any]] = field(default_factory=dict)
    uploads: dict[str, Any] = field(default_factory=dict)

    @property
    def failures(self) -> list[str]:
        """Of all requests and uploads."""
        streams = (f"{name}: {text}" for name, each in self.streams.items() for text in each["failures"])
        return [*streams, *(f"upload: {text}" for text in self.uploads["failures"])]

    @property
    def answers(self) -> int:
        """How many requests were answered as they should be."""
        return sum(each["answers"] for each in self.streams.values())

    @property
    def worst(self) -> float:
        """The longest time from when a request was due to its end; of an upload, from its last byte. In seconds."""
        return float(max(*(each["worst"] for each in self.streams.values()), self.uploads["worst"]))

    @property
    def line(self) -> str:
        """For people."""
        worst = {name: each["worst"] for name, each in self.streams.items()} | {"upload": self.uploads["worst"]}
        slowest = max(worst, key=lambda name: worst[name])
        reopened = sum(each["reopened"] for each in self.streams.values())
        again = f", {reopened} asked again over a new connection" if reopened else ""
        return (
            f"{self.answers + len(self.uploads['done'])} answered ({len(self.uploads['done'])} uploads), "
            f"{len(self.failures)} failed in {self.seconds:.0f} s; worst stall {self.worst:.2f} s ({slowest}){again}"
        )


def distribute(pulp: Pulp, name: str) -> Content:
    """Put a small and a large file into a site."""
    made = pulp.api("repositories/file/file/", "--data", f"name={name}", "--data", "autopublish=true")
    digests = {}
    with tempfile.TemporaryDirectory() as folder:
        for file, size in (("small", SMALL), ("large", LARGE)):
            content = os.urandom(size)
            place = Path(folder, file)
            place.write_bytes(content)
            form = ("--form", f"file=@{place}", "--form", f"relative_path={file}")
            stored = pulp.api("content/file/files/", *form, "--form", f"repository={made['pulp_href']}")
            pulp.wait_task(stored["task"])
            digests[file] = hashlib.sha256(content).hexdigest()
    data = ("--data", f"name={name}", "--data", f"base_path={name}", "--data", f"repository={made['pulp_href']}")
    pulp.wait_task(pulp.api("distributions/file/file/", *data)["task"])
    return Content(path=f"/pulp/content/{name}", digests=digests)


def forget(pulp: Pulp, name: str) -> None:
    """Take them out again, and with them all that was uploaded."""
    for what in ("distributions/file/file/", "repositories/file/file/", "remotes/file/file/"):
        for each in pulp.api(f"{what}?name={name}")["results"]:
            pulp.wait_task(pulp.api(each["pulp_href"].removeprefix("/pulp/api/v3/"), "--request", "DELETE")["task"])
    pulp.wait_task(pulp.api("orphans/cleanup/", "--data", "orphan_protection_time=0")["task"])


@contextmanager
def load(pulp: Pulp, content: Content, *, uploads: bool = True) -> Iterator[Load]:
    """Requests and uploads from the first line inside to the last; what came back is there afterwards."""
    found = Load()
    plan = {"url": pulp.url, "password": pulp.password if uploads else "", "streams": list(_streams(content))}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        running = Path(folder, "running")
        running.touch()
        argv = [sys.executable, str(PROGRAM), json.dumps(plan), str(running)]
        asking = pool.submit(pulp.machine.outside, argv, timeout=LONGEST)
        try:
            yield found
        finally:
            running.unlink()
            with suppress(CommandError):  # told below, where nothing else went wrong
                asking.result()
        told = json.loads(asking.result().stdout)
    found.seconds, found.streams, found.uploads = told["seconds"], told["streams"], told["uploads"]


def stored(pulp: Pulp, found: Load) -> list[str]:
    """What was uploaded and is not in the site as it was sent, by its name; nothing where all is well."""
    wrong = []
    for each in found.uploads["done"]:
        artifact = pulp.api(each["href"].removeprefix("/pulp/api/v3/"))
        file = f"/var/lib/pulp-quadlet/pulp/storage/media/{artifact['file'].partition('media/')[2] or artifact['file']}"
        on_disk = pulp.run("sha256sum", file).split()[0]
        if {artifact["sha256"], on_disk} != {each["sha256"]}:
            wrong.append(each["href"])
    return wrong


def _streams(content: Content) -> Iterator[dict[str, Any]]:
    pages = {
        "livez": ("/pulp/api/v3/livez/", PAGE, ""),
        "status": ("/pulp/api/v3/status/", STATUS, ""),
        "small file": (f"{content.path}/small", FILE, content.digests["small"]),
        "large file": (f"{content.path}/large", BIG, content.digests["large"]),
    }
    for name, (path, rate, digest) in pages.items():
        for kept in (False, True):
            words = f"{name}, {'kept' if kept else 'new'}"
            yield {"name": words, "path": path, "rate": rate, "sha256": digest, "kept": kept}
