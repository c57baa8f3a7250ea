"""Bytes that are no text of TOML: each is told with its place, and with a command that mends it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pulp_quadlet.config.source import decode, load
from pulp_quadlet.errors import SiteError
from pulp_quadlet.report.problems import format_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOOD = '[site]\nurl = "https://pulp.example.org"\n'


def told(data: bytes) -> str:
    with pytest.raises(SiteError) as caught:
        decode(data, "site.toml")
    return format_error(caught.value, colour=False)


@pytest.mark.parametrize("data", [b"", b"\n", b" \t\r\n\n"])
def test_empty(data: bytes) -> None:
    assert told(data) == (
        "site.toml:1:1: error[empty-file]: the file is empty\n"
        '   = help: the smallest site file is the two lines `[site]` and `url = "https://pulp.example.org"`\n'
        "   = help: `pulp-quadlet init` writes one with comments\n"
        "\n"
        "1 problem in site.toml; nothing was changed\n"
    )


def test_byte_order_mark() -> None:
    assert told(b"\xef\xbb\xbf" + GOOD.encode()) == (
        "site.toml:1:1: error[byte-order-mark]: the file begins with a byte order mark, which TOML does not have\n"
        "   |\n"
        " 1 | [site]\n"
        "   | ^\n"
        "   = help: remove it: `sed -i '1s/^\\xEF\\xBB\\xBF//' site.toml`\n"
        "\n"
        "1 problem in site.toml; nothing was changed\n"
    )


def test_latin_1() -> None:
    assert told(GOOD.encode() + "name = 'caf\u00e9'\n".encode("latin-1")) == (
        "site.toml:3:12: error[not-utf-8]: the byte 0xe9 is not valid UTF-8\n"
        "   |\n"
        " 3 | name = 'caf\ufffd'\n"
        "   |            ^\n"
        "   = help: save the file as UTF-8\n"
        "   = help: if it was written in Latin-1, convert it: "
        "`iconv -f ISO-8859-1 -t UTF-8 site.toml > site.toml.new`\n"
        "\n"
        "1 problem in site.toml; nothing was changed\n"
    )


def test_bad_byte_behind_wide_characters() -> None:
    with pytest.raises(SiteError) as caught:
        decode("a = 1\r\n# \u540d\u524d ".encode() + b"\xff\r\n", "site.toml")
    where = caught.value.problems[0].where
    assert where is not None
    assert (where.line, where.column, where.source) == (2, 6, "# \u540d\u524d \ufffd")


@pytest.mark.parametrize(
    ("encoding", "name", "mark"),
    [("utf-16-le", "UTF-16LE", "ff fe"), ("utf-16-be", "UTF-16BE", "fe ff"), ("utf-32-le", "UTF-32LE", "ff fe 00 00")],
)
def test_wide_encodings_with_a_mark(encoding: str, name: str, mark: str) -> None:
    assert told(f"\ufeff{GOOD}".encode(encoding)) == (
        f"site.toml:1:1: error[not-utf-8]: the file is written in {name}; TOML is UTF-8\n"
        f"   = note: it begins with the byte order mark {mark}\n"
        f"   = help: convert it: `iconv -f {name[:6]} -t UTF-8 site.toml > site.toml.new`\n"
        "\n"
        "1 problem in site.toml; nothing was changed\n"
    )


def test_utf_16_without_a_mark() -> None:
    assert "error[binary-file]: the file is not text in UTF-8: every second byte is zero" in told(
        GOOD.encode("utf-16-le")
    )


def test_zero_byte() -> None:
    assert told(b'[site]\nname = "a\0b"\n') == (
        "site.toml:2:10: error[binary-file]: the file holds a zero byte, so it is not text\n"
        "   |\n"
        ' 2 | name = "a\\x00b"\n'
        "   |          ^^^^\n"
        "   = help: is the path right?\n"
        "\n"
        "1 problem in site.toml; nothing was changed\n"
    )


def converted(data: bytes, tmp_path: Path, run: Callable[[str], object]) -> bytes:
    """The file after the command in the help line, in a folder whose name needs quotes."""
    path = tmp_path / "my sites" / "site.toml"
    path.parent.mkdir()
    path.write_bytes(data)
    with pytest.raises(SiteError) as caught:
        load(path)
    run(caught.value.problems[0].help[-1].split("`")[1])
    new = path.with_name("site.toml.new")
    return new.read_bytes() if new.exists() else path.read_bytes()


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        f"\ufeff{GOOD}".encode("utf-16-le"),
        f"\ufeff{GOOD}".encode("utf-16-be"),
        GOOD.encode("utf-16-le"),
    ],
    ids=["byte order mark", "UTF-16LE", "UTF-16BE", "UTF-16 without a mark"],
)
def test_the_help_really_helps(data: bytes, tmp_path: Path) -> None:
    assert converted(data, tmp_path, os.system) == GOOD.encode()  # noqa: TID251  # the point is that a shell can run it
