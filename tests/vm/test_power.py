"""The power goes in the middle of an apply that changes the policy. Vagrant's computer has no time for it."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from tests.site.changing import NOTHING_TO_DO, site_file
from tests.site.pulp import SITE_FILE, wait_for
from tests.vm.confined import BOOT_TAKES_AT_MOST, LISTEN, confined, enforces, no_unit_failed
from tests.vm.denials import Denial, Mark

if TYPE_CHECKING:
    from tests.site.pulp import Pulp

pytestmark = [pytest.mark.lab, pytest.mark.vm]

ALL_PERMISSIVE = '\n[selinux]\nmode = "permissive"\n'
HAS_BEGUN = ("test", "-e", "/etc/pulp-quadlet/pulp/transaction.json")
AN_APPLY_TAKES = 60.0  # seconds, on a processor that is emulated
TRIED = Denial("pq_pulp_cache_t", "unreserved_port_t", "tcp_socket", "name_bind")


def test_the_power_goes_while_the_policy_changes(pulp: Pulp, mark: Mark) -> None:
    """The boot puts it right and does the rest. The site is permissive then, as it was to be; the kernel is not."""
    try_it = ["podman", "exec", "pulp-cache", "perl", "-e", LISTEN]
    with site_file(pulp, pulp.read(SITE_FILE) + ALL_PERMISSIVE):
        pulp.run("systemd-run", "--quiet", "--collect", "pulp-quadlet", "apply")
        wait_for("an apply that has begun", lambda: not pulp.machine.run(HAS_BEGUN, check=False).status)
        time.sleep(random.uniform(0, AN_APPLY_TAKES))  # noqa: S311  a moment, no secret
        pulp.machine.power_cut()
        pulp.machine.boot(degraded_ok=True, timeout=BOOT_TAKES_AT_MOST)
        pulp.wait_healthy(BOOT_TAKES_AT_MOST)
        no_unit_failed(pulp)
        wait_for("what the boot has to apply", lambda: pulp.plan() == NOTHING_TO_DO, BOOT_TAKES_AT_MOST)
        confined(pulp)
        tried = Mark.now(pulp.machine)
        pulp.machine.run(try_it)
        assert TRIED in tried.denials(permissive=True)
        assert mark.of_ours() == []
    enforces(pulp)
    pulp.cli("apply")
    assert pulp.machine.run(try_it, check=False).status != 0
    assert pulp.plan() == NOTHING_TO_DO
