"""What ``_STATUS.html`` tells, put together from the ledger and from what lies in the folder."""

from __future__ import annotations

import shlex
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any, Final

from pipeline.core.errors import Busy, PipelineError
from pipeline.folder.names import family_of, fitting, side_of
from pipeline.folder.places import Places, look_at
from pipeline.ledger import Ledger, dropped
from pipeline.ledger.dropped import Dropped
from pipeline.pages.status import Ended, NeedsAttention, Status, Waiting, Who
from pipeline.watching.held import Held
from pipeline.watching.looking import COPIED, TURN, Looking, Spot
from pipeline.watching.moving import is_side
from pipeline.watching.once_told import THAT_IS_OVER, OnceTold, for_readers, told_once
from pipeline.watching.presence import Presence
from pipeline.watching.saying import Said, Saying, words_of

__all__ = ["LONG_SECONDS", "Page", "Telling", "command_of", "waits_long"]

SHOWN_ENDED: Final = 20
KNOWN_ENDED: Final = 200
"""Of so many sheets that ended last what happened to them is told where they need attention."""
LONG_SECONDS: Final = 86_400.0
EVERY_SECONDS: Final = 60.0
LEAST_SECONDS: Final = 1.0
_DOING: Final[Mapping[str, str]] = {
    "check": "being checked",
    "apply": "being sent",
    "approved": "being sent",
}
_PASSING: Final = frozenset({TURN, COPIED, THAT_IS_OVER})
"""Why a sheet waits while there is a watcher; other reasons last."""
_CHECK: Final = ".check.xlsx"
_OWN: Final = "status"
"""The key of what is wrong with the page itself: where that is so, nobody can read it there."""


def command_of(root: Path, asked: Mapping[str, Any], *, auto: bool) -> str:
    """Give the command that starts a watcher again, with the target it was given by a flag."""
    flags = [f"--{name}" for name in ("live", "test", "sandbox") if asked.get(name)]
    if url := asked.get("base_url"):
        flags += ["--base-url", shlex.quote(str(url))]
    return " ".join(
        ["address-pipeline watch", shlex.quote(str(root)), *flags, *(["--auto"] if auto else [])]
    )


def waits_long(ledger: Ledger, looking: Looking) -> list[str]:
    """Name the sheets that wait for a yes for over a day."""
    since = dropped.resting(ledger, looking.places.root)
    folder = looking.places.to_approve
    before = time.time() - LONG_SECONDS
    return [
        name
        for name in looking.names("to-approve")
        if since.get(str(folder / name), before) < before
    ]


@dataclass(frozen=True, slots=True)
class Telling:
    """What the page tells all the time; ``command`` starts the watcher again."""

    target: str
    approves: bool
    scheduled: bool
    command: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the ledger knows of the folder's sheets."""

    in_work: Sequence[Dropped] = ()
    ended: Sequence[Dropped] = ()
    resting: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, ledger: Ledger, root: Path) -> _Known:
        return cls(
            dropped.open_ones(ledger, root),
            dropped.recent(ledger, root, KNOWN_ENDED),
            dropped.resting(ledger, root),
        )


@dataclass(slots=True)
class Page:
    """Writes the page every minute and when anything changed, at most once a second."""

    looking: Looking
    presence: Presence
    open_ledger: Callable[[], Ledger]
    saying: Saying
    telling: Telling
    _written_at: float = float("-inf")
    _seen: object = None
    _since: dict[str, float] = field(default_factory=dict)
    _known: _Known = field(default_factory=_Known)

    def write(self, held: Sequence[Held], ended: int, now: float, *, last: bool = False) -> None:
        """Write it if that is due, or if it is the ``last`` time. ``ended`` counts sheets.

        What goes wrong is said. Raises Busy where another machine has taken the folder.
        """
        self._remember()
        if now - self._written_at < LEAST_SECONDS and not last:
            return
        doing = [(one.name, one.why, one.task) for one in held]
        seen = (list(self.saying.said.values()), doing, self.looking.seen(now), ended)
        if not last and seen == self._seen and now - self._written_at < EVERY_SECONDS:
            return
        self._written_at = now
        try:
            self._put(held, now, off=last and self.presence.alone)
        except Busy:
            raise
        except (OSError, PipelineError, sqlite3.Error) as error:
            self.saying.trouble(_OWN, words_of(error), what="_STATUS.html cannot be written: ")
        else:
            self._seen = seen

    def _remember(self) -> None:
        """Keep since when each trouble is known."""
        now = time.time()
        self._since = {key: self._since.get(key, now) for key in self.saying.said}

    def _put(self, held: Sequence[Held], now: float, *, off: bool) -> None:
        said = {key: one for key, one in self.saying.said.items() if key != _OWN}
        try:
            with self.open_ledger() as ledger:
                self._known = _Known.read(ledger, self.looking.places.root)
        except (OSError, PipelineError, sqlite3.Error) as error:  # what was known is told
            said[_OWN] = Said(words_of(error))
            what = "_STATUS.html cannot be brought up to date: "
            self.saying.trouble(_OWN, said[_OWN].why, what=what)
            self._remember()
        who = replace(self.presence.who, off=off)
        self.presence.write(self._status(held, said, who, now), time.time())
        if _OWN not in said:
            self.saying.is_well(_OWN)

    def _status(
        self, held: Sequence[Held], said: Mapping[str, Said], who: Who, now: float
    ) -> Status:
        telling, known, looking = self.telling, self._known, self.looking
        told = told_once(said, self._since)
        off = _Off.of(telling, who)
        return Status(
            who=who,
            target=telling.target,
            confirm="every sheet waits for a yes"
            if telling.approves
            else "sheets are sent without asking",
            command=telling.command,
            trouble=told.troubles,
            attention=_attention(looking.places, known),
            to_approve=tuple(_to_approve(looking, known, told, now)),
            working=tuple(_in_work(held, known, told, off, said, looking.places)),
            waiting=(*_waiting(looking, told, off, now), *_left_by_others(looking.places)),
            recent=tuple(
                Ended(one.name, one.place or "", one.ended_at or 0.0, one.counts or {})
                for one in known.ended[:SHOWN_ENDED]
            ),
            scheduled=telling.scheduled,
        )


@dataclass(frozen=True, slots=True)
class _Off:
    """What is said of a sheet once nobody looks after the folder; ``now``: that is so already."""

    in_work: str
    waits: str
    now: bool

    @classmethod
    def of(cls, telling: Telling, who: Who) -> _Off:
        if not telling.scheduled:
            goes_on = "when the watcher stopped; it goes on when one is started again"
            return cls(goes_on, "waits until the watcher is started again", who.off)
        goes_on = "when the pass ended; the next one goes on with it"
        return cls(goes_on, "waits for the next pass", who.off)

    def waiting(self, name: str, why: str, since: float | None, off: str) -> Waiting:
        return Waiting(name, off if self.now else why, since, off)


def _in_work(
    held: Sequence[Held],
    known: _Known,
    told: OnceTold,
    off: _Off,
    said: Mapping[str, Said],
    places: Places,
) -> Iterator[Waiting]:
    """Tell of the sheets that were taken: this watcher's, then those of others of its ledger."""
    fresh = {one.dropped_no: one for one in known.in_work}
    for one in held:
        why = told.of_files.get(one.key) or for_readers(one.why)
        if any(one.why == trouble.why for trouble in said.values()):
            why = THAT_IS_OVER
        yield _of_work(fresh.pop(one.dropped.dropped_no, one.dropped), why, off)
    for other in fresh.values():
        if other.file.parent == places.working:
            yield _of_work(other, "", off)


def _of_work(one: Dropped, why: str, off: _Off) -> Waiting:
    doing = f"being put into {one.place}" if one.place else _DOING[one.task]
    return off.waiting(one.name, why or f"is {doing}", one.claimed_at, f"was {doing} {off.in_work}")


def _to_approve(looking: Looking, known: _Known, told: OnceTold, now: float) -> Iterator[Waiting]:
    folder = looking.places.to_approve
    checks = _checks(folder)
    for name in looking.names("to-approve"):
        since = known.resting.get(str(folder / name))
        why = "its check file is gone: drop the sheet into the folder again"
        if since is None:  # put there by somebody, and not looked at yet
            why = looking.why("to-approve", name, now)
        if side_of(name) == "check":
            why = "its sheet is gone: drop it into the folder, or take it away"
        stem = PurePath(name).stem
        if fitting(stem, _CHECK) != f"{stem}{_CHECK}":
            why = "look at its check file"  # whose name had to be cut
        beside = (check for check in checks.get(family_of(name), ()) if is_side(check, stem))
        why = next((f"look at {check}" for check in beside), why)
        yield Waiting(name, told.of_files.get(f"to-approve/{name}", why), since)


def _checks(folder: Path) -> Mapping[str, Sequence[str]]:
    """Name the check files that lie in a folder, by their family."""
    found: dict[str, list[str]] = {}
    with suppress(OSError):
        for name in sorted(look_at(folder)):
            if side_of(name) == "check":
                found.setdefault(family_of(name), []).append(name)
    return found


def _waiting(looking: Looking, told: OnceTold, off: _Off, now: float) -> Iterator[Waiting]:
    spots: tuple[Spot, ...] = ("approved", "inbox")
    for spot in spots:
        for name in looking.names(spot):
            why = told.of_files.get(f"{spot}/{name}") or looking.why(spot, name, now)
            yield off.waiting(name, why, None, off.waits if why in _PASSING else why)


def _left_by_others(places: Places) -> Iterator[Waiting]:
    for other in places.names_in_working():
        if other != places.name:
            with suppress(OSError):
                for name in look_at(places.all_working / other):
                    yield Waiting(name, f"left by the watcher {other}: --take-over {other}")


def _attention(places: Places, known: _Known) -> tuple[NeedsAttention, ...]:
    """Name what lies in needs-attention/, what came last in front, with what happened to it."""
    ends = {after: one for one in known.ended for _, after in one.moves}
    found = []
    with suppress(OSError):
        for name in look_at(places.attention):
            if side_of(name) is None:
                one = ends.get(str(places.attention / name))
                found.append(
                    NeedsAttention(name, for_readers(one.note), one.ended_at)
                    if one
                    else NeedsAttention(name)
                )
    return tuple(sorted(found, key=lambda one: (-(one.at or 0.0), one.name)))
