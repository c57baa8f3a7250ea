"""Policies of whole sites, compiled together with Debian's and compared with what was promised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import tomli

from pulp_quadlet.host.policy.proof import BasePolicy, Tools, prove
from pulp_quadlet.model.deployment import Deployment
from pulp_quadlet.model.target import SelinuxTarget
from tests.golden_cases import FOLDER
from tests.selinux.base import as_fedora, debian
from tests.sites import MINIMAL, TARGET, compiled

pytestmark = pytest.mark.lab

CASES = (
    "minimal",
    "s3",
    "azure",
    "external-database",
    "selinux-debian",
    "selinux-fedora",
    "selinux-permissive",
    "sized",
)
HOSTS = tomli.loads((FOLDER / "three-hosts/site.toml").read_text(encoding="utf-8"))["hosts"]


@pytest.fixture(scope="module")
def policy() -> Iterator[tuple[BasePolicy, Tools]]:
    with debian() as found:
        yield found


def deployment(case: str, target: SelinuxTarget, name: str, host: str | None = None) -> Deployment:
    """A golden case by another name, so that all of them can share a host."""
    text = (FOLDER / case / "site.toml").read_text(encoding="utf-8").replace("/mnt/pulp", f"/mnt/{name}")
    site, more, rest = text.partition("\n[")
    lines = [line for line in site.splitlines() if not line.startswith("name =")]
    renamed = "\n".join([*lines, f'name = "{name}"', "", f"[{rest}" if more else ""])
    return compiled(renamed, replace(TARGET, selinux=target, host=host)).deployment


def test_sites_may_do_what_they_need_and_nothing_else(policy: tuple[BasePolicy, Tools]) -> None:
    """All on one host, with one policy: the one gets nothing of the other."""
    base, tools = policy
    target = base.target()
    sites = [deployment(case, target, f"site-{number}") for number, case in enumerate(CASES)]
    sites += [deployment("three-hosts", target, f"of-{host}", host) for host in HOSTS]
    found = prove(sites, target, base, tools)
    assert found.problems == ()
    assert found.rows > 80 * len(sites)
    assert found.questions > 2000 * len(sites)


def test_the_text_for_fedora_says_the_same(policy: tuple[BasePolicy, Tools]) -> None:
    base, target = as_fedora(policy[0])
    sites = [deployment(case, target, case) for case in ("minimal", "selinux-fedora")]
    assert prove(sites, target, base, policy[1]).problems == ()


ADDED = (
    (
        "(allow pq_pulp_web_t pq_pulp_database_file_t (file (read)))",
        "only the database reads its files: pq_pulp_web_t read pq_pulp_database_file_t (file)",
    ),
    ("(allow pq_pulp_worker_t self (process (execmem)))", "no service debugs itself, or runs what it has written"),
    ("(allow pq_domain shadow_t (file (read)))", "no service reads passwords of the host"),
    ("(allow pulp_quadlet_agent_t security_t (security (setenforce)))", "the agent loads no policy by itself"),
    ("(typeattributeset unconfined_domain_type (pq_pulp_api_t))", "pq_pulp_api_t"),
)


def test_what_is_put_in_by_hand_is_found(policy: tuple[BasePolicy, Tools]) -> None:
    base, tools = policy
    target = base.target()
    site = compiled(MINIMAL, replace(TARGET, selinux=target)).deployment

    def altered(name: str, text: str) -> str:
        return "\n".join([text, *(line for line, _ in ADDED), ""]) if name == "pulp_quadlet_pulp" else text

    found = prove([site], target, base, tools, altered).problems
    assert [told for _, told in ADDED if not any(told in problem for problem in found)] == []
