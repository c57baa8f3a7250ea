"""Folders that cannot have a label of their own are told with their key, before anything is compiled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pulp_quadlet.errors import Problem, SiteError
from tests.sites import MINIMAL, SELINUX, TARGET, compiled

CONFINED = replace(TARGET, selinux=SELINUX)


def problems(more: str) -> tuple[Problem, ...]:
    with pytest.raises(SiteError) as caught:
        compiled(MINIMAL + more, CONFINED)
    return caught.value.problems


@pytest.mark.parametrize("path", ["/srv", "/var/lib", "/home", "/usr/share/pulp", "/etc/pulp", "/run"])
def test_a_folder_of_the_system_is_refused(path: str) -> None:
    (problem,) = problems(f'[storage]\npath = "{path}"\n')
    assert problem.code == "folder-of-the-system"
    assert problem.message == (
        f"`{path}` is a folder of the system, which may not be labelled for SELinux as the site's own"
    )
    assert problem.where is not None
    assert problem.where.line == 5


@pytest.mark.parametrize("path", ["/srv/pulp", "/var/lib/pulp", "/home/pulp/artifacts", "/data", "/mnt/disk"])
def test_a_folder_of_its_own_is_not(path: str) -> None:
    assert compiled(MINIMAL + f'[storage]\npath = "{path}"\n', CONFINED).deployment.policy


def test_folders_inside_of_each_other_are_refused() -> None:
    (problem,) = problems('[storage]\npath = "/var/lib/pulp-quadlet/pulp/postgres/files"\n')
    assert problem.code == "nested-labels"
    assert problem.message == (
        "`/var/lib/pulp-quadlet/pulp/postgres/files` lies inside `/var/lib/pulp-quadlet/pulp/postgres`, "
        "and SELinux keeps the two apart by their labels"
    )


def test_where_nothing_is_labelled_every_folder_will_do() -> None:
    text = MINIMAL + '[storage]\npath = "/srv"\n'
    assert compiled(text).deployment.policy is None
    assert compiled(text + '[selinux]\nmode = "off"\n', CONFINED).deployment.policy is None
