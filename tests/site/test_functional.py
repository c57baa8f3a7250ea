"""Pulp's own functional tests against a site of ours: what its developers hold true is true here.

Left out are
- the tests that Pulp's developers run one at a time: they wait for the whole site, or remove what others need;
- whole modules for which a site of the defaults lacks a setting (domains, import and export, replication, object
  storage), and those that need a server of the Pulp project or of others on the internet: all syncs of pulp-python,
  syncs from Git, signing;
- the certificate guards, whose tests send a client's certificate in a header: the web server must not pass that on,
  which test_identity.py shows;
- the tests of tasks themselves: they take long, and some hang on who is first by a fraction of a second;
- what Pulp does the same wherever it runs, in its database alone: roles, filters, listings, publications, repository
  versions and their content. It takes long and tells nothing of a deployment.

functional.toml names the modules, and single tests of them with the reason why each does not pass.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.site import functional
from tests.site.provide import QUICK_LOGINS
from tests.site.pulp import SITE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.site.functional import Outcomes
    from tests.site.pulp import Pulp

pytestmark = [pytest.mark.lab, pytest.mark.thorough]

KNOWN: dict[str, Any] = tomllib.loads(Path(__file__).with_name("functional.toml").read_text())
PASSED_AT_LEAST = 88  # of the tests that are named by module only
RENEWAL = """
from django.contrib.auth import get_user_model
admin = get_user_model().objects.get(username="admin")
admin.set_password({password!r})
admin.save()
"""


@pytest.fixture(scope="module")
def quick(pulp: Pulp) -> Iterator[Pulp]:
    """The site with quick logins for a while, by its site file. Django stores a password anew at its first use, in a
    way that the default does not know, so it has to be set again afterwards.
    """
    before = pulp.read(SITE_FILE)
    pulp.write(SITE_FILE, before + QUICK_LOGINS)
    pulp.cli("apply")
    yield pulp
    pulp.write(SITE_FILE, before)
    pulp.cli("apply")
    setting = RENEWAL.format(password=pulp.password).encode()
    pulp.machine.run(["podman", "exec", "-i", "pulp-api-1", "pulpcore-manager", "shell"], input=setting)


@pytest.fixture(scope="module")
def outcomes(quick: Pulp, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    found, said = functional.run(quick, KNOWN["modules"], list(KNOWN["left-out"]))
    place = tmp_path_factory.mktemp("functional") / "output.txt"
    place.write_text(said)
    return found


def test_what_should_pass_passes(outcomes: Outcomes) -> None:
    unknown = {name: why for name, why in outcomes.failed.items() if name not in KNOWN["failing"]}
    assert unknown == {}
    assert len(outcomes.passed) >= PASSED_AT_LEAST


def test_what_is_known_to_fail_fails(outcomes: Outcomes) -> None:
    """A reason that holds no more must not stay: it would hide the next failure."""
    assert [name for name in KNOWN["failing"] if name not in outcomes.failed] == []


def test_no_other_test_is_skipped(outcomes: Outcomes) -> None:
    """A test that skips itself tells nothing; so it must be known, and known for its reason."""
    assert outcomes.skipped == KNOWN["skipped"]
