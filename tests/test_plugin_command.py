"""What the commands on plugins say before they touch a host: every refusal, word by word."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click
import pytest

from pulp_quadlet.changing.change import Change
from pulp_quadlet.cli import plugin_words
from pulp_quadlet.cli.candidate import Candidate, demand_build, demand_root, refuse_older
from pulp_quadlet.config.image_tables import PluginTable
from pulp_quadlet.config.read import read
from pulp_quadlet.errors import AccessError, HostError, PulpQuadletError, SiteError
from pulp_quadlet.locking.moves import Move
from pulp_quadlet.locking.pylock import lock_text
from pulp_quadlet.model.generation import Origin
from pulp_quadlet.model.host_state import HostState
from pulp_quadlet.model.migration import DatabaseFacts
from pulp_quadlet.model.plan import Plan
from pulp_quadlet.model.plugin_data import Holdings
from pulp_quadlet.report.problems import format_error
from tests.locking.test_chains import LOCK
from tests.report.test_plugins import DOWN, HELD
from tests.sites import MINIMAL, compiled
from tests.test_cli import pulp_quadlet

TEXT = MINIMAL + '[plugins]\npulp-rpm = ">=3"\npulp-rust = { enabled = false }\npulpcore = "<3.130"\n'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(TEXT)
    (tmp_path / "pylock.site.toml").write_text(lock_text(LOCK))
    return path


def told(error: PulpQuadletError) -> str:
    return format_error(error, colour=False)


def test_the_list(site: Path) -> None:
    lines = pulp_quadlet("plugin", "list", "-f", str(site)).stdout.splitlines()
    assert lines == [
        "PLUGIN     ASKED   LOCKED   RUNNING  ENABLED  SOURCE",
        "pulp-rpm   >=3     3.39.4   -        yes      index",
        "pulp-rust  *       0.0.0    -        no       index",
        "pulpcore   <3.130  3.114.2  -        yes      index",
    ]
    rows = json.loads(pulp_quadlet("plugin", "list", "--json", "-f", str(site)).stdout)["plugins"]
    assert (rows[1]["name"], rows[1]["locked"], rows[1]["enabled"]) == ("pulp-rust", "0.0.0", False)


def test_why(site: Path) -> None:
    assert pulp_quadlet("plugin", "why", "Multi_Dict", "-f", str(site)).stderr == (
        "error[package-unknown]: the image has no package multi-dict\n"
        "   = note: 7 packages are locked\n"
        "   = help: did you mean `multidict`?\n\n"
        "1 problem; nothing was changed\n"
    )
    assert pulp_quadlet("plugin", "why", "lxml", "-f", str(site)).stdout.startswith("lxml 6.0 is there, because\n")
    (site.parent / "pylock.site.toml").unlink()
    assert pulp_quadlet("plugin", "why", "lxml", "-f", str(site)).stderr == (
        f"error[no-lock]: {site} has no lock yet, so no package is chosen\n"
        "   = help: `pulp-quadlet apply` makes one, as `pulp-quadlet plugin upgrade` does\n\n"
        "1 problem; nothing was changed\n"
    )


@pytest.mark.parametrize("command", ["remove", "enable", "disable"])
def test_a_plugin_that_the_site_has_not(command: str, site: Path) -> None:
    more = ("--yes",) if command == "remove" else ()
    said = pulp_quadlet("plugin", command, "pulp-rmp", *more, "-f", str(site))
    assert said.status == 1
    assert said.stderr == (
        "error[plugin-unknown]: the site has no plugin pulp-rmp\n"
        "   = note: it has pulp-rpm, pulp-rust, pulpcore\n"
        "   = help: did you mean `pulp-rpm`?\n\n"
        "1 problem; nothing was changed\n"
    )


def test_pulpcore_is_no_plugin(site: Path) -> None:
    assert pulp_quadlet("plugin", "disable", "pulpcore", "-f", str(site)).stderr == (
        "error[core-is-no-plugin]: pulpcore is what loads the plugins; it stands in `[plugins]` for its version alone\n"
        "   = help: take its line out of the site file yourself, if any version will do\n\n"
        "1 problem; nothing was changed\n"
    )


def test_nothing_is_removed_without_a_word(site: Path) -> None:
    said = pulp_quadlet("plugin", "remove", "pulp-rpm", "-f", str(site))
    assert (said.status, said.stderr.splitlines()[-1]) == (64, "Error: nobody can be asked here: say --yes")
    assert site.read_text() == TEXT


def test_a_package_that_is_not_locked(site: Path) -> None:
    assert plugin_words.locked(site, ["LXML", "pulp_rpm"]) == ("lxml", "pulp-rpm")
    with pytest.raises(HostError) as caught:
        plugin_words.locked(site, ["lmxl"])
    assert told(caught.value) == (
        "error[package-unknown]: the image has no package lmxl\n   = help: did you mean `lxml`?\n\n"
        "1 problem; nothing was changed\n"
    )


# --- words of `add` ------------------------------------------------------------------------------------------------

NO_PLUGIN = (
    "is no plugin: write the name of its package, and a range of versions behind it if you need one, "
    "such as `pulp-rpm>=3.39`"
)


def wanted(*words: str, source: str = "", git: str = "", rev: str = "") -> dict[str, PluginTable | None]:
    return plugin_words.wanted_plugins(words, Path(source) if source else None, git or None, rev or None)


def test_what_is_wanted() -> None:
    assert wanted("pulp_RPM>=3.39, <4", "pulp-npm") == {
        "pulp-rpm": PluginTable(version=">=3.39,<4"),
        "pulp-npm": None,
    }
    assert wanted("pulp-rpm", source="/srv/rpm") == {"pulp-rpm": PluginTable(source="/srv/rpm")}
    assert wanted("pulp-rpm", source="rpm") == {"pulp-rpm": PluginTable(source=f"{Path.cwd()}/rpm")}
    assert wanted("pulp-rpm", git="https://h/rpm", rev="main") == {
        "pulp-rpm": PluginTable(git="https://h/rpm", rev="main")
    }


@pytest.mark.parametrize(
    ("words", "more", "message"),
    [
        (
            ("--index-url=http://evil",),
            {},
            f"`--index-url=http://evil` {NO_PLUGIN}",
        ),
        (
            ("pulp-rpm @ https://h/x",),
            {},
            "`pulp-rpm @ https://h/x` says more than a name and versions; see --source and --git",
        ),
        (("pulp-rpm[a]",), {}, "`pulp-rpm[a]` says more than a name and versions; see --source and --git"),
        (("pulp-rpm",), {"rev": "main"}, "--rev needs --git"),
        (("pulp-rpm",), {"source": "/a", "git": "https://h/a"}, "--source and --git exclude each other"),
        (("pulp-rpm", "pulp-deb"), {"source": "/a"}, "--source and --git are about one plugin: name one"),
        (
            ("pulp-rpm>3",),
            {"source": "/a"},
            "a version range is for plugins from a package index: name the plugin alone",
        ),
        (("pulp-rpm",), {"git": "https://h/a#b"}, "expected the URL of a git repository"),
    ],
)
def test_what_cannot_be_meant(words: tuple[str, ...], more: dict[str, str], message: str) -> None:
    with pytest.raises(click.UsageError) as caught:
        wanted(*words, **more)
    assert caught.value.message == message


# --- what stands in the way -----------------------------------------------------------------------------------------


def test_root_is_needed_to_change_something() -> None:
    demand_root(0)
    with pytest.raises(AccessError) as caught:
        demand_root(1000)
    assert told(caught.value) == (
        "error[not-root]: this needs root\n   = help: run it again with sudo\n\n1 problem; nothing was changed\n"
    )


def test_the_plugins_of_an_image_from_elsewhere_are_not_chosen_here() -> None:
    demand_build(read(MINIMAL, "site.toml"), "site.toml")
    with pytest.raises(SiteError) as caught:
        demand_build(read(MINIMAL + '[image]\nsource = "registry"\n', "site.toml"), "/etc/site.toml")
    assert told(caught.value) == (
        "error[image-from-elsewhere]: the image of this site is made elsewhere, with its plugins in it\n"
        '   = note: /etc/site.toml has `source = "registry"` in [image]\n'
        '   = help: name an image that has the plugins that you want, or set `source = "build"` to choose them here\n\n'
        "1 problem; nothing was changed\n"
    )


def candidate(*moves: Move, good: int = 1) -> Candidate:
    site = compiled(TEXT)
    state = HostState(good=good)
    change = Change(wanted=site.generation(Origin()), plan=Plan(site="pulp", steps=()), state=state)
    return Candidate(former=site.source, compiled=site, change=change, moves=moves, held=(HELD,))


def test_nothing_becomes_older_than_its_database() -> None:
    refuse_older(candidate(replace(DOWN, direction="up")))
    refuse_older(candidate(replace(DOWN, name="lxml")))  # keeps nothing in the database
    refuse_older(candidate(DOWN, good=0))  # there is no database yet
    with pytest.raises(HostError) as caught:
        refuse_older(candidate(DOWN))
    assert told(caught.value) == (
        "error[older-than-the-database]: pulpcore would become 3.114.2, and the database is that of 3.123.1\n"
        "   = note: pulp-rust 0.0.0 holds pulpcore below 3.115; without it you get 3.123.1.\n"
        "   = help: ask for other versions, or for a site of its own for what needs old ones\n"
        "   = help: where you know that the database suits: write it into the site file, then `pulp-quadlet apply`\n\n"
        "1 problem; nothing was changed\n"
    )


def test_what_is_not_dumped_is_not_removed() -> None:
    found = Holdings(database=DatabaseFacts(host="db", port="5432", name="pulp", user="u", size=1), plugins=())
    plugin_words.demand_a_dump(compiled().generation(Origin()), found)
    elsewhere = compiled(MINIMAL + '[database]\nhost = "db"\npassword = { secret = "a" }\n')
    with pytest.raises(HostError) as caught:
        plugin_words.demand_a_dump(elsewhere.generation(Origin()), found)
    assert told(caught.value) == (
        "error[not-dumped]: what is removed cannot be brought back\n"
        "   = note: the database is not in a container of this host, so it is not dumped: do that before, with "
        "`pg_dump --host=db --port=5432 --username=u --format=custom --file=pulp.dump pulp`\n"
        "   = help: dump it, then say --yes\n"
        "   = help: or leave what the plugin has where it is, with --keep-data\n\n"
        "1 problem; nothing was changed\n"
    )
