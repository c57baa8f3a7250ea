"""What is read from a policy store and from labels, below a folder that looks like a host."""

from __future__ import annotations

import asyncio
import bz2
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from pulp_quadlet.errors import HostError
from pulp_quadlet.host import command
from pulp_quadlet.host.policy.selinux import Selinux
from pulp_quadlet.host.policy.store import PolicyStore
from pulp_quadlet.model.policy import PolicyModule
from pulp_quadlet.model.target import PortLabel, SelinuxTarget
from pulp_quadlet.model.verdict import SelinuxFound

BASE = """(portcon tcp 5432 (system_u object_r postgresql_port_t ((s0) (s0))))
(portcon udp 53 (system_u object_r dns_port_t ((s0) (s0))))
(portcon tcp (1024 65535) (system_u object_r unreserved_port_t ((s0) (s0))))
(portcon tcp 80 (system_u object_r http_port_t ((s0) (s0))))
"""
DEBIAN = "(typeattribute container_engine_system_domain)\n"
FEDORA = "(typeattribute container_runtime_domain)\n"


class Host:
    """A host with SELinux, as far as files tell."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.modules = root / "var/lib/selinux/default/active/modules"
        self.put("sys/fs/selinux/enforce", "1")
        self.put("etc/selinux/config", "# SELINUXTYPE=no\nSELINUX=enforcing\nSELINUXTYPE=default\n")
        self.module(100, "base", BASE)
        self.module(100, "container", DEBIAN)
        self.selinux = Selinux(root, root / "run")

    def put(self, path: str, text: str) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def module(self, priority: int, name: str, text: str, *, packed: bool = True) -> None:
        place = self.modules / str(priority) / name / "cil"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(bz2.compress(text.encode()) if packed else text.encode())


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_a_host_without_selinux(tmp_path: Path) -> None:
    off = Selinux(tmp_path)
    assert off.target() is None
    assert off.policies() is None
    assert off.found() == SelinuxFound(state="off")
    assert off.labels(["/"]) == {}


def test_what_the_policy_depends_on(host: Host) -> None:
    found = host.selinux.target()
    assert found is not None
    assert (found.flavour, found.policy, found.enforcing) == ("refpolicy", "default", True)
    assert found.ports == (
        PortLabel(first=80, last=80, type="http_port_t"),
        PortLabel(first=5432, last=5432, type="postgresql_port_t"),
    )


def test_another_flavour_permissive_and_a_port_of_the_administrator(host: Host) -> None:
    host.module(200, "container", FEDORA, packed=False)
    host.put("sys/fs/selinux/enforce", "0")
    local = (
        "# by semanage\nportcon tcp 9000 system_u:object_r:http_port_t:s0\nportcon tcp 5-9 system_u:object_r:x_t:s0\n"
    )
    host.put("var/lib/selinux/default/active/ports.local", local)
    found = host.selinux.target()
    assert found is not None
    assert (found.flavour, found.enforcing) == ("fedora", False)
    assert PortLabel(first=9000, last=9000, type="http_port_t") in found.ports
    assert found.ports[-1] == PortLabel(first=5, last=9, type="x_t")


def test_ports_are_read_once_and_again_when_the_policy_changes(host: Host) -> None:
    before = host.selinux.target()
    kept = (host.root / "run/selinux-ports.json").read_text()
    (host.root / "run/selinux-ports.json").write_text(kept.replace("http_port_t", "kept_port_t"))
    again, changed = host.selinux.target(), None
    host.module(100, "base", BASE.replace("5432", "5433"))
    changed = host.selinux.target()
    assert before
    assert again
    assert changed
    assert [label.type for label in again.ports] == ["kept_port_t", "postgresql_port_t"]
    assert [label.first for label in changed.ports] == [80, 5433]


def test_a_policy_without_containers_is_told(host: Host) -> None:
    (host.modules / "disabled").mkdir()
    (host.modules / "disabled/container").touch()
    with pytest.raises(HostError) as caught:
        host.selinux.target()
    [problem] = caught.value.problems
    assert problem.message == "the SELinux policy `default` of this host knows no containers"
    assert problem.notes == ("its module `container` is missing or disabled",)
    assert problem.help[0] == "Fedora and its kin: dnf install container-selinux"


def _target(host: Host) -> SelinuxTarget:
    found = host.selinux.target()
    assert found is not None
    return found


@pytest.mark.parametrize(("label", "flavour"), [("podman_exec_t", "refpolicy"), ("container_runtime_exec_t", "fedora")])
def test_who_may_not_look_into_the_store_knows_the_policy_by_its_labels(host: Host, label: str, flavour: str) -> None:
    """For the ports there is what root's last command has kept, or what is known of all such policies."""
    ports = _target(host).ports
    shutil.rmtree(host.modules)
    with pytest.raises(HostError, match="knows no containers"):
        _target(host)
    host.put("etc/selinux/default/contexts/files/file_contexts", f"/usr/bin/podman\t--\tsystem_u:object_r:{label}:s0\n")
    assert (_target(host).flavour, _target(host).ports) == (flavour, ports)
    (host.root / "run/selinux-ports.json").unlink()
    assert _target(host).ports == ()


def test_which_modules_are_ours(host: Host) -> None:
    host.module(400, "pulp_quadlet", "; base\n")
    host.module(400, "pulp_quadlet_pulp", "; site\n", packed=False)
    host.module(400, "pulp_quadletry", "; another's\n")
    host.module(100, "pulp_quadlet_other", "; of a distribution\n")
    assert host.selinux.policies() == {"pulp_quadlet": "; base\n", "pulp_quadlet_pulp": "; site\n"}
    assert host.selinux.found() == SelinuxFound(state="enforcing", modules=("pulp_quadlet", "pulp_quadlet_pulp"))
    (host.modules / "disabled").mkdir()
    (host.modules / "disabled/pulp_quadlet_pulp").touch()
    assert host.selinux.policies() == {"pulp_quadlet": "; base\n", "pulp_quadlet_pulp": ""}


class Programs:
    """Answers in place of programs, and remembers how they were called."""

    def __init__(self, *answers: command.Finished) -> None:
        self.answers = list(answers)
        self.calls: list[list[str]] = []
        self.texts: dict[str, str] = {}

    def run(self, argv: Sequence[str]) -> command.Finished:
        self.calls.append([Path(word).name for word in argv])
        self.texts |= {Path(word).name: Path(word).read_text() for word in argv if word.endswith(".cil")}
        return self.answers.pop(0) if self.answers else command.Finished(status=0, stdout="", stderr="")


@pytest.fixture
def programs(host: Host) -> Programs:
    found = Programs()
    host.selinux = Selinux(host.root, host.root / "run", found.run)
    return found


def test_modules_are_loaded_together(host: Host, programs: Programs) -> None:
    modules = (PolicyModule(name="pulp_quadlet", text="; 1"), PolicyModule(name="pulp_quadlet_pulp", text="; 2"))
    asyncio.run(host.selinux.load(modules))
    assert programs.calls == [["semodule", "-X", "400", "-i", "pulp_quadlet.cil", "-i", "pulp_quadlet_pulp.cil"]]
    assert programs.texts == {"pulp_quadlet.cil": "; 1", "pulp_quadlet_pulp.cil": "; 2"}
    assert list((host.root / "run").iterdir()) == []


def test_what_is_loaded_is_removed(host: Host, programs: Programs) -> None:
    host.module(400, "pulp_quadlet_pulp", "; site\n")
    asyncio.run(host.selinux.remove(("pulp_quadlet_pulp", "pulp_quadlet")))
    asyncio.run(host.selinux.remove(("pulp_quadlet",)))
    assert programs.calls == [["semodule", "-X", "400", "-r", "pulp_quadlet_pulp"]]


def leaving(host: Host) -> None:
    """A site's module and the shared one, both with a label for what the agent writes."""
    for name, folder in (("pulp_quadlet", ""), ("pulp_quadlet_pulp", "/pulp")):
        pattern = f"/etc/pulp-quadlet{folder}(/.*)?"
        host.module(400, name, f'(filecon "{pattern}" any (system_u object_r {name}_etc_t ((s0) (s0))))\n')
    host.put("etc/pulp-quadlet/pulp/runs", "")


def test_what_the_agent_writes_stays_readable_for_it(host: Host, programs: Programs) -> None:
    """Its type goes with the site, and the agent has still to write what it has done."""
    leaving(host)
    asyncio.run(host.selinux.remove(("pulp_quadlet_pulp",)))
    assert programs.calls == [
        ["chcon", "-Rh", "-t", "pulp_quadlet_etc_t", "pulp"],
        ["semodule", "-X", "400", "-r", "pulp_quadlet_pulp"],
    ]


def test_what_cannot_be_labelled_leaves_the_policy_alone(host: Host, programs: Programs) -> None:
    leaving(host)
    programs.answers = [command.Finished(status=1, stdout="", stderr="chcon: read-only file system")]
    with pytest.raises(HostError) as caught:
        asyncio.run(host.selinux.remove(("pulp_quadlet_pulp",)))
    assert caught.value.problems[0].notes == ("chcon: read-only file system",)
    assert len(programs.calls) == 1


def test_who_finds_the_policy_locked_tries_again(host: Host, programs: Programs) -> None:
    locked = command.Finished(status=1, stdout="", stderr="semodule: Could not get direct transaction lock.")
    programs.answers = [locked]
    asyncio.run(host.selinux.load((PolicyModule(name="pulp_quadlet", text=""),)))
    assert len(programs.calls) == 2


def test_a_module_that_is_refused_is_told(host: Host, programs: Programs) -> None:
    said = "Failed to resolve typeattributeset statement at x:7\nsemodule:  Failed!"
    programs.answers = [command.Finished(status=1, stdout="", stderr=said)]
    with pytest.raises(HostError) as caught:
        asyncio.run(host.selinux.load((PolicyModule(name="pulp_quadlet", text=""),)))
    [problem] = caught.value.problems
    assert problem.code == "policy-refused"
    assert problem.message == "SELinux did not take the change of its policy, which is as it was"
    assert problem.notes == tuple(said.splitlines())


def test_the_agent_is_confined_before_it_is_called(
    host: Host, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what was installed anew since is labelled anew."""
    labelled = []

    async def relabel(paths: tuple[str, ...], *_rest: object) -> None:
        labelled.append(paths)

    monkeypatch.setattr(host.selinux, "relabel", relabel)
    assert not PolicyStore(host.root).confines_the_agent
    base = PolicyModule(name="pulp_quadlet", text='(filecon "/opt/agent" file (system_u object_r x_t ((s0) (s0))))\n')
    asyncio.run(host.selinux.confine_agent(base))
    assert programs.calls == [["semodule", "-X", "400", "-i", "pulp_quadlet.cil"]]
    host.module(400, "pulp_quadlet", base.text)
    assert PolicyStore(host.root).confines_the_agent
    asyncio.run(host.selinux.confine_agent(base))
    assert len(programs.calls) == 1
    assert labelled == [("/opt/agent",)] * 2


def test_the_shared_module_goes_when_no_site_needs_it(host: Host, programs: Programs) -> None:
    host.module(400, "pulp_quadlet", '(filecon "/opt/agent" file (system_u object_r x_t ((s0) (s0))))\n')
    host.module(400, "pulp_quadlet_pulp", "; site\n")
    assert not asyncio.run(host.selinux.unload())
    (host.modules / "400/pulp_quadlet_pulp/cil").unlink()
    (host.modules / "400/pulp_quadlet_pulp").rmdir()
    assert asyncio.run(host.selinux.unload())
    assert programs.calls == [["semodule", "-X", "400", "-r", "pulp_quadlet"]]
