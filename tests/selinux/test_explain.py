"""Denials as real logs have them, in exact words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tomli
from click.testing import CliRunner

from pulp_quadlet.cli.main import cli
from pulp_quadlet.config.tables import Site as SiteTable
from pulp_quadlet.host.policy import audit_log
from pulp_quadlet.report.denials import denials_json, denials_text
from pulp_quadlet.selinux.denials import Denial, denials
from pulp_quadlet.selinux.explain import ROLES, Site, explain, table
from tests.sites import MINIMAL

LOG = Path(__file__).with_name("audit.log")
SITE = Site(name="pulp", table=tomli.loads(MINIMAL))
KINDS = {"port", "other-site", "rootfs", "process", "engine", "shared", "self", "unlabelled", "system"}


def told(*lines: str, site: Site = SITE) -> str:
    text = denials_text(explain(denials(lines), site), lambda _key: None)
    return re.sub(r", last at .*", "", text)


def avc(source: str, target: str, tclass: str, permissions: str, more: str = "") -> str:
    contexts = f"scontext=system_u:system_r:{source}:s0 tcontext=system_u:object_r:{target}:s0 tclass={tclass}"
    act = f'avc:  denied  {{ {permissions} }} for  pid=1 comm="x" {more} {contexts} permissive=0'
    return f"type=AVC msg=audit(1763741234.1:4): {act}"


def test_a_log_in_plain_words() -> None:
    expected = Path(__file__).with_name("audit.txt").read_text(encoding="utf-8")
    assert told(*LOG.read_text(encoding="utf-8").splitlines()) + "\n" == expected


def test_lines_of_the_kernel_and_of_the_journal_are_read_as_well() -> None:
    kernel = avc("pq_pulp_web_t", "http_port_t", "tcp_socket", "name_connect", "dest=80")
    kernel = kernel.replace(
        "type=AVC msg=audit(1763741234.1:4):", "1763741300.250000 host kernel: audit: type=1400 audit(1763741234.1:4):"
    )
    journal = "1763741300.250000 host audit[12]: AVC " + kernel.partition(": avc")[2].join(("avc", ""))
    for line in (kernel, journal):
        [denial] = denials([line])
        assert (denial.source, denial.port, denial.permissions) == ("pq_pulp_web_t", 80, ("name_connect",))
    assert [denial.time for denial in denials([kernel, journal])] == [1763741234.1, 1763741300.25]


def test_what_is_no_denial_is_passed_over() -> None:
    assert list(denials(["avc:  granted  { load_policy } for pid=1", "denied", "avc: denied { read } for pid=1"])) == []


def test_a_port_joins_those_that_the_site_file_has() -> None:
    site = Site(name="pulp", table=tomli.loads(MINIMAL + "[selinux]\nremote_ports = [9443, 8765]\n"))
    new = told(avc("pq_pulp_worker_t", "unreserved_port_t", "tcp_socket", "name_connect", "dest=9000"), site=site)
    assert "allowed by `remote_ports = [8765, 9000, 9443]` in `[selinux]`" in new
    old = told(avc("pq_pulp_worker_t", "unreserved_port_t", "tcp_socket", "name_connect", "dest=9443"), site=site)
    assert old.endswith("= why: the site file allows it already: `pulp-quadlet apply` brings it into force")


def test_the_place_in_the_site_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(MINIMAL + "[selinux]\nremote_ports = [8765]\n")
    done = CliRunner().invoke(cli, ["selinux", "explain", "-f", str(path), "--log", str(LOG)])
    assert done.exit_code == 0
    assert f"= allowed by `remote_ports = [8765, 9443]` in `[selinux]`: {path}:5\n" in done.output
    data = CliRunner().invoke(cli, ["selinux", "explain", "-f", str(path), "--log", str(LOG), "--json"]).output
    assert f'"path": "{path}"' in data
    assert '"line": 5' in data


def test_a_site_with_a_hyphen_and_another_that_is_not_known() -> None:
    line = avc("pq_my_site_web_t", "postgresql_port_t", "tcp_socket", "name_connect", "dest=5432")
    assert told(line, site=Site(name="my-site")).startswith("my-site, web (x): ")
    assert told(line).startswith("my_site, web (x): ")


def test_nothing_was_denied() -> None:
    assert told() == "Nothing of Pulp was denied."
    assert denials_json(explain([], SITE), lambda _key: None) == {"denials": [], "others": 0}


@pytest.mark.parametrize("row", table(), ids=lambda row: row.act)
def test_every_row_names_what_there_is(row: object) -> None:
    assert isinstance(row, type(table()[0]))
    assert set(row.who) <= {*ROLES, "agent", "engine"}
    folders = {each.removeprefix("folder:") for each in row.on if each.startswith("folder:")}
    assert folders <= {"conf", "data", "database", "front", "health", "routes", "web_temp"}
    assert {each for each in row.on if not each.startswith("folder:")} <= KINDS
    if row.key:
        assert row.key[0] in SiteTable.model_fields
        assert row.value
    assert "allow " not in row.act + row.why


@pytest.mark.parametrize("role", ROLES)
def test_every_service_that_connects_somewhere_is_explained(role: str) -> None:
    for port in (80, 5432, 6379, 9999):
        one = Denial(
            source=f"pq_pulp_{role}_t", target="x_port_t", tclass="tcp_socket", permissions=("name_connect",), port=port
        )
        [group] = explain([one], SITE).groups
        assert group.why, (role, port)


def test_logs_of_auditd_are_read_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "audit.log.1").write_text("avc: first\nno\n")
    (tmp_path / "audit.log").write_text("avc: second\n")
    import os

    os.utime(tmp_path / "audit.log.1", (100, 100))
    os.utime(tmp_path / "audit.log", (200, 200))
    assert [line.strip() for line in audit_log.lines(50, tmp_path)] == ["avc: first", "avc: second"]
    assert [line.strip() for line in audit_log.lines(150, tmp_path)] == ["avc: second"]
