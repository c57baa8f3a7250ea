"""Finds the word that was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORTEST_STEM = 3  # letters; with fewer, too many words look alike


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was most likely meant to be, or None when nothing is near enough.

    Letter case and the difference between `-`, `_` and a blank do not count: they are what people mix up most.
    """
    plain = _plain(word)
    best: tuple[int, str] | None = None
    for candidate in known:
        other = _plain(candidate)
        steps = 1 if _is_form_of(plain, other) else distance(plain, other)
        if steps <= _tolerance(plain, other) and (best is None or steps < best[0]):
            best = steps, candidate
    return best[1] if best else None


def distance(one: str, other: str) -> int:
    """How many letters to insert, drop, replace or swap with their neighbour (optimal string alignment)."""
    older: list[int] = []
    old = list(range(len(other) + 1))
    for row, left in enumerate(one, 1):
        new = [row]
        for column, right in enumerate(other, 1):
            steps = min(old[column] + 1, new[-1] + 1, old[column - 1] + (left != right))
            if row > 1 and column > 1 and left == other[column - 2] and one[row - 2] == right:
                steps = min(steps, older[column - 2] + 1)
            new.append(steps)
        older, old = old, new
    return old[-1]


def _plain(word: str) -> str:
    # Words of a site file are short; the limit bounds the work for one that is not.
    return word[:64].casefold().replace("-", "_").replace(" ", "_")


def _is_form_of(one: str, other: str) -> bool:
    """Whether one is the beginning of the other: `mem` of `memory`, `workers` of `worker`."""
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= _SHORTEST_STEM and longer.startswith(shorter)


def _tolerance(one: str, other: str) -> int:
    shorter = min(len(one), len(other))
    return max(shorter // 3, 1) if shorter >= _SHORTEST_STEM else 0
