"""The agent is killed before and after each kind of call of an apply, for real: systemd starts it again, and it ends
what was begun. What is killed at each single call, and what dies while it recovers, is tested in tests/faults.

Before a call it is as after the one before it, and what only reads leaves all as it was. A few of the moments that
differ are in each run, some of each part of a change; the others are thorough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.site.faulting import MORE, RUN, TLS, Site, faulty
from tests.site.pulp import SITE_FILE
from tests.told import REAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.site.pulp import Pulp

pytestmark = pytest.mark.lab

# Each call that an apply of this change makes, in the order in which it comes first.
READING = ("target", "generate", "transaction", "observe", "read", "look")
CHANGING = ("stage", "begin", "provide_secret", "switch", "reload_units", "start_units", "change_unit")
ENDING = ("commit", "end", "prune", "remember_site_file")
WRITING = (*CHANGING, *ENDING)
ALL = (
    *(f"after {name}" for name in READING),
    *(f"{when} {name}" for name in WRITING for when in ("before", "after")),
    *(f"during {name}" for name in ("generate", "start_units", "change_unit")),
)
EXAMPLES = (
    *("before stage", "after begin", "after provide_secret", "after switch"),
    *("during start_units", "after change_unit", "after commit", "after prune"),
)
COMMITTED = {f"{when} {name}" for name in ENDING for when in ("before", "after")} - {"before commit"}


@pytest.fixture(scope="module")
def site(pulp: Pulp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site whose web server has secrets from files, with an agent that can be killed at a call."""
    found = Site(pulp, first=pulp.read(SITE_FILE))
    found.upload(tmp_path_factory.mktemp("faults"))
    found.renew_certificate()
    assert found.apply(found.first + TLS).status == 0
    with faulty(pulp):
        yield found
    assert found.apply(found.first).status == 0
    found.remove()
    pulp.wait_healthy()


def test_a_change_without_a_fault_makes_these_calls(site: Site) -> None:
    """So that no kind of call is forgotten below."""
    site.renew_certificate()
    site.pulp.run("rm", "-f", f"{RUN}/calls")
    assert site.apply(site.first + TLS + MORE).status == 0
    calls = set(site.pulp.read(f"{RUN}/calls").split())
    site.is_whole(site.first + TLS + MORE)
    assert site.apply(site.first + TLS).status == 0
    assert calls == {*READING, *WRITING}


@pytest.mark.parametrize(
    "moment", [*EXAMPLES, *(pytest.param(each, marks=pytest.mark.thorough) for each in ALL if each not in EXAMPLES)]
)
def test_killed(site: Site, moment: str) -> None:
    before, after = site.first + TLS, site.first + TLS + MORE
    shown = site.served_certificate()
    with REAL.fault():
        site.keep_certificate()
        site.renew_certificate()
        site.pulp.write(f"{RUN}/fault", moment)
        failed = site.apply(after)
        assert failed.status == 5
        assert "the agent does not answer" in failed.stderr
        site.wait_ended()
        if moment in COMMITTED:
            site.is_whole(after)
            assert site.served_certificate() != shown
        else:
            site.former_certificate()
            site.is_whole(before)
            assert site.served_certificate() == shown
    if moment in COMMITTED:
        assert site.apply(before).status == 0
