"""The command line as a user meets it: what it prints, where, and how it exits. No traceback is ever among it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.commands import COMMANDS
from tests.lab.command import Result, run

pytestmark = pytest.mark.long


def pulp_quadlet(*arguments: str, **environment: str) -> Result:
    """The program in a process of its own, away from any Podman of this machine."""
    everything = {"PATH": str(Path(sys.executable).parent), "HOME": os.environ.get("HOME", "/"), **environment}
    return run([sys.executable, "-m", "pulp_quadlet", *arguments], check=False, env=everything)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    assert pulp_quadlet("init", "-f", str(path)).status == 0
    return path


def test_the_file_that_init_writes_is_right_and_never_written_over(site: Path) -> None:
    before = site.read_text()
    assert pulp_quadlet("check", "-f", str(site)).status == 0
    again = pulp_quadlet("init", "-f", str(site))
    assert again.status == 1
    assert again.stderr == (
        f"error[file-exists]: {site} is there already\n"
        f"   = help: edit it, then `pulp-quadlet check -f {site}`\n\n"
        "1 problem; nothing was changed\n"
    )
    assert site.read_text() == before


def test_three_lines_are_enough(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text('[site]\nname = "pulp"\nurl = "http://localhost:8080"\n')
    assert pulp_quadlet("check", "-f", str(path)).status == 0


def test_init_takes_an_address_and_refuses_what_is_none(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    assert pulp_quadlet("init", "-f", str(good), "--url", "https://pulp.example.org").status == 0
    assert 'url = "https://pulp.example.org"' in good.read_text()
    assert pulp_quadlet("init", "-f", str(bad), "--url", 'x"\n[hosts]').status == 2
    assert not bad.exists()


def test_check_says_what_it_could_not_do_here(site: Path) -> None:
    result = pulp_quadlet("check", "-f", str(site))
    assert result.stdout.startswith(f"{site}: no problems; 20 units\n")


def test_a_wrong_file_exits_with_2_and_tells_the_place(site: Path) -> None:
    site.write_text('[site]\nurl = "http://localhost"\n[workers]\ncuont = 3\n')
    result = pulp_quadlet("check", "-f", str(site))
    assert result.status == 2
    assert result.stderr.startswith(f"{site}:4:1: error[unknown-key]: unknown key `cuont` in `[workers]`\n")
    assert "\x1b" not in result.stderr
    data = json.loads(pulp_quadlet("check", "-f", str(site), "--json").stdout)
    assert data["exit_code"] == 2
    assert data["problems"][0]["where"]["line"] == 4


def test_render_writes_what_it_shows(site: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert pulp_quadlet("render", "-f", str(site), "--podman", "5.4", "-o", str(out)).status == 0
    data = json.loads(pulp_quadlet("render", "-f", str(site), "--podman", "5.4", "--json").stdout)
    for file in data["files"]:
        assert (out / file["path"]).read_text() == file["text"]
    shown = pulp_quadlet("render", "-f", str(site), "--podman", "5.4").stdout
    assert "--- quadlet/pulp-web.container\n" in shown


def test_a_folder_that_cannot_be_written_is_told(site: Path) -> None:
    result = pulp_quadlet("render", "-f", str(site), "-o", "/proc/none")
    assert result.status == 1
    assert result.stderr.startswith("error[write-failed]: /proc/none")


@pytest.mark.parametrize("command", ["plan", "apply", "try", "status", "history", "rollback", "confirm", "metrics"])
def test_a_host_without_a_message_bus_exits_with_5(command: str) -> None:
    result = pulp_quadlet(command, DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nowhere")
    assert result.status == 5
    assert result.stderr == (
        "error[bus-unreachable]: the message bus cannot be reached, and over it the agent\n"
        "   = note: [Errno 2] No such file or directory\n"
        "   = help: a site runs on a host that systemd has booted; `pulp-quadlet render` works anywhere\n\n"
        "1 problem; nothing was changed\n"
    )


def test_a_wrong_command_line_exits_with_64() -> None:
    assert pulp_quadlet("chek").status == 64
    assert pulp_quadlet("render", "--podman", "3.x").status == 64
    assert "Traceback" not in pulp_quadlet("render", "--podman", "3.x").stderr


def test_an_image_has_no_detailed_status(tmp_path: Path) -> None:
    done = pulp_quadlet("apply", "--root", str(tmp_path), "--detailed-exit-code")
    assert done.status == 64
    assert done.stderr.endswith(
        "Error: --detailed-exit-code and --root exclude each other: an image is always written\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_podman_that_is_too_old_is_named(site: Path) -> None:
    result = pulp_quadlet("render", "-f", str(site), "--podman", "4.4")
    assert result.status == 1
    assert result.stderr.startswith("error[podman-too-old]: Podman 4.4.0 is too old")


def test_the_schema_is_json_and_knows_all_tables() -> None:
    schema = json.loads(pulp_quadlet("schema").stdout)
    assert {"site", "image", "plugins", "workers", "storage", "web", "hosts"} <= set(schema["properties"])


def test_every_command_speaks_json_and_has_help() -> None:
    for name, command in COMMANDS.items():
        assert command.help, name
        options = {option for parameter in command.params for option in parameter.opts}
        assert "--json" in options or name in {"schema", "boot"}  # the journal reads the latter


def test_a_reader_that_goes_away_is_no_error(site: Path) -> None:
    argv = f"{sys.executable} -m pulp_quadlet render -f {site} --podman 5.4 | head -n 1"
    result = run(["sh", "-c", argv], check=False)
    assert (result.status, result.stderr) == (0, "")


def test_a_bug_is_told_without_a_traceback(site: Path, tmp_path: Path) -> None:
    """A template that is broken stands for any mistake of ours."""
    broken = tmp_path / "sitecustomize.py"
    broken.write_text("import pulp_quadlet.pipeline as p\np.compile_site = lambda *a: 1 / 0\n")
    result = pulp_quadlet("render", "-f", str(site), PYTHONPATH=str(tmp_path))
    assert result.status == 70
    assert result.stderr.startswith("bug: ZeroDivisionError: division by zero\n")
    assert "Traceback" not in result.stderr
    shown = pulp_quadlet("render", "-f", str(site), PYTHONPATH=str(tmp_path), PULP_QUADLET_DEBUG="1")
    assert "Traceback" in shown.stderr
