"""An image that is built where SELinux enforces. It needs the network, which a box of Vagrant's does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.vm.provide import BUILT_AGAIN, image_of

if TYPE_CHECKING:
    from tests.site.pulp import Pulp

pytestmark = [pytest.mark.lab, pytest.mark.vm]


def test_an_image_was_built_when_the_site_was_applied(pulp: Pulp) -> None:
    image = image_of(pulp.machine, BUILT_AGAIN)
    made = float(pulp.run("podman", "image", "inspect", "--format={{.Created.Unix}}", image))
    booted = float(pulp.run("stat", "--format=%Y", "/proc/1"))
    assert made > booted
