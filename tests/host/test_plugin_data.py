"""What plugins have in the database is asked, or removed, by a container with the eyes of the migration."""

from __future__ import annotations

import json

import pytest

from pulp_quadlet.errors import HostError
from pulp_quadlet.host import plugin_data
from pulp_quadlet.host.command import Finished
from pulp_quadlet.model.generation import Generation, Origin
from pulp_quadlet.model.migration import DatabaseFacts
from pulp_quadlet.model.plugin_data import Holdings, PluginData
from pulp_quadlet.resources import read_text
from tests.sites import compiled

FACTS = {"host": "pulp-postgres", "port": "5432", "name": "pulp", "user": "pulp", "size": 15275699}
SAID = {
    "database": FACTS,
    "plugins": [{"package": "pulp-npm", "counts": [["repositories", 2], ["contents", 0]], "names": ["a", "b"]}],
}


@pytest.fixture
def applied() -> Generation:
    return compiled().generation(Origin())


def test_what_was_said_becomes_a_value() -> None:
    done = Finished(status=0, stdout=json.dumps(SAID), stderr="a warning\n")
    assert plugin_data.understood(done, "pulp-npm") == Holdings(
        database=DatabaseFacts(host="pulp-postgres", port="5432", name="pulp", user="pulp", size=15275699),
        plugins=(PluginData(package="pulp-npm", counts=(("repositories", 2), ("contents", 0)), names=("a", "b")),),
    )


@pytest.mark.parametrize(
    ("done", "notes"),
    [
        (
            Finished(status=1, stdout="", stderr="\nthe database cannot be read: gone\n"),
            ("the database cannot be read: gone",),
        ),
        (Finished(status=0, stdout='{"database": {}}', stderr=""), None),
        (Finished(status=0, stdout="[]", stderr=""), None),
    ],
)
def test_what_cannot_be_told(done: Finished, notes: tuple[str, ...] | None) -> None:
    with pytest.raises(HostError) as caught:
        plugin_data.understood(done, "pulp-npm")
    [problem] = caught.value.problems
    assert (problem.code, problem.message) == (
        "plugin-data-failed",
        "what pulp-npm has in the database could not be looked at",
    )
    assert notes is None or problem.notes == notes


def test_whoever_looks_has_the_settings_that_are_applied_and_no_data(applied: Generation) -> None:
    once = plugin_data.once(applied, "plugin_data", ("pulp-npm", "pulp-rpm"))
    migrate = next(each for each in applied.deployment.services if each.role == "migrate")
    assert (once.name, once.image, once.owner, once.secrets) == (
        "pulp-plugin-data",
        migrate.image,
        migrate.owner,
        migrate.secrets,
    )
    assert once.command == ("python3", "-c", read_text("config/pulp/plugin_data.py"), "pulp-npm", "pulp-rpm")
    assert {file.path for file in once.files} >= {"/etc/pulp-survey/settings.py", "/etc/pulp-survey/stored.py"}
    assert not [mount for mount in once.mounts if mount.data]


def test_whoever_removes_has_the_data_and_time(applied: Generation) -> None:
    once = plugin_data.once(applied, "remove_plugin", ("pulp-npm",))
    assert once.command == ("python3", "-c", read_text("config/pulp/remove_plugin.py"), "pulp-npm")
    assert [mount.target for mount in once.mounts if mount.data] == ["/var/lib/pulp"]
    assert not [mount for mount in once.mounts if mount.source.startswith("/etc/pulp-quadlet")]
    assert (once.name, once.limit) == ("pulp-remove-plugin", 4 * 3600.0)


def test_what_pulp_says_is_told_when_it_does_not_remove() -> None:
    words = Finished(status=1, stdout="", stderr="remove-plugin: The command can't be used.\n")
    with pytest.raises(HostError) as caught:
        plugin_data.removed(words, "pulp-npm")
    [problem] = caught.value.problems
    assert (problem.message, problem.notes) == (
        "what pulp-npm has in the database could not be removed",
        ("remove-plugin: The command can't be used.",),
    )
