"""What install-agent writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulp_quadlet.errors import HostError
from pulp_quadlet.host.agent_files import install
from pulp_quadlet.resources import folder

OTHER_POLICY = "/etc/polkit-1/actions/org.pulpproject.quadlet1.policy"


def programs(place: Path) -> Path:
    place.mkdir(parents=True)
    (place / "pulp-quadlet-agent").touch()
    return place


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


def test_every_file_of_packaging_is_installed_and_the_agent_enabled(root: Path) -> None:
    installed = install(root, programs(root / "opt/x/bin"))
    assert not installed.live
    parts = ("dbus", "modules-load", "polkit", "systemd")  # the rest is for those who make packages
    found = (path for part in parts for path in (folder("packaging") / part).rglob("*"))
    shipped = {path.name for path in found if path.is_file()}
    assert {Path(file).name for file in installed.files} == shipped
    assert all(Path(file).is_relative_to(root) for file in installed.files)
    wants = root / "etc/systemd/system/paths.target.wants/pulp-quadlet-agent.path"
    assert wants.resolve() == root / "etc/systemd/system/pulp-quadlet-agent.path"
    generator = root / "etc/systemd/system-generators/pulp-quadlet-generator"
    assert [path for path in installed.files if Path(path).stat().st_mode & 0o111] == [str(generator)]
    assert install(root, root / "opt/x/bin") == installed


def test_units_run_the_programs_where_they_are(root: Path) -> None:
    install(root, programs(root / "opt/a b%/bin"))
    units = root / "etc/systemd/system"
    agent = (units / "pulp-quadlet-agent.service").read_text()
    assert 'ExecStart="/opt/a b%%/bin/pulp-quadlet-agent"\n' in agent
    assert (units / "pulp-quadlet-metrics@.service").read_text().count('ExecStart="/opt/a b%%/bin/pulp-quadlet" ') == 1
    assert 'ExecStart="/opt/a b%%/bin/pulp-quadlet" boot\n' in (units / "pulp-quadlet-apply.service").read_text()
    bus = root / "usr/local/share/dbus-1/system-services/org.pulpproject.Quadlet1.service"
    assert "SystemdService=pulp-quadlet-agent.service\n" in bus.read_text()


def test_a_program_that_is_missing_or_hidden_is_told(root: Path) -> None:
    with pytest.raises(HostError, match=f"there is no program {root}/bin/pulp-quadlet-agent"):
        install(root, root / "bin")
    message = "systemd could not run /tmp/bin/pulp-quadlet-agent, since the agent has a /tmp of its own"
    with pytest.raises(HostError, match=message):
        install(root, programs(root / "tmp/bin"))


def test_where_nothing_can_be_written_is_told(tmp_path: Path) -> None:
    root = tmp_path / "root"
    place = programs(root / "opt/bin")
    (root / "etc").write_text("no folder")
    with pytest.raises(HostError) as raised:
        install(root, place)
    assert str(raised.value).startswith(f"{root}/etc/dbus-1/system.d/org.pulpproject.Quadlet1.conf cannot be written: ")


def test_the_policy_goes_below_etc_where_usr_takes_nothing(root: Path) -> None:
    place = programs(root / "opt/bin")
    (root / "usr/share").mkdir(parents=True)
    (root / "usr/share/polkit-1").write_text("no folder")
    assert f"{root}/etc/polkit-1/actions/org.pulpproject.quadlet1.policy" in install(root, place).files


def test_nothing_is_written_where_a_package_has_the_files_and_what_hides_them_goes(root: Path) -> None:
    place = programs(root / "opt/bin")
    before = install(root, place)
    units = root / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    for unit in folder("packaging").joinpath("systemd").glob("*.*"):
        units.joinpath(unit.name).write_text(unit.read_text())
    policy = f"{root}/usr/share/polkit-1/actions/org.pulpproject.quadlet1.policy"
    installed = install(root, place)
    assert (installed.files, installed.packaged, installed.live) == ((), True, False)
    assert {*installed.removed, policy} == {*before.files}
    assert not [path for path in installed.removed if Path(path).exists()]
    assert Path(policy).exists()
    assert not (root / "usr/local/share/dbus-1").exists()
    assert not (root / "etc/systemd/system-generators").exists()
    wants = root / "etc/systemd/system/paths.target.wants/pulp-quadlet-agent.path"
    assert str(wants.readlink()) == "/usr/lib/systemd/system/pulp-quadlet-agent.path"
    assert install(root, place).removed == ()


def test_what_cannot_be_removed_is_told(root: Path) -> None:
    place = programs(root / "opt/bin")
    (root / "usr/lib/systemd/system").mkdir(parents=True)
    (root / "usr/lib/systemd/system/pulp-quadlet-agent.service").touch()
    place_of_conf = root / "etc/dbus-1/system.d/org.pulpproject.Quadlet1.conf"
    place_of_conf.mkdir(parents=True)
    with pytest.raises(HostError) as raised:
        install(root, place)
    assert str(raised.value) == f"{place_of_conf} cannot be removed: Is a directory"


def test_the_debian_package_knows_what_hides_its_files(root: Path) -> None:
    """Its script names them in a shell, before the program is of any use."""
    script = (Path(__file__).parents[2] / "packaging/debian/pulp-quadlet.postinst").read_text()
    written = {f"/{Path(file).relative_to(root)}" for file in install(root, programs(root / "opt/bin")).files}
    named = {word for word in script.split() if word.startswith(("/etc/", "/usr/local/share/"))}
    # in /usr/share it is the package's own, which overwrites it; /etc is for a /usr that is read-only
    assert {path for path in written if not path.startswith("/usr/share/")} == named - {OTHER_POLICY}
    assert OTHER_POLICY in named
