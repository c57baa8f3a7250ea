"""The generator as a program: when it asks for an apply, and what it costs itself to find that out."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from pulp_quadlet.host.seen import Seen
from pulp_quadlet.paths import HOME
from pulp_quadlet.resources import folder
from tests.lab.command import run
from tests.sites import MINIMAL

GENERATOR = "systemd/system-generators/pulp-quadlet-generator"
UNIT = "pulp-quadlet-apply.service"
WANTS = "# of pulp-quadlet-generator\n[Unit]\nWants=pulp-quadlet-apply.service\n"
SHELLS = [path for name in ("dash", "bash") if (path := shutil.which(name))] or ["/bin/sh"]


@dataclass(frozen=True)
class Host:
    """A folder that stands for a root, and what the generator makes of it."""

    root: Path
    shell: str

    @property
    def etc(self) -> Path:
        return self.root / HOME.lstrip("/")

    def write(self, name: str, text: str = MINIMAL) -> None:
        (self.etc / name).write_text(text)

    def saw(self, name: str, text: str = MINIMAL) -> None:
        Seen(self.root).remember(f"{HOME}/{name}", text)

    def generates(self, words: str = "quiet", **environment: str) -> dict[str, str]:
        """The files that it writes, by their paths. Nothing but the named programs is there for it."""
        tools = self.root / "bin"
        tools.mkdir(exist_ok=True)
        for name in ("cmp", "mkdir"):
            if not (tools / name).exists():
                (tools / name).symlink_to(str(shutil.which(name)))
        out = self.root / "generated"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        (self.root / "cmdline").write_text(words)
        given = {"PATH": str(tools), "PULP_QUADLET_ETC": str(self.etc), "PULP_QUADLET_CMDLINE": f"{self.root}/cmdline"}
        text = folder("packaging").joinpath(GENERATOR).read_text(encoding="utf-8")
        done = run([self.shell, "-s", str(out), str(out), str(out)], input=text.encode(), env={**given, **environment})
        assert (done.stdout, done.stderr) == ("", "")
        return {str(path.relative_to(out)): path.read_text() for path in out.rglob("*") if path.is_file()}


@pytest.fixture(params=SHELLS)
def host(tmp_path: Path, request: pytest.FixtureRequest) -> Host:
    """With each shell that distributions have for `/bin/sh`."""
    made = Host(tmp_path, request.param)
    made.etc.mkdir(parents=True)
    return made


def test_a_host_without_site_files(host: Host) -> None:
    assert host.generates() == {}
    host.etc.rmdir()
    assert host.generates() == {}


def test_a_site_file_that_was_never_applied(host: Host) -> None:
    host.write("site.toml")
    assert host.generates() == {
        "multi-user.target.d/50-pulp-quadlet.conf": WANTS,
        f"{UNIT}.d/50-boot.conf": "# of pulp-quadlet-generator\n[Unit]\n",
    }
    assert Seen(host.root).due() == ("/etc/pulp-quadlet/site.toml",)


def test_the_same_site_file(host: Host) -> None:
    """Also where cmp(1) is all that there is to start."""
    host.write("site.toml")
    host.saw("site.toml")
    assert host.generates() == {}
    assert Seen(host.root).due() == ()


@pytest.mark.parametrize("text", [MINIMAL + "\n", MINIMAL[:-1], "", "x" * len(MINIMAL)])
def test_a_changed_site_file(host: Host, text: str) -> None:
    host.write("site.toml", text)
    host.saw("site.toml")
    assert set(host.generates()) == {"multi-user.target.d/50-pulp-quadlet.conf", f"{UNIT}.d/50-boot.conf"}
    assert Seen(host.root).due() == ("/etc/pulp-quadlet/site.toml",)


def test_it_comes_before_the_targets_of_all_sites_that_are_there(host: Host) -> None:
    host.write("site.toml")
    for site in ("one", "two"):
        (host.etc / site / "generations/1").mkdir(parents=True)
        (host.etc / site / "current").symlink_to("generations/1")
    (host.etc / "gone/generations").mkdir(parents=True)
    order = host.generates()[f"{UNIT}.d/50-boot.conf"]
    assert order == "# of pulp-quadlet-generator\n[Unit]\nBefore=one.target\nBefore=two.target\n"


def test_another_site_file_is_a_draft_until_it_is_applied(host: Host) -> None:
    host.write("draft.toml")
    assert host.generates() == {}
    assert Seen(host.root).due() == ()
    host.saw("draft.toml", MINIMAL + "\n")
    assert host.generates()
    assert Seen(host.root).due() == ("/etc/pulp-quadlet/draft.toml",)


def test_a_site_file_that_was_removed_changes_nothing(host: Host) -> None:
    host.saw("site.toml")
    assert host.generates() == {}
    assert Seen(host.root).due() == ()


def test_where_cmp_is_missing_the_service_finds_out(host: Host) -> None:
    host.write("site.toml")
    host.saw("site.toml")
    (host.root / "bin").mkdir()
    (host.root / "bin/cmp").symlink_to("/bin/false")
    assert host.generates()


@pytest.mark.parametrize("words", ["quiet pulp_quadlet=off", "pulp_quadlet=off quiet"])
def test_off_on_the_kernel_command_line(host: Host, words: str) -> None:
    host.write("site.toml")
    assert host.generates(words) == {}


def test_previous_on_the_kernel_command_line(host: Host) -> None:
    host.write("site.toml")
    host.saw("site.toml")
    made = host.generates("root=/dev/vda1 pulp_quadlet=previous quiet")
    assert made[f"{UNIT}.d/50-boot.conf"].endswith("[Service]\nEnvironment=PULP_QUADLET_PREVIOUS=1\n")


def test_in_the_initrd_it_does_nothing(host: Host) -> None:
    host.write("site.toml")
    assert host.generates(SYSTEMD_IN_INITRD="1") == {}
    assert host.generates(SYSTEMD_IN_INITRD="0")


def test_a_container_has_its_words_between_zero_bytes(host: Host) -> None:
    host.write("site.toml")
    assert host.generates("/usr/lib/systemd/systemd\0pulp_quadlet=off\0") == {}


def test_without_a_folder_it_writes_nothing(host: Host) -> None:
    host.write("site.toml")
    text = folder("packaging").joinpath(GENERATOR).read_text(encoding="utf-8")
    done = run([host.shell, "-s"], input=text.encode(), env={"PULP_QUADLET_ETC": str(host.etc)}, check=False)
    assert done.status != 0
    assert done.stderr.endswith("is the folder for what is generated\n")


def test_what_is_not_ours_to_compare_is_not_kept(host: Host) -> None:
    for file in ("/root/site.toml", "/etc/pulp-quadlet/pulp/generations/1/site.toml", "/etc/pulp-quadlet/site"):
        Seen(host.root).remember(file, MINIMAL)
        assert Seen(host.root).knows(file, MINIMAL)
    assert not (host.etc / ".seen").exists()
