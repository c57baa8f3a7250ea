"""What nothing needs is found by the generations of all sites, and by the locks that lie beside site files."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pulp_quadlet.host import podman_api
from pulp_quadlet.host.generations import Generations
from pulp_quadlet.host.images import arrived, pruning
from pulp_quadlet.images.pruned import Superfluous
from pulp_quadlet.locking.pylock import lock_text
from pulp_quadlet.model.archive import ArchivedImage, Manifest
from pulp_quadlet.model.generation import Origin
from pulp_quadlet.model.lock import Lock, LockedPackage
from pulp_quadlet.paths import HOME
from tests.sites import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OLD = "localhost/pulp-quadlet/pulp:old"


def lock(name: str) -> str:
    file = f"{name}-1-py3-none-any.whl"
    package = LockedPackage(name=name, version="1", kind="wheel", file=file, sha256="1" * 64)
    return lock_text(Lock(requirements=("pulpcore",), base="x", python="3.13", packages=(package,)))


class Reader:
    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def named_images(self) -> dict[str, tuple[tuple[str, ...], bool]]:
        return {name: ((name,), False) for name in self.names}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheelhouse beside an applied site; Podman has its images, and an old one."""
    house = tmp_path / "wheels"
    for name in ("applied", "beside", "gone"):
        (house / "built" / name).mkdir(parents=True)
        (house / f"{name}-1-py3-none-any.whl").touch()
    site = compiled()
    references = tuple(image.reference for image in site.deployment.images)

    @contextmanager
    def connected(**_: object) -> Iterator[Reader]:
        yield Reader((*references, OLD))

    monkeypatch.setattr(podman_api, "connected", connected)
    generations = Generations(tmp_path)
    generations.commit(
        "pulp", generations.stage(replace(site.generation(Origin()), origin=Origin(lock_text=lock("applied"))))
    )
    (tmp_path / HOME.lstrip("/") / "pylock.other.toml").write_text(lock("beside"), encoding="utf-8")
    return house


def found(home: Path) -> Superfluous:
    return asyncio.run(pruning.find(Generations(home.parent), home))


def test_what_neither_a_generation_nor_a_lock_beside_a_site_file_has(home: Path) -> None:
    assert found(home) == Superfluous(
        images=(OLD,), wheels=("built/applied", "built/beside", "built/gone", "gone-1-py3-none-any.whl")
    )


def manifest(site: str, *references: str) -> Manifest:
    images = tuple(ArchivedImage(role="pulp", reference=each, id="1" * 64) for each in references)
    return Manifest(format=1, version="1", site=site, lock="", images=images, files=())


def test_what_has_arrived_stays_until_its_site_is_applied(home: Path) -> None:
    arrived.remember(manifest("other", OLD), home)
    assert found(home).images == ()
    arrived.remember(manifest("pulp", OLD), home)
    [record] = found(home).records
    asyncio.run(pruning.remove(Superfluous(records=(record,)), home))
    assert found(home) == replace(found(home), images=(), records=())
    assert [(each.site, each.images) for each in arrived.records(home)] == [("other", (OLD,))]


def test_what_has_arrived_stays_where_no_site_is_applied(home: Path) -> None:
    arrived.remember(manifest("../../other", OLD), home)
    what = asyncio.run(pruning.find(Generations(home.parent / "empty"), home))
    assert OLD not in what.images
    assert not {path for path in what.wheels if ".arrived" in path}


def test_a_record_that_cannot_be_read_keeps_nothing(home: Path) -> None:
    arrived.remember(manifest("other", OLD), home)
    [record] = (home / arrived.FOLDER).iterdir()
    record.write_text('{"site": "other"}')
    assert found(home).images == (OLD,)


def test_no_wheel_goes_while_a_lock_cannot_be_read(home: Path) -> None:
    (home.parent / HOME.lstrip("/") / "pylock.other.toml").write_text("?", encoding="utf-8")
    assert found(home) == Superfluous(images=(OLD,))


def test_the_whole_wheelhouse_goes_with_the_last_site(home: Path) -> None:
    what = asyncio.run(pruning.find(Generations(home.parent / "empty"), home))
    assert set(what.wheels) == {"built", *(f"{name}-1-py3-none-any.whl" for name in ("applied", "beside", "gone"))}
    asyncio.run(pruning.remove(replace(what, images=()), home))
    assert list(home.iterdir()) == []
