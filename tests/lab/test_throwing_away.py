"""What a machine leaves on the disk goes in the background."""

from __future__ import annotations

import time

import pytest

from tests.lab.machine import STATE, Machine

pytestmark = pytest.mark.lab


def test_its_folder_is_gone_at_once_and_the_disk_has_its_room_a_little_later() -> None:
    machine = Machine("t-machine-5")
    (machine.folder / "root/some/where").mkdir(parents=True)
    machine.destroy()
    assert machine.state == "absent"
    deadline = time.monotonic() + 60
    while list(STATE.parent.glob(f"{STATE.name}-gone-{machine.name}-*")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
