"""Values that would break a careless writer of units, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from pulp_quadlet.quadlet.keys import Key, Kind, keys_of
from pulp_quadlet.quadlet.unit import Entry

_MARKS = "\"'\\%$#;[]={}`|&<>*?!~^@:,-+ \t\n\r\f\v\0\x01\x1b\x7f\x80\x85\xa0\u2028\ufeff\ufffe\ud800é漢😀ab0NnPpx"
SNIPPETS = (
    *(
        "[Service]\nExecStartPre=/bin/false",
        "\r[Service]\rExecStartPre=/bin/false\r",
        "\n\n[Install]\nWantedBy=x.target",
    ),
    *("--privileged", "-v/:/host", "; /bin/false ;", ";", "\\;", "-", "--"),
    *("${HOME}", "$HOME", "$$HOME", "%n", "%%n", "%20", "100%"),
    *('"', "'", '""', '"a"', '"a', 'a"', "'a'", "sh -c \"echo 'a b' $0\"", '{"a": ["b c", "%d"]}'),
    *("\\", "a\\", "\\n", "\\x41", "\\u0041", "\\101", "\\q", "a \\", "\\\n"),
    *(" a", "a ", "  ", "\u00a0a\u00a0", "a\u2003", "", "a\tb", "x" * 5000, "é" * 3000),
    *("#a", ";a", "a # b", "a;b", "=", "a=b", "a=", "=b", "@a", "+a", "!a", "|a", ":a", "{}", ".", "./a", "~"),
    *("none", "true", "healthy", "0700", "1000:1000", "/a b:/c", "/a$b:/c", "a.network", "a.image", "a.volume:/b"),
)

hostile = st.one_of(
    st.sampled_from(SNIPPETS),
    st.text(st.sampled_from(_MARKS), max_size=12),
    st.text(max_size=20),
    st.builds("".join, st.lists(st.sampled_from(SNIPPETS), min_size=2, max_size=3)),
)

# Values with a form of their own get past the checks often enough only when they are built.
_SHAPED = {
    "mount": st.builds("type=bind,source=/{},destination=/{}".format, hostile, hostile),
    "volume": st.builds("/{}:/{}".format, hostile, hostile),
    "absolute": hostile.map(lambda text: f"/{text}"),
    "ports": st.sampled_from(("80", "80-90/udp", "80/tcp")),
    "capability": st.sampled_from(("all", "CAP_NET_BIND_SERVICE", "net_raw")),
    "notify": st.sampled_from(("true", "false", "healthy")),
    "number": st.sampled_from(("0", "700", "4294967295")),
}


def value_for(known: Key) -> st.SearchStrategy[str | tuple[str, ...]]:
    one = st.one_of(hostile, _SHAPED.get(known.check, hostile))
    match known.kind:
        case Kind.BOOLEAN:
            return st.sampled_from(("true", "false", "yes", "no"))
        case Kind.ASSIGNMENTS:
            return st.tuples(hostile, hostile)
        case Kind.WORDS | Kind.ARGUMENTS:
            return st.lists(one, min_size=1, max_size=4).map(tuple)
        case _:
            return one


def entry_of(section: str) -> st.SearchStrategy[Entry]:
    """An entry with any key of the section that becomes words of podman's command line, and any value."""
    # `Rootfs` stands in place of the image that every unit of the test has.
    known = [each for each in keys_of(section).values() if each.podman is not None and each.name != "Rootfs"]
    return st.sampled_from(known).flatmap(
        lambda each: st.builds(Entry, st.just(section), st.just(each.name), value_for(each))
    )
