"""Questions that may never be answered: to a network file system whose server is away, to a process that hangs.

Each is asked in a thread that ends with the program, so that neither a verdict nor the end of a command waits for it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

_Value = TypeVar("_Value")


class Patience:
    """Waits for answers, but not for ever, and does not ask again while an older question hangs."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._asked: dict[str, Future[Any]] = {}

    async def ask(self, name: str, question: Callable[[], _Value]) -> _Value:
        """The answer. Raises TimeoutError when there is none in time, and what the question raises.

        One name stands for one who is asked. Cancelling leaves the thread to itself.
        """
        if name in self._asked and not self._asked[name].done():
            raise TimeoutError
        answer: Future[_Value] = Future()
        # cancelled or not, it is running until the thread says otherwise
        answer.set_running_or_notify_cancel()
        self._asked[name] = answer
        threading.Thread(target=_settle, args=(answer, question), name=f"ask {name}", daemon=True).start()
        return await asyncio.wait_for(asyncio.wrap_future(answer), self._limit)


def _settle(answer: Future[_Value], question: Callable[[], _Value]) -> None:
    try:
        value = question()
    except BaseException as error:  # noqa: BLE001  # it is raised again where the answer is waited for
        answer.set_exception(error)
    else:
        answer.set_result(value)
