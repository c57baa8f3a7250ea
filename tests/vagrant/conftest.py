"""The provider of most tests: user-mode Linux, or with PULP_QUADLET_VM_EMULATED=1 libvirt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.vagrant.fixtures import client, computer, folder, here, mark, pulp, up  # noqa: F401  all that its tests take
from tests.vagrant.providers import PROVIDER

if TYPE_CHECKING:
    from tests.vagrant.providers import Provider


@pytest.fixture(scope="package")
def provider() -> Provider:
    return PROVIDER
