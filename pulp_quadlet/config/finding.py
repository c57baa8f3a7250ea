"""What a check over several tables finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SitePath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem at a path of the site file; `at` says whether the key or its value is wrong."""

    path: SitePath
    code: str
    message: str
    help: tuple[str, ...] = ()
    at: Literal["key", "value"] = "value"
