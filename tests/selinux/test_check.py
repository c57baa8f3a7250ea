"""`selinux check`: what it says where it cannot prove anything, and what becomes of a proof."""

from __future__ import annotations

import bz2
from dataclasses import replace
from pathlib import Path

import pytest

from pulp_quadlet.errors import HostError
from pulp_quadlet.host.policy.proof import BasePolicy, Tools, prove
from tests.sites import MINIMAL, SELINUX, TARGET, compiled
from tests.test_cli import pulp_quadlet

CONTAINER = b"(typeattribute container_engine_system_domain)\n"
PORTS = b"""(portcon tcp 8082 (system_u object_r us_cli_port_t ((s0) (s0))))
(portcon tcp (9000 9010) (system_u object_r nine_port_t ((s0) (s0))))
(portcon tcp (1024 65535) (system_u object_r unreserved_port_t ((s0) (s0))))
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(MINIMAL)
    return path


def store(root: Path, **modules: bytes) -> Path:
    for name, text in modules.items():
        priority, _, module = name.partition("_")
        path = root / "active/modules" / priority.removeprefix("p") / module / "cil"
        path.parent.mkdir(parents=True)
        path.write_bytes(text)
    return root


def test_it_needs_its_tools(site: Path, tmp_path: Path) -> None:
    where = store(tmp_path / "store", p100_container=CONTAINER)
    result = pulp_quadlet("selinux", "check", "-f", str(site), "--against", str(where))
    assert result.status == 1
    assert result.stderr == (
        "error[command-missing]: `secilc` is not on this machine\n"
        "   = help: Debian and its kin: apt install secilc python3-setools\n"
        "   = help: Fedora and its kin: dnf install secilc python3-setools\n"
        "\n1 problem; nothing was changed\n"
    )


def test_it_needs_a_policy_that_knows_containers(site: Path, tmp_path: Path) -> None:
    result = pulp_quadlet("selinux", "check", "-f", str(site), "--against", str(tmp_path))
    assert result.status == 1
    assert f"error[no-container-policy]: {tmp_path} holds no SELinux policy that knows containers" in result.stderr


def test_a_site_that_wants_no_policy_has_none_to_prove(site: Path, tmp_path: Path) -> None:
    where = store(tmp_path / "store", p100_container=CONTAINER)
    site.write_text(MINIMAL + '[selinux]\nmode = "off"\n')
    result = pulp_quadlet("selinux", "check", "-f", str(site), "--against", str(where))
    assert result.status == 1
    assert f'{site} asks for no policy: `mode` in `[selinux]` is "off"' in result.stderr


def test_modules_are_read_as_semodule_reads_them(tmp_path: Path) -> None:
    where = store(
        tmp_path,
        p100_container=bz2.compress(CONTAINER),
        p100_base=PORTS,
        p100_twice=b"low",
        p200_twice=b"high",
        p100_gone=b"disabled",
        p400_pulp_quadlet=b"ours",
        p400_pulp_quadlet_pulp=b"ours",
    )
    (where / "active/modules/disabled").mkdir()
    (where / "active/modules/disabled/gone").touch()
    base = BasePolicy(where)
    assert base.modules == {"base": PORTS, "container": CONTAINER, "twice": b"high"}
    target = base.target()
    assert target.flavour == "refpolicy"
    assert [(label.first, label.last, label.type) for label in target.ports] == [
        (8082, 8082, "us_cli_port_t"),
        (9000, 9010, "nine_port_t"),
    ]


def test_what_cannot_be_compiled_is_told_with_the_compiler_s_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secilc = tmp_path / "secilc"
    secilc.write_text("#!/bin/sh\necho 'Failed to resolve type' >&2\nexit 255\n")
    secilc.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    deployment = compiled(MINIMAL, replace(TARGET, selinux=SELINUX)).deployment
    with pytest.raises(HostError) as caught:
        prove([deployment], SELINUX, BasePolicy(tmp_path), Tools())
    assert caught.value.problems[0].code == "policy-not-compiled"
    assert caught.value.problems[0].notes == ("Failed to resolve type",)
