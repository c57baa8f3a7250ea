"""Stories that are played to their end, or not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

_TAKES_AT_MOST = 30.0  # seconds


def play(story: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(_TAKES_AT_MOST):
            await story

    asyncio.run(limited())
