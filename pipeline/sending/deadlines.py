"""One clock for all requests: whoever takes too long is broken off.

A timer for each request costs a tenth of the request. So all are looked at together, a few times a
second, and a request may take a little longer than it should: at most a twentieth.
"""

from __future__ import annotations

import asyncio

__all__ = ["Deadlines"]

LOOKS: float = 20.0
"""So often within a time limit it is looked after."""


class Deadlines:
    """Breaks tasks off that are ``seconds`` in a call, by cancelling them.

    A call begins with :meth:`enter` and ends with :meth:`leave`; where it is cancelled meanwhile,
    :meth:`was_late` tells whether that was us. The task must not be cancelled for any other reason
    and go on.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._every = min(0.5, seconds / LOOKS)
        self._due: dict[asyncio.Task[object], float] = {}
        self._late: set[asyncio.Task[object]] = set()
        self._looking: asyncio.TimerHandle | None = None

    def enter(self) -> asyncio.Task[object]:
        """Begin a call in the current task."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a call is made outside of a task")
        loop = asyncio.get_running_loop()
        self._due[task] = loop.time() + self._seconds
        if self._looking is None:
            self._looking = loop.call_later(self._every, self._look)
        return task

    def leave(self, task: asyncio.Task[object]) -> None:
        """End a call."""
        self._due.pop(task, None)
        self._late.discard(task)

    def was_late(self, task: asyncio.Task[object]) -> bool:
        """Tell whether it was us who cancelled the task, and nobody else did: then it goes on."""
        if task not in self._late:
            return False
        self._late.discard(task)
        return task.uncancel() == 0

    def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for task in [task for task, due in self._due.items() if due <= now]:
            del self._due[task]
            self._late.add(task)
            task.cancel()
        self._looking = loop.call_later(self._every, self._look) if self._due else None
