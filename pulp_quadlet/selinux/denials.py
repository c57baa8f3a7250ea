"""What SELinux denied, as lines of a log tell it: of auditd, of the journal, or of the kernel itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_DENIED = re.compile(r"avc:\s+denied\s+\{ (?P<permissions>[\w ]+?) \} for (?P<rest>.*)")
_AUDIT_TIME = re.compile(r"audit\((\d+\.\d+):\d+\)")
_JOURNAL_TIME = re.compile(r"^(\d{9,}\.\d+) ")
_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|(\S+))')
_HEX = re.compile(r"^(?:[0-9A-F]{2})+$")
_TEXTS = frozenset({"comm", "exe", "name", "path"})
_PARTS = 3  # user:role:type, and perhaps a level


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """One act that was denied, or would have been."""

    source: str
    """The type of the process."""
    target: str
    """The type of what it was done to."""
    tclass: str
    permissions: tuple[str, ...]
    time: float = 0.0
    """Seconds since 1970; 0 where the log does not tell."""
    program: str = ""
    path: str = ""
    """A path or a name, as the kernel knew it: often as it is seen inside a container."""
    port: int = 0
    permissive: bool = False
    """Whether it was only told, and done."""


def denials(lines: Iterable[str]) -> Iterator[Denial]:
    """Those that the lines tell of, in their order; all other lines are passed over."""
    for line in lines:
        found = _DENIED.search(line)
        if found is None:
            continue
        fields = {name: text or _plain(name, word) for name, text, word in _FIELD.findall(found["rest"].rstrip("'"))}
        source, target = _type(fields.get("scontext", "")), _type(fields.get("tcontext", ""))
        if source and target:
            yield Denial(
                source=source,
                target=target,
                tclass=fields.get("tclass", ""),
                permissions=tuple(found["permissions"].split()),
                time=_time(line),
                program=fields.get("comm") or fields.get("exe", ""),
                path=fields.get("path") or fields.get("name", ""),
                port=_number(fields.get("dest") or fields.get("src", "")),
                permissive=fields.get("permissive") == "1",
            )


def _type(context: str) -> str:
    parts = context.split(":")
    return parts[2] if len(parts) >= _PARTS else ""


def _time(line: str) -> float:
    found = _AUDIT_TIME.search(line) or _JOURNAL_TIME.search(line)
    return float(found[1]) if found else 0.0


def _plain(name: str, word: str) -> str:
    """A text with a blank or a quote in it stands there in hexadecimal digits, and without quotes."""
    if name not in _TEXTS or not _HEX.match(word):
        return word
    return bytes.fromhex(word).decode(errors="replace")


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
