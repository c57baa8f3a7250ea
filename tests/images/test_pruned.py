"""Which images and wheels nothing needs any more."""

from __future__ import annotations

from dataclasses import replace

from pulp_quadlet.images import pruned
from pulp_quadlet.images.pruned import Stored
from pulp_quadlet.model.deployment import BuiltImage, Deployment, PulledImage
from pulp_quadlet.model.generation import nothing
from pulp_quadlet.model.image_names import fit_name, kept_name, pulled_name
from pulp_quadlet.model.lock import Lock, LockedPackage

TOOLS = BuiltImage(reference="localhost/pulp-quadlet/tools:1", role="tools", context=())
PULP = BuiltImage(reference="localhost/pulp-quadlet/pulp:2", role="pulp", context=(), tools=TOOLS)
OLD = replace(PULP, reference="localhost/pulp-quadlet/pulp:1")
WEB = PulledImage(reference="docker.io/library/nginx:1.28", role="web")


def deployment(*images: BuiltImage | PulledImage) -> Deployment:
    return replace(nothing("pulp").deployment, images=images)


def stored(*names: str, used: bool = False, identity: str = "") -> Stored:
    return Stored(id=identity or names[0], names=names, used=used)


def test_an_image_that_no_kept_generation_has_goes_with_all_its_names() -> None:
    found = (stored(PULP.reference, kept_name(PULP)), stored(OLD.reference, kept_name(OLD)))
    assert pruned.images(found, [deployment(PULP)]) == (OLD.reference, kept_name(OLD))
    assert pruned.images(found, [deployment(PULP), deployment(OLD)]) == ()


def test_the_tools_of_a_kept_image_stay() -> None:
    found = (stored(TOOLS.reference, kept_name(TOOLS)), stored("localhost/pulp-quadlet/tools:0"))
    assert pruned.images(found, [deployment(PULP)]) == ("localhost/pulp-quadlet/tools:0",)


def test_an_image_that_keeps_its_second_name_alone_is_kept_by_it() -> None:
    assert pruned.images((stored(kept_name(PULP)),), [deployment(PULP)]) == ()
    assert pruned.images((stored(kept_name(OLD)),), [deployment(PULP)]) == (kept_name(OLD),)


def test_what_a_container_uses_stays() -> None:
    assert pruned.images((stored(OLD.reference, used=True),), [deployment(PULP)]) == ()


def test_a_pulled_image_goes_only_if_we_have_pulled_it() -> None:
    marks = (pulled_name("abc"), fit_name("abc"))
    ours = stored(WEB.reference, *marks, identity="abc")
    assert set(pruned.images((ours,), [deployment(PULP)])) == {WEB.reference, *marks}
    assert pruned.images((ours,), [deployment(WEB)]) == ()
    assert pruned.images((stored(WEB.reference),), [deployment(PULP)]) == ()


def test_of_an_image_that_somebody_named_or_brought_only_our_marks_go() -> None:
    named = stored(WEB.reference, "localhost/mine:1", pulled_name("abc"), identity="abc")
    assert pruned.images((named,), [deployment(PULP)]) == (pulled_name("abc"),)
    brought = stored(WEB.reference, fit_name("abc"), identity="abc")
    assert pruned.images((brought,), [deployment(PULP)]) == (fit_name("abc"),)


def test_images_of_others_stay() -> None:
    assert pruned.images((stored("docker.io/library/debian:trixie-slim"), stored("localhost/other:1")), []) == ()


def test_wheels_that_no_lock_has_go() -> None:
    commit = "a" * 40
    packages = (
        LockedPackage(name="six", version="1", kind="wheel", file="six-1-py3-none-any.whl", sha256="1" * 64),
        LockedPackage(name="pulp-x", version="2", kind="git", commit=commit),
        LockedPackage(name="old", version="3", kind="sdist", file="old-3.tar.gz", sha256="2" * 64),
    )
    lock = Lock(requirements=(), base="x", python="3.13", packages=packages)
    found = ("six-1-py3-none-any.whl", "six-2-py3-none-any.whl", f"built/{commit}", f"built/{'2' * 64}", "built/gone")
    assert pruned.wheels(found, (lock,)) == ("built/gone", "six-2-py3-none-any.whl")
