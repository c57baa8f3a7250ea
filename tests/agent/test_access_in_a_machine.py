"""Who may do what, with real users, a real polkit and a client that is not ours."""

from __future__ import annotations

import json
import re

import pytest

from tests.agent.host import NAME, PATH, SITE, Host

pytestmark = pytest.mark.lab

MEGABYTES = 1024  # of kilobytes


@pytest.mark.parametrize("member", ["Check", "Plan", "History", "Health"])
def test_every_user_may_ask(host: Host, member: str) -> None:
    assert host.call(member, "sa{sv}", SITE, "0", user="alice").status == 0


def test_a_user_may_not_change_anything(host: Host) -> None:
    said = host.pulp_quadlet("apply", user="alice")
    assert said.status == 6
    assert said.stderr == (
        "error[access-denied]: alice may not do this\n"
        "   = note: org.pulpproject.quadlet1.apply: polkit wants a password for it\n"
        "   = help: do it as root, or admit the user by a rule of polkit(8)\n\n"
        "1 problem; nothing was changed\n"
    )
    for call in (
        ["Try", "sua{sv}", SITE, "5", "0"],
        ["Rollback", "sua{sv}", SITE, "0", "0"],
        ["Confirm", "a{sv}", "0"],
    ):
        assert "alice may not do this" in host.call(*call, user="alice").stderr


def test_a_user_whom_a_rule_admits_may_do_just_that(host: Host) -> None:
    assert host.call("Apply", "sa{sv}", SITE, "0", user="bob").status == 0
    assert "bob may not do this" in host.call("Rollback", "sua{sv}", SITE, "0", "0", user="bob").stderr


def test_a_second_caller_is_told_whose_job_runs(host: Host) -> None:
    host.words("hang")
    said = host.call("Apply", "sa{sv}", SITE, "0", user="bob")
    job = json.loads(said.stdout)["data"][0]
    second = host.pulp_quadlet("apply")
    assert second.status == 1
    assert re.match(
        rf"error\[busy\]: job {job} \(apply of {SITE} by bob\) runs since 20[-0-9: ]+ UTC, and one change is made at a "
        r"time\n",
        second.stderr,
    )
    path = f"/job/_{job}"
    assert "alice may not do this" in host.call("Cancel", "a{sv}", "0", user="alice", interface="Job", path=path).stderr
    assert host.call("Cancel", "a{sv}", "0", user="bob", interface="Job", path=path).status == 0
    host.until(lambda: host.property(job, "State") == "cancelled")


def test_what_the_bus_does_not_let_through(host: Host) -> None:
    denied = host.shell(
        f"busctl set-property {NAME} {PATH} {NAME}.Manager Version s x; "
        f"busctl call {NAME} {PATH} org.freedesktop.DBus.Debug Do; "
        f"busctl call org.freedesktop.DBus / org.freedesktop.DBus RequestName su {NAME} 4",
        user="alice",
        check=False,
    )
    assert [line.rpartition(": ")[2] for line in denied.stderr.splitlines()] == ["Access denied"] * 3


def test_files_that_may_not_be_named(host: Host) -> None:
    host.shell("cp /etc/pulp-quadlet/site.toml /root/; install -m 600 /root/site.toml /etc/pulp-quadlet/private.toml")
    host.shell(
        "install -m 666 /root/site.toml /etc/pulp-quadlet/open.toml; ln -sf site.toml /etc/pulp-quadlet/link.toml"
    )

    def told(file: str, user: str) -> str:
        return host.call("Plan", "sa{sv}", file, "0", user=user).stderr.strip().removeprefix("Call failed: ")

    where = "/etc/pulp-quadlet"
    assert told(f"{where}/private.toml", "alice") == (
        f"{where}/private.toml may not be read by everybody, so that only root may name it"
    )
    assert told("/root/site.toml", "alice") == (
        f"/root/site.toml is not directly in {where}, and only root may name other files"
    )
    assert told(f"{where}/open.toml", "root") == f"{where}/open.toml can be written by others than root"
    assert told(f"{where}/link.toml", "root") == f"{where}/link.toml is a symbolic link"
    assert told(f"{where}/private.toml", "root") == ""
    host.shell(f"rm {where}/private.toml {where}/open.toml {where}/link.toml")
