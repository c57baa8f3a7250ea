"""The provider of these tests, whatever is chosen for those of tests/vagrant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.vagrant.fixtures import client, computer, folder, here, pulp, up  # noqa: F401  all that its tests take
from tests.vagrant.providers import LIBVIRT

if TYPE_CHECKING:
    from tests.vagrant.providers import Provider


@pytest.fixture(scope="package")
def provider() -> Provider:
    return LIBVIRT
