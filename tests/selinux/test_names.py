"""No two things of any two sites have the same name."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from pulp_quadlet.model.policy import module_of
from pulp_quadlet.model.service import Role
from pulp_quadlet.selinux import names
from pulp_quadlet.selinux.flavour import FEDORA, REFPOLICY
from pulp_quadlet.selinux.module import base
from tests.sites import MINIMAL, SELINUX, TARGET, compiled

WHATS = ("conf", "data", "database", "front", "health", "routes", "web_temp")
SITES = st.from_regex(r"\A[a-z]([a-z0-9-]{0,28}[a-z0-9])?\Z")
PARTS = ("api", "database", "web", "routes", "rootfs", "file", "t", "a", "web-temp", "temp", "port")


def types(site: str) -> list[str]:
    roles = get_args(Role)
    return [
        *(names.process(site, role) for role in roles),
        *(names.rootfs(site, role) for role in roles),
        *(names.host_file(site, what) for what in WHATS),
        module_of(site),
    ]


@given(one=SITES, other=SITES)
def test_types_of_two_sites_differ(one: str, other: str) -> None:
    if one != other:
        assert not set(types(one)) & set(types(other))


def test_types_of_sites_with_the_words_of_types_differ() -> None:
    sites = list(dict.fromkeys((*PARTS, *(f"{one}-{other}" for one in PARTS for other in PARTS))))
    for one, other in combinations(sites, 2):
        assert not set(types(one)) & set(types(other)), (one, other)
    for site in sites:
        assert len(set(types(site))) == len(types(site))
        assert not any(re.fullmatch(r"pq_port_\d+_t", name) for name in types(site))


def test_the_shared_module_is_the_same_for_all_sites() -> None:
    target = replace(TARGET, selinux=SELINUX)
    one = compiled(MINIMAL, target).deployment.policy
    other = compiled(MINIMAL.replace('"pulp"', '"two"') + "[workers]\ncount = 5\n", target).deployment.policy
    assert one
    assert other
    assert one.modules[0] == other.modules[0] == base(REFPOLICY)
    assert one.modules[0] != base(FEDORA)


def test_nothing_in_a_policy_is_optional() -> None:
    for facts in (REFPOLICY, FEDORA):
        assert "(optional" not in base(facts).text
