"""The loop over a hot folder: look, take what has settled, start processes, put sheets away.

One thread, no waiting but for the next look. Whatever fails is said once and tried again: a folder
that disappears, a full disk, a ledger that is shut.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from pipeline.core.errors import Busy, PipelineError
from pipeline.core.events import (
    SILENT,
    Observer,
    PreviewMade,
    SheetClaimed,
    SheetEnded,
)
from pipeline.core.outcome import ExitCode, combined_exit_code
from pipeline.folder.places import Places, count_strange
from pipeline.ledger import Ledger
from pipeline.ledger.dropped import Dropped
from pipeline.watching.cleaning import clean_up
from pipeline.watching.fate import MOST_CHANGES, Fate, fate_of, restless, too_often
from pipeline.watching.held import Held
from pipeline.watching.holding import Holding
from pipeline.watching.lanes import SHEET_LANES, Lane, Lanes
from pipeline.watching.looking import COPIED, SPOTS, Candidate, Looking, shown_keys, untaken_keys
from pipeline.watching.page import Page, Telling, command_of, waits_long
from pipeline.watching.pausing import Pausing
from pipeline.watching.presence import Presence
from pipeline.watching.saying import Saying, Voice, words_of
from pipeline.watching.setup import Setup, Starter
from pipeline.watching.there import There
from pipeline.watching.told import Told, Work

__all__ = ["Watcher"]

STATUS_SECONDS: Final = 60.0
TAKE_UP_SECONDS: Final = 5.0
CLEAN_SECONDS: Final = 3_600.0
BUSY_SECONDS: Final = 2.0
PASS_SECONDS: Final = 20.0
"""So long a pass waits for what another process has, or what cannot be put away."""
STOP_SECONDS: Final = 9.3
_TROUBLES: Final = (OSError, PipelineError, sqlite3.Error)


@dataclass(slots=True)
class Watcher:
    """One watcher at its folder. ``clock`` is monotonic."""

    setup: Setup
    places: Places
    presence: Presence
    open_ledger: Callable[[], Ledger]
    workers: Starter
    voice: Voice
    clock: Callable[[], float] = time.monotonic
    observer: Observer = SILENT
    ended: list[tuple[Dropped, Fate, Told]] = field(default_factory=list)
    """The sheets that ended; the caller takes them away."""
    _holding: Holding = field(init=False)
    _looking: Looking = field(init=False)
    _lanes: Lanes = field(init=False)
    _begun_at: float = field(init=False)
    _saying: Saying = field(init=False)
    _pausing: Pausing = field(init=False)
    _there: There = field(init=False)
    _put: int = 0
    _due: dict[str, float] = field(default_factory=dict)
    _page: Page = field(init=False)
    _codes: set[ExitCode] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Begin with empty hands."""
        setup = self.setup
        self._saying = Saying(self.voice)
        self._there = There(self.places, self._saying)
        self._pausing = Pausing(self._saying, self.observer, goes_on=not setup.once)
        self._holding = Holding(self.places, self.open_ledger)
        self._looking = Looking(
            self.places, self.open_ledger, setup.settle_seconds, setup.plain_task, setup.provider
        )
        again = command_of(self.places.root, setup.asked, auto=setup.auto)
        telling = Telling(setup.target, setup.approves, setup.once, again)
        self._page = Page(self._looking, self.presence, self.open_ledger, self._saying, telling)
        self._lanes = Lanes(self.workers)
        self._begun_at = self.clock()

    # -- one round ----------------------------------------------------------------------------

    def step(self) -> float | None:
        """Do what can be done now; gives the seconds until the next round, ``None`` at the end.

        Raises Busy where a watcher of another machine has taken the folder.
        """
        now = self.clock()
        try:
            if self._there.look():
                self._reap(now)
                self._look(now)
                self._begin_next(now)
                self.workers.prepare(wanted=self._is_wanted(), now=now)
                self._saying.is_well("folder")
        except Busy:
            raise
        except _TROUBLES as error:
            self._saying.trouble("folder", words_of(error))
        if self._there.away or "folder" in self._saying.said:
            self._write_page(now)
            return (
                None
                if self.setup.once and self._patience_ends(now)
                else self._saying.later("folder")
            )
        self._write_page(now)
        return None if self.setup.once and self._is_over(now) else self._until_next(now)

    def _until_next(self, now: float) -> float:
        """Wait for the next look, or less where a file settles or a process ends before that."""
        wait = self.setup.poll_seconds
        if self._lanes.any_at_work:
            wait = min(wait, 0.1)
        at = self._looking.next_at(now)
        return wait if at is None else min(wait, max(0.01, at - now))

    def _is_due(self, what: str, now: float, every: float) -> bool:
        if now < self._due.get(what, now):
            return False
        self._due[what] = now + every
        return True

    # -- processes ----------------------------------------------------------------------------

    def _reap(self, now: float) -> None:
        for one in list(self._holding.held):
            if one.ending is not None and now >= one.ready_at:
                self._put_away(one, *one.ending)
        for held, told in self._lanes.ended():
            if held is None:
                self._pausing.probed(told, now)
            else:
                self._came_back(held, told, now)

    def _came_back(self, held: Held, told: Told, now: float) -> None:
        if self._holding.is_gone(held):
            self._drop(held)
            return
        fate = fate_of(held.task, told, held.tries)
        if fate.task == "approved":
            if held.straight:
                fate = Fate("to-approve", "Look at the check file; a yes finishes it.")
            held.straight = True
        self._holding.came_back(held, count=fate.count, task=fate.task)
        if fate.place is not None and self._holding.changed(held, told.source_sha256):
            held.changes += 1
            if held.changes >= MOST_CHANGES:
                self._put_away(held, restless(), told)
                return
            held.why = "It was written to while it was read, so it is read once more."
            held.ready_at = now + self.setup.settle_seconds
        elif fate.place is not None:
            self._put_away(held, fate, told)
        else:
            self._keep(held, fate, told, now)

    def _keep(self, held: Held, fate: Fate, told: Told, now: float) -> None:
        """A sheet that stays in working/: for another task, or until something works again."""
        held.why = fate.note
        held.ready_at = now + (BUSY_SECONDS if fate.wait in ("busy", "stopped") else 0.0)
        if fate.wait in ("api", "start"):
            self._codes.add(self._pausing.begin(fate, told, now))
        elif fate.wait == "busy" and self.setup.once and self._patience_ends(now):
            self._codes.add(ExitCode.BUSY)
            self._holding.let_go(held, forget=False)

    def _drop(self, held: Held) -> None:
        self.voice.to_do(f"{held.name}: somebody took it away while it was worked on.")
        self._holding.drop(held)

    def _put_away(self, held: Held, fate: Fate, told: Told) -> None:
        held.ending = (fate, told)
        try:
            one = self._holding.put_away(held, fate, told)
        except _TROUBLES as error:
            held.why = words_of(error)
            held.ready_at = self.clock() + self._saying.later(held.key)
            what = f"cannot be put into {fate.place}: "
            self._saying.trouble(held.key, held.why, what=what, name=held.name)
            return
        self._saying.is_well(held.key)
        self._put += 1
        self._looking.next_in_line()
        self.ended.append((one, fate, told))
        if fate.place == "to-approve":
            self.observer(PreviewMade(held.name, told.to_send))
        elif fate.place is not None:
            self.observer(SheetEnded(held.name, fate.place, told.run_id))
        if fate.place == "done":
            self._pausing.well()
        elif fate.place == "to-approve":
            self.voice.to_do(f"{held.name} waits in to-approve: {fate.note}")
        elif fate.news:
            self.voice.to_do(f"{held.name} needs attention: {fate.note}")
            self._codes.add(ExitCode.ROWS_TO_SEE_TO)

    def _begin_next(self, now: float) -> None:
        if self._pausing.asks(now) and self._lanes.is_free("probe"):
            self._lanes.begin("probe", Work("probe", asked=self.setup.asked))
        for lane in SHEET_LANES:
            while self._lanes.is_free(lane) and not self._is_paused(lane):
                held = self._next(lane, now)
                if held is None:
                    break
                self._begin(lane, held, now)

    def _is_wanted(self) -> bool:
        """Tell whether a process will be wanted within seconds."""
        in_sight = self._looking.names("inbox") or self._looking.names("approved")
        return bool(in_sight) and not self._pausing.code

    def _is_paused(self, lane: Lane) -> bool:
        return self._pausing.checks_too or (lane == "send" and bool(self._pausing.code))

    def _begin(self, lane: Lane, held: Held, now: float) -> None:
        if self._holding.is_gone(held):
            self._drop(held)
            return
        if self._is_settling(held, now):
            return
        if (fate := too_often(held.tries)) is not None:
            self._put_away(held, fate, Told(ExitCode.BUG))
            return
        told = self._holding.told_by_the_ledger(held)
        if told is not None:
            self._holding.see(held)
            self._came_back(held, told, now)
            return
        held.why = ""
        self._holding.started(held)
        work = Work(
            held.task,
            str(held.file),
            str(self.places.working),
            self.setup.asked,
            self.setup.max_rows,
        )
        try:
            self._lanes.begin(lane, work, held)
        except OSError:  # the machine's fault, and not the sheet's
            self._holding.came_back(held)
            raise

    def _is_settling(self, held: Held, now: float) -> bool:
        """Let a sheet that was taken before it stood still do so where it lies now."""
        if held.settles and self._holding.moves(held):
            self._holding.see(held)
            held.why = COPIED
            held.ready_at = now + self.setup.settle_seconds
            return True
        held.settles = False
        return False

    def _next(self, lane: Lane, now: float) -> Held | None:
        """Give the sheet to go on with, or take the one that was written longest ago."""
        mine = [
            held
            for held in self._holding.held
            if (held.task == "check") is (lane == "check") and held.ending is None
        ]
        for held in mine:
            if now >= held.ready_at:
                return held
        if mine:  # one at a time is held, so that other watchers can take the rest
            return None
        return self._claim(lane, now)

    # -- taking -------------------------------------------------------------------------------

    def _look(self, now: float) -> None:
        if self._is_due("take up", now, TAKE_UP_SECONDS) and (
            self._is_due("take up all", now, STATUS_SECONDS) or self._holding.anything_unknown()
        ):
            self._saying.stuck(self._holding.take_up(self.setup.plain_task))
        if self._is_due("names", now, STATUS_SECONDS):
            strange = sum(count_strange(self._looking.folder(spot)) for spot in SPOTS)
            self._saying.strange(strange)
            if strange:
                self._codes.add(ExitCode.ROWS_TO_SEE_TO)
        keys = self._looking.look(now)
        for key in shown_keys(self._saying.said, keys):
            self._saying.is_well(key)
        if self._is_due("clean up", now, CLEAN_SECONDS):
            with self.open_ledger() as ledger:
                clean_up(ledger, self.places.root, self.setup.keep_days, time.time())

    def _claim(self, lane: Lane, now: float) -> Held | None:
        for one in self._looking.candidates(now, check=lane == "check"):
            try:
                held = self._claim_one(one, now)
            except FileNotFoundError:  # gone, or another watcher was faster
                continue
            except (OSError, PipelineError) as error:
                self._looking.not_before[one.key] = now + self._saying.later(one.key)
                why, what = words_of(error), "cannot be taken: "
                self._saying.trouble(one.key, why, what=what, name=one.name)
                continue
            if held is not None:
                return held
        return None

    def _claim_one(self, one: Candidate, now: float) -> Held | None:
        if not self._looking.is_ready(one, now):
            return None
        fate = self._looking.at_once(one)
        path = self._looking.folder(one.spot) / one.name
        held = self._holding.claim(path, self._looking.task_of(one.spot), one.look)
        self._saying.is_well(one.key)
        if held is None:
            self._looking.wait_in_line(one, now + BUSY_SECONDS)
            return None
        self.observer(SheetClaimed(held.name, held.task))
        if self._is_settling(held, now):
            return None
        if fate is not None:
            self._put_away(held, fate, Told(ExitCode.OK))
            return None
        return held

    # -- the end of a pass --------------------------------------------------------------------

    def _patience_ends(self, now: float) -> bool:
        return now - self._begun_at >= PASS_SECONDS

    def _is_over(self, now: float) -> bool:
        """Tell that a pass has done all it can."""
        if not all(self._lanes.is_free(lane) for lane in SHEET_LANES):
            return False
        to_check = any(one.task == "check" for one in self._holding.held)
        to_check = to_check or bool(self._looking.candidates(now, check=True))
        if self._pausing.code:
            return self._pausing.checks_too or not to_check
        if self._holding.held or to_check or self._looking.candidates(now):
            return self._patience_ends(now) and not self._in_hand(now)
        growing = self._looking.next_at(now) is not None
        patience = self._looking.patience_seconds + self.setup.poll_seconds * 3 + 1.0
        return not growing or now - self._begun_at >= patience

    def _in_hand(self, now: float) -> bool:
        """Tell that something can be begun now."""
        return any(now >= held.ready_at and held.ending is None for held in self._holding.held)

    def waits_long(self) -> list[str]:
        """Name the sheets that wait for a yes for over a day."""
        with suppress(*_TROUBLES), self.open_ledger() as ledger:
            return waits_long(ledger, self._looking)
        return []

    def code(self) -> ExitCode:
        """Give the exit code of a pass."""
        codes = {*self._codes}
        if self.waits_long() or untaken_keys(self._saying.said):
            codes.add(ExitCode.ROWS_TO_SEE_TO)
        left = any(held.ending is not None for held in self._holding.held)
        if left or any(key in self._saying.said for key in ("gone", "folder", "stuck")):
            codes.add(ExitCode.STOPPED)
        return combined_exit_code(codes)

    def trouble(self) -> ExitCode:
        """Say what keeps it from its work now, as the exit code that a pass would have: 0, 4, 5."""
        if self._pausing.code:
            return self._pausing.code
        away = any(key in self._saying.said for key in ("gone", "folder"))
        return ExitCode.STOPPED if away else ExitCode.OK

    # -- stopping -----------------------------------------------------------------------------

    def stop(self, hurry: Callable[[], bool], sleep: Callable[[float], None]) -> None:
        """End what is at work: politely, then after some seconds (or in a ``hurry``) at once.

        What stays in working/ is taken up by the next watcher.
        """
        self._lanes.let_go()
        until = self.clock() + STOP_SECONDS
        while self._lanes.any_at_work:
            if self.clock() >= until or hurry():
                break
            self._settle_ended()
            sleep(0.05)
        self._lanes.kill()
        for held in list(self._holding.held):
            self._holding.let_go(held, forget=False)

    def _settle_ended(self) -> None:
        with suppress(*_TROUBLES):  # the next start takes it up
            if self._there.look():
                self._reap(self.clock())
                return
        for _ in self._lanes.ended():
            pass

    # -- the page -----------------------------------------------------------------------------

    def _write_page(self, now: float, *, last: bool = False) -> None:
        if not self._there.away:
            self._page.write(self._holding.held, self._put, now, last=last)

    def write_last(self) -> None:
        """Leave the page as it is to stay: off, unless others go on."""
        self._write_page(self.clock(), last=True)
