"""What `quadlet -dryrun` prints, as values: services on standard output, messages on standard error."""

from __future__ import annotations

import re
from typing import Final

_SEPARATOR = re.compile(r"---(?P<path>[^\n]*\.(?:service|socket|target))---", re.ASCII)
_PREFIX = re.compile(r"quadlet-generator\[\d+\]: ", re.ASCII)
_FILE = re.compile(
    r'(?:converting|error loading|error loading drop-ins for|processing|parsing|generating service file) "?'
    r'(?P<quoted>[^",:\s]+)"?[,:]? (?P<rest>.*)'
    r"|(?:Warning: )(?P<bare>\S+) (?P<warning>specifies .*)",
    re.DOTALL,
)

# Debug output, which -dryrun turns on, and a closing line of 5.8: they say what was done, not what is wrong.
_CHATTER: Final = (
    "Loading source unit file ",
    "Loading source drop-in file ",
    "Starting quadlet-generator",
    "writing ",
    "processing encountered some errors",
)


def services(stdout: str) -> dict[str, str]:
    """Name of each generated service -> its text, in the order of the output.

    No line of a unit can look like a separator, since each is a section, a comment or has a key before its `=`.
    """
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in stdout.split("\n"):
        if separator := _SEPARATOR.fullmatch(line):
            current = found.setdefault(separator["path"].rpartition("/")[2], [])
        else:
            current.append(line)
    return {name: "\n".join(lines).strip("\n") + "\n" for name, lines in found.items()}


def messages(stderr: str) -> tuple[tuple[str, str], ...]:
    """Each message with the name of the file it is about; "" where it names none.

    Up to 5.4 all errors are one message of several lines, so every line is a message of its own here; of a crash,
    which a mount without a source caused up to 5.6 (podman#26977), the first line is kept.
    """
    told: dict[tuple[str, str], None] = {}
    for line in stderr.split("\n"):  # not splitlines(): a quoted value may hold more exotic ends
        text = _PREFIX.sub("", line).strip()
        if not text or text.startswith(_CHATTER):
            continue
        if found := _FILE.fullmatch(text):
            file = found["quoted"] or found["bare"]
            told[file.rpartition("/")[2], found["rest"] or found["warning"]] = None
        else:
            told["", text] = None
        if text.startswith("panic: "):
            break
    return tuple(told)
