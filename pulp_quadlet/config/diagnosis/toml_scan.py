"""Finds where each key and value of a TOML text stands.

tomli gives values without places. This second pass, made only when something is wrong, finds the places and nothing
else: it takes what tomli has accepted for valid and asks no questions. It keeps its own stack, so that no nesting can
exhaust Python's.
"""

from __future__ import annotations

import re
from contextlib import suppress

import tomli

from pulp_quadlet.config.diagnosis.toml_location import Clash, Node, Scan, Span, Statement

_BLANK = re.compile(r"[ \t]*+")
_BETWEEN = re.compile(r"(?:[ \t\n]|#[^\n]*)*+")
_LINE_END = re.compile(r"[ \t]*+(?:#[^\n]*)?(?:\n|\Z)")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\[^\n])*+"|'[^'\n]*'""")
# The end of a multi-line string may be preceded by one or two quotes that belong to the string.
_STRING = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*+"{3,5}|'''
    r"""'''(?:[^']|'(?!''))*+'{3,5}|"""
    r""""(?:[^"\\\n]|\\[^\n])*+"|'[^'\n]*'""",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]+")  # a date may hold a space, so blanks are cut from the end afterwards


def scan(text: str) -> Scan:
    """The places in `text`, whose lines end in LF alone. Never raises: it stops where the text stops making sense."""
    scanner = _Scanner(text)
    with suppress(_DoubtError):
        scanner.statements()
    return scanner.found


class _DoubtError(Exception):
    """The text does not go on as TOML does."""


_Part = tuple[str, Span]


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.found = Scan(Node(None, Span(0, 0), "header"))
        self.table = self.found.root
        self.table_path: tuple[str | int, ...] = ()

    def statements(self) -> None:
        while True:
            self._match(_BETWEEN)
            if self.pos >= len(self.text):
                return
            if self.text.startswith("[", self.pos):
                self._header()
            else:
                self._key_value()
            self._match(_LINE_END)

    def _header(self) -> None:
        start = self.pos
        brackets = 2 if self.text.startswith("[[", start) else 1
        self.pos += brackets
        self.found.statements.append(Statement(start, (), is_header=True))
        parts = self._keys()
        self._expect("]" * brackets)
        span = Span(start, self.pos)
        node: Node = self.found.root
        path: list[str | int] = []
        for name, key in parts[:-1]:
            node = self._step(node, name, Node(key, span, "implicit"))
            path.append(name)
            if node.kind == "tables":
                path.append(len(node.children) - 1)
                node = node.children[len(node.children) - 1]
        name, key = parts[-1]
        path.append(name)
        if brackets == 1:
            below = node.children.get(name)
            if below is not None and below.kind == "implicit":
                below.key, below.value, below.kind = key, span, "header"
                self.table = below
            else:
                self.table = self._define(node, name, Node(key, span, "header"))
        else:
            array = node.children.get(name)
            if array is None or array.kind != "tables":
                array = self._define(node, name, Node(key, span, "tables"))
            path.append(len(array.children))
            self.table = array.children[len(array.children)] = Node(None, span, "header")
        self.table_path = tuple(path)
        self.found.statements[-1] = Statement(start, self.table_path, is_header=True)

    def _key_value(self) -> None:
        start = self.pos
        self.found.statements.append(Statement(start, self.table_path, is_header=False))
        parts = self._keys()
        path = (*self.table_path, *(name for name, _ in parts))
        self.found.statements[-1] = Statement(start, path, is_header=False)
        self._value(self._entry(self.table, parts))

    def _entry(self, table: Node, parts: list[_Part]) -> Node:
        """The new node for a dotted key in `table`; the text is then read up to its value."""
        self._expect("=")
        self._match(_BLANK)
        for name, key in parts[:-1]:
            table = self._step(table, name, Node(key, key, "dotted"))
        name, key = parts[-1]
        return self._define(table, name, Node(key, key))

    def _step(self, node: Node, name: str, new: Node) -> Node:
        below = node.children.setdefault(name, new)
        return self._define(node, name, new) if below.kind == "value" else below

    def _define(self, node: Node, name: str, new: Node) -> Node:
        """Put `new` below `node`. What stands there already is kept, and the clash noted."""
        old = node.children.setdefault(name, new)
        if old is not new:
            is_mixed = (old.kind == "value") != (new.kind == "value")
            self.found.clashes.append(Clash(name, old.key or old.value, new.key or new.value, is_mixed))
        return new

    def _value(self, node: Node) -> None:
        opened: list[Node] = []
        while True:
            start = self.pos
            node.value = Span(start, start)  # the end is known at the closing bracket
            if self.text.startswith(("[", "{"), start):
                opened.append(node)
                self.pos += 1
            else:
                self._scalar()
                node.value = Span(start, self.pos)
            self._close(opened)
            if not opened:
                return
            node = self._next_element(opened[-1])

    def _close(self, opened: list[Node]) -> None:
        """Go past commas, comments and the brackets that end here."""
        while opened:
            self._match(_BETWEEN)
            start = opened[-1].value.start
            closing = "]" if self.text[start] == "[" else "}"
            if self.text.startswith(closing, self.pos):
                self.pos += 1
                opened.pop().value = Span(start, self.pos)
            elif self.text.startswith(",", self.pos):
                self.pos += 1
            else:
                return

    def _next_element(self, parent: Node) -> Node:
        if self.text[parent.value.start] == "{":
            return self._entry(parent, self._keys())
        node = parent.children[len(parent.children)] = Node(None, parent.value)
        return node

    def _scalar(self) -> None:
        if self.text.startswith(('"', "'"), self.pos):
            self._match(_STRING)
            return
        bare = self._match(_SCALAR)
        self.pos -= len(bare) - len(bare.rstrip(" \t"))

    def _keys(self) -> list[_Part]:
        parts: list[_Part] = []
        while True:
            self._match(_BLANK)
            start = self.pos
            token = self._match(_KEY)
            parts.append((_key_name(token), Span(start, self.pos)))
            self._match(_BLANK)
            if not self.text.startswith(".", self.pos):
                return parts
            self.pos += 1

    def _expect(self, mark: str) -> None:
        if not self.text.startswith(mark, self.pos):
            raise _DoubtError
        self.pos += len(mark)

    def _match(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.pos)
        if match is None:
            raise _DoubtError
        self.pos = match.end()
        return match.group()


def _key_name(token: str) -> str:
    if not token.startswith(('"', "'")):
        return token
    try:
        return next(iter(tomli.loads(token + " = 0")))
    except tomli.TOMLDecodeError as error:
        raise _DoubtError from error
