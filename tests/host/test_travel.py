"""What is refused before images are carried, and before an archive is taken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.host.archive import travel
from pulp_quadlet.host.archive.unpacking import opened
from pulp_quadlet.host.podman_api import StoredImage
from pulp_quadlet.model.deployment import BuiltImage, Image, PulledImage
from pulp_quadlet.supply.needed import with_bases
from tests.sites import compiled
from tests.supply.archives import LOCK, silent, written
from tests.supply.test_bill import LOCK as LOCKED

STORED = StoredImage(id="a" * 64, digest="", size=1, created=0.0)


def luggage(*images: Image) -> travel.Luggage:
    return travel.Luggage(
        site="pulp", images=images, site_text="", lock_name="pylock.site.toml", lock_text="lock-version = '1.0'\n"
    )


def locked(image: Image) -> Image:
    """The same image as if its packages were locked."""
    if isinstance(image, BuiltImage) and image.packages:
        return replace(image, packages=replace(image.packages, lock=LOCKED))
    return image


def refused(carried: travel.Luggage, here: tuple[Image, ...]) -> Problem:
    with pytest.raises(HostError) as caught:
        travel.check_all_here(carried, with_bases(carried.images), {each.reference: STORED for each in here})
    [problem] = caught.value.problems
    return problem


def test_a_site_that_is_not_locked_is_applied_first() -> None:
    assert refused(luggage(*compiled().deployment.images), ()) == Problem(
        code="not-applied",
        message="the packages of pulp are not locked, or its site file asks for others by now",
        help=("`pulp-quadlet apply` first",),
    )


def test_images_that_are_missing_are_named() -> None:
    images = tuple(map(locked, compiled().deployment.images))
    every = with_bases(images)
    names = {each.role: each.reference for each in every}
    assert refused(luggage(*images), tuple(each for each in every if each.role not in {"web", "base"})) == Problem(
        code="not-applied",
        message=f"this host lacks images of pulp: {names['web']} (web), {names['base']} (base)",
        help=("`pulp-quadlet apply` first", f"podman pull {names['base']}"),
    )
    without_base = refused(luggage(*images), tuple(each for each in every if each.role != "base"))
    assert without_base.help == (f"podman pull {names['base']}",)


def test_an_image_by_its_digest_cannot_be_carried() -> None:
    image = PulledImage(reference=f"quay.io/pulp/pulp-minimal@sha256:{'0' * 64}", role="pulp")
    assert refused(luggage(image), (image,)) == Problem(
        code="named-by-digest",
        message=f"an archive cannot carry an image by its digest: {image.reference}",
        help=("name it by a tag, and compare its id on both hosts: `pulp-quadlet image list`",),
    )


def test_a_site_that_is_all_here_is_carried() -> None:
    images = tuple(map(locked, compiled().deployment.images))
    every = with_bases(images)
    travel.check_all_here(luggage(*images), every, {each.reference: STORED for each in every})


def test_another_lock_is_refused_and_the_same_is_not(tmp_path: Path) -> None:
    lock = tmp_path / "pylock.site.toml"
    with opened(written(tmp_path), silent) as archive:
        travel.check_lock(archive, lock, replace_lock=False)
        lock.write_text(LOCK)
        travel.check_lock(archive, lock, replace_lock=False)
        lock.write_text("other")
        travel.check_lock(archive, lock, replace_lock=True)
        with pytest.raises(HostError) as caught:
            travel.check_lock(archive, lock, replace_lock=False)
    assert caught.value.problems == (
        Problem(
            code="other-lock",
            message=f"{lock} is another lock than that in {archive.path}",
            help=("--replace-lock puts that of the archive in its place",),
        ),
    )


def test_there_has_to_be_room_for_images_twice_and_for_wheels(tmp_path: Path) -> None:
    here, there = tmp_path, Path("/proc")
    needs = [(here, 3_000_000_000), (here / "no/such/folder", 2_000_000_000), (there, 10)]
    free = {here: 6_000_000_000, there: 0}
    with pytest.raises(HostError) as caught:
        travel.check_room(needs, lambda path: free[path])
    assert caught.value.problems == (
        Problem(code="no-room", message="the file system of /proc has 0 MB left, and 0 MB are needed"),
    )
    free[here] = 4_999_000_000
    with pytest.raises(HostError) as caught:
        travel.check_room(needs, lambda path: free[path])
    message = f"the file system of {here} has 4999 MB left, and 5000 MB are needed"
    assert caught.value.problems == (Problem(code="no-room", message=message),)
    travel.check_room(needs[:2], lambda _path: 5_000_000_000)
    travel.check_room([(here, 0)])


def test_wheels_bills_and_the_lock_are_unpacked_whole(tmp_path: Path) -> None:
    root, lock = tmp_path / "root", tmp_path / "pylock.site.toml"
    with opened(written(tmp_path), silent) as archive:
        travel.unpack(archive, lock, silent, root)
    found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    wheels = {each.path for each in archive.manifest.below("wheels/")}
    assert found == {f"var/lib/pulp-quadlet/.{path}" for path in wheels}
    assert lock.read_text() == LOCK
    assert {path.stat().st_mode & 0o777 for path in root.rglob("*") if path.is_file()} == {0o644}


def test_what_cannot_be_written_is_told_and_leaves_nothing_half(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "var/lib/pulp-quadlet").mkdir(parents=True)
    (root / "var/lib/pulp-quadlet/.wheels").write_text("in the way")
    with opened(written(tmp_path), silent) as archive, pytest.raises(HostError) as caught:
        travel.unpack(archive, tmp_path / "lock", silent, root)
    [problem] = caught.value.problems
    assert (problem.code, problem.message.endswith(": File exists")) == ("write-failed", True)
    assert not (tmp_path / "lock").exists()
