"""Tells common mistakes of TOML apart, where the parser only says that something else was expected.

Each rule looks at the text around the place where the parser stopped; the first that knows the mistake explains it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulp_quadlet.config.diagnosis.toml_location import Span
from pulp_quadlet.config.diagnosis.wording import key, quoted, shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulp_quadlet.config.diagnosis.toml_location import Scan, Statement

_CURVED = "“”„‟«»‘’‚‛′″"
_WORD = re.compile(r"[^,\]}#\n]*[^,\]}#\n \t]")
_VALUE = re.compile(r"[^=\n]*=[ \t]*")
_ASSIGNMENT = re.compile(r"""[ \t]*(?:[\w."'-]+[ \t]*=|\[[^\n]*\][ \t]*(?:#[^\n]*)?$)""", re.MULTILINE)
_KEYWORDS = {
    **dict.fromkeys(("true", "yes", "on"), "true"),
    **dict.fromkeys(("false", "no", "off"), "false"),
}
_NOTHING = {"null", "none", "nil", "~", "undefined"}
_CONFLICT = re.compile(r"^(?:<<<<<<<|=======|>>>>>>>|\|\|\|\|\|\|\|)(?: .*)?$")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake of TOML. `offset` is where the parser stopped, `span` what to point at."""

    code: str
    message: str
    span: Span
    help: tuple[str, ...] = ()
    note: str = ""
    first: Span | None = None
    """For something that stands twice: its first place."""
    open_ended: bool = False
    """It is not clear where the broken statement ends, so what follows cannot be judged."""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where the parser stopped, what it said, and the line and the statement around."""

    text: str
    said: str
    offset: int
    found: Scan
    statement: Statement | None
    line: Span

    @property
    def rest(self) -> str:
        """The line from where the parser stopped."""
        return self.text[self.offset : self.line.end]

    @property
    def begin(self) -> int:
        """Where the statement begins, if that is in this line; else where the line does."""
        return max(self.statement.start, self.line.start) if self.statement else self.line.start

    @property
    def is_multi_line(self) -> bool:
        return self.statement is not None and self.statement.start < self.line.start


def explain(text: str, said: str, offset: int, found: Scan) -> Mistake:
    """What is wrong where tomli stopped at `offset` of `text` and said `said`."""
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    line = Span(start, len(text) if end < 0 else end)
    spot = _Spot(text, said, offset, found, found.statement_at(offset), line)
    mistake = next((known for rule in _RULES for known in [rule(spot)] if known), None)
    if mistake is None:
        words = said[:1].lower() + said[1:]
        message = "this is not valid TOML"
        mistake = Mistake("toml-syntax", message, Span(offset, offset + 1), note=f"the parser says: {words}")
    from dataclasses import replace

    return replace(mistake, offset=offset)


def _twice(spot: _Spot) -> Mistake | None:
    if not spot.said.startswith(("Cannot", "Duplicate")):
        return None
    clash = next((clash for clash in reversed(spot.found.clashes) if clash.second.start < spot.offset + 1), None)
    if clash is None:
        return None
    is_table = spot.statement is not None and spot.statement.is_header
    what = (
        f"the table `{spot.text[spot.statement.start : spot.line.end].split('#')[0].strip()}`"
        if is_table and spot.statement
        else f"`{key(clash.name)}`"
    )
    help_ = "put all its keys below one header" if is_table else "keep one of the two"
    return Mistake(
        "duplicate-table" if is_table else "duplicate-key",
        f"{what} is defined twice",
        clash.second,
        (help_,),
        first=clash.first,
    )


def _merge_conflict(spot: _Spot) -> Mistake | None:
    line = spot.text[spot.line.start : spot.line.end]
    if not _CONFLICT.match(line):
        return None
    return Mistake(
        "merge-conflict",
        "a mark of an unresolved merge conflict",
        spot.line,
        ("keep one side of the conflict and remove the marks",),
        open_ended=True,
    )


def _bad_character(spot: _Spot) -> Mistake | None:
    """A curved quote or an invisible character, at the place or in the bare word that begins there."""
    word = _WORD.match(spot.text, spot.offset)
    stretch = (
        word.group() if word and not spot.rest.startswith(('"', "'")) else spot.text[spot.offset : spot.offset + 1]
    )
    for index, char in enumerate(stretch):
        span = Span(spot.offset + index, spot.offset + index + 1)
        if char in _CURVED:
            return Mistake(
                "curved-quote", f"a curved quote {char} where TOML wants a straight one", span, ('write `"`',)
            )
        if char not in "\t\n" and (unicodedata.category(char) in {"Cc", "Cf", "Zs", "Zl", "Zp"} and char != " "):
            name = unicodedata.name(char, "a control character").lower()
            return Mistake(
                "invisible-character", f"an invisible character, U+{ord(char):04X} ({name})", span, ("remove it",)
            )
    return None


def _unclosed_text(spot: _Spot) -> Mistake | None:
    """A string without its last quote."""
    triple = spot.said.startswith(("Unterminated", 'Expected \'"""\'', "Expected \"'''\""))
    if not (triple or spot.said.startswith(("Illegal character '\\n'", 'Expected "\'"'))):
        return None
    if spot.said.startswith("Expected") and spot.offset < len(spot.text) and not triple:
        return None
    where = spot.text.rfind("\n", 0, spot.offset) + 1
    match = _VALUE.match(spot.text, spot.statement.start if triple and spot.statement else max(where, spot.begin))
    start = match.end() if match else spot.begin
    end = spot.text.find("\n", start)
    end = len(spot.text) if end < 0 else end
    mark = spot.text[start : start + (3 if triple else 1)]
    mark = mark if mark.strip("\"'") == "" and mark else "quote"
    return Mistake(
        "unclosed-string",
        "a string that is not closed",
        Span(start, end),
        (f"end it with `{mark}`" if mark != "quote" else "end it with the quote that it begins with",),
        open_ended=triple,
    )


def _unclosed_brackets(spot: _Spot) -> Mistake | None:
    """An array or inline table whose end is missing: the next line is a statement again, or there is none."""
    statement = spot.statement
    if statement is None or statement.is_header:
        return None
    match = _VALUE.match(spot.text, statement.start)
    opening = spot.text[match.end() : match.end() + 1] if match else ""
    at_end = not spot.text[spot.offset :].strip()
    if not match or opening not in {"[", "{"} or not (at_end or (spot.is_multi_line and _starts_statement(spot))):
        if not (
            match and opening == "{" and spot.said.startswith(("Unclosed inline", "Invalid initial", "Expected '='"))
        ):
            return None
        if spot.rest.strip():
            return None
    what, closing = ("array", "]") if opening == "[" else ("inline table", "}")
    end = spot.text.find("\n", match.end())
    span = Span(match.end(), len(spot.text) if end < 0 else end)
    return Mistake(
        "unclosed-bracket", f"an {what} that is not closed", span, (f"end it with `{closing}`",), open_ended=True
    )


def _starts_statement(spot: _Spot) -> bool:
    return _ASSIGNMENT.match(spot.text, spot.line.start) is not None


def _escape(spot: _Spot) -> Mistake | None:
    if not spot.said.startswith(("Unescaped", "Invalid hex", "Escaped character")):
        return None
    start = spot.text.rfind("\\", spot.line.start, spot.offset)
    if start < 0:
        return None
    sequence = spot.text[start : max(spot.offset, start + 2)]
    return Mistake(
        "invalid-escape",
        f"`{shortened(sequence)}` is no escape that TOML knows",
        Span(start, start + len(sequence)),
        ("write `\\\\` for a backslash, or put the string in single quotes, where a backslash is itself",),
    )


def _header(spot: _Spot) -> Mistake | None:
    if spot.statement is None or not spot.statement.is_header or spot.is_multi_line:
        return None
    header = spot.text[spot.begin : spot.line.end].split("#")[0].rstrip()
    span = Span(spot.begin, spot.begin + len(header))
    closing = "]]" if header.startswith("[[") else "]"
    if not header.endswith(closing) and closing not in header:
        return Mistake(
            "unclosed-header",
            f"a table header without its `{closing}`",
            span,
            (f"write `{header.rstrip(']')}{closing}`",),
        )
    if closing in header and not header.endswith(closing):
        after = header.index(closing) + len(closing)
        return Mistake(
            "text-after-header",
            "text behind a table header",
            Span(spot.begin + after + len(header[after:]) - len(header[after:].lstrip()), span.end),
            ("put keys on the lines below the header",),
        )
    name = header.strip("[] \t")
    help_ = (
        (f"a name with other characters than letters, digits, `-` and `_` stands in quotes: `[{quoted(name)}]`",)
        if name
        else ()
    )
    return Mistake("invalid-header", "an empty table header" if not name else "not the name of a table", span, help_)


def _no_assignment(spot: _Spot) -> Mistake | None:
    """A line that should be `key = value` but has no `=` where it belongs."""
    if not spot.said.startswith(
        ("Expected '='", "Invalid statement", "Invalid initial", "Expected newline or end of document after a key")
    ):
        return None
    line = spot.text[spot.begin : spot.line.end]
    bare = line.split("#")[0].rstrip()
    span = Span(spot.begin, spot.begin + max(len(bare), 1))
    if bare.lstrip().startswith(("//", ";", "/*")):
        return Mistake("invalid-comment", "a comment begins with `#` in TOML", span)
    if bare.lstrip().startswith("- "):
        return Mistake("not-toml", "a list in the manner of YAML", span, ('write `key = ["a", "b"]`',))
    if bare.startswith("="):
        return Mistake("missing-key-name", "no key before `=`", Span(spot.begin, spot.begin + 1))
    name, mark, value = bare.partition("=")
    if mark and re.search(r"\w\s+\w", name):
        return Mistake("invalid-key", "a key cannot hold a blank", Span(spot.begin, spot.begin + len(name.rstrip())))
    if mark and not name.isascii():
        help_ = f"put it in quotes: `{quoted(name.strip())}`"
        return Mistake(
            "invalid-key",
            "a key without quotes has only ASCII letters, digits, `-` and `_`",
            Span(spot.begin, spot.begin + len(name.rstrip())),
            (help_,),
        )
    colon = re.match(r"[\w.\"'-]+\s*(:=?)", bare)
    if colon:
        return Mistake(
            "missing-equals",
            "a key and its value are separated by `=`, not `:`",
            Span(spot.begin + colon.start(1), spot.begin + colon.end(1)),
        )
    if not mark:
        return Mistake("missing-equals", "no `=` between a key and its value", span, ("write `key = value`",))
    return None


def _no_value(spot: _Spot) -> Mistake | None:
    if not spot.said.startswith("Invalid value") or spot.rest.split("#")[0].strip(" \t,]}"):
        return None
    equals = spot.text.rfind("=", spot.line.start, spot.offset)
    if equals < 0:
        return None
    return Mistake(
        "missing-value",
        "no value behind `=`",
        Span(equals, equals + 1),
        ("give a value, or remove the line to use the default",),
    )


def _bare_word(spot: _Spot) -> Mistake | None:
    """A value that lacks its quotes, or a keyword as other languages write it."""
    if not spot.said.startswith(("Invalid value", "Expected newline or end of document after a statement")):
        return None
    match = _VALUE.match(spot.text, spot.begin)
    start = spot.offset if spot.said.startswith("Invalid value") else match.end() if match else spot.begin
    if match and match.end() > start:
        start = match.end()
    word = _WORD.match(spot.text, start)
    if word is None:
        return None
    text, span = word.group(), Span(*word.span())
    if text.startswith(('"', "'")):
        return _behind_string(spot)
    if text.lower() in _KEYWORDS:
        return Mistake(
            "invalid-value", f"TOML has no `{shortened(text)}`", span, (f"write `{_KEYWORDS[text.lower()]}`",)
        )
    if text.lower() in _NOTHING:
        return Mistake(
            "invalid-value", f"TOML has no `{shortened(text)}`", span, ("remove the line to use the default",)
        )
    if re.fullmatch(r"[+-]?0\d+", text):
        return Mistake(
            "invalid-number",
            f"the number {shortened(text)} begins with a zero",
            span,
            (f"write `{text.lstrip('+-').lstrip('0') or '0'}`, or `0o...` for an octal number",),
        )
    if re.fullmatch(r"[+-]?(?:\.\d+|\d+\.)", text):
        return Mistake("invalid-number", "a number has digits on both sides of its point", span)
    help_ = f"put it in quotes: `{quoted(text)}`"
    return Mistake("missing-quotes", "a string stands in quotes", span, (help_,))


def _behind_string(spot: _Spot) -> Mistake | None:
    span = Span(spot.offset, spot.line.end)
    text = spot.rest.rstrip()
    help_ = 'a quote inside a string is written `\\"`; a comment begins with `#`'
    return Mistake(
        "text-after-value",
        "text behind the end of the value",
        Span(span.start, span.start + max(len(text), 1)),
        (help_,),
    )


_RULES: tuple[Callable[[_Spot], Mistake | None], ...] = (
    _merge_conflict,
    _twice,
    _unclosed_text,
    _escape,
    _bad_character,
    _header,
    _unclosed_brackets,
    _no_value,
    _no_assignment,
    _bare_word,
)
