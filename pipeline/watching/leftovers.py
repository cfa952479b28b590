"""What lies in working/ and nobody holds: a kill left it, another machine, or a person.

Whatever was written down of it is carried out, or it is worked on from the beginning.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.folder.names import is_left_alone, side_of
from pipeline.folder.places import Places, look_at
from pipeline.folder.settling import Look
from pipeline.ledger import Ledger, Lock, dropped
from pipeline.ledger.dropped import Dropped, Task
from pipeline.sheets.placing import sha256_of
from pipeline.watching.fate import Fate, Tries
from pipeline.watching.held import Held, finish_moves, lock_of
from pipeline.watching.moving import belongs_to, move_to_free, note_moved, state_of
from pipeline.watching.told import Told

__all__ = ["Leftovers"]

_TEMPORARY: Final = re.compile(r"\..{0,20}\.[a-z0-9_]{8}\.tmp")
_YOUNG_SECONDS: Final = 60.0
"""So long somebody may still be about to write into a file that he has just made."""


@dataclass(slots=True)
class Leftovers:
    """Takes up what was left; what is to be worked on comes to those in ``held``."""

    places: Places
    held: list[Held]

    def finish_left(self, ledger: Ledger, task: Task) -> None:
        """Put away what a kill left half put away, before anything new gets names in working/.

        Its files may all be moved and only that not written down: then the results of a next sheet
        of this name would be taken for its own.
        """
        mine = {held.dropped.dropped_no for held in self.held}
        for one in dropped.open_ones(ledger, self.places.root):
            is_left = one.place is not None and one.dropped_no not in mine
            if is_left and one.file.parent == self.places.working:
                with suppress(OSError):  # a full disk: it is tried again
                    self._take_up(ledger, one, task)

    def take_up(self, ledger: Ledger, plain_task: Task) -> dict[str, OSError]:
        """Take what lies in working/ and nobody holds: a kill left it, or another machine.

        Gives what has ended and still cannot be put into its place, by name, and why.
        """
        stuck = {}
        looks = look_at(self.places.working, all_files=True)
        mine = {held.file for held in self.held}
        known = dropped.open_ones(ledger, self.places.root)
        for one in known:
            if one.file in mine or one.file.parent != self.places.working:
                continue
            try:
                self._take_up(ledger, one, plain_task)
            except OSError as error:  # the others go on, and it is tried again
                stuck[one.name] = error
        files = {one.file.name for one in known} | {held.file.name for held in self.held}
        sheets = files | {name for name in looks if side_of(name) is None}
        for name in sorted(set(looks) - files):
            if not belongs_to(name, sheets - {name}):
                self._adopt(ledger, name, plain_task)
        if not looks or (not self.held and not files):
            self._sweep(looks)
        return stuck

    def anything_unknown(self) -> bool:
        """Tell whether something lies in working/ that is not ours, nor beside what is ours."""
        mine = {held.file.name for held in self.held}
        there = look_at(self.places.working, all_files=True)
        return any(name not in mine and not belongs_to(name, mine) for name in there)

    def _take_up(self, ledger: Ledger, one: Dropped, plain_task: Task) -> None:
        lock = lock_of(ledger, one.file)
        if not lock.take():
            return
        fresh = {d.dropped_no: d for d in dropped.open_ones(ledger, self.places.root)}
        if one.dropped_no not in fresh:  # ended since it was listed
            lock.release(remove=True)
            return
        one = fresh[one.dropped_no]
        if one.place is not None:
            try:
                finish_moves(ledger, one)
            finally:
                lock.release(remove=True)
            return
        try:
            if _is_empty(one.file):
                one.file.unlink(missing_ok=True)  # a name that was taken, and nothing put there
                dropped.release(ledger, one)
                lock.release(remove=True)
                return
        except BaseException:
            lock.release()
            raise
        # Whoever took it may have asked nobody; where a yes is asked now it is asked for this, too.
        task = plain_task if one.task == "apply" else one.task
        self.held.append(Held(one, lock, task, Tries(one.starts, one.crashes, one.stops)))

    def _adopt(self, ledger: Ledger, name: str, task: Task) -> None:
        """Take a file in working/ that this ledger knows nothing of."""
        file = self.places.working / name
        if is_left_alone(name) and side_of(name) is None:
            return
        lock = lock_of(ledger, file)
        if not lock.take():
            return
        try:
            held = self._adopted(ledger, file, lock, task)
        except BaseException:
            lock.release()
            raise
        if held is None:
            lock.release(remove=True)
        else:
            self.held.append(held)

    def _adopted(self, ledger: Ledger, file: Path, lock: Lock, task: Task) -> Held | None:
        state = state_of(file)  # as it is now that nobody else can touch it
        if state is None or not state.size:
            if state is not None and state.mtime_ns < (time.time() - _YOUNG_SECONDS) * 1e9:
                with suppress(OSError):  # a name that was taken long ago, and nothing put there
                    file.unlink(missing_ok=True)
            return None
        is_ours = side_of(file.name) in ("report", "error")
        is_ours = is_ours or dropped.is_our_file(ledger, sha256_of(file))
        one = dropped.claim(
            ledger,
            folder=self.places.root,
            name=file.name,
            came_from="working",
            file=file,
            task=task,
            now=time.time(),
        )
        held = Held(one, lock, task, Tries(), settles=True)  # it may be being copied there
        if is_ours:  # nobody dropped it: its sheet was taken away, or is another watcher's
            held.ending = (Fate("needs-attention", "Left in working without its sheet."), Told(0))
        return held

    def adopt_from(self, ledger: Ledger, folder: Path) -> int:
        """Move what lies in another working folder into ours; gives how many files.

        What somebody alive holds there stays with him.
        """
        count = 0
        for one in dropped.open_ones(ledger, self.places.root):
            if one.place is not None and one.file.parent == folder:
                self._take_up(ledger, one, one.task)  # where its files are now was written down
        known = {one.file: one for one in dropped.open_ones(ledger, self.places.root)}
        for name in sorted(look_at(folder, all_files=True)):
            if name.startswith("."):
                continue
            lock = lock_of(ledger, folder / name)
            if not lock.take():
                continue
            target = move_to_free(folder / name, self.places.working / name)
            if (found := known.get(folder / name)) is not None:
                dropped.change(ledger, found, file=str(target))
            note_moved(ledger, [(str(folder / name), str(target))])
            lock.release(remove=True)
            count += 1
        with suppress(OSError):
            folder.rmdir()
        return count

    def _sweep(self, looks: Mapping[str, Look]) -> None:
        """Nobody works here: what a killed process left half written holds addresses, and goes."""
        for name in looks:
            if _TEMPORARY.fullmatch(name):
                with suppress(OSError):
                    (self.places.working / name).unlink()


def _is_empty(file: Path) -> bool:
    """Tell a file that is not there, or has nothing in it; raises OSError where nobody can tell."""
    try:
        return not file.lstat().st_size
    except FileNotFoundError:
        return True
