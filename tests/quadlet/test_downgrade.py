"""A unit for an older Podman: what stands in place of a key, and what is said where nothing can."""

from __future__ import annotations

import pytest

from pulp_quadlet.quadlet.downgrade import fit
from pulp_quadlet.quadlet.unit import Entry, Unit
from pulp_quadlet.quadlet.version import PodmanVersion

V49, V54, V58 = PodmanVersion(4, 9), PodmanVersion(5, 4, 2), PodmanVersion(5, 8, 6)
ORIGIN = ("workers", "memory")


def fitted(key: str, value: str | tuple[str, ...], version: PodmanVersion = V49) -> tuple[Entry, ...]:
    image = Entry("Container", "Image", "a.example/b")
    unit, refusals = fit(Unit("a.container", (image, Entry("Container", key, value, ORIGIN))), version)
    assert refusals == ()
    return unit.entries[1:]


@pytest.mark.parametrize(
    ("key", "value", "arguments"),
    [
        ("StopTimeout", "30", ("--stop-timeout=30",)),
        ("StopSignal", "SIGQUIT", ("--stop-signal=SIGQUIT",)),
        ("Memory", "2G", ("--memory=2G",)),
        ("GroupAdd", "keep-groups", ("--group-add=keep-groups",)),
        ("Entrypoint", '["a b"]', ('--entrypoint=["a b"]',)),
        ("LogOpt", ("max-size=1m", "tag=x"), ("--log-opt=max-size=1m", "--log-opt=tag=x")),
        ("NetworkAlias", "db", ("--network-alias=db",)),
        ("AddHost", "a:127.0.0.1", ("--add-host=a:127.0.0.1",)),
        ("CgroupsMode", "no-conmon", ("--cgroups=no-conmon",)),
        ("HttpProxy", "false", ("--http-proxy=false",)),
        ("AppArmor", "unconfined", ("--security-opt=apparmor=unconfined",)),
        ("Notify", "healthy", ("--sdnotify=healthy",)),
    ],
)
def test_an_option_in_place_of_a_key(key: str, value: str | tuple[str, ...], arguments: tuple[str, ...]) -> None:
    """The origin stays, so that a later message still points at the site file."""
    assert fitted(key, value) == (Entry("Container", "PodmanArgs", arguments, ORIGIN),)


def test_reloading_before_quadlet_knew_how() -> None:
    podman = "/usr/bin/podman"
    assert fitted("ReloadSignal", "SIGHUP") == (
        Entry("Service", "ExecReload", (podman, "kill", "--signal", "SIGHUP", "systemd-a"), ORIGIN),
    )
    assert fitted("ReloadCmd", ("nginx", "-s", "reload"), V54) == (
        Entry("Service", "ExecReload", (podman, "exec", "systemd-a", "nginx", "-s", "reload"), ORIGIN),
    )


@pytest.mark.parametrize("version", [V49, V54, V58])
def test_what_fits_is_left_alone(version: PodmanVersion) -> None:
    entries = (
        Entry("Unit", "Description", "x"),
        Entry("Container", "HostName", "a"),
        Entry("Container", "Notify", "true"),
        Entry("Container", "Bogus", "a"),
        Entry("Service", "Restart", "always"),
    )
    unit = Unit("a.container", entries)
    assert fit(unit, version) == (unit, ())


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("ServiceName", "x", "Podman 4.9.0 does not know `ServiceName` in [Container]; 5.3.0 is the first that does"),
        ("HealthLogDestination", "local",
         "Podman 4.9.0 does not know `HealthLogDestination` in [Container]; 5.3.0 is the first that does"),
        ("Pod", "a.pod", "Podman 4.9.0 does not know `Pod` in [Container]; 5.0.0 is the first that does"),
    ],
)  # fmt: skip
def test_a_key_that_nothing_stands_for(key: str, value: str, message: str) -> None:
    entry = Entry("Container", key, value, ORIGIN)
    unit, ((culprit, problem),) = fit(Unit("a.container", (entry,)), V49)
    assert unit.entries == ()
    assert culprit == entry
    assert (problem.code, problem.message, problem.where) == ("podman-too-old", message, None)


def test_a_type_of_unit_that_is_too_young() -> None:
    unit = Unit("a.build", (Entry("Build", "ImageTag", "x"),))
    same, ((culprit, problem),) = fit(unit, V49)
    assert (same, culprit) == (unit, None)
    assert problem.message == "Podman 4.9.0 does not know `.build` units; 5.2.0 is the first that does"
