"""What cannot be written for a target's Podman is told once, at the place that asked for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulp_quadlet.errors import HostError, SiteError
from pulp_quadlet.quadlet.version import PodmanVersion
from tests.sites import MINIMAL, TARGET, compiled


def test_a_value_that_many_units_use_is_one_problem() -> None:
    with pytest.raises(SiteError) as caught:
        compiled(MINIMAL + '[storage]\npath = "/srv/a b"\n')
    (problem,) = caught.value.problems
    assert problem.code == "inexpressible"
    assert problem.where is not None
    assert (problem.where.line, problem.where.column) == (5, 8)
    assert problem.notes == ("it would be `Volume` of pulp-migrate.container", "and so in 6 more units")


def test_a_podman_that_is_too_old_is_told_before_all_else() -> None:
    with pytest.raises(HostError) as caught:
        compiled(target=replace(TARGET, podman=PodmanVersion(4, 4)))
    assert [problem.code for problem in caught.value.problems] == ["podman-too-old"]


def test_a_site_with_hosts_wants_to_know_which_one_this_is() -> None:
    hosts = """
[hosts.one]
address = "192.0.2.1"
"""
    with pytest.raises(SiteError) as caught:
        compiled(MINIMAL + hosts)
    assert caught.value.problems[0].message == "the site has several hosts, and it is not said which one this is"
    with pytest.raises(SiteError) as caught:
        compiled(MINIMAL + hosts, replace(TARGET, host="two"))
    assert caught.value.problems[0].message == "the site has no host `two`"
    with pytest.raises(SiteError) as caught:
        compiled(target=replace(TARGET, host="two"))
    assert caught.value.problems[0].notes == ("it has no `[hosts]`",)


def test_every_process_of_pulp_has_a_host_name_of_its_own() -> None:
    names = [
        service.hostname or service.name for service in compiled(MINIMAL + "[workers]\ncount = 9\n").deployment.services
    ]
    assert len(names) == len(set(names))


def test_systemd_waits_longer_than_podman() -> None:
    for unit in compiled().tree.units:
        if unit.section == "Container":
            stop, wait = unit.last("StopTimeout"), unit.last("TimeoutStopSec", "Service")
            assert stop is not None
            assert wait is not None
            assert int(wait) > int(stop)


def test_no_container_has_more_than_it_needs() -> None:
    """Read-only, without capabilities or new privileges, under a number that is not root's."""
    for unit in compiled().tree.units:
        if unit.section == "Container":
            assert (unit.last("ReadOnly"), unit.last("NoNewPrivileges"), unit.last("DropCapability")) == (
                "true",
                "true",
                "all",
            )
            assert int(unit.last("User") or 0) > 0
