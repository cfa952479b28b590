"""FORGET: personal data leaves the ledger, and what still holds it elsewhere is named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pipeline.core.errors import Busy
from pipeline.core.forgetting import Sought
from pipeline.ledger import Ledger, runs
from pipeline.ledger.erasing import compact, file_size, is_unswept, room_beside
from pipeline.ledger.forgetting import Place, erase_found, places_of, seek
from pipeline.ledger.origins import drop_previews
from pipeline.ledger.purge import due_runs, held_rows, purge_before

__all__ = ["Forget", "Looked"]

COMPACT_BESIDE_A_RUN: Final = 200_000_000
"""A larger ledger is not written anew while a run sends, for the run would have to wait."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What is there to forget: rows that hold it in these runs, and files that may hold it."""

    rows: int
    run_ids: tuple[str, ...]
    places: tuple[Place, ...]


class Forget:
    """One ``forget``: :meth:`look`, then :meth:`carry_out`.

    What is wanted is either all that is older than ``cutoff``, or the rows that ``sought`` names.
    Raises Busy where a run that is at work holds some of it.
    """

    def __init__(self, ledger: Ledger, wanted: float | Sought, now: float) -> None:
        self._ledger = ledger
        self._wanted = wanted
        self._now = now
        self._found: tuple[int, ...] = ()

    def look(self) -> Looked:
        """Say what would be deleted; nothing is."""
        runs.sweep(self._ledger)
        if isinstance(self._wanted, Sought):
            found = seek(self._ledger, self._wanted)
            self._refuse_living(found.runs)
            numbers, rows = found.runs, found.rows
            self._found = numbers
        else:
            numbers = tuple(due_runs(self._ledger, self._wanted))
            rows = held_rows(self._ledger, numbers)
        known = (runs.find(self._ledger, number) for number in numbers)
        there = [place for place in places_of(self._ledger, numbers) if _is_there(Path(place.path))]
        return Looked(rows, tuple(run.run_id for run in known if run), tuple(there))

    def carry_out(self) -> None:
        """Delete what was looked at, in the tables and in the bytes of the file.

        Raises StoppedEarly or Busy where the bytes cannot go yet; calling it again ends the work.
        """
        with room_beside(self._ledger):
            self._erase()
        if is_unswept(self._ledger):
            self._refuse_to_hold_up()
            compact(self._ledger)

    def _erase(self) -> None:
        if isinstance(self._wanted, Sought):
            # One of the runs may have gone on while somebody was asked.
            self._refuse_living(self._found)
            day = datetime.fromtimestamp(self._now, UTC).date()
            erase_found(
                self._ledger,
                f"The personal data of this row was deleted from the ledger on {day}.",
            )
        else:
            drop_previews(self._ledger, self._wanted)
            purge_before(self._ledger, self._wanted, self._now)

    def _refuse_living(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            run = runs.find(self._ledger, number)
            if run is not None and runs.is_alive(self._ledger, number):
                raise Busy(
                    f"Run {run.run_id} is at work on rows that are to be forgotten, so nothing was "
                    "deleted; when it has ended, run the same command again."
                )

    def _refuse_to_hold_up(self) -> None:
        if file_size(self._ledger) <= COMPACT_BESIDE_A_RUN:
            return
        for number in runs.unfinished(self._ledger):
            if runs.is_alive(self._ledger, number):
                raise Busy(
                    "It is deleted, but its traces in the ledger's file are removed only when no "
                    "run is at work; then run the same command again."
                )


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except PermissionError:  # a folder that may not be looked into may well hold it
        return True
    except OSError:  # no name of a file here
        return False
