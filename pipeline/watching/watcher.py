"""The loop over a hot folder: look, take what has settled, start processes, put sheets away.

One thread, no waiting but for the next look. Whatever fails is said once and tried again: a folder
that disappears, a full disk, a ledger that is shut.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any, Final, Protocol

from pipeline.core.errors import Busy, PipelineError
from pipeline.core.outcome import ExitCode, combined_exit_code
from pipeline.folder.names import conflict_copy, side_of
from pipeline.folder.places import Places, look_at
from pipeline.folder.settling import Look, Settling
from pipeline.folder.status_page import Ended, Status, Waiting
from pipeline.folder.whole import looks_whole
from pipeline.ledger import Ledger, dropped
from pipeline.ledger.approvals import was_shown
from pipeline.ledger.dropped import Dropped, Task
from pipeline.sheets.placing import sha256_of
from pipeline.watching.fate import Fate, fate_of, too_often
from pipeline.watching.holding import Held, Holding
from pipeline.watching.presence import Presence
from pipeline.watching.told import Told, Work

__all__ = ["Process", "Setup", "Voice", "Watcher"]

STATUS_SECONDS: Final = 60.0
TAKE_UP_SECONDS: Final = 5.0
BUSY_SECONDS: Final = 2.0
PASS_BUSY_SECONDS: Final = 20.0
AGAIN_SECONDS: Final = (5.0, 10.0, 30.0, 60.0)
PAUSES_SECONDS: Final = (15.0, 30.0, 60.0, 120.0, 300.0, 600.0)
STOP_SECONDS: Final = 9.3
LONG_SECONDS: Final = 86_400.0
SHOWN_ENDED: Final = 20


class Process(Protocol):
    """A process at work on one sheet."""

    def poll(self) -> Told | None:
        """Give how it ended, or ``None``."""

    def let_go(self) -> None:
        """Ask it to stop."""

    def kill(self) -> None:
        """End it at once."""


class Voice(Protocol):
    """Who hears of what happens: people by two streams, a scheduler by one object."""

    def to_do(self, sentence: str) -> None:
        """Say what somebody has to do."""

    def trouble(self, sentence: str) -> None:
        """Say what is wrong."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a watcher is to do. ``asked``: the flags that shape each sheet's work."""

    asked: Mapping[str, Any]
    target: str
    approves: bool
    auto: bool
    provider: str
    poll_seconds: float
    settle_seconds: float
    max_rows: int
    keep_days: int
    once: bool = False

    @property
    def plain_task(self) -> Task:
        """What is done with a sheet that nobody has said anything about."""
        return "check" if self.approves else "apply"


@dataclass(slots=True)
class _Pause:
    """Nothing is sent until a question to the API shows that it works."""

    why: str
    since: float
    ask_at: float
    step: int
    code: ExitCode
    checks_too: bool


@dataclass(slots=True)
class _Lane:
    """One process at a time of a kind."""

    held: Held | None = None
    process: Process | None = None


@dataclass(slots=True)
class Watcher:
    """One watcher at its folder. ``clock`` is monotonic; ``start`` starts a process."""

    setup: Setup
    places: Places
    presence: Presence
    open_ledger: Callable[[], Ledger]
    start: Callable[[Work], Process]
    voice: Voice
    clock: Callable[[], float] = time.monotonic
    ended: list[tuple[Dropped, Fate, Told]] = field(default_factory=list)
    waits_long: list[str] = field(default_factory=list)
    _holding: Holding = field(init=False)
    _settling: dict[str, Settling] = field(init=False)
    _lanes: dict[str, _Lane] = field(init=False)
    _pause: _Pause | None = None
    _step: int = 0
    _said: dict[str, str] = field(default_factory=dict)
    _delays: dict[str, int] = field(default_factory=dict)
    _not_before: dict[str, float] = field(default_factory=dict)
    _shown: dict[str, Look] = field(default_factory=dict)
    _left: dict[str, Look] = field(default_factory=dict)
    _root: tuple[int, int] | None = None
    _status_at: float = float("-inf")
    _status_told: Status | None = None
    _take_up_at: float = float("-inf")
    _cleaned_at: float = float("-inf")
    _begun_at: float = 0.0
    _codes: list[ExitCode] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with empty hands."""
        self._holding = Holding(self.places, self.open_ledger)
        settle = self.setup.settle_seconds
        self._settling = {
            name: Settling(settle) for name in ("inbox", "approved", "to-approve")
        }
        self._lanes = {name: _Lane() for name in ("send", "check", "probe")}
        self._begun_at = self.clock()

    # -- one round ----------------------------------------------------------------------------

    def step(self) -> float | None:
        """Do what can be done now; gives the seconds until the next round, ``None`` at the end."""
        now = self.clock()
        try:
            there = self._root_is_there()
            if there:
                self._reap(now)
                self._look(now)
                self._begin_next(now)
                self._said.pop("folder", None)
        except Busy:
            raise
        except (OSError, PipelineError, sqlite3.Error) as error:
            self._trouble("folder", _words(error))
            self._write_status()
            return self._later("folder")
        self._write_status()
        if not there:
            self._reap(now)
            return None if self.setup.once else self._later("folder")
        self._delays.pop("folder", None)
        if self.setup.once and self._nothing_left(now):
            return None
        return self._until_next(now)

    def _until_next(self, now: float) -> float:
        """Wait for the next look, or less where a file settles or a process ends before that."""
        wait = self.setup.poll_seconds
        if any(lane.process is not None for lane in self._lanes.values()):
            wait = min(wait, 0.1)
        for settling in self._settling.values():
            at = settling.next_at(now)
            if at is not None:
                wait = min(wait, max(0.01, at - now))
        return wait

    def _later(self, what: str) -> float:
        count = self._delays.get(what, 0)
        self._delays[what] = count + 1
        return min(AGAIN_SECONDS[min(count, len(AGAIN_SECONDS) - 1)], 60.0)

    def _root_is_there(self) -> bool:
        """Tell whether the folder is the one we began with: an empty mount point is not."""
        try:
            state = self.places.root.stat()
            found = (state.st_dev, state.st_ino)
            if self._root is None:
                self._root = found
            if found != self._root and not self.places.working.is_dir():
                raise FileNotFoundError(self.places.root)
            self._root = found
            self.places.make()
        except FileNotFoundError:
            self._trouble("gone", f"{self.places.root} is not there; it is waited for.")
            return False
        if self._said.pop("gone", None):
            self.voice.to_do(f"{self.places.root} is there again.")
        return True

    # -- processes ----------------------------------------------------------------------------

    def _reap(self, now: float) -> None:
        for held in list(self._holding.held):
            if held.ending is not None and now >= held.ready_at:
                self._put_away(held, *held.ending)
        for lane in self._lanes.values():
            told = lane.process.poll() if lane.process is not None else None
            if told is None:
                continue
            held, lane.held, lane.process = lane.held, None, None
            if held is None:
                self._probed(told, now)
            else:
                self._came_back(held, told, now)

    def _came_back(self, held: Held, told: Told, now: float) -> None:
        if self._holding.is_gone(held):
            self._say_gone(held)
            self._holding.drop(held)
            return
        fate = fate_of(held.task, told, held.tries)
        self._holding.came_back(held, count=fate.count, task=fate.task)
        if fate.place is not None and fate.place != "needs-attention" or fate.task:
            self._step = 0
        if fate.place is not None and self._holding.changed(held):
            held.why = "It was written to while it was read, so it is read once more."
            held.ready_at = now + self.setup.settle_seconds
            return
        if fate.place is not None:
            self._put_away(held, fate, told)
            return
        held.why = fate.note
        held.ready_at = now + (BUSY_SECONDS if fate.wait == "busy" else 0.0)
        if fate.wait in ("api", "start"):
            self._begin_pause(fate, told, now)
        elif fate.wait == "busy" and self.setup.once and now - self._begun_at > PASS_BUSY_SECONDS:
            self._codes.append(ExitCode.BUSY)
            self._holding.let_go(held, forget=False)
        elif fate.wait == "stopped":
            held.ready_at = now + BUSY_SECONDS

    def _say_gone(self, held: Held) -> None:
        self.voice.to_do(f"{held.name}: somebody took it away while it was worked on.")

    def _put_away(self, held: Held, fate: Fate, told: Told) -> None:
        held.ending = (fate, told)
        try:
            self._holding.put_away(held, fate, told)
        except (OSError, PipelineError, sqlite3.Error) as error:
            held.why = _words(error)
            held.ready_at = self.clock() + self._later(held.name)
            self._trouble(held.name, f"{held.name} cannot be put into {fate.place}: {held.why}")
            return
        self._said.pop(held.name, None)
        self._delays.pop(held.name, None)
        self.ended.append((held.dropped, fate, told))
        if not self.setup.once:
            del self.ended[:-SHOWN_ENDED]
        if fate.place == "to-approve":
            self.voice.to_do(f"{held.name} waits in to-approve: {fate.note}")
        elif fate.place == "needs-attention":
            self.voice.to_do(f"{held.name} needs attention: {fate.note}")
            self._codes.append(ExitCode.ROWS_TO_SEE_TO)

    def _begin_pause(self, fate: Fate, told: Told, now: float) -> None:
        wait = PAUSES_SECONDS[min(self._step, len(PAUSES_SECONDS) - 1)]
        self._step += 1
        code = ExitCode(told.code)
        self._pause = _Pause(fate.note, time.time(), now + wait, 0, code, fate.wait == "start")
        self._trouble("pause", f"{fate.note} It goes on by itself once that works again.")

    def _probed(self, told: Told, now: float) -> None:
        pause = self._pause
        if pause is None:
            return
        if told.code == ExitCode.OK:
            self._pause = None
            self._said.pop("pause", None)
            return
        pause.step = min(pause.step + 1, len(PAUSES_SECONDS) - 1)
        pause.ask_at = now + PAUSES_SECONDS[pause.step]

    def _begin_next(self, now: float) -> None:
        if self._pause is not None:
            probe = self._lanes["probe"]
            if now >= self._pause.ask_at and probe.process is None and not self.setup.once:
                probe.process = self.start(Work("probe", asked=self.setup.asked))
        for name, lane in self._lanes.items():
            if name == "probe" or lane.process is not None or self._is_paused(name):
                continue
            while lane.process is None and (held := self._next(name, now)) is not None:
                self._begin(lane, held, now)

    def _is_paused(self, lane: str) -> bool:
        return self._pause is not None and (lane == "send" or self._pause.checks_too)

    def _begin(self, lane: _Lane, held: Held, now: float) -> None:
        if self._holding.is_gone(held):
            self._say_gone(held)
            self._holding.drop(held)
            return
        if (fate := too_often(held.tries)) is not None:
            self._put_away(held, fate, Told(ExitCode.BUG))
            return
        told = self._holding.told_by_the_ledger(held)
        if told is not None:
            held.look = look_at(held.file.parent, all_files=True).get(held.file.name)
            self._came_back(held, told, now)
            return
        self._holding.started(held)
        work = Work(
            held.task,
            str(held.file),
            str(self.places.working),
            self.setup.asked,
            self.setup.max_rows,
        )
        lane.process, lane.held = self.start(work), held

    def _next(self, lane: str, now: float) -> Held | None:
        """Give the sheet to go on with, or take the one that was written longest ago."""
        busy = [other.held for other in self._lanes.values()]
        mine = [
            held
            for held in self._holding.held
            if (held.task == "check") is (lane == "check") and held.ending is None
        ]
        for held in mine:
            if held not in busy and now >= held.ready_at:
                return held
        if mine:  # one at a time is held, so that others can take the rest
            return None
        return self._claim(lane, now)

    # -- looking ------------------------------------------------------------------------------

    def _look(self, now: float) -> None:
        if now >= self._take_up_at:
            self._take_up_at = now + TAKE_UP_SECONDS
            self._holding.take_up(self.setup.plain_task)
        for name, folder in self._folders().items():
            looks = look_at(folder)
            if name == "to-approve":
                looks = {n: look for n, look in looks.items() if side_of(n) != "check"}
                self._shown = {n: look for n, look in self._shown.items() if n in looks}
            self._settling[name].see(looks, now)
        if now >= self._cleaned_at:
            self._cleaned_at = now + 3_600.0
            self._clean_up()

    def _folders(self) -> dict[str, Path]:
        return {
            "approved": self.places.approved,
            "inbox": self.places.root,
            "to-approve": self.places.to_approve,
        }

    def _candidates(self, now: float) -> list[tuple[str, str, Look]]:
        """Give what has settled, oldest first: the place, the name, the look."""
        found = [
            (place, name, look)
            for place, settling in self._settling.items()
            for name, look in settling.settled(now).items()
            if now >= self._not_before.get(f"{place}/{name}", 0.0)
            and self._left.get(f"{place}/{name}") != look
            and not (place == "to-approve" and self._shown.get(name) == look)
        ]
        return sorted(found, key=lambda one: (one[2].mtime_ns, one[1]))

    def _claim(self, lane: str, now: float) -> Held | None:
        for place, name, look in self._candidates(now):
            path = self._folders()[place] / name
            try:
                held = self._claim_one(lane, place, path, look, now)
            except FileNotFoundError:
                continue
            except (OSError, PipelineError) as error:
                key = f"{place}/{name}"
                self._not_before[key] = now + self._later(key)
                self._trouble(key, f"{name} cannot be taken: {_words(error)}")
                continue
            if held is not None:
                return held
        return None

    def _claim_one(
        self, lane: str, place: str, path: Path, look: Look, now: float
    ) -> Held | None:
        task = self._task_of(place)
        if (task == "check") is not (lane == "check"):
            return None
        if not looks_whole(path) and not self._settling[place].not_whole(path.name, now):
            return None
        fate = self._at_once(place, path, look)
        if fate is None and self._is_left(place, path, look):
            return None
        held = self._holding.claim(path, task)
        self._said.pop(f"{place}/{path.name}", None)
        self._delays.pop(f"{place}/{path.name}", None)
        if held is not None and fate is not None:
            held.look = look
            self._put_away(held, fate, Told(ExitCode.OK))
            return None
        return held

    def _task_of(self, place: str) -> Task:
        if place == "approved":
            return "approved"
        return "check" if place == "to-approve" else self.setup.plain_task

    def _at_once(self, place: str, path: Path, look: Look) -> Fate | None:
        """Say what becomes of a sheet that no process need look at."""
        if place != "inbox":
            return None
        if conflict_copy(path.name, self.setup.provider):
            return Fate(
                "needs-attention",
                "It looks like a conflict copy: two people changed one sheet at a time. Put "
                "together what is right in one sheet, and drop that under another name.",
                explain=True,
            )
        if not look.size:
            return Fate("needs-attention", f"{path.name} is empty; save it again.", explain=True)
        if side_of(path.name) == "results" or ".results" in path.name:
            with self.open_ledger() as ledger:
                if dropped.is_untouched_result(ledger, sha256_of(path)):
                    return Fate("done", "Results that nobody changed: nothing was to be sent.")
        return None

    def _is_left(self, place: str, path: Path, look: Look) -> bool:
        """Tell a file that is not to be taken now: shown already, or only a check file."""
        if place == "to-approve":
            with self.open_ledger() as ledger:
                shown = was_shown(ledger, sha256_of(path)) is not None
            if shown:
                self._shown[path.name] = look
            return shown
        if place == "approved" and side_of(path.name) == "check":
            with self.open_ledger() as ledger:
                ours = self._holding.is_our_check(ledger, path)
            if ours:
                self._left[f"{place}/{path.name}"] = look
            return ours
        return False

    def _clean_up(self) -> None:
        """Delete from done/ what is older than ``watch.keep_days``."""
        if not self.setup.keep_days:
            return
        before = time.time() - self.setup.keep_days * LONG_SECONDS
        with self.open_ledger() as ledger:
            old = dropped.ended_since(ledger, self.places.root, "done", before)
        for one in old:
            for _, after in one.moves:
                path = Path(after)
                if path.parent == self.places.done:
                    with suppress(OSError):
                        path.unlink()

    # -- the end of a pass --------------------------------------------------------------------

    def _nothing_left(self, now: float) -> bool:
        """Tell that a pass has done all it can."""
        if any(lane.process is not None for lane in self._lanes.values()):
            return False
        if self._pause is not None:
            self._codes.append(self._pause.code)
            return not self._pause.checks_too and self._only_sending_left(now) or (
                self._pause.checks_too
            )
        if self._holding.held:
            return False
        patience = self.setup.settle_seconds * 2 + self.setup.poll_seconds * 3 + 1.0
        if now - self._begun_at < patience and self._unsettled(now):
            return False
        return not self._candidates_left(now)

    def _only_sending_left(self, now: float) -> bool:
        held = [one for one in self._holding.held if one.task == "check"]
        return not held and not any(
            self._task_of(place) == "check" for place, _, _ in self._candidates(now)
        )

    def _unsettled(self, now: float) -> bool:
        return any(settling.next_at(now) is not None for settling in self._settling.values())

    def _candidates_left(self, now: float) -> bool:
        return any(
            now - self._begun_at < 60.0 or f"{place}/{name}" not in self._said
            for place, name, _ in self._candidates(now)
        )

    def code(self) -> ExitCode:
        """Give the exit code of a pass."""
        codes = list(self._codes)
        if self.waits_long:
            codes.append(ExitCode.ROWS_TO_SEE_TO)
        if "gone" in self._said or "folder" in self._said:
            codes.append(ExitCode.STOPPED)
        if any(held.ending is not None for held in self._holding.held):
            codes.append(ExitCode.STOPPED)
        return combined_exit_code(codes)

    # -- stopping -----------------------------------------------------------------------------

    def stop(self, hurry: Callable[[], bool], sleep: Callable[[float], None]) -> None:
        """End what is at work: politely, then after some seconds (or in a ``hurry``) at once."""
        for lane in self._lanes.values():
            if lane.process is not None:
                lane.process.let_go()
        until = self.clock() + STOP_SECONDS
        while any(lane.process is not None for lane in self._lanes.values()):
            if self.clock() >= until or hurry():
                break
            self._settle_ended()
            sleep(0.05)
        for lane in self._lanes.values():
            if lane.process is not None:
                lane.process.kill()
        self._settle_ended()
        for held in list(self._holding.held):
            self._holding.let_go(held, forget=False)

    def _settle_ended(self) -> None:
        with suppress(OSError, PipelineError, sqlite3.Error):  # the next start takes it up
            self._reap(self.clock())

    # -- the page -----------------------------------------------------------------------------

    def _trouble(self, key: str, sentence: str) -> None:
        if self._said.get(key) != sentence:
            self._said[key] = sentence
            self.voice.trouble(sentence)

    def _write_status(self, *, last: bool = False) -> None:
        now = self.clock()
        due = now - self._status_at >= STATUS_SECONDS
        if now - self._status_at < 1.0 and not last:
            return
        try:
            status = self._status(last=last)
            if due or last or status != self._status_told:
                self.presence.write(status, time.time())
                self._status_told, self._status_at = status, now
                self._said.pop("status", None)
        except Busy:
            raise
        except (OSError, PipelineError, sqlite3.Error) as error:
            if "gone" not in self._said:
                self._trouble("status", f"_STATUS.html cannot be written: {_words(error)}")
            self._status_at = now

    def write_last(self) -> None:
        """Leave the page as it is to stay: off, unless others go on."""
        self._write_status(last=True)

    def _status(self, *, last: bool) -> Status:
        root = self.places.root
        with self.open_ledger() as ledger:
            recent = dropped.recent(ledger, root, SHOWN_ENDED)
            since = dropped.resting(ledger, root)
        to_approve = self._to_approve(since)
        off = last and (self.setup.once or self.presence.alone)
        confirm = "every sheet waits for a yes" if self.setup.approves else "sent without asking"
        return Status(
            who=replace(self.presence.who, off=off),
            target=self.setup.target,
            confirm=confirm,
            trouble=tuple(self._said.values()),
            working=tuple(
                Waiting(one.name, one.why or _DOING[one.task], one.dropped.claimed_at)
                for one in self._holding.held
            ),
            to_approve=to_approve,
            waiting=self._waiting(),
            recent=tuple(
                Ended(one.name, one.place or "", one.ended_at or 0.0, one.counts or {}, one.note)
                for one in recent
            ),
            attention=self._attention(),
            scheduled=self.setup.once,
        )

    def _to_approve(self, since: Mapping[str, float]) -> tuple[Waiting, ...]:
        found = []
        self.waits_long = []
        for name in self._settling["to-approve"].unsettled:
            at = since.get(str(self.places.to_approve / name))
            found.append(Waiting(name, "look at its check file", at))
            if at is not None and time.time() - at > LONG_SECONDS:
                self.waits_long.append(name)
        return tuple(found)

    def _waiting(self) -> tuple[Waiting, ...]:
        now = self.clock()
        found = []
        for place in ("approved", "inbox"):
            settled = self._settling[place].settled(now)
            for name in self._settling[place].unsettled:
                why = "its turn comes" if name in settled else "still being copied or saved"
                if self._left.get(f"{place}/{name}") is not None:
                    why = "only a check file: move the sheet itself into approved"
                why = self._said.get(f"{place}/{name}", why)
                found.append(Waiting(name, why))
        mine = self.places.working.name
        for other in self.places.names_in_working():
            if other != mine:
                with suppress(OSError):
                    found += [
                        Waiting(name, f"left by the watcher {other}: --take-over {other}")
                        for name in look_at(self.places.all_working / other)
                    ]
        return tuple(found)

    def _attention(self) -> int:
        with suppress(OSError):
            return sum(side_of(name) is None for name in look_at(self.places.attention))
        return 0


_DOING: Final[Mapping[str, str]] = {
    "check": "is being checked",
    "apply": "is being sent",
    "approved": "is being sent",
}


def _words(error: BaseException) -> str:
    """Say an error of the system or of ours in one sentence."""
    if isinstance(error, OSError) and error.strerror:
        name = f" ({PurePath(str(error.filename)).name})" if error.filename else ""
        return f"{error.strerror}{name}."
    return str(error) if isinstance(error, PipelineError) else f"{type(error).__name__}."
