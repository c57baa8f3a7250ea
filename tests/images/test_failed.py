"""Why a build has failed, by what it said."""

from __future__ import annotations

import pytest

from pulp_quadlet.images.failed import failed
from pulp_quadlet.model.deployment import BuiltImage

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
