"""Run the real command in this process and die by SIGKILL at a chosen point inside it.

``python -m tests.kills.dying POINT N ARGUMENTS...``: POINT is ``before-commit``, ``after-commit``,
``before-rename`` or ``after-rename``, N counts from 1. A command that never gets that far ends by
itself. The points are put around SQLite and the file system, so they know nothing of our code.
"""

from __future__ import annotations

import os
import runpy
import signal
import sqlite3
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


class _Fate:
    """Counts how often the point was reached."""

    def __init__(self, point: str, number: int) -> None:
        self._before, self.kind = point.split("-")
        self._left = number

    def around(self, kind: str, act: Callable[[], T]) -> T:
        """Do ``act``, or die before or after it."""
        if kind != self.kind:
            return act()
        self._left -= 1
        if self._left == 0 and self._before == "before":
            _die()
        done = act()
        if self._left == 0:
            _die()
        return done


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _put_around_commits(fate: _Fate) -> None:
    class Connection(sqlite3.Connection):
        def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
            act = partial(super().execute, sql, parameters)
            return fate.around("commit", act) if sql == "COMMIT" else act()

        def commit(self) -> None:
            fate.around("commit", super().commit)

    vars(sqlite3)["connect"] = partial(sqlite3.connect, factory=Connection)


def _put_around_renames(fate: _Fate) -> None:
    for name in ("link", "rename", "replace"):
        plain = getattr(os, name)

        def patched(*paths: Any, plain: Callable[..., None] = plain, **named: Any) -> None:
            fate.around("rename", partial(plain, *paths, **named))

        setattr(os, name, patched)


if __name__ == "__main__":
    _, wanted, count, *arguments = sys.argv
    _fate = _Fate(wanted, int(count))
    _put_around_commits(_fate)
    _put_around_renames(_fate)
    sys.argv = ["pipeline", *arguments]
    runpy.run_module("pipeline", run_name="__main__", alter_sys=True)
