"""Run what is asynchronous."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from pipeline.cli.limits import can_open
from pipeline.core.errors import no_more_files

__all__ = ["run_in_loop"]

LEAST_FILES: Final = 6
"""Three of the loop, a connection, and two for the results."""

T = TypeVar("T")


def run_in_loop(begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Do as :func:`asyncio.run`, where there are files enough to be opened; else StoppedEarly.

    It is looked at before the work begins: Python complains at length about half a loop, and about
    work that was begun and never awaited.
    """
    if not can_open(LEAST_FILES):
        raise no_more_files()
    return asyncio.run(begin())
