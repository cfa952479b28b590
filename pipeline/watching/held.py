"""A sheet that one watcher holds, and the two things that are done with any such sheet: it has a
lock that dies with its holder, and what is written down of its way is carried out.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.folder.names import family_of
from pipeline.folder.settling import Look
from pipeline.ledger import Ledger, Lock, dropped
from pipeline.ledger.dropped import Dropped, Task
from pipeline.watching.fate import Fate, Tries
from pipeline.watching.moving import carry_out
from pipeline.watching.told import Told

__all__ = ["Held", "finish_moves", "lock_of"]


@dataclass(slots=True)
class Held:
    """A sheet that is ours to work on: ``dropped`` as the ledger has it, and the lock.

    ``ready_at`` is when it may be started, by the monotonic clock; ``look`` how the file looked
    when its process was started; ``ending`` what is to become of it, where that could not be
    carried out yet.
    """

    dropped: Dropped
    lock: Lock
    task: Task
    tries: Tries
    ready_at: float = 0.0
    why: str = ""
    straight: bool = False
    """Nothing of it was to be sent, so it went on without a yes; that happens once."""
    look: Look | None = None
    settles: bool = False
    """Nobody knows yet whether it is whole: it is to stand still here first."""
    changes: int = 0
    """So often it was written to while it was worked on."""
    ending: tuple[Fate, Told] | None = None

    @property
    def file(self) -> Path:
        """Where it lies."""
        return self.dropped.file

    @property
    def key(self) -> str:
        """What it is known by where something is said of it."""
        return f"working/{self.file.name}"

    @property
    def name(self) -> str:
        """What people called it."""
        return self.dropped.name


def finish_moves(ledger: Ledger, one: Dropped) -> Dropped:
    """Carry out the moves that are written down; what was moved already is left."""
    moved = []
    for before, after in one.moves:
        landed = carry_out(Path(before), Path(after))
        if landed is not None:
            moved.append((before, str(landed)))
    now = time.time()
    dropped.end(ledger, one, moved, now)
    return replace(one, moves=tuple(moved), ended_at=now)


def lock_of(ledger: Ledger, file: Path) -> Lock:
    """Give the lock of a file in working/ and of all its family."""
    return dropped.lock_for_file(ledger, file.with_name(family_of(file.name)))
