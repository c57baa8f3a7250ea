"""The scanner against tomli: no path missing, none too many, each value where it stands."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from pulp_quadlet.config.diagnosis.toml_location import Lines, Span
from pulp_quadlet.config.diagnosis.toml_scan import scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulp_quadlet.config.diagnosis.toml_location import Node

Path = tuple[str | int, ...]


def nodes(root: Node) -> Iterator[tuple[Path, Node]]:
    waiting: list[tuple[Path, Node]] = [((), root)]
    while waiting:
        path, node = waiting.pop()
        if path:
            yield path, node
        waiting += [((*path, step), child) for step, child in node.children.items()]


def leaves(value: Any) -> Iterator[tuple[Path, Any]]:
    """All paths of a parsed document and their values."""
    waiting: list[tuple[Path, Any]] = [((), value)]
    while waiting:
        path, item = waiting.pop()
        if path:
            yield path, item
        below = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ()
        waiting += [((*path, step), child) for step, child in below]


def assert_agrees(text: str) -> None:
    found, wanted = dict(nodes(scan(text).root)), dict(leaves(tomli.loads(text)))
    assert found.keys() == wanted.keys()
    for path, node in found.items():
        written = text[node.value.start : node.value.end]
        if not isinstance(wanted[path], dict | list):
            assert same(tomli.loads(f"v = {written}")["v"], wanted[path]), (path, written)
        if node.key is not None:
            key = text[node.key.start : node.key.end]
            assert next(iter(tomli.loads(f"{key} = 0"))) == path[-1]


def same(one: Any, other: Any) -> bool:
    return one == other or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


TEXTS = {
    "empty": "",
    "comment at the end": "# no line end",
    "dotted and quoted keys": 'a.b = 1\na."c d".\'e.f\' = 2\n"" = 3\n"\\u00e9" = 4\n a . b2 = 5',
    "strings": (
        'a = """x"""\nb = """\n"quoted" ""two"" \\""" \\\\"""\nc = \'\'\'\'x\'\'\'\'\'\n'
        'd = "# no comment \\" ] }"\ne = \'C:\\\'\nf = """"""\ng = """a"""""\n'
    ),
    "arrays": "a = [\n  1, # one ] \n  [2, 3,],\n  { b = [4], c.d = 5 },\n]\nb = []\nc = [ [ ] , ]",
    "inline tables": "a = {}\nb = { c = { d = 1, 'e' = [{}, {f = 1}] } }",
    "dates": "a = 1979-05-27 07:32:00Z\nb = 07:32:00 # c\nc = 1979-05-27T00:32:00-07:00\nd = [1979-05-27 ,1979-05-27]",
    "numbers": "a = +1_000\nb = 0xdead_beef\nc = -inf\nd = nan\ne = 6.26e-34\nf = 0o7 # x",
    "tables": "[a]\nb = 1\n[a.c.d]\ne = 2\n[a.c]\nf = 3\n[ g . 'h i' ] # c\nj = 4",
    "tables of tables": "[[a]]\nb = 1\n[a.c]\n[[a.e]]\n[[a.e]]\nf = 3\n[[a]]\n[[a.e]]\ng = 4\n[a.e.h]\ni = 5",
    "tabs and wide characters": '[\ta\t]\t# 名前\n\t"名前"\t=\t"値"\t# é\n\tb = \'e\u0301\'',
    "header before its parent": "[a.b]\nc = 1\n[a]\nd = 2",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_agrees_with_tomli(text: str) -> None:
    assert_agrees(text)


KEYS = st.one_of(st.sampled_from(["a", "b-1", "_c", "1"]), st.text(max_size=6))
BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
SCALARS = st.one_of(
    st.integers(),
    st.booleans(),
    st.floats(),
    st.text(),
    st.datetimes(),
    st.dates(),
    st.times(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)
BLANKS = st.sampled_from(["", " ", "\t", "  "])
GAPS = st.sampled_from(["", "\n", " # ] } \" '\n", "\n\t"])
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=6)


def basic(text: str) -> str:
    escaped = "".join(f"\\u{ord(char):04X}" if ord(char) < 32 or char in '"\\\x7f' else char for char in text)
    return f'"{escaped}"'


@st.composite
def toml_texts(draw: st.DrawFn) -> str:
    """TOML written in many ways: quotes, blanks, comments, inline or as tables."""
    lines: list[str] = []
    tables: list[str] = []
    for name, value in draw(DOCUMENTS).items():
        key = write_key(draw, name)
        if isinstance(value, dict) and draw(st.booleans()):
            tables += [f"[{draw(BLANKS)}{key}{draw(BLANKS)}] # {key!a}", *entries(draw, value)]
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            for item in value:
                tables += [f"[[{key}]]", *entries(draw, item)]
        else:
            lines.append(f"{draw(BLANKS)}{key}{draw(BLANKS)}={draw(BLANKS)}{write(draw, value)}{draw(BLANKS)}")
    return "\n".join([*lines, *tables])


def entries(draw: st.DrawFn, table: dict[str, Any]) -> list[str]:
    return [f"{write_key(draw, name)}{draw(BLANKS)}= {write(draw, value)}" for name, value in table.items()]


def write_key(draw: st.DrawFn, name: str) -> str:
    if name and set(name) <= BARE and draw(st.booleans()):
        return name
    return basic(name)


def write(draw: st.DrawFn, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return write_string(draw, value)
    if isinstance(value, list):
        items = "".join(f"{draw(GAPS)}{write(draw, item)}{draw(BLANKS)},{draw(GAPS)}" for item in value)
        return f"[{items}]"
    if isinstance(value, dict):
        return "{" + ", ".join(entries(draw, value)) + "}"
    return value.isoformat() if hasattr(value, "isoformat") else repr(value)


def write_string(draw: st.DrawFn, value: str) -> str:
    plain = value.isprintable()
    if plain and "'" not in value and draw(st.booleans()):
        return f"'{value}'"
    if plain and "'''" not in value and not value.endswith("'") and draw(st.booleans()):
        return f"'''\n{value}'''"
    if draw(st.booleans()):
        return '""' + basic(value) + '""'
    return basic(value)


@given(toml_texts())
def test_agrees_with_tomli_on_anything(text: str) -> None:
    assert_agrees(text)


@given(st.text(alphabet="ab.=[]{}\"'\\,# \n1-", max_size=60))
def test_never_raises(text: str) -> None:
    scan(text)


@pytest.mark.parametrize("opening", ["[", "{a="])
def test_no_nesting_exhausts_the_stack(opening: str) -> None:
    depth = 20 * sys.getrecursionlimit()
    text = "x = " + opening * depth + "1" + ("]" if opening == "[" else "}") * depth
    node, steps = scan(text).root.find(("x", *([0] if opening == "[" else ["a"]) * depth))
    assert steps == depth + 1
    assert text[node.value.start : node.value.end] == "1"


def test_a_location_is_the_first_line_of_its_span() -> None:
    lines = Lines('a = 1\nb = """x\ny"""\n', "f.toml")
    where = lines.location(Span(10, 20))
    assert (where.line, where.column, where.width, where.source) == (2, 5, 4, 'b = """x')
    past_the_end = lines.location(Span(99, 100))
    assert (past_the_end.line, past_the_end.column, past_the_end.width) == (4, 1, 1)
