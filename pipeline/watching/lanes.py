"""The processes at work for a watcher: one that sends, one that checks, one that asks the API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from pipeline.watching.held import Held
from pipeline.watching.setup import Process, Starter
from pipeline.watching.told import Told, Work

__all__ = ["SHEET_LANES", "Lane", "Lanes"]

Lane = Literal["send", "check", "probe"]
SHEET_LANES: Final[tuple[Lane, ...]] = ("send", "check")


@dataclass(slots=True)
class Lanes:
    """One process at a time of a kind; with that of a sheet the sheet, as it is held."""

    starter: Starter
    _at_work: dict[Lane, tuple[Process, Held | None]] = field(default_factory=dict)

    def begin(self, lane: Lane, work: Work, held: Held | None = None) -> None:
        """Start a process in a lane that is free; raises OSError where the machine starts none."""
        self._at_work[lane] = (self.starter.start(work), held)

    def ended(self) -> Iterator[tuple[Held | None, Told]]:
        """Give what the processes told that have ended; their lanes are free from then on."""
        for lane, (process, held) in list(self._at_work.items()):
            if (told := process.poll()) is not None:
                del self._at_work[lane]
                yield held, told

    def is_free(self, lane: Lane) -> bool:
        """Tell whether nothing is at work in a lane."""
        return lane not in self._at_work

    @property
    def any_at_work(self) -> bool:
        """True while there is a process in any lane."""
        return bool(self._at_work)

    def let_go(self) -> None:
        """Ask all to stop."""
        for process, _ in self._at_work.values():
            process.let_go()

    def kill(self) -> None:
        """End all at once."""
        for process, _ in self._at_work.values():
            process.kill()
