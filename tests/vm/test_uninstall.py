"""The last of all: the site goes, and SELinux is as if it had never been there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.vm.provide import BEFORE, customizations

if TYPE_CHECKING:
    from tests.site.pulp import Pulp

pytestmark = [pytest.mark.lab, pytest.mark.vm]

DATA = "/var/lib/pulp-quadlet/pulp/storage"


def test_uninstall_takes_its_policy_with_it(pulp: Pulp) -> None:
    pulp.cli("uninstall", "--all", "--yes")
    assert customizations(pulp.machine) == pulp.read(BEFORE)
    # what stays is not left with a label that nobody knows any more
    assert ":var_lib_t:" in pulp.run("stat", "--format=%C", DATA)
    assert pulp.containers() == {}
