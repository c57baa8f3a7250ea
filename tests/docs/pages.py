"""The pages of the documentation, and what tests look for in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = tuple(sorted((ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md"))))
EXAMPLES = tuple(sorted((DOCS / "examples").glob("*.toml")))

_BLOCK = re.compile(r"^```(?P<language>[a-z]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(language: str) -> tuple[Block, ...]:
    """All blocks of a language, on all pages."""
    found = []
    for page in PAGES:
        text = read(page)
        found += [
            Block(name(page), text.count("\n", 0, match.start()) + 2, match["language"], match["text"])
            for match in _BLOCK.finditer(text)
        ]
    return tuple(block for block in found if block.language == language)


def links(page: Path) -> tuple[str, ...]:
    """The targets of a page's links."""
    return tuple(match["target"] for match in _LINK.finditer(_without_code(page)))


def anchors(page: Path) -> set[str]:
    """What a link can name behind `#`: headings, in the way that GitHub makes anchors of them."""
    titles = (match["title"].lower() for match in _HEADING.finditer(_without_code(page)))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def section(text: str, title: str) -> str:
    """What stands below a heading, up to the next one of its level or above."""
    heading = re.search(rf"^(#+) {re.escape(title)}$", text, re.MULTILINE)
    assert heading, f"there is no heading `{title}`"
    rest = text[heading.end() :]
    end = re.search(rf"^#{{1,{len(heading[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def _without_code(page: Path) -> str:
    return _BLOCK.sub("", read(page))
