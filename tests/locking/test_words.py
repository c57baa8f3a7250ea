"""What pip says, and what is told of it. The lines are pip's own (25.1)."""

from __future__ import annotations

from pulp_quadlet.errors import HostError, Problem
from pulp_quadlet.locking.words import explained, not_understood
from tests.locking.telling import NONE_FOUND, NOT_FOUND, URL, WHEEL, in_site, of_host
from tests.sites import compiled


def test_an_unknown_name() -> None:
    lines = (
        f"Could not fetch URL {URL}/pulp-rmp/: 404 Client Error: Not Found for url: {URL}/pulp-rmp/ - skipping",
        f"{NOT_FOUND} pulp-rmp (from versions: none)",
        f"{NONE_FOUND} pulp-rmp",
    )
    line, problem = in_site(*lines, alike=("pulp-rpm", "pulp-amp"))
    assert (line, problem.code) == (5, "unknown-package")
    assert problem.message == "the package index has no package `pulp-rmp`"
    assert problem.help == ("did you mean `pulp-rpm` or `pulp-amp`?",)


def test_an_unknown_name_that_is_like_none() -> None:
    _, problem = in_site(f"{NOT_FOUND} pulp-wants-more (from versions: none)", f"{NONE_FOUND} pulp-wants-more")
    assert problem.help == ()


def test_an_unknown_name_that_a_plugin_wants() -> None:
    line, problem = in_site(
        f"{NOT_FOUND} nobody-has-this>=2 (from pulp-wants-more) (from versions: none)",
        f"{NONE_FOUND} nobody-has-this>=2",
    )
    assert (line, problem.code) == (8, "unknown-package")
    assert problem.message == "the package index has no package `nobody-has-this`"
    assert problem.notes == ("pulp-wants-more wants it",)


def test_a_version_that_does_not_exist() -> None:
    line, problem = in_site(f"{NOT_FOUND} pulp-rpm==99 (from versions: 3.38.5, 3.39.4)", f"{NONE_FOUND} pulp-rpm==99")
    assert (line, problem.code) == (6, "no-such-version")
    assert problem.message == "there is no version of pulp-rpm that fits `==99`"
    assert problem.notes == ("there are 3.38.5 and 3.39.4",)


def test_of_many_versions_the_newest_are_told() -> None:
    many = ", ".join(f"3.{n}" for n in range(12))
    _, problem = in_site(f"{NOT_FOUND} pulp-rpm==99 (from versions: {many})")
    assert problem.notes == ("there are 4 older ones, 3.4, 3.5, 3.6, 3.7, 3.8, 3.9, 3.10 and 3.11",)


def test_no_release_for_this_python() -> None:
    _, problem = in_site(
        "ERROR: Ignored the following versions that require a different python version: 0.9 Requires-Python >=3.98; "
        "1.0 Requires-Python >=3.99",
        f"{NOT_FOUND} pulp-rust (from versions: none)",
    )
    assert problem.code == "no-release-for-python"
    assert problem.message == "pulp-rust has no release for the Python of the image"
    assert problem.notes == ("1.0 wants Python >=3.99",)


def test_no_release_for_this_machine() -> None:
    _, problem = in_site(
        "Skipping link: none of the wheel's tags (cp313-cp313-win_amd64) are compatible (run pip debug --verbose to "
        f"show compatible tags): {URL}/pulp-rust/pulp_rust-1.0-cp313-cp313-win_amd64.whl#sha256=b24 (from "
        f"{URL}/pulp-rust/)",
        f"{NOT_FOUND} pulp-rust (from versions: none)",
    )
    assert problem.code == "no-release-for-python"
    assert problem.message == "pulp-rust has no release for this kind of machine and its Python"
    assert problem.notes == ("there is pulp_rust-1.0-cp313-cp313-win_amd64.whl",)


def test_a_lock_of_another_machine() -> None:
    wheel = "solv-0.7.37-cp313-cp313-win_amd64.whl"
    assert of_host(f"ERROR: {wheel} is not a supported wheel on this platform.") == Problem(
        code="lock-of-another-machine",
        message=f"{wheel} is for another kind of machine or another Python than the image has",
        help=("`pulp-quadlet plugin upgrade` locks what there is for this one",),
    )


def test_a_conflict() -> None:
    line, problem = in_site(
        "ERROR: Cannot install pulp-rpm==3.39.4, pulp-rust==0.0.0 and pulpcore because these package versions have "
        "conflicting dependencies.",
        "The conflict is caused by:",
        "    The user requested pulpcore",
        "    pulp-rust 0.0.0 depends on pulpcore<3.115 and >=3.105",
        "    pulp-rpm 3.39.4 depends on pulpcore<3.130 and >=3.118",
        "To fix this you could try to:",
        "1. loosen the range of package versions you've specified",
        "ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/en/latest/topics/dependency-resolution/",
    )
    assert (line, problem.code) == (6, "package-conflict")
    assert problem.message == "pulp-rpm and pulp-rust do not go together"
    assert problem.notes == (
        "pulp-rpm 3.39.4 wants pulpcore<3.130 and >=3.118",
        "pulp-rust 0.0.0 wants pulpcore<3.115 and >=3.105",
    )
    assert problem.help == ("leave one of them out, or allow other versions of it",)


def test_a_search_without_an_end() -> None:
    line, problem = in_site(
        "pip came to no end in 300 seconds",
        "    pulp-rpm 3.39.4 depends on pulpcore<3.130,>=3.118",
        "    pulp-rust 0.0.0 depends on pulpcore<3.115",
    )
    assert line == 6
    assert problem == Problem(
        code="no-answer",
        message="pip found no versions that go together in 300 seconds",
        where=problem.where,
        notes=("pulp-rpm 3.39.4 wants pulpcore<3.130,>=3.118", "pulp-rust 0.0.0 wants pulpcore<3.115"),
        help=("leave out what cannot go with the others, or give ranges in which pip need not search for long",),
    )


def test_a_conflict_with_the_site_file_itself() -> None:
    _, problem = in_site(
        "The conflict is caused by:",
        "    The user requested pulpcore>=3.120",
        *(f"    pulp-rust 0.0.{n} depends on pulpcore<3.115" for n in range(9)),
        "ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/en/latest/topics/dependency-resolution/",
    )
    assert problem.message == "pulp-rust and pulpcore do not go together"
    assert problem.notes[0] == "the site file asks for pulpcore>=3.120"
    assert problem.notes[-1] == "and 2 more like these"


def test_another_hash() -> None:
    assert of_host(
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package "
        "versions, please update the hashes.",
        f"    pulpcore from {WHEEL}#sha256=000:",
        "        Expected sha256 000",
        "             Got        82e",
    ) == Problem(
        code="wrong-hash",
        message="pulpcore-3.123.1-py3-none-any.whl is not the file that it should be",
        notes=("its SHA-256 is 82e", "it should be   000", f"it came from {WHEEL}"),
        help=("somebody has changed it on its way or at its place: find out who, before you lock it anew",),
    )


def test_a_full_disk() -> None:
    line = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
    assert of_host(line) == Problem(
        code="disk-full",
        message="there is no room left on the disk for Python packages",
        help=("`df -h /var/lib/pulp-quadlet` tells how full it is",),
    )


def test_a_repository_that_cannot_be_cloned() -> None:
    line, problem = in_site(
        "  error: subprocess-exited-with-error",
        "  \u00d7 git clone --filter=blob:none --quiet https://git.example.org/npm /tmp/pip-install-x/npm did not run "
        "successfully.",
        "  \u2502 exit code: 128",
        "  \u2570\u2500> [1 lines of output]",
        "      fatal: repository 'https://git.example.org/npm/' not found",
    )
    assert (line, problem.code) == (9, "git-failed")
    assert problem.message == "the git repository of pulp-npm cannot be cloned"
    assert problem.notes == ("fatal: repository 'https://git.example.org/npm/' not found",)


def test_a_revision_that_is_not_there() -> None:
    line, problem = in_site(
        "  WARNING: Did not find branch or tag 'no-such-rev', assuming revision or ref.",
        "  \u00d7 git checkout -q no-such-rev did not run successfully.",
        "      error: pathspec 'no-such-rev' did not match any file(s) known to git",
    )
    assert (line, problem.code) == (9, "git-failed")
    assert problem.message == "the git repository of pulp-npm has no branch, tag or commit `no-such-rev`"


def test_a_checkout_of_something_else() -> None:
    line, problem = in_site(
        "ERROR: Requested pulp-maven from file:///mnt/sources/pulp_rust has inconsistent name: expected 'pulp-rust', "
        "but metadata has 'pulp-maven'"
    )
    assert (line, problem.code) == (7, "other-package")
    assert problem.message == "what should be pulp-rust is pulp-maven"


def test_a_build_that_fails() -> None:
    line, problem = in_site(
        "  error: subprocess-exited-with-error",
        "  \u00d7 Building wheel for pulp-rust (pyproject.toml) did not run successfully.",
        "  \u2502 exit code: 1",
        "  \u2570\u2500> [1 lines of output]",
        "      error: command 'gcc' failed: No such file or directory",
        "      [end of output]",
        "  ERROR: Failed building wheel for pulp-rust",
    )
    assert (line, problem.code) == (7, "build-failed")
    assert problem.message == (
        "pulp-rust cannot be made into a wheel: `Building wheel for pulp-rust (pyproject.toml)` failed"
    )
    assert problem.notes == ("error: command 'gcc' failed: No such file or directory",)


def test_whatever_else() -> None:
    assert of_host("ERROR: pip is on strike") == Problem(
        code="pip-failed", message="pip found no answer", notes=("ERROR: pip is on strike",)
    )
    [problem] = not_understood("KeyError: 'install'").problems
    assert (problem.code, problem.message, problem.notes) == (
        "pip-failed",
        "what pip answered cannot be read",
        ("KeyError: 'install'",),
    )


def test_a_plugin_that_has_no_key() -> None:
    """The default plugins, for instance: the fault is not in the site file then."""
    error = explained((f"{NOT_FOUND} pulp-gem (from versions: none)",), locate=compiled().locate)
    assert isinstance(error, HostError)
