"""Taking sheets into working/ and putting them where they end, so that a kill at any point loses
nothing: each step is written down before it is done, and can be done again.

A sheet is taken once by whoever renames it first; who holds it has a lock that dies with him.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from pipeline.core.errors import PipelineError
from pipeline.folder.names import beside, family_of, fitting, side_of
from pipeline.folder.places import (
    Places,
    free_together,
    look_at,
    move_whole,
    put_beside,
)
from pipeline.folder.settling import Look
from pipeline.ledger import Ledger, dropped, lock_for_sheet
from pipeline.ledger.approvals import forget_shown
from pipeline.ledger.dropped import Dropped, Task
from pipeline.sheets.placing import sha256_of
from pipeline.watching.fate import Fate, Tries
from pipeline.watching.held import Held, finish_moves, lock_of
from pipeline.watching.leftovers import Leftovers
from pipeline.watching.moving import (
    is_side,
    note_moved,
    state_of,
)
from pipeline.watching.told import Told

__all__ = ["Holding"]


@dataclass(slots=True)
class Holding:
    """The sheets that one watcher holds."""

    places: Places
    open_ledger: Callable[[], Ledger]
    held: list[Held] = field(default_factory=list)
    _left: Leftovers = field(init=False)

    def __post_init__(self) -> None:
        """Begin with empty hands."""
        self._left = Leftovers(self.places, self.held)

    # -- taking -------------------------------------------------------------------------------

    def claim(self, source: Path, task: Task, look: Look | None = None) -> Held | None:
        """Take a sheet into working/; ``None`` where somebody else was faster, or it is gone.

        Also where a sheet of its family is worked on: it takes its turn after that. ``look`` is how
        it looked when it had settled: another file that has its name since then (a second watcher
        took the first one, and the next sheet of that name came) is not taken. One that came in the
        last moment is, and has :attr:`Held.settles`.
        """
        if look is not None and state_of(source) != look:
            return None
        with self.open_ledger() as ledger:
            self._left.finish_left(ledger, task)
            file = self.places.working / source.name
            lock = lock_of(ledger, file)
            if not lock.take():
                return None
            try:
                if self._is_busy(source.name):
                    lock.release(remove=True)
                    return None
                one = dropped.claim(
                    ledger,
                    folder=self.places.root,
                    name=source.name,
                    came_from=source.parent.name if source.parent != self.places.root else "",
                    file=file,
                    task=task,
                    now=time.time(),
                )
                try:
                    move_whole(source, file)
                except FileNotFoundError:
                    dropped.release(ledger, one)
                    lock.release(remove=True)
                    return None
                except BaseException:
                    dropped.release(ledger, one)
                    raise
            except BaseException:
                lock.release(remove=True)
                raise
            held = Held(one, lock, task, Tries())
            held.settles = look is not None and look != state_of(file)
            self.held.append(held)
            shown = self.places.to_approve / source.name
            if state_of(shown) is None:
                # What was written of it before is still its own: a new preview replaces the old.
                note_moved(ledger, [(str(path), str(file)) for path in (source, shown)])
                self._fetch_checks(ledger, held)
        return held

    def _is_busy(self, name: str) -> bool:
        there = look_at(self.places.working, all_files=True)
        return family_of(name) in map(family_of, there)

    def _fetch_checks(self, ledger: Ledger, held: Held) -> None:
        """Let the check file that somebody looked at go with the sheet, unless it was edited."""
        stem = PurePath(held.name).stem
        for folder in (self.places.to_approve, self.places.approved):
            with suppress(OSError):
                for name in look_at(folder):
                    if not is_side(name, stem) or side_of(name) != "check":
                        continue
                    path = folder / name
                    sheet = dropped.sheet_of(ledger, self.places.root, path)
                    if sheet is not None and state_of(sheet) is not None:
                        continue  # another sheet's, which is still there
                    if dropped.is_our_file(ledger, sha256_of(path)):
                        target = self.places.working / beside(name, held.name, held.file.name)
                        move_whole(path, target)
                        note_moved(ledger, [(str(path), str(target))])

    # -- what was left there ------------------------------------------------------------------

    def take_up(self, plain_task: Task) -> dict[str, OSError]:
        """Take what lies in working/ and nobody holds.

        Gives what has ended and still cannot be put into its place, by name, and why.
        """
        with self.open_ledger() as ledger:
            return self._left.take_up(ledger, plain_task)

    def anything_unknown(self) -> bool:
        """Tell whether something lies in working/ that is not ours, nor beside what is ours."""
        return self._left.anything_unknown()

    def adopt_from(self, folder: Path) -> int:
        """Move what lies in another working folder into ours; gives how many files.

        What somebody alive holds there stays with him.
        """
        with self.open_ledger() as ledger:
            return self._left.adopt_from(ledger, folder)

    # -- while it is worked on ----------------------------------------------------------------

    def started(self, held: Held) -> None:
        """Write down that a process is about to begin with it."""
        held.look = state_of(held.file)
        held.tries = Tries(held.tries.starts + 1, held.tries.crashes, held.tries.stops)
        with self.open_ledger() as ledger:
            dropped.change(ledger, held.dropped, starts=held.tries.starts)

    def came_back(self, held: Held, *, count: str = "", task: Task | None = None) -> None:
        """Write down that a process ended in order, or what went wrong with it."""
        tries = held.tries
        crashes, stops = tries.crashes + (count == "crashes"), tries.stops + (count == "stops")
        held.tries = Tries(0, crashes, stops)
        held.task = task or held.task
        with self.open_ledger() as ledger:
            dropped.change(
                ledger, held.dropped, starts=0, crashes=crashes, stops=stops, task=held.task
            )

    def told_by_the_ledger(self, held: Held) -> Told | None:
        """Give how a run of it ended while nobody listened, or it would be taken for a new one."""
        if held.task == "check":
            return None
        with self.open_ledger() as ledger:
            run = dropped.finished_run(ledger, held.file, held.dropped.claimed_at)
            if run is None or run.source_sha256 != sha256_of(held.file):
                return None
            from pipeline.job.summary import summarise
            from pipeline.ledger import runs

            found = runs.find(ledger, run.run_id)
            if found is None:
                return None
            summary = summarise(ledger, found)
        beside_it = tuple(path for path in (run.results, run.report) if path)
        return Told(
            run.exit_code,
            found.error,
            began=True,
            rows=summary.rows,
            run_id=run.run_id,
            source_sha256=run.source_sha256,
            beside=beside_it,
            summary={"outcomes": summary.outcomes, "runs": [summary.as_json()]},
        )

    def is_gone(self, held: Held) -> bool:
        """Tell that somebody took the sheet out of working/; raises OSError where that is gone."""
        try:
            held.file.lstat()
        except FileNotFoundError:
            self.places.working.lstat()
            return True
        return False

    def see(self, held: Held) -> None:
        """Remember how the sheet looks now."""
        held.look = state_of(held.file)

    def moves(self, held: Held) -> bool:
        """Tell that the sheet looks different from what was seen last."""
        return held.look != state_of(held.file)

    def changed(self, held: Held, sha256: str) -> bool:
        """Tell that somebody wrote to the sheet while it was worked on, by what was read of it.

        A program that only touches it, or a drive that counts its files anew, changes nothing.
        """
        return self.moves(held) and not (sha256 and sha256_of(held.file) == sha256)

    # -- ending -------------------------------------------------------------------------------

    def put_away(self, held: Held, fate: Fate, told: Told) -> Dropped:
        """Move a sheet and the files beside it to where they end; raises OSError to try again.

        Gives the sheet as it ended. Afterwards it is held no more.
        """
        assert fate.place is not None  # noqa: S101  # the caller has looked
        folder = self.places.root / fate.place
        self.places.make()
        with self.open_ledger() as ledger:
            one = self._open_one(ledger, held)
            if one.place is None:  # else an earlier try broke off, and goes on as it began
                self._begin_moves(ledger, held, folder, fate, told)
                one = self._open_one(ledger, held)
            ended = finish_moves(ledger, one)
            if held.task != "check" and told.source_sha256:
                with suppress(PipelineError):  # it is used up, or void, all the same
                    forget_shown(ledger, told.source_sha256)
            self._remove_sheet_lock(ledger, held.file)
        self.let_go(held)
        return ended

    def _open_one(self, ledger: Ledger, held: Held) -> Dropped:
        number = held.dropped.dropped_no
        ones = dropped.open_ones(ledger, self.places.root)
        return next(one for one in ones if one.dropped_no == number)

    def _begin_moves(
        self, ledger: Ledger, held: Held, folder: Path, fate: Fate, told: Told
    ) -> None:
        """Write down where the sheet and all that is beside it goes."""
        written = list(told.beside)
        if fate.explain and fate.note:
            text = self.places.working / fitting(PurePath(held.file.name).stem, ".error.txt")
            put_beside(text, f"{fate.note}\n")
            written.append(str(text))
        names = self._names(ledger, held, folder, written)
        dropped.begin_moves(
            ledger,
            held.dropped,
            place=fate.place or "",
            moves=[
                (str(self.places.working / old), str(folder / new)) for old, new in names.items()
            ],
            note=fate.note,
            counts=told.outcomes,
            run_id=told.run_id,
        )

    def let_go(self, held: Held, *, forget: bool = True) -> None:
        """Hold it no more; its lock's file goes unless somebody will take it up again."""
        if held in self.held:
            self.held.remove(held)
        held.lock.release(remove=forget)

    def _remove_sheet_lock(self, ledger: Ledger, file: Path) -> None:
        """Nobody will ever work on a sheet at this place again, but for one of the same name."""
        with suppress(PipelineError, OSError):
            lock_for_sheet(ledger.folder, file).release(remove=True)

    def drop(self, held: Held) -> None:
        """Forget a sheet that somebody took away."""
        with self.open_ledger() as ledger:
            dropped.release(ledger, held.dropped)
        self.let_go(held)

    def _names(
        self, ledger: Ledger, held: Held, folder: Path, written: Iterable[str]
    ) -> Mapping[str, str]:
        """Name what goes along: the files beside it, but for what is a sheet of its own, which
        another watcher may have in hand. It is in the ledger before it is there, so look first.
        """
        stem = PurePath(held.file.name).stem
        there = look_at(self.places.working, all_files=True)
        others = {one.file.name for one in dropped.open_ones(ledger, self.places.root)}
        sides = [name for name in sorted(there) if is_side(name, stem) and name not in others]
        sides += [
            path.name
            for path in map(Path, written)
            if path.parent == self.places.working and path.name in there and path.name not in sides
        ]
        sides = [name for name in sides if name != held.file.name]
        return free_together(folder, held.file.name, held.name, sides)
