"""Why a build has failed, by what it said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulp_quadlet.images.failed import failed, not_in_archive, not_pulled, other_pulp
from pulp_quadlet.model.deployment import BuiltImage, PulledImage

IMAGE = BuiltImage(reference="localhost/pulp-quadlet/pulp:1", role="pulp", context=())


@pytest.mark.parametrize(
    ("line", "code", "clause", "todo"),
    [
        (
            "Error: writing blob: no space left on device",
            "disk-full",
            ": the disk is full",
            "`podman system df` shows what images take",
        ),
        (
            "the base image has no apt-get: `base` in [image] must be a Debian or Ubuntu image",
            "base-not-debian",
            ": its base image is neither Debian nor Ubuntu",
            "set `base` in `[image]` to such an image",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "wrong-hash",
            ": a wheel in /var/lib/pulp-quadlet/.wheels is not the file that was locked",
            "remove it there: it is fetched anew",
        ),
        (
            "ERROR: No matching distribution found for lxml==6.1.3",
            "wheel-missing",
            ": there is no wheel of lxml==6.1.3 for its Python",
            "`pulp-quadlet plugin upgrade` locks the packages anew, for the base image as it is now",
        ),
        (
            "E: Unable to locate package rpm-common",
            "package-missing",
            ": its base image has no package `rpm-common`",
            "set `base` in `[image]` to Debian 12 or Ubuntu 24.04, or newer",
        ),
        (
            "W: Failed to fetch http://mirror.example.org/dists/trixie/InRelease  Temporary failure resolving",
            "mirror-unreachable",
            ": the packages of its base image cannot be fetched",
            "look whether this host reaches the mirrors that are named in the lines above",
        ),
        (
            "Error: creating build container: initializing source docker://registry.example.org/x: no such host",
            "base-unreachable",
            ": its base image cannot be pulled",
            "`podman pull` it, or load it with `podman load`",
        ),
    ],
)
def test_the_reason_is_told_in_words(line: str, code: str, clause: str, todo: str) -> None:
    [problem] = failed(IMAGE, ("STEP 1/2: FROM x", "", line))
    assert problem.code == code
    assert problem.message == f"the image localhost/pulp-quadlet/pulp:1 could not be built{clause}"
    assert problem.notes == ("STEP 1/2: FROM x", line)
    assert problem.help == (todo,)


def test_a_package_that_apt_does_not_know_for_want_of_its_lists_is_not_what_is_missing() -> None:
    lines = (
        "W: Failed to fetch http://mirror.example.org/dists/trixie/InRelease  Unable to connect",
        "W: Some index files failed to download. They have been ignored, or old ones used instead.",
        "E: Unable to locate package python3",
    )
    [problem] = failed(IMAGE, lines)
    assert problem.code == "mirror-unreachable"


def test_a_plugin_that_cannot_be_loaded_is_named() -> None:
    said = (
        'pulp-quadlet inspection: {"python": "3.13", "packages": {"pulpcore": "3"}, "plugins": [], "programs": [], '
        '"user": "pulp", "static": true, "rpmrc": true, "routes": "", "errors": [], '
        '"broken": [{"package": "pulp-rpm", "error": "ImportError: libgobject-2.0.so.0"}]}'
    )
    problems = failed(IMAGE, (said, "Error: building at STEP"))
    assert problems[0].message == (
        "the image localhost/pulp-quadlet/pulp:1 is not used: "
        "pulp-rpm cannot be loaded: ImportError: libgobject-2.0.so.0"
    )


def test_what_is_not_known_is_shown() -> None:
    [problem] = failed(IMAGE, tuple(f"line {number}" for number in range(30)))
    assert problem.code == "build-failed"
    assert problem.message == "the image localhost/pulp-quadlet/pulp:1 could not be built"
    assert problem.notes == tuple(f"line {number}" for number in range(10, 30))


def test_a_long_line_is_shown_with_its_step_and_its_reason() -> None:
    step = "Error: building at STEP RUN install.py " + "django==5.2 " * 100 + ": exit status 1"
    [problem] = failed(IMAGE, (step,))
    [note] = problem.notes
    begin, end = note.split(" … ")
    assert step.startswith(begin)
    assert step.endswith(end)
    assert (len(begin), len(end)) == (100, 100)


PULLED = PulledImage(reference="quay.io/pulp/pulp-minimal:stable", role="pulp")
LOADED = replace(PULLED, archive="/srv/pulp.tar")


def test_why_an_image_could_not_be_pulled_or_loaded() -> None:
    problem = not_pulled(PULLED, ("Trying to pull...", "", "Error: manifest unknown"))
    assert problem.code == "image-unreachable"
    assert problem.message == "the image quay.io/pulp/pulp-minimal:stable could not be pulled"
    assert problem.notes == ("Trying to pull...", "Error: manifest unknown")
    [todo] = problem.help
    assert todo == (
        "`podman pull quay.io/pulp/pulp-minimal:stable` tries it again; "
        "`podman login` is for a registry that wants a login"
    )
    problem = not_pulled(LOADED, ("Error: payload does not match any of the supported image formats",))
    assert problem.message == "the image quay.io/pulp/pulp-minimal:stable could not be loaded from /srv/pulp.tar"
    assert problem.help == ("`podman load --input /srv/pulp.tar` tells whether the file is whole",)
    problem = not_pulled(LOADED, ("Error: write: no space left on device",))
    assert problem.code == "disk-full"
    assert problem.message == "the image quay.io/pulp/pulp-minimal:stable could not be loaded: the disk is full"
    assert problem.help == ("`podman system df` shows what images take",)


def test_a_file_without_the_image_says_what_it_has() -> None:
    problem = not_in_archive(LOADED, ("localhost/pulp:1", "localhost/web:1"))
    assert problem.code == "not-in-archive"
    assert problem.message == "/srv/pulp.tar has no image quay.io/pulp/pulp-minimal:stable"
    assert problem.notes == ("it has `localhost/pulp:1`, `localhost/web:1`",)
    assert problem.help == ("set `pulp` in `[image]` to one of these",)
    assert not_in_archive(LOADED, ()).notes == ("it has no image with a name",)


def test_an_image_for_one_role_with_another_pulp_says_in_what() -> None:
    worker = PulledImage(reference="localhost/worker:1", role="worker", main="localhost/pulp:1")
    problem = other_pulp(worker, ("pulpcore 1, and 2 in the main image",))
    assert problem.code == "image-differs"
    assert problem.message == (
        "the image localhost/worker:1 has another Pulp than localhost/pulp:1, which the other roles run"
    )
    assert problem.notes == ("pulpcore 1, and 2 in the main image",)
    assert problem.help == ("give `worker` in `[image]` an image with the same versions, or leave it out",)
