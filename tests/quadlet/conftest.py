"""Which generators of Podman the tests of the language are held against."""

from __future__ import annotations

import os
import shlex

import pytest

from tests.quadlet.generator import INSTALLED, SUITES, Generator, program_of, tree

NAMED = os.environ.get("PULP_QUADLET_GENERATOR", "")
HERE = [str(path) for path in INSTALLED if path.exists()]


@pytest.fixture(scope="session")
def quadlet_program() -> tuple[str, ...]:
    """The command that starts Podman's generator: the one named by PULP_QUADLET_GENERATOR, else this machine's, else
    one of Debian 13, unpacked for it.
    """
    if NAMED:
        return tuple(shlex.split(NAMED))
    return (HERE[0],) if HERE else program_of(tree("trixie"))


@pytest.fixture(scope="session", params=(*SUITES, *(["chosen"] if NAMED or HERE else [])))
def generator(request: pytest.FixtureRequest) -> Generator:
    """Each generator in turn: those of two Debian suites, whose releases treat quotes differently, and this machine's
    own or a named one where there is one.
    """
    if request.param == "chosen":
        return Generator(request.getfixturevalue("quadlet_program"))
    return Generator(program_of(tree(request.param)))
