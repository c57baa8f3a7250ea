"""The Vagrantfile as Vagrant reads it, with the provider that it is for: what is misspelt is found by nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lab.product import CHECKOUT
from tests.vagrant.vagrant import MACHINES

if TYPE_CHECKING:
    from tests.vagrant.vagrant import Vagrant

pytestmark = pytest.mark.lab

TYPO = ("libvirt.driver =", "libvirt.drivver =")


def test_the_vagrantfile_is_valid_for_all_machines(folder: Vagrant) -> None:
    assert folder.run("validate").stdout == "Vagrantfile validated successfully.\n"
    assert folder.absent() == MACHINES


def test_a_setting_that_no_provider_knows_is_refused(folder: Vagrant) -> None:
    text = (CHECKOUT / "Vagrantfile").read_text()
    assert TYPO[0] in text
    folder.write("Vagrantfile", text.replace(*TYPO))
    result = folder.run("validate", check=False)
    folder.write("Vagrantfile", text)
    assert result.status == 1
    assert "* The following settings shouldn't exist: drivver\n" in result.stderr
