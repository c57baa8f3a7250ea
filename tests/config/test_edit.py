"""Plugins are changed in the text of a site file, and everything else of it stays as its author wrote it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulp_quadlet.config.edit import value_text, with_plugins
from pulp_quadlet.config.image_tables import PluginTable
from pulp_quadlet.config.read import read
from pulp_quadlet.errors import SiteError
from pulp_quadlet.report.problems import format_error

SITE = '[site]\nurl = "http://localhost:8080"  # where users find it\n'
ANY = PluginTable()
OFF = PluginTable(enabled=False)
NEW = {"pulp-npm": ANY}


def changed(text: str, more: dict[str, PluginTable], *without: str) -> str:
    now = dict(read(text, "site.toml").plugins)
    return with_plugins(text, "site.toml", {k: v for k, v in {**now, **more}.items() if k not in without})


def test_a_file_without_the_table_gets_the_defaults_too() -> None:
    assert changed(SITE, NEW) == SITE + '\n[plugins]\npulp-python = "*"\npulp-rpm = "*"\npulp-npm = "*"\n'
    assert changed(SITE, {}, "pulp-rpm") == SITE + '\n[plugins]\npulp-python = "*"\n'
    assert changed(SITE, {}, "pulp-rpm", "pulp-python") == SITE + "\n[plugins]\n"
    assert changed(SITE, {"pulp-rpm": OFF}).endswith('pulp-python = "*"\npulp-rpm = { enabled = false }\n')


def test_nothing_to_change_changes_nothing() -> None:
    assert changed(SITE, {}) == SITE
    text = SITE + '[plugins]\npulp-rpm   =   "*"'
    assert changed(text, {}) == text


def test_a_new_one_stands_behind_the_last_and_before_the_comments_that_follow() -> None:
    text = '[plugins]\n  pulp-rpm = ">=3.39"  # for CentOS\n\n# [workers]\n# count = 4\n' + SITE
    line = '  pulp-npm = "*"\n'
    assert changed(text, NEW) == text.replace("\n\n# [workers]", f"\n{line}\n# [workers]")


def test_it_is_written_as_the_others_are() -> None:
    dotted = f'plugins.pulp-rpm = "*"\n# the last\nplugins.pulp-deb = ">=3"\n\n{SITE}'
    assert changed(dotted, NEW) == dotted.replace('">=3"\n', '">=3"\nplugins.pulp-npm = "*"\n')
    inline = f'plugins = {{ pulp-rpm = "*" }} # few\n{SITE}'
    assert changed(inline, NEW) == inline.replace('"*" }', '"*", pulp-npm = "*" }')
    empty = f"plugins = {{}}\n{SITE}"
    assert changed(empty, NEW) == f'plugins = {{pulp-npm = "*"}}\n{SITE}'
    headed = f'{SITE}\n[plugins.pulp-rpm]\nversion = ">=3"\n\n# nginx\n[web]\nhttp = 80\n'
    there = changed(headed, NEW).replace("\n\n[plugins.", "\n[plugins.")  # a newer tomlkit writes an empty line
    assert there == headed.replace("[plugins.", '[plugins]\npulp-npm = "*"\n[plugins.')


def test_line_ends_of_windows_stay_and_a_missing_one_is_written() -> None:
    text = (SITE + '\n[plugins]\npulp-rpm = "*"').replace("\n", "\r\n")
    assert changed(text, NEW) == text + '\r\npulp-npm = "*"\r\n'


def test_a_table_between_others_takes_only_itself_away() -> None:
    text = f'{SITE}\n[plugins.pulp-rpm]\nversion = ">=3"  # old\n\n# nginx\n[web]\nhttp = 80\n[plugins.pulp-deb]\n'
    assert changed(text, {}, "pulp-rpm") == text.replace('[plugins.pulp-rpm]\nversion = ">=3"  # old\n', "")


def test_off_and_on_again_is_the_same_text() -> None:
    text = SITE + '[plugins]\npulp-rpm = ">=3.39" # for CentOS\npulp-deb = "*"\n'
    off = changed(text, {"pulp-rpm": PluginTable(version=">=3.39", enabled=False)})
    assert off == text.replace('">=3.39"', '{ version = ">=3.39", enabled = false }')
    assert changed(off, {"pulp-rpm": PluginTable(version=">=3.39")}) == text


def test_a_comment_on_the_switch_stays() -> None:
    text = SITE + '[plugins.pulp-rpm]\ngit = "https://git.example.org/pulp_rpm"\nenabled = false # until June\n'
    on = changed(text, {"pulp-rpm": PluginTable(git="https://git.example.org/pulp_rpm")})
    assert on == text.replace("false", "true")


def test_another_source_takes_the_place_of_the_former() -> None:
    text = SITE + '[plugins]\npulp-rpm = ">=3" # mine\n'
    git = PluginTable(git="https://git.example.org/pulp_rpm", rev="main")
    there = changed(text, {"pulp-rpm": git})
    assert there == text.replace('">=3"', '{ git = "https://git.example.org/pulp_rpm", rev = "main" }')
    assert changed(there, {"pulp-rpm": PluginTable(source="/srv/rpm")}) == text.replace(
        '">=3"', '{ source = "/srv/rpm" }'
    )


def test_a_wrong_file_is_told_as_always() -> None:
    with pytest.raises(SiteError) as caught:
        with_plugins("[site]\n", "site.toml", {})
    assert [problem.code for problem in caught.value.problems] == ["missing-key"]


def test_what_cannot_be_changed_without_more_is_left_to_its_author() -> None:
    text = SITE + '[plugins]\n"pulp-rpm".version = ">=3"\n"pulp-rpm".enabled = true\n'
    with pytest.raises(SiteError) as caught:
        changed(text, {"pulp-rpm": PluginTable(source="/srv/rpm")})
    assert format_error(caught.value, colour=False) == (
        "site.toml:3:1: error[edit-failed]: `plugins` is written in a way that cannot be changed without more\n"
        "   |\n"
        " 3 | [plugins]\n"
        "   | ^^^^^^^^^\n"
        '   = note: pulp-rpm = { source = "/srv/rpm" }\n'
        "   = help: write the lines above below `[plugins]` yourself, then `pulp-quadlet apply`\n"
        "\n"
        "1 problem in site.toml; nothing was changed\n"
    )


# --- whatever the file looks like ----------------------------------------------------------------------------------

NAMES = ("pulp-a", "pulp-b", "pulp-c", "pulp-d")
TABLES = st.one_of(
    st.builds(PluginTable, version=st.sampled_from(["", ">=3", "<4,>=3.1"]), enabled=st.booleans()),
    st.builds(PluginTable, source=st.just("/srv/a b"), enabled=st.booleans()),
    st.builds(PluginTable, git=st.just("https://h/x"), rev=st.sampled_from([None, "main"]), enabled=st.booleans()),
)
PLUGINS = st.dictionaries(st.sampled_from(NAMES), TABLES)
NOISE = st.sampled_from(["", "\n", "# a comment\n", "\n# [plugins]\n# pulp-x = 1\n\n"])
STYLES = ("lines", "indented", "quoted", "dotted", "inline", "headers", "mixed", "keys")


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A site file in one of the many ways to write the same."""
    plugins, style = draw(PLUGINS), draw(st.sampled_from(STYLES))
    values = {name: value_text(table) for name, table in plugins.items()}
    more = draw(st.sampled_from(["", "[web]\nhttp = 80 # port\n", '[settings]\nA = """\n[plugins]\nx = 1\n"""\n']))
    before, after = "", ""
    match style:
        case "lines" | "indented" | "quoted":
            quote, indent = ('"' if style == "quoted" else ""), ("  " if style == "indented" else "")
            lines = [f"{indent}{quote}{name}{quote} = {value}  # {name}\n" for name, value in values.items()]
            after = "[plugins]\n" + "".join(line + draw(NOISE) for line in lines)
        case "dotted":
            before = "".join(f"plugins.{name} = {value}\n{draw(NOISE)}" for name, value in values.items())
        case "inline":
            before = "plugins = { " + ", ".join(f"{name} = {value}" for name, value in values.items()) + " } # all\n"
        case "headers" | "mixed" | "keys":
            after = "".join(_headed(name, table, style) + draw(NOISE) for name, table in plugins.items())
            after = after if style == "headers" else f"[plugins]\n{after}"
    parts = [SITE, draw(NOISE), more, draw(NOISE)]
    text = before + "".join([*parts, after] if draw(st.booleans()) else [after and f"{after}\n", *parts])
    text = text.rstrip("\n") if draw(st.booleans()) else text
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


def _headed(name: str, table: PluginTable, style: str) -> str:
    said = [f"{key} = {value}\n" for key, value in _pairs(table)] or ["enabled = true # yes\n"]
    if style == "keys":
        return "".join(f"{name}.{line}" for line in said)
    return f"[plugins.{name}]\n{''.join(said)}"


def _pairs(table: PluginTable) -> list[tuple[str, str]]:
    found = [(key, f'"{getattr(table, key)}"') for key in ("version", "source", "git", "rev") if getattr(table, key)]
    return found if table.enabled else [*found, ("enabled", "false")]


def comments(text: str) -> list[str]:
    """Those that stand alone."""
    return sorted(line.strip() for line in text.splitlines() if line.lstrip().startswith("#"))


@given(texts(), PLUGINS)
def test_any_plugins_in_any_file(text: str, wanted: dict[str, PluginTable]) -> None:
    """What it says is what was asked for, all else is as it was, and no comment on a line of its own is lost."""
    before = read(text, "site.toml")
    edited = with_plugins(text, "site.toml", wanted)
    assert read(edited, "site.toml") == before.model_copy(update={"plugins": wanted})
    assert comments(edited) == comments(text)
    assert ("\r\n" in edited) == ("\r\n" in text)
    assert "\n" not in edited.replace("\r\n", "") or "\r\n" not in text


@given(texts(), st.sampled_from(NAMES))
def test_added_and_removed_again_it_says_the_same(text: str, name: str) -> None:
    before = dict(read(text, "site.toml").plugins)
    there = with_plugins(text, "site.toml", {**before, name: ANY})
    assert read(with_plugins(there, "site.toml", before), "site.toml").plugins == before
