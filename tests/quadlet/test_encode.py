"""What encode() writes and refuses. That the texts mean what they should is proven in test_generator_agrees.py."""

from __future__ import annotations

import pytest

from pulp_quadlet.quadlet.encode import Inexpressible, encode
from pulp_quadlet.quadlet.unit import Entry
from pulp_quadlet.quadlet.version import PodmanVersion

V49, V54, V581, V582 = (PodmanVersion.parse(text) for text in ("4.9.5", "5.4.2", "5.8.1", "5.8.2"))


def text(key: str, value: str | tuple[str, ...], version: PodmanVersion = V54, section: str = "Container") -> str:
    return encode(Entry(section, key, value), version)


def reason(key: str, value: str | tuple[str, ...], version: PodmanVersion = V54, section: str = "Container") -> str:
    with pytest.raises(Inexpressible) as raised:
        encode(Entry(section, key, value, ("here",)), version)
    assert raised.value.entry == Entry(section, key, value, ("here",))
    return raised.value.reason


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("HostName", "pulp-worker-1", "pulp-worker-1"),
        ("HealthCmd", "curl -f http://x/%20?a=$b", "curl -f http://x/%%20?a=$$b"),
        ("HealthCmd", ' a "b" c\\', '" a "b" c\\"'),
        ("ReadOnly", "yes", "true"),
        ("ReadOnly", "off", "false"),
        ("DropCapability", "all", "all"),
        ("Sysctl", ("net.core.somaxconn=1", "kernel.domainname=a b"), 'net.core.somaxconn=1 "kernel.domainname=a b"'),
        ("Sysctl", "a=\"b' \\c", '"a="\'"\'"b\' \\c"'),
        ("Exec", ("sh", "-c", 'echo "$HOME" 100%\n'), 'sh -c "echo \\"$$HOME\\" 100%%\\n"'),
        ("Exec", ("#not", "a;comment"), '"#not" "a;comment"'),
        ("Environment", ("URL", "http://a/%20 b"), '"URL=http://a/%%20 b"'),
        ("Environment", ("EMPTY", ""), "EMPTY="),
        ("Label", ("a b", "c\td\x01"), '"a b=c\\td\\x01"'),
        ("Volume", "/srv/pulp:/var/lib/pulp:z", "/srv/pulp:/var/lib/pulp:z"),
        ("PublishPort", '"8080:80"', '"8080:80"'),
        ("Mount", "type=image,source=localhost/a:1,destination=/x", "type=image,source=localhost/a:1,destination=/x"),
        ("Notify", "healthy", "healthy"),
    ],
)
def test_each_kind_of_key(key: str, value: str | tuple[str, ...], expected: str) -> None:
    """One line per kind: `%` and `$` doubled, quotes and escapes by the rules of the kind."""
    assert text(key, value) == expected


def test_quotes_at_the_ends_by_release() -> None:
    """4.x keeps them, 5.0 to 5.8.1 cannot say them, later they go between another pair (podman#28409)."""
    assert text("HealthCmd", 'sh -c "x"', V49) == 'sh -c "x"'
    assert text("HealthCmd", 'sh -c "x"', V582) == '"sh -c "x""'
    for version in (V54, V581):
        assert reason("HealthCmd", 'sh -c "x"', version) == (
            f"Podman {version} removes every double quote at the two ends of a value; 5.8.2 keeps them"
        )


def test_blanks_at_the_ends_by_release() -> None:
    """Quotes keep them since 5.0; 4.x has no way."""
    assert text("HostName", " a\u00a0") == '" a\u00a0"'
    assert reason("HostName", "a\\", V49) == (
        "Podman 4.9.5 cannot keep a blank at an end of a value, nor a backslash at the last"
    )


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("HostName", "", "Quadlet loses an empty word, and every word after it"),
        ("Exec", ("a", ""), "Quadlet loses an empty word, and every word after it"),
        ("Exec", (), "it needs at least one word"),
        ("HostName", "a\0b", "it holds a NUL character"),
        ("HostName", "a\nb", "it holds a line break"),
        ("HostName", "a\rb", "it holds a carriage return, which systemd takes for a line break"),
        ("Sysctl", "a=\r[Service]\r", "it holds a carriage return, which systemd takes for a line break"),
        ("HostName", "\ud800", "U+D800 is half of a character"),
        ("Exec", "\ufffe", "U+FFFE is no character"),
        ("Exec", "x" * 131_072, "it is longer than 131071 bytes, the longest argument that Linux takes"),
        ("Exec", "\x80", "Quadlet writes U+0080 in a way that systemd reads as half of a character"),
        ("Exec", ("a", ";", "b"), "Quadlet leaves a lone `;` bare, where systemd starts a second command"),
        ("HostName", ("a", "b"), "it takes one value, not a list"),
        ("Environment", "A=1", "it takes a pair of a name, without `=`, and a value"),
        ("Environment", ("A=B", "1"), "it takes a pair of a name, without `=`, and a value"),
        ("ReadOnly", "maybe", "it must be `true` or `false`"),
        ("Notify", "yes", "it must be `true`, `false` or `healthy`"),
        ("PublishPort", " 80", "Quadlet cannot keep a blank at an end of this value, nor a backslash at the last"),
        ("DropCapability", "CAP-X", "it is not the name of a capability"),
        ("AddDevice", "-/dev/kvm", "a leading `-` means that the device may be missing"),
        ("EnvironmentFile", "a.env", "Quadlet takes a relative path from the folder of the unit"),
        ("Image", "--privileged", "podman would take it for an option"),
        ("ServiceName", "a b", "it is not the name of a service"),
        ("ExposeHostPort", "http", "it is not a port or a range of ports"),
        ("Pod", "a", "it must name a `.pod` unit"),
        ("Volume", "./a:/b", "Quadlet takes a relative path from the folder of the unit"),
        ("Volume", ":/b", "Quadlet drops the options of a volume without a source"),
        ("Volume", "/a b:/c", "a path on the host cannot hold ' ': systemd must also wait for its mount"),
        ("Mount", "type=bind,destination=/x", "a mount of type bind needs one `source=`"),
        ("Mount", "source=/a,type=bind", "a mount starts with `type=`"),
        ("Mount", 'type=bind,"source=/a,b"', "a mount cannot hold a double quote, a line break or an empty field"),
        ("Memory", "1G", "Podman 5.4.2 does not know it; 5.5.0 is the first that does"),
        ("Bogus", "1", "Quadlet has no key `Bogus` in [Container]"),
    ],
)
def test_what_no_text_can_say(key: str, value: str | tuple[str, ...], expected: str) -> None:
    assert reason(key, value) == expected


def test_notify_healthy_is_not_taken_for_no() -> None:
    """4.9 reads any word it does not know as `no`, without a message."""
    assert reason("Notify", "healthy", V49) == (
        "Podman 4.9.5 takes `Notify=healthy` for `no`; 5.0.0 is the first that knows it"
    )


@pytest.mark.parametrize("value", ["pulp", "0700", "-1", "4294967296"])
def test_an_owner_that_quadlet_would_take_for_root(value: str) -> None:
    """Quadlet reads what is no number as 0, and a leading zero as octal."""
    assert reason("User", value, section="Volume") == (
        "it must be a plain number below 2**32; Quadlet takes anything else for 0"
    )
    assert text("User", "700", section="Volume") == "700"


def test_the_message_names_key_value_and_reason() -> None:
    with pytest.raises(Inexpressible) as raised:
        encode(Entry("Container", "HostName", "a\nb"), V54)
    assert str(raised.value) == "`HostName` cannot be 'a\\nb': it holds a line break"


@pytest.mark.parametrize(
    ("section", "key", "value", "expected"),
    [
        ("Unit", "Description", "100% of $HOME", "100%% of $HOME"),
        ("Unit", "After", ("a.service", "b@1.socket"), "a.service b@1.socket"),
        ("Service", "Restart", "always", "always"),
        ("Service", "ExecReload", ("/usr/bin/podman", "kill", "$x", ";", ""), '/usr/bin/podman kill $$x ";" ""'),
        ("Service", "Environment", ("A", "b c%$d"), '"A=b c%%$d"'),
        ("Service", "ReadWritePaths", ("/a b", "/c"), '"/a b" /c'),
        ("Service", "WorkingDirectory", "/srv/a b%", "/srv/a b%%"),
        ("Socket", "ListenStream", "127.0.0.1:80", "127.0.0.1:80"),
        ("Socket", "Accept", "no", "false"),
        ("Install", "WantedBy", "multi-user.target", "multi-user.target"),
    ],
)
def test_sections_of_systemd(section: str, key: str, value: str | tuple[str, ...], expected: str) -> None:
    assert text(key, value, section=section) == expected


@pytest.mark.parametrize(
    ("section", "key", "value", "expected"),
    [
        ("Unit", "After", "a.container", "'a.container' is not the name of a unit of systemd"),
        ("Unit", "Description", "a\nExecStart=b", "it holds a line break"),
        ("Unit", "Description", "a ", "a line cannot keep a blank at an end of its value, nor a backslash at the last"),
        ("Service", "Restart", "%n", "whether systemd expands a `%` here is not known"),
        ("Service", "ExecStart", "podman run", "a command starts with the absolute path of its program"),
        ("Service", "ExecStart", ("/a$b",), "the path of a program cannot hold `$`"),
        ("Service", "WorkingDirectory", "~", "a path must be absolute"),
    ],
)
def test_what_systemd_cannot_be_told(section: str, key: str, value: str | tuple[str, ...], expected: str) -> None:
    assert reason(key, value, section=section) == expected
