"""What ``_STATUS.html`` tells, put together from the ledger and from what lies in the folder."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from pipeline.core.errors import Busy, PipelineError
from pipeline.folder.names import side_of
from pipeline.folder.places import Places, look_at
from pipeline.folder.status_page import Ended, Status, Waiting, Who
from pipeline.ledger import Ledger, dropped
from pipeline.watching.held import Held
from pipeline.watching.looking import Looking
from pipeline.watching.presence import Presence
from pipeline.watching.saying import Saying, words_of

__all__ = ["LONG_SECONDS", "Page", "Telling", "status_of", "waits_long"]

SHOWN_ENDED: Final = 20
LONG_SECONDS: Final = 86_400.0
EVERY_SECONDS: Final = 60.0
LEAST_SECONDS: Final = 1.0
_DOING: Final[Mapping[str, str]] = {
    "check": "is being checked",
    "apply": "is being sent",
    "approved": "is being sent",
}


def status_of(
    ledger: Ledger,
    looking: Looking,
    held: Sequence[Held],
    said: Mapping[str, str],
    *,
    who: Who,
    off: bool,
    now: float,
) -> Status:
    """Put the page together, but for target and mode; ``now`` is of the monotonic clock."""
    places = looking.places
    since = dropped.resting(ledger, places.root)
    return Status(
        who=replace(who, off=off),
        target="",
        confirm="",
        trouble=tuple(said.values()),
        working=tuple(
            Waiting(one.name, one.why or _DOING[one.task], one.dropped.claimed_at) for one in held
        ),
        to_approve=tuple(
            Waiting(name, "look at its check file", since.get(str(places.to_approve / name)))
            for name in looking.names("to-approve")
        ),
        waiting=(*_waiting(looking, said, now), *_left_by_others(places)),
        recent=tuple(
            Ended(one.name, one.place or "", one.ended_at or 0.0, one.counts or {}, one.note)
            for one in dropped.recent(ledger, places.root, SHOWN_ENDED)
        ),
        attention=_attention(places),
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


def _waiting(looking: Looking, said: Mapping[str, str], now: float) -> list[Waiting]:
    return [
        Waiting(name, said.get(f"{spot}/{name}") or looking.why(spot, name, now))
        for spot in ("approved", "inbox")
        for name in looking.names(spot)
    ]


def _left_by_others(places: Places) -> list[Waiting]:
    found = []
    for other in places.names_in_working():
        if other != places.name:
            with suppress(OSError):
                found += [
                    Waiting(name, f"left by the watcher {other}: --take-over {other}")
                    for name in look_at(places.all_working / other)
                ]
    return found


def _attention(places: Places) -> int:
    with suppress(OSError):
        return sum(side_of(name) is None for name in look_at(places.attention))
    return 0


@dataclass(frozen=True, slots=True)
class Telling:
    """What the page tells all the time."""

    target: str
    approves: bool
    scheduled: bool


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

    def write(self, held: Sequence[Held], ended: int, now: float, *, last: bool = False) -> None:
        """Write it if that is due, or if it is the ``last`` time. ``ended`` counts sheets.

        What goes wrong is said. Raises Busy where another machine has taken the folder.
        """
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
            self.saying.trouble("status", f"_STATUS.html cannot be written: {words_of(error)}")
        else:
            self._seen = seen
            self.saying.is_well("status")

    def _put(self, held: Sequence[Held], now: float, *, off: bool) -> None:
        said, who = self.saying.said, self.presence.who
        with self.open_ledger() as ledger:
            status = status_of(ledger, self.looking, held, said, who=who, off=off, now=now)
        asks = "every sheet waits for a yes"
        told = replace(
            status,
            target=self.telling.target,
            confirm=asks if self.telling.approves else "sheets are sent without asking",
            scheduled=self.telling.scheduled,
        )
        self.presence.write(told, time.time())
