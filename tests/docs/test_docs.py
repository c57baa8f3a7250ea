"""The pages say what the program does: each command, option, exit status, table and key has its place on them."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

import click
import pytest
from click.testing import CliRunner

from docs import contract
from docs.generate import KINDS, PAGE, backend_name, current
from pulp_quadlet.agent import journal
from pulp_quadlet.cli.main import cli
from pulp_quadlet.config.image_tables import PluginTable
from pulp_quadlet.config.tables import CertificateTable, HostTable, Site
from pulp_quadlet.errors import ExitCode, HostError, Location, Problem
from pulp_quadlet.health.judge import judge
from pulp_quadlet.model.plan import Plan
from pulp_quadlet.model.verdict import Applied, Note, Observations, Tasks
from pulp_quadlet.report.plan import plan_json
from pulp_quadlet.report.problems import as_json
from pulp_quadlet.report.verdict import verdict_json
from pulp_quadlet.schema.descriptions import descriptions
from pulp_quadlet.schema.table import Table
from pulp_quadlet.storage import BACKENDS
from tests.commands import COMMANDS
from tests.docs.pages import DOCS, PAGES, ROOT, anchors, links, name, read, section
from tests.sites import compiled

MANUAL = read(DOCS / "pulp-quadlet.1.md")
SITE = read(PAGE)


def options(command: click.Command) -> set[str]:
    """The options of a command as they are typed."""
    return {word for option in command.params if isinstance(option, click.Option) for word in option.opts}


def headings(text: str) -> list[str]:
    return re.findall(r"^## (.+)$", text, re.MULTILINE)


# --- pulp-quadlet(1) -------------------------------------------------------------------------------------------------


def test_every_command_has_its_section_and_there_is_no_other() -> None:
    assert sorted(headings(section(MANUAL, "COMMANDS"))) == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_documented_and_no_other(command: str) -> None:
    documented = set(re.findall(r"^\*\*(-[-\w]+)\*\*|, \*\*(--[-\w]+)\*\*", section(MANUAL, command), re.MULTILINE))
    assert {word for pair in documented for word in pair if word} == options(COMMANDS[command])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_has_help(command: str) -> None:
    assert COMMANDS[command].help
    for option in COMMANDS[command].params:
        if isinstance(option, click.Option):
            assert option.help, f"{option.opts[0]} of {command} has no help"
        else:
            assert f"*{option.human_readable_name}*" in section(MANUAL, command)


def test_the_default_of_an_option_is_documented() -> None:
    for command in COMMANDS:
        for option in COMMANDS[command].params:
            default = option.default
            if isinstance(option, click.Option) and isinstance(default, str | Path) and str(default):
                assert str(default) in MANUAL, f"{option.opts[0]} of {command}"


def test_every_exit_status_is_documented() -> None:
    documented = re.findall(r"^\*\*(\d+)\*\*$", section(MANUAL, "EXIT STATUS"), re.MULTILINE)
    assert [int(status) for status in documented] == [*(int(code) for code in ExitCode), 130]
    in_help = cli.help or ""
    assert all(re.search(rf"\b{int(code)} ", in_help) for code in ExitCode)


def test_every_variable_of_the_environment_is_documented() -> None:
    sources = "".join(read(path) for path in (ROOT / "pulp_quadlet").rglob("*.py"))
    known = set(re.findall(r"PULP_QUADLET_[A-Z]+|NO_COLOR", sources))
    assert set(re.findall(r"^\*\*([A-Z_]+)\*\*$", section(MANUAL, "ENVIRONMENT"), re.MULTILINE)) == known


def json_keys(what: str) -> set[str]:
    """The keys that the page lists for the JSON of a command."""
    line = re.search(rf"^- `{what}`: (.+?)(?=^- |\Z)", section(MANUAL, "JSON"), re.MULTILINE | re.DOTALL)
    assert line
    return set(re.findall(r"`([a-z_]+)`", line[1]))


def test_the_keys_of_the_json_of_init_check_and_render_are_documented(tmp_path: Path) -> None:
    site = str(tmp_path / "site.toml")
    init, check, render = (run_json(command, "--file", site) for command in ("init", "check", "render"))
    assert json_keys("init") == set(init)
    assert json_keys("check") == set(check)
    assert json_keys("render") == {*render, *render["files"][0], *render["links"][0]}


def run_json(command: str, *arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(cli, [command, "--json", *arguments], standalone_mode=False, catch_exceptions=False)
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


def test_the_other_keys_of_json_are_documented() -> None:
    site = compiled()
    verdict = verdict_json(judge(site.deployment, Observations()))
    plan = plan_json(Plan(site="pulp", steps=()))
    parts = {field.name for part in (Note, Tasks, Applied) for field in fields(part)}
    assert json_keys("status") == {*verdict, *verdict["rows"][0], *parts}
    assert json_keys("plan") >= {*plan, "step", "title", "why"}
    problem = Problem("code", "message", Location("path", 1, 1))
    error = as_json(HostError(problem))
    where = error["problems"][0]["where"]
    for key in (*error, *error["problems"][0], *where):
        assert f"`{key}`" in section(MANUAL, "JSON")


# --- site.toml(5) ----------------------------------------------------------------------------------------------------


def test_the_reference_is_current() -> None:
    assert current(SITE) == SITE, "run `make docs` and commit docs/site.toml.5.md"


def test_every_table_has_its_section() -> None:
    found = headings(section(SITE, "TABLES"))
    assert found == [heading for table in Site.model_fields for heading in expected_headings(table)]


def expected_headings(table: str) -> list[str]:
    inner = {"plugins": ["[plugins]", "[plugins.NAME]"], "web": ["[web]", "[web.tls]"]}
    return {"hosts": ["[hosts.NAME]"], **inner}.get(table, [f"[{table}]"])


TABLES: dict[str, type[Table]] = {
    **{f"[{key}]": hint for key, hint in get_type_hints(Site).items() if hint in Table.__subclasses__()},
    **{f'backend = "{backend_name(backend)}"': backend for backend in BACKENDS},
    "[web.tls]": CertificateTable,
    "[plugins.NAME]": PluginTable,
    "[hosts.NAME]": HostTable,
}


@pytest.mark.parametrize("heading", TABLES)
def test_every_key_is_documented_with_its_meaning(heading: str) -> None:
    table = TABLES[heading]
    documented = re.findall(r"^\*\*(\w+)\*\* = .+\n\n> (.+)$", section(SITE, heading), re.MULTILINE)
    assert documented == [(key, descriptions(table)[key]) for key in table.model_fields]


def test_every_kind_of_value_is_explained() -> None:
    explained = set(re.findall(r"^- \*([^*]+)\*:", section(SITE, "KINDS OF VALUES"), re.MULTILINE))
    assert explained == {*KINDS, "certificate", "plugin", "secret reference"}


# --- org.pulpproject.Quadlet1 -----------------------------------------------------------------------------------------


def test_the_page_of_the_contract_is_current() -> None:
    assert read(contract.PAGE) == contract.current()


def test_the_journal_fields_of_the_agent_are_documented() -> None:
    page = read(DOCS / "pulp-quadlet-agent.8.md")
    assert journal.JOB_BEGAN in page
    assert journal.JOB_ENDED in page


def test_every_action_of_polkit_is_documented() -> None:
    policy = read(ROOT / "packaging/polkit/org.pulpproject.quadlet1.policy")
    page = read(DOCS / "pulp-quadlet-agent.8.md")
    for action in re.findall(r'action id="org.pulpproject.quadlet1(\.[a-z]+)"', policy):
        assert f"{action}`" in page, action


# --- all pages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_to_a_file_of_ours_leads_somewhere(page: Path) -> None:
    for target in links(page):
        parts = urlsplit(target)
        if parts.scheme:
            assert parts.scheme == "https", target
            continue
        place = (page.parent / parts.path).resolve() if parts.path else page
        assert place.exists(), target
        if parts.fragment:
            assert parts.fragment in anchors(place), target


FOLDERS = ("bench", "docs", "packaging", "pulp_quadlet", "selinux", "tests", "units")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_file_of_ours_that_is_named_exists(page: Path) -> None:
    named = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*)`", read(page))
    placeholder = re.compile(r"\b[A-Z]{4}\b")
    assert [path for path in named if not placeholder.search(path) and not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_target_of_make_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", read(page))) <= targets
