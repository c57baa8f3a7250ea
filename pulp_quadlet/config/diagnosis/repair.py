"""Guesses what a refused string was meant to be: small changes are tried until the tables accept one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 200  # characters; a longer text is no slip of the pen


def repaired(annotation: Any, text: str) -> str | None:
    """A string near to `text` that `annotation` accepts, or None."""
    if not text or len(text) > _LONGEST or not text.isprintable():
        return None
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)
    for candidate in dict.fromkeys(_candidates(text)):
        if candidate != text and _accepts(adapter, candidate):
            return candidate
    return None


def refusal(annotation: Any, value: str) -> str | None:
    """Why `annotation` refuses `value`, if a check of ours does; None if it is accepted."""
    try:
        TypeAdapter(annotation).validate_python(value)
    except ValidationError as error:
        return next((str(one["ctx"]["message"]) for one in error.errors() if "message" in one.get("ctx", {})), None)
    return None


def _accepts(adapter: TypeAdapter[Any], candidate: str) -> bool:
    try:
        adapter.validate_python(candidate)
    except ValidationError:
        return False
    return True


def _candidates(text: str) -> Iterator[str]:
    plain = text.strip()
    joined = plain.replace(" ", "")
    yield from (plain, plain.lower(), plain.upper())
    yield re.sub(r"[\s_]+", "-", plain).lower()
    yield re.sub(r"[\s-]+", "_", plain).lower()
    yield re.sub(r"[\s-]+", "_", plain).upper()
    yield re.sub(r"(?<=[KMGT])I?B?$", "", joined.upper())  # 2GB, 2 GiB, 2g
    yield f"https://{plain}"
    if "/" in plain and not plain.startswith("."):
        yield f"/{plain}"
