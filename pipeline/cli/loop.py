"""Run what is asynchronous."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

__all__ = ["run_in_loop"]

T = TypeVar("T")


def run_in_loop(begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Do as :func:`asyncio.run`, but begin the work only once there is a loop to run it.

    A loop needs three open files of its own; where there are none left, work that was begun and
    never awaited would be complained about beside the sentence that says so.
    """
    with asyncio.Runner() as runner:
        runner.get_loop()
        return runner.run(begin())
