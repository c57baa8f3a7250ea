"""An apply is asked to remove the data of plugins that have left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulp_quadlet.errors import HostError
from tests.agent.test_locking import Site
from tests.sites import MINIMAL
from tests.test_transaction import with_survey

if TYPE_CHECKING:
    from pathlib import Path

LEFT = MINIMAL + "[plugins]\n"


def test_what_is_named_is_removed(tmp_path: Path) -> None:
    site = Site(tmp_path).write(MINIMAL + '[plugins]\npulp-rpm = "*"\n')
    site.do("apply")
    site.host.found = with_survey().found
    assert site.host.found is not None
    assert site.host.found.pending == ()
    done = site.write(LEFT).do("apply", remove_plugins="pulp-rpm")
    assert "remove the data of pulp-rpm" in site.host.did
    assert done["migration"]["removes"] == ("pulp-rpm",)


def test_who_names_what_is_wanted_changes_nothing(tmp_path: Path) -> None:
    site = Site(tmp_path).write(MINIMAL + '[plugins]\npulp-rpm = "*"\n')
    site.do("apply")
    with pytest.raises(HostError) as caught:
        site.do("apply", remove_plugins="pulp-rpm")
    assert [problem.code for problem in caught.value.problems] == ["plugin-wanted"]
