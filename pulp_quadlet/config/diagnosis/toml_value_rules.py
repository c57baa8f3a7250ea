"""Mistakes inside values: strings, brackets, numbers and words."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from pulp_quadlet.config.diagnosis.suggest import closest
from pulp_quadlet.config.diagnosis.toml_location import Span
from pulp_quadlet.config.diagnosis.toml_mistake import Mistake
from pulp_quadlet.config.diagnosis.wording import quoted, shortened

if TYPE_CHECKING:
    from pulp_quadlet.config.diagnosis.toml_mistake import Spot

# Curved quotes of several languages, and primes, as word processors and chat programs put them.
_CURVED = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019\u201a\u201b\u2032\u2033"
_INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}
_CONTROLS = {"\r": "carriage return", "\x1b": "escape", "\x07": "bell", "\x08": "backspace", "\x7f": "delete"}
_WORD = re.compile(r"[^,\]}#\n]*[^,\]}#\n \t]")
_TRUTHS = {**dict.fromkeys(("true", "yes", "on"), "true"), **dict.fromkeys(("false", "no", "off"), "false")}
_NOTHING = {"null", "none", "nil", "~", "undefined"}


def unclosed_string(spot: Spot) -> Mistake | None:
    """A string without its last quote."""
    if not spot.said.startswith(("Unterminated", "Illegal character '\\n'", "Expected \"'", "Expected '\"")):
        return None
    start, end = spot.open_quote(), spot.line.end
    if start is None:  # of a multi-line string, whose first line is another one
        start = spot.value_start
        if start is None:
            return None
        end = spot.line_end(start)
    quote = spot.text[start]
    mark = quote * 3 if spot.text.startswith(quote * 3, start) else quote
    if mark not in {'"', "'", '"""', "'''"}:
        return Mistake("unclosed-string", "a string is not closed", Span(start, end), open_ended=True)
    help_ = (f"end it with `{mark}`",)
    return Mistake("unclosed-string", "a string is not closed", Span(start, end), help_, open_ended=len(mark) == 3)


def escape(spot: Spot) -> Mistake | None:
    if not spot.said.startswith(("Unescaped", "Invalid hex", "Escaped character")):
        return None
    start = spot.text.rfind("\\", spot.line.start, spot.offset)
    if start < 0:
        return None
    sequence = spot.text[start : max(spot.offset, start + 2)].split("\n")[0]
    return Mistake(
        "invalid-escape",
        f"`{shortened(sequence)}` is no escape that TOML knows",
        Span(start, start + len(sequence)),
        ("write `\\\\` for a backslash, or put the string in single quotes, where a backslash is just that",),
    )


def bad_character(spot: Spot) -> Mistake | None:
    """A curved quote or an invisible character, at the place or in the bare word that begins there."""
    stretch = spot.rest[:1]
    if not spot.rest.startswith(('"', "'")):
        word = _WORD.match(spot.rest)
        stretch = word.group() if word else stretch
    for index, char in enumerate(stretch):
        span = Span(spot.offset + index, spot.offset + index + 1)
        if char in _CURVED:
            return Mistake("curved-quote", f"{char} is not a quote of TOML", span, ('write a straight one: `"`',))
        if char not in "\t\n " and unicodedata.category(char) in _INVISIBLE:
            name = _CONTROLS.get(char) or unicodedata.name(char, "control character").lower()
            message = f"an invisible character, U+{ord(char):04X} ({name})"
            help_ = "write a plain blank" if unicodedata.category(char) == "Zs" else "remove it"
            return Mistake("invisible-character", message, span, (help_,))
    return None


def unclosed_bracket(spot: Spot) -> Mistake | None:
    """An array or inline table whose end is missing: the next line is a statement again, or there is none."""
    start = spot.value_start
    if start is None or start > spot.offset or spot.text[start : start + 1] not in {"[", "{"}:
        return None
    at_end = not spot.text[spot.offset :].strip()
    behind = spot.is_multi_line and spot.starts_statement()
    # TOML 1.0 ends an inline table with its line.
    in_line = not spot.rest.strip() and spot.text[start] == "{" and not spot.is_multi_line
    if not (at_end or behind or in_line):
        return None
    what, closing = ("array", "]") if spot.text[start] == "[" else ("inline table", "}")
    span = Span(start, spot.line_end(start))
    end = spot.line.start - 1 if behind else spot.line.end
    return Mistake(
        "unclosed-bracket", f"an {what} is not closed", span, (f"end it with `{closing}`",), end=end, open_ended=at_end
    )


def items(spot: Spot) -> Mistake | None:
    """Items of an array or inline table that do not follow one another."""
    if spot.said.startswith("Expected '='") and spot.rest.startswith(":"):
        span = Span(spot.offset, spot.offset + 1)
        return Mistake("missing-equals", "a key and its value are separated by `=`, not by `:`", span)
    if not spot.said.startswith(("Unclosed array", "Unclosed inline table")) or not spot.rest.strip():
        return None
    before = spot.text[spot.begin : spot.offset]
    stem = re.search(r"[^\s,\[{=\"'\]}]*$", before)
    if stem and stem.group():
        return _unquoted(spot, spot.offset - len(stem.group()))
    help_ = ("put a comma between the items",)
    return Mistake("missing-comma", "a comma is missing here", Span(spot.offset, spot.offset + 1), help_)


def no_value(spot: Spot) -> Mistake | None:
    if not spot.said.startswith("Invalid value") or spot.rest.split("#")[0].strip(" \t,]}"):
        return None
    equals = spot.text.rfind("=", spot.line.start, spot.offset)
    if equals < 0:
        return None
    help_ = ("give a value, or remove the key to use its default",)
    return Mistake("missing-value", "no value behind `=`", Span(equals, equals + 1), help_)


def bare_word(spot: Spot) -> Mistake | None:
    """A value that lacks its quotes, or a keyword as other languages write it."""
    if spot.said.startswith("Invalid value"):
        start = spot.offset
        if not spot.is_multi_line and spot.value_start is not None:
            start = max(start, spot.value_start)
        return _unquoted(spot, start)
    if spot.said.startswith("Expected newline") and spot.value_start is not None and not spot.is_multi_line:
        if spot.text[spot.value_start] in "\"'[{":
            return _behind_value(spot)
        return _unquoted(spot, spot.value_start)
    return _behind_value(spot) if spot.said.startswith("Expected newline") else None


def _unquoted(spot: Spot, start: int) -> Mistake | None:
    match = _WORD.match(spot.text, start)
    if match is None or match.group().startswith(('"', "'")):
        return None
    word, span = match.group(), Span(*match.span())
    if word.lower() in _TRUTHS:
        return Mistake("invalid-value", f"TOML has no `{word}`", span, (f"write `{_TRUTHS[word.lower()]}`",))
    if word.lower() in _NOTHING:
        return Mistake("invalid-value", f"TOML has no `{word}`", span, ("remove the key to use its default",))
    if re.fullmatch(r"[+-]?0\d+", word):
        help_ = f"write `{word.lstrip('+-').lstrip('0') or '0'}`, or `0o` in front of an octal number"
        return Mistake("invalid-number", f"the number {shortened(word)} begins with a zero", span, (help_,))
    if re.fullmatch(r"[+-]?(?:\.\d+|\d+\.)", word):
        help_ = f"write `{word}0`" if word.endswith(".") else f"write `{word.replace('.', '0.')}`"
        return Mistake("invalid-number", "a number has digits on both sides of its point", span, (help_,))
    keyword = closest(word, ("true", "false"))
    help_ = f"did you mean `{keyword}`?" if keyword else f"if it is a string, put it in quotes: `{quoted(word)}`"
    return Mistake(
        "missing-quotes", "this is no number, date, `true` or `false`, nor a string in quotes", span, (help_,)
    )


def _behind_value(spot: Spot) -> Mistake:
    text = spot.rest.split("#")[0].rstrip() or spot.rest.rstrip()
    help_ = 'a quote inside a string is written `\\"`'
    start = spot.value_start
    if start is not None and spot.text[start] == "'":
        help_ = "put a string that holds a single quote in double quotes"
    if text.startswith((",", ";")):
        help_ = "one line holds one key; nothing stands between lines"
    elif not set(text) & {'"', "'"}:
        help_ = "a comment begins with `#`"
    span = Span(spot.offset, spot.offset + max(len(text), 1))
    return Mistake("text-after-value", "text behind the end of the value", span, (help_,))
