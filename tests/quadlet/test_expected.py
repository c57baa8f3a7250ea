"""What must be found again in a generated service, and what is missed when it is not."""

from __future__ import annotations

from pulp_quadlet.quadlet.expected import expected_arguments, lost
from pulp_quadlet.quadlet.unit import Entry, Unit

# Podman 5.4.2 and 5.8.6 generate this, with status 0 and no message, for a unit with `DropCapability="all`.
WITHOUT_CAP_DROP = """\
[X-Container]
Image=registry.example/image:1
DropCapability="all
ReadOnly=true

[Unit]
Wants=network-online.target
After=network-online.target
SourcePath=/etc/containers/systemd/a.container
RequiresMountsFor=%t/containers

[Service]
Restart=always
Environment=PODMAN_SYSTEMD_UNIT=%n
KillMode=mixed
ExecStop=/usr/bin/podman rm -v -f -i --cidfile=%t/%N.cid
ExecStopPost=-/usr/bin/podman rm -v -f -i --cidfile=%t/%N.cid
Delegate=yes
Type=notify
NotifyAccess=all
SyslogIdentifier=%N
ExecStart=/usr/bin/podman run --name systemd-%N --cidfile=%t/%N.cid --replace --rm --cgroups=split --sdnotify=conmon \
-d --read-only registry.example/image:1 --cap-drop all
"""
IMAGE = Entry("Container", "Image", "registry.example/image:1")
DROP = Entry("Container", "DropCapability", "all", ("workers",))


def words(unit: Unit, names: dict[str, str] | None = None) -> list[tuple[str, ...]]:
    return [each.words for each in expected_arguments(unit, names or {})]


def container(*entries: tuple[str, str | tuple[str, ...]]) -> Unit:
    return Unit("a.container", tuple(Entry("Container", key, value) for key, value in entries))


def test_a_dropped_capability_that_quadlet_lost() -> None:
    """The same words in the container's own command do not count as podman's."""
    command = Entry("Container", "Exec", ("--cap-drop", "all"))
    unit = Unit("a.container", (IMAGE, DROP, Entry("Container", "ReadOnly", "true"), command))
    assert lost(unit, WITHOUT_CAP_DROP) == (DROP,)


def test_nothing_is_lost_where_all_is_there() -> None:
    unit = Unit("a.container", (IMAGE, DROP, Entry("Service", "Restart", "always")))
    service = WITHOUT_CAP_DROP.replace("--read-only", "--cap-drop=all").replace(":1 --cap-drop all", ":1")
    assert lost(unit, service) == ()


def test_a_line_of_systemd_s_that_vanished() -> None:
    entries = (
        Entry("Service", "Restart", "no"),
        Entry("Unit", "After", "b.service"),
        Entry("Service", "KillMode", "mixed"),
    )
    assert lost(Unit("a.container", entries), WITHOUT_CAP_DROP) == entries[:2]


def test_a_specifier_is_not_a_literal() -> None:
    """`%N` in the service will be replaced, so a name that was meant to be `systemd-%N` is not there."""
    name = Entry("Container", "ContainerName", "systemd-%N")
    assert lost(Unit("a.container", (name,)), WITHOUT_CAP_DROP) == (name,)


def test_a_command_line_that_systemd_cannot_read_holds_nothing() -> None:
    assert lost(
        Unit("a.container", (IMAGE,)), '[Service]\nExecStart=/usr/bin/podman run "registry.example/image:1\n'
    ) == (IMAGE,)


def test_options_of_a_container() -> None:
    assert words(
        container(
            ("DropCapability", ("ALL", "CAP_X")),
            ("Environment", ("A", "b c")),
            ("NoNewPrivileges", "true"),
            ("SecurityLabelDisable", "false"),
            ("ReadOnly", "no"),
            ("SecurityLabelType", "pulp_t"),
            ("User", "700"),
            ("Group", "0"),
            ("Notify", "healthy"),
            ("AutoUpdate", "registry"),
            ("ReloadSignal", "HUP"),
            ("PodmanArgs", ("--init", "--x=y")),
            ("Image", "i"),
            ("Exec", ("a", "b")),
            ("ServiceName", "x"),
        )
    ) == [
        ("--cap-drop", "all"),
        ("--cap-drop", "cap_x"),
        ("--env", "A=b c"),
        ("--security-opt", "no-new-privileges"),
        ("--read-only=false",),
        ("--security-opt", "label=type:pulp_t"),
        ("--user", "700:0"),
        ("--user", "700:0"),
        ("--sdnotify", "healthy"),
        ("--label", "io.containers.autoupdate=registry"),
        ("--signal", "HUP"),
        ("--init", "--x=y"),
        ("i", "a", "b"),
        ("a", "b"),
    ]


def test_references_become_the_names_of_resources() -> None:
    unit = container(
        ("Image", "a.build"),
        ("Network", "n.network:alias=x"),
        ("Network", "c.container"),
        ("Network", "host"),
        ("Volume", "v.volume:/x:z"),
        ("Volume", "/a.volume:/x"),
        ("Mount", "type=image,source=i.image,destination=/x"),
    )
    assert words(unit, {"a.build": "localhost/a", "i.image": "r.example/i", "v.volume": "vv"}) == [
        ("localhost/a",),
        ("--network", "systemd-n:alias=x"),
        ("--network", "container:systemd-c"),
        ("--network", "host"),
        ("-v", "vv:/x:z"),
        ("-v", "/a.volume:/x"),
        ("--mount", "type=image,source=r.example/i,destination=/x"),
    ]
    assert ("localhost/a",) not in words(unit)  # nothing is expected of an image that is not known


def test_a_volume_s_owner_and_options_are_one_option() -> None:
    entries = [("User", "700"), ("Group", "700"), ("Options", "nodev"), ("Copy", "false"), ("VolumeName", "v")]
    unit = Unit("a.volume", tuple(Entry("Volume", key, value) for key, value in entries))
    assert words(unit) == [*[("--opt", "o=uid=700,gid=700,nodev")] * 3, ("--opt", "nocopy"), ("v",)]
