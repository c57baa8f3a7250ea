"""Words and command lines of systemd: what is written is read back as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulp_quadlet.quadlet.commandline import LIVE, entries, split_exec
from pulp_quadlet.quadlet.encode import systemd_exec, systemd_path, systemd_word, tmpfiles_word, unit_names
from tests.quadlet.hostile import hostile


@given(words=st.lists(hostile, max_size=5))
def test_a_command_line_is_read_back(words: list[str]) -> None:
    """For every list of arguments that has a spelling, and most have."""
    try:
        line = systemd_exec(["/bin/a", *words])
    except ValueError as error:
        assert any(part in str(error) for part in ("NUL", "character"))  # noqa: PT017 - the reason matters
        return
    assert split_exec(line) == ("/bin/a", *words)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/bin/a  b\t'c d' \"e\\tf\" g\\x20h", ("/bin/a", "b", "c d", "e\tf", "g h")),
        ("/bin/a \"\" ''", ("/bin/a", "", "")),
        ("/bin/a b'c d'e", ("/bin/a", "bc de")),
        ("/bin/a %% $$ a$$b ${x}%n", ("/bin/a", "%", "$", "a$b", LIVE + "${x}" + LIVE + "%n")),
        ("/bin/a $x a$x", ("/bin/a", LIVE + "$x", "a$x")),
        ("/bin/a \\; ';' a;", ("/bin/a", ";", ";", "a;")),
        ("/bin/a \\q \\u00e9 \\101", ("/bin/a", "\\q", "é", "A")),
    ],
)
def test_split_exec(line: str, expected: tuple[str, ...]) -> None:
    assert split_exec(line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/bin/a ; /bin/b", "a second command starts at a lone `;`"),
        ('/bin/a "b', "a quote is left open"),
        ("/bin/a b\\", "a backslash stands at the end"),
        ("/bin/a \\x80", "an escape stands for half of a character, or for none"),
    ],
)
def test_split_exec_refuses(line: str, expected: str) -> None:
    with pytest.raises(ValueError, match=f"^{expected}$"):
        split_exec(line)


def test_entries_are_read_as_systemd_reads_them() -> None:
    """A carriage return ends a line, a backslash continues one, comments are skipped even in between."""
    text = "# a\n[A]\nb = c \\\n; no\n  d\n\n[X]\re=f\r[B]\ng=\n"
    assert entries(text) == (("A", "b", "c  d"), ("X", "e", "f"), ("B", "g", ""))


def test_single_words() -> None:
    assert systemd_word("") == '""'
    assert systemd_word("a b\x01é") == '"a b\\x01é"'
    assert tmpfiles_word("/srv/100% sure") == '"/srv/100%% sure"'
    assert systemd_path("/srv/a b") == "/srv/a b"


@pytest.mark.parametrize(
    "name", ["a", "a.container", "a b.service", "a/b.service", "@.service", "a.service\n", "x" * 249 + ".service"]
)
def test_wrong_names_of_units(name: str) -> None:
    with pytest.raises(ValueError, match=r"is not the name of a unit of systemd$"):
        unit_names([name])
