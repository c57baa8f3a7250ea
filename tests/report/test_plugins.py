"""Plugins, packages and what they have, in words."""

from __future__ import annotations

from pulp_quadlet.locking.holders import Held
from pulp_quadlet.locking.moves import Move
from pulp_quadlet.model.plugin_data import PluginData
from pulp_quadlet.report.plugins import Row, data_text, moves_json, moves_text, rows_json, rows_text, wall_text

RPM = Row(name="pulp-rpm", asked=">=3", locked="3.39.4", running="", enabled=False, source="index")
HELD = Held(
    package="pulpcore", version="3.114.2", by="pulp-rust", by_version="0.0.0", bound="<3.115", without="3.123.1"
)
DOWN = Move(name="pulpcore", direction="down", before="3.123.1", after="3.114.2")


def test_a_table() -> None:
    git = Row(name="pulp-a", asked="*", locked="", running="1", enabled=True, source="https://h/a@main")
    assert rows_text((RPM, git)) == (
        "PLUGIN    ASKED  LOCKED  RUNNING  ENABLED  SOURCE\n"
        "pulp-rpm  >=3    3.39.4  -        no       index\n"
        "pulp-a    *      -       1        yes      https://h/a@main"
    )
    assert rows_text(()) == "The site has no plugins."
    assert rows_json((RPM,))["plugins"][0] == {
        "name": "pulp-rpm",
        "asked": ">=3",
        "locked": "3.39.4",
        "running": "",
        "enabled": False,
        "source": "index",
    }


def test_what_moves_and_who_holds_what() -> None:
    new = Move(name="pulp-rust", direction="new", after="0.0.0")
    assert moves_text((new, DOWN), (HELD,)) == (
        "2 packages of the image move:\n"
        "    pulp-rust 0.0.0 is new\n"
        "    pulpcore 3.123.1 -> 3.114.2, which is older\n"
        "pulp-rust 0.0.0 holds pulpcore below 3.115; without it you get 3.123.1."
    )
    assert moves_text((new,)) == "1 package of the image moves:\n    pulp-rust 0.0.0 is new"
    assert moves_text(()) == ""
    assert moves_json((DOWN,), (HELD,))["held"][0]["words"] == HELD.words


def test_a_first_lock_is_one_line() -> None:
    assert moves_text([Move(name=f"p{n}", direction="new", after="1") for n in range(90)]) == (
        "90 packages are chosen for the image."
    )


def test_what_goes_with_a_plugin() -> None:
    names = tuple(f"r{number}" for number in range(10))
    counts = (("repositories", 12), ("contents", 1), ("distributions", 2), ("remotes", 0), ("publications", 3))
    empty = tuple((kind, 0) for kind, _ in counts)
    assert data_text((PluginData(package="pulp-npm", counts=counts, names=names),)) == (
        "With pulp-npm goes what it has in the database: "
        "12 repositories, 1 content, 2 distributions, 3 publications.\n"
        "    repositories: r0, r1, r2, r3, r4, r5, r6, r7, r8, r9 and 2 more"
    )
    assert data_text((PluginData(package="pulp-gem", counts=(("repositories", 1), *empty[1:]), names=("a",)),)) == (
        "With pulp-gem goes what it has in the database: 1 repository.\n    repositories: a"
    )
    assert data_text((PluginData(package="pulp-deb", counts=empty),)) == (
        "pulp-deb has no repositories and no content; its tables go."
    )


def test_how_far_all_can_go() -> None:
    assert wall_text(None, ()) == "No plugin says up to which pulpcore it works."
    assert wall_text(("3.130", ("pulp-a", "pulp-b")), ("pulp-a", "pulp-b")) == (
        "All plugins want pulpcore below 3.130: that is the next step, and it needs new releases of them all."
    )
    assert wall_text(("3.115", ("pulp-a",)), ("pulp-a", "pulp-b")) == (
        "pulp-a wants pulpcore below 3.115, the other plugins take newer ones."
    )
