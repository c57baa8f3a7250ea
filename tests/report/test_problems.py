"""How problems are printed: places, carets, colours, and nothing that a terminal would obey."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulp_quadlet.errors import HostError, Location, Problem, SiteError
from pulp_quadlet.printable import visible
from pulp_quadlet.report.problems import as_json, format_error, format_problem

PATH = "/etc/pulp-quadlet/site.toml"


def at(source: str, column: int, width: int = 1, line: int = 6) -> str:
    return format_problem(Problem("code", "message", Location(PATH, line, column, width, source)), colour=False)


def excerpt(source: str, column: int, width: int = 1) -> list[str]:
    """The source line and the carets, without the margin."""
    _, _, text, carets = at(source, column, width).splitlines()
    assert text.startswith(" 6 | ")
    return [text[5:], carets[5:]]


def test_the_whole_report() -> None:
    bukket = Problem(
        "unknown-key",
        "unknown key `bukket` in `[storage]`",
        Location(PATH, 6, 1, 6, 'bukket = "pulp"'),
        help=("did you mean `bucket`?", 'keys of `[storage]` with backend "s3": bucket, region'),
    )
    region = Problem("missing-key", "`[storage]` needs `region`", Location(PATH, 10, 2, 7, "[storage]"))
    assert format_error(SiteError(bukket, region), colour=False) == (
        "/etc/pulp-quadlet/site.toml:6:1: error[unknown-key]: unknown key `bukket` in `[storage]`\n"
        "   |\n"
        ' 6 | bukket = "pulp"\n'
        "   | ^^^^^^\n"
        "   = help: did you mean `bucket`?\n"
        '   = help: keys of `[storage]` with backend "s3": bucket, region\n'
        "\n"
        "/etc/pulp-quadlet/site.toml:10:2: error[missing-key]: `[storage]` needs `region`\n"
        "    |\n"
        " 10 | [storage]\n"
        "    |  ^^^^^^^\n"
        "\n"
        "2 problems in /etc/pulp-quadlet/site.toml; nothing was changed\n"
    )


def test_a_problem_of_the_host() -> None:
    problem = Problem(
        "unit-failed",
        "pulp-api.service did not start",
        notes=("tried: restart, because its image changed", "the machine says:\nexit-code 1"),
        help=("`journalctl -u pulp-api -n 50`",),
    )
    assert format_error(HostError(problem, outcome="3 files were written"), colour=False) == (
        "error[unit-failed]: pulp-api.service did not start\n"
        "   = note: tried: restart, because its image changed\n"
        "   = note: the machine says:\n"
        "           exit-code 1\n"
        "   = help: `journalctl -u pulp-api -n 50`\n"
        "\n"
        "1 problem; 3 files were written\n"
    )


def test_tabs_wide_and_combining_characters() -> None:
    assert excerpt("\tport\t= x", 2, 4) == ["    port    = x", "    ^^^^"]
    assert excerpt("a = '\u540d\u524d' # b", 5, 4) == ["a = '\u540d\u524d' # b", "    ^^^^^^"]
    assert excerpt("\u540d = x", 5) == ["\u540d = x", "     ^"]
    assert excerpt("e\u0301 = x", 6) == ["e\u0301 = x", "    ^"]


def test_a_place_past_the_end() -> None:
    assert excerpt("a = ", 5) == ["a =", "    ^"]


def test_long_lines_are_cut_around_the_place() -> None:
    line = "x" * 200 + "HERE" + "y" * 200
    text, carets = excerpt(line, 201, 4)
    assert text == "\u2026" + "x" * 30 + "HERE" + "y" * 65 + "\u2026"
    assert carets == " " * 31 + "^^^^"


def test_long_lines_keep_their_beginning_if_the_place_is_there() -> None:
    text, carets = excerpt("HERE" + "y" * 200, 1, 4)
    assert text == "HERE" + "y" * 96 + "\u2026"
    assert carets == "^^^^"


def test_a_place_wider_than_the_window() -> None:
    text, carets = excerpt("a = " + "\u540d" * 300, 5, 300)
    assert text == "a = " + "\u540d" * 48 + "\u2026"
    assert carets == "    " + "^" * 96


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("a\r\nb\x00", "a\\x0d\\x0ab\\x00"),
        ("\u202eevil", "\\u202eevil"),
        ("\u200b\ufeff\u2028", "\\u200b\\ufeff\\u2028"),
        ("\u00a0", "\\xa0"),
        ("\U000e0041", "\\U000e0041"),
        ("h\u00e9 \u540d", "h\u00e9 \u540d"),
    ],
)
def test_nothing_reaches_the_terminal_unseen(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(), st.integers(1, 80), st.integers(1, 80), st.text(), st.booleans())
def test_no_text_breaks_out_of_its_line(source: str, column: int, width: int, words: str, colour: bool) -> None:
    problem = Problem("code", words, Location(words, 1, column, width, source), notes=(words,), help=(words,))
    lines = re.sub(r"\x1b\[(?:1;31|1;34|1|0)m", "", format_problem(problem, colour=colour)).split("\n")
    assert not [char for line in lines for char in line if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"}]
    if source and column <= len(source):
        assert set(lines[3][4:].strip()) == {"^"}
        assert len(lines[3]) <= 110


def test_colour_only_when_asked() -> None:
    problem = Problem("code", "message", Location(PATH, 6, 1, 1, "a = 1"), help=("help",))
    assert "\x1b" not in format_problem(problem, colour=False)
    coloured = format_problem(problem, colour=True)
    assert "\x1b[1;31merror[code]\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == format_problem(problem, colour=False)


def test_json() -> None:
    problem = Problem("code", "message", Location(PATH, 6, 1, 2, "a = 1"), ("note",), ("help",))
    made = json.loads(json.dumps(as_json(SiteError(problem, Problem("other", "words")))))
    assert made == {
        "outcome": "nothing was changed",
        "exit_code": 2,
        "problems": [
            {
                "code": "code",
                "message": "message",
                "where": {"path": PATH, "line": 6, "column": 1, "width": 2, "source": "a = 1"},
                "notes": ["note"],
                "help": ["help"],
            },
            {"code": "other", "message": "words", "where": None, "notes": [], "help": []},
        ],
    }
