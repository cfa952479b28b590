"""Who works a folder: the watchers of one ledger together, and of all machines only one."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pipeline.core.errors import Busy
from pipeline.folder.names import STATUS_NAME
from pipeline.folder.places import put_beside
from pipeline.ledger import Ledger, Lock
from pipeline.ledger.dropped import identity, slot_lock
from pipeline.pages.status import ALIVE_SECONDS, Status, Who, status_page, who_of

__all__ = ["LastSeen", "Presence", "host_name", "last_seen"]

SLOTS: Final = 32
"""So many watchers of one machine may share a folder."""
_MOST_BYTES: Final = 2_000_000


def host_name() -> str:
    """Give the machine's name."""
    return platform.node() or "unknown"


@dataclass(slots=True)
class Presence:
    """One watcher's own place among those of the folder; :meth:`begin` and :meth:`leave`."""

    root: Path
    who: Who
    _lock: Lock
    _others: tuple[Lock, ...]

    @classmethod
    def begin(cls, ledger: Ledger, root: Path, name: str, *, once: bool, now: float) -> Presence:
        """Take a place; raises Busy where another machine has the folder, or another pass is made.

        Permanent watchers share the work; of passes there is one at a time.
        """
        who = Who(identity(ledger), host_name(), name, now, now)
        refuse_other(root, who)
        mine = slot_lock(ledger, root, "once")
        slots = [slot_lock(ledger, root, number) for number in range(SLOTS)]
        if once:
            taken = mine if mine.take() else None
            if taken is None:
                raise Busy(
                    f"Another pass over {root} is being made; it takes what is there, so this one "
                    "ends."
                )
        else:
            taken = next((slot for slot in slots if slot.take()), None)
            if taken is None:
                raise Busy(f"{SLOTS} watchers are at work on {root} already; that is enough.")
        others = tuple(lock for lock in (mine, *slots) if lock is not taken)
        return cls(root, who, taken, others)

    def leave(self) -> None:
        """Give the place back."""
        self._lock.release()

    @property
    def alone(self) -> bool:
        """True where no other watcher of this ledger is at work on the folder."""
        with suppress(Exception):
            return not any(lock.held_elsewhere for lock in self._others)
        return False

    def write(self, status: Status, now: float) -> None:
        """Write the page, unless another machine has taken the folder: then Busy is raised."""
        refuse_other(self.root, self.who)
        page = status_page(replace(status, who=replace(status.who, at=now)))
        put_beside(self.root / STATUS_NAME, page)


def refuse_other(root: Path, who: Who) -> None:
    """Raise Busy where a watcher of another machine (or ledger) looks after the folder now.

    Of two that began at one moment the later one gives way.
    """
    seen = last_seen(root)
    if seen is None or seen.who.identity == who.identity or not seen.alive:
        return
    other, age = seen.who, seen.age_seconds
    if (other.since, other.identity) > (who.since, who.identity):
        return
    raise Busy(
        f"A watcher on {other.host} looks after {root} (its {STATUS_NAME} is "
        f"{age:.0f} s old); stop that one first, or wait until it has been silent for "
        f"{ALIVE_SECONDS / 60:.0f} minutes. What it was working on then goes on with: "
        f"--take-over {other.name}"
    )


@dataclass(frozen=True, slots=True)
class LastSeen:
    """Who wrote the page of a folder last, and how long ago by the clock of its disk."""

    who: Who
    age_seconds: float

    @property
    def alive(self) -> bool:
        """True where it did not end in order and has not been silent for long."""
        return not self.who.off and self.age_seconds < ALIVE_SECONDS


def last_seen(root: Path) -> LastSeen | None:
    """Read who looks after a folder, or did so last; ``None`` where nobody ever has."""
    page = root / STATUS_NAME
    try:
        age = _now_at(root) - page.stat().st_mtime
        with page.open("rb") as file:
            who = who_of(file.read(_MOST_BYTES).decode("utf-8", errors="replace"))
    except OSError:
        return None
    return None if who is None else LastSeen(who, max(0.0, age))


def _now_at(root: Path) -> float:
    """Give the time by the clock of the disk: the other machine's pages have that one, too."""
    try:
        handle, name = tempfile.mkstemp(prefix="._STATUS.", suffix=".tmp", dir=root)
    except OSError:
        return time.time()
    try:
        return os.fstat(handle).st_mtime
    finally:
        os.close(handle)
        with suppress(OSError):
            Path(name).unlink()
