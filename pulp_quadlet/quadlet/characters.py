"""What no writer of a unit file can say, whatever it quotes: the characters that systemd or Quadlet break on."""

from __future__ import annotations

from typing import Final

LONGEST: Final = 131_071
"""Bytes in one argument of a process (MAX_ARG_STRLEN of Linux, less the NUL at the end)."""

BLANKS: Final = " \t\n\r"
"""What separates words, for Quadlet and for systemd alike."""

# What Go's unicode.IsSpace holds for white space: Quadlet trims all of it from the two ends of a line.
EDGE_SPACE: Final = frozenset(
    "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
)


def unwritable(text: str) -> str | None:
    """Why no unit file can hold `text` as one word, or None.

    systemd drops a line with a character that Unicode calls a noncharacter (unichar_is_valid in its utf8.c), as it
    drops invalid UTF-8; an argument of a process ends at NUL.
    """
    if not text:
        return "Quadlet loses an empty word, and every word after it"
    if "\0" in text:
        return "it holds a NUL character"
    for point in () if text.isascii() else map(ord, text):
        if 0xD800 <= point <= 0xDFFF:
            return f"U+{point:04X} is half of a character"
        if 0xFDD0 <= point <= 0xFDEF or point & 0xFFFE == 0xFFFE:
            return f"U+{point:04X} is no character"
    if len(text.encode()) > LONGEST:
        return f"it is longer than {LONGEST} bytes, the longest argument that Linux takes"
    return None


def breaks_the_line(text: str) -> str | None:
    """Why `text` cannot stand on one line unescaped, or None.

    A carriage return ends a line for systemd though not for Quadlet, which copies the line into the service: what
    follows it would be a line of its own there, a `[Service]` header for instance.
    """
    if "\n" in text:
        return "it holds a line break"
    if "\r" in text:
        return "it holds a carriage return, which systemd takes for a line break"
    return None


def has_bare_edges(text: str) -> bool:
    """Whether `text` keeps its two ends when it is the whole rest of a line."""
    return text[:1] not in EDGE_SPACE and text[-1:] not in EDGE_SPACE and not text.endswith("\\")
