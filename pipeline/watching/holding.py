"""Taking sheets into working/ and putting them where they end, so that a kill at any point loses
nothing: each step is written down before it is done, and can be done again.

A sheet is taken once by whoever renames it first; who holds it has a lock that dies with him.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Final

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
from pipeline.ledger import Ledger, Lock, dropped, lock_for_sheet
from pipeline.ledger.approvals import forget_shown
from pipeline.ledger.dropped import Dropped, Task
from pipeline.sheets.placing import sha256_of
from pipeline.watching.fate import Fate, Tries
from pipeline.watching.moving import (
    belongs_to,
    carry_out,
    is_side,
    move_to_free,
    note_moved,
    state_of,
)
from pipeline.watching.told import Told

__all__ = ["Held", "Holding"]

_TEMPORARY: Final = re.compile(r"\..{0,20}\.[a-z0-9_]{8}\.tmp")


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
    ending: tuple[Fate, Told] | None = None

    @property
    def file(self) -> Path:
        """Where it lies."""
        return self.dropped.file

    @property
    def name(self) -> str:
        """What people called it."""
        return self.dropped.name


@dataclass(slots=True)
class Holding:
    """The sheets that one watcher holds."""

    places: Places
    open_ledger: Callable[[], Ledger]
    held: list[Held] = field(default_factory=list)

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
            self._finish_left(ledger, task)
            file = self.places.working / source.name
            lock = _lock_of(ledger, file)
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
            if source.parent in (self.places.approved, self.places.to_approve):
                # What was written of it before is still its own: a new preview replaces the old.
                shown = self.places.to_approve / source.name
                note_moved(ledger, [(str(path), str(file)) for path in (source, shown)])
                self._fetch_checks(ledger, held)
        return held

    def _finish_left(self, ledger: Ledger, task: Task) -> None:
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
                    if dropped.is_our_file(ledger, sha256_of(path)):
                        target = self.places.working / beside(name, held.name, held.file.name)
                        move_whole(path, target)
                        note_moved(ledger, [(str(path), str(target))])

    def take_up(self, plain_task: Task) -> dict[str, OSError]:
        """Take what lies in working/ and nobody holds: a kill left it, or another machine.

        Gives what has ended and still cannot be put into its place, by name, and why.
        """
        stuck = {}
        with self.open_ledger() as ledger:
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
        lock = _lock_of(ledger, one.file)
        if not lock.take():
            return
        fresh = {d.dropped_no: d for d in dropped.open_ones(ledger, self.places.root)}
        if one.dropped_no not in fresh:  # ended since it was listed
            lock.release(remove=True)
            return
        one = fresh[one.dropped_no]
        if one.place is not None:
            try:
                self._finish_moves(ledger, one)
            finally:
                lock.release(remove=True)
            return
        state = state_of(one.file)
        if state is None or state.size == 0:
            if state is not None:
                one.file.unlink(missing_ok=True)  # a name that was taken, and nothing put there
            dropped.release(ledger, one)
            lock.release(remove=True)
            return
        # Whoever took it may have asked nobody; where a yes is asked now it is asked for this, too.
        task = plain_task if one.task == "apply" else one.task
        self.held.append(Held(one, lock, task, Tries(one.starts, one.crashes, one.stops)))

    def _adopt(self, ledger: Ledger, name: str, task: Task) -> None:
        """Take a file in working/ that this ledger knows nothing of."""
        file = self.places.working / name
        if name.startswith("."):
            return
        lock = _lock_of(ledger, file)
        if not lock.take():
            return
        state = state_of(file)  # as it is now that nobody else can touch it
        if state is None or state.size == 0:
            with suppress(OSError):
                file.unlink(missing_ok=True)
            lock.release(remove=True)
            return
        one = dropped.claim(
            ledger,
            folder=self.places.root,
            name=name,
            came_from="working",
            file=file,
            task=task,
            now=time.time(),
        )
        held = Held(one, lock, task, Tries())
        if side_of(name) in ("report", "error") or dropped.is_our_file(ledger, sha256_of(file)):
            # Nobody dropped it: its sheet was taken away, or is another watcher's.
            held.ending = (Fate("needs-attention", "Left in working without its sheet."), Told(0))
        self.held.append(held)

    def adopt_from(self, folder: Path) -> int:
        """Move what lies in another working folder into ours; gives how many files.

        What somebody alive holds there stays with him.
        """
        count = 0
        with self.open_ledger() as ledger:
            known = {one.file: one for one in dropped.open_ones(ledger, self.places.root)}
            for name in sorted(look_at(folder, all_files=True)):
                if name.startswith("."):
                    continue
                lock = _lock_of(ledger, folder / name)
                if not lock.take():
                    continue
                target = move_to_free(folder / name, self.places.working / name)
                if (one := known.get(folder / name)) is not None:
                    dropped.change(ledger, one, file=str(target))
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

    def changed(self, held: Held) -> bool:
        """Tell that somebody wrote to the sheet while it was worked on."""
        return held.look != state_of(held.file)

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
            ended = self._finish_moves(ledger, one)
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

    def _finish_moves(self, ledger: Ledger, one: Dropped) -> Dropped:
        """Carry out the moves that are written down; what was moved already is left."""
        moved = []
        for before, after in one.moves:
            landed = carry_out(Path(before), Path(after))
            if landed is not None:
                moved.append((before, str(landed)))
        now = time.time()
        dropped.end(ledger, one, moved, now)
        return replace(one, moves=tuple(moved), ended_at=now)


def _lock_of(ledger: Ledger, file: Path) -> Lock:
    """Give the lock of a file in working/ and of all its family."""
    return dropped.lock_for_file(ledger, file.with_name(family_of(file.name)))
