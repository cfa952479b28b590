"""The law of the gate: when the next attempt may go.

Pure: the clock is an argument. Attempts are spaced evenly on a virtual clock, below a ceiling that
nothing exceeds; at most one missed slot is made up, and none after a pause, so neither a start nor
a pause nor a jump of the clock is followed by a burst. How fast it goes below the ceiling is
:mod:`pipeline.core.learning`, or :class:`Fixed` where nothing is to be learned.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Protocol

from pipeline.core.learning import LEAST_PER_SECOND, MARGIN, Learning, Reaction

__all__ = ["Fixed", "Pace", "PaceOptions", "RateKnown"]

FIRST_PROBE_SECONDS: Final = 0.1
LONGEST_PROBE_SECONDS: Final = 8.0
PROBE_LAPSES_SECONDS: Final = 10.0
"""A probe that nobody tells the end of holds the gate no longer."""
IDLE_SECONDS: Final = 1.0
"""So long without an attempt, a limit is no longer used up."""
KNOWN_DAYS: Final = 30.0
"""A learned rate that is older counts half: the limit may have changed, and half is soon made up
by climbing, while a start far above a limit costs refusals."""

_NEVER: Final = -math.inf


@dataclass(frozen=True, slots=True)
class RateKnown:
    """The limit that an earlier run found, and how long ago."""

    per_second: float
    age_days: float


@dataclass(frozen=True, slots=True)
class PaceOptions:
    """The pace as configured, and what is known from earlier runs.

    A ceiling (``max_per_second``) of 0 means no pacing at all, which callers allow on loopback
    only. Without ``adaptive`` nothing is learned, and nothing that was learned is used.
    """

    start_per_second: float
    max_per_second: float
    adaptive: bool = True
    known: RateKnown | None = None

    @property
    def limit(self) -> float | None:
        """The known limit, while it is young enough to be taken for one."""
        known = self.known if self.adaptive else None
        return known.per_second if known and known.age_days <= KNOWN_DAYS else None

    @property
    def start(self) -> float:
        """The rate to climb from."""
        old = self.known.per_second / 2 if self.known and self.adaptive else 0.0
        return max(self.start_per_second, old)

    @property
    def outlook(self) -> tuple[float, float]:
        """The slowest and the fastest pace to expect where the server does not ask for less."""
        most = self.max_per_second or math.inf
        if self.limit is not None:
            return (min(most, self.limit * (1 - MARGIN)),) * 2
        start = min(most, self.start)
        if most == math.inf:
            return most, most
        return start, most if self.adaptive else start


class _Law(Protocol):
    """What sets the rate below the ceiling."""

    rate: float

    @property
    def learned(self) -> float | None: ...

    def limit_to(self, ceiling: float, share: float) -> None: ...

    def forget(self) -> None: ...

    def admitted(self, now: float, *, busy: bool) -> None: ...

    def answered(self, admitted_at: float, now: float) -> None: ...

    def refused(self, admitted_at: float, now: float) -> Reaction: ...

    def closed(self, now: float, pause_seconds: float) -> None: ...

    def opened(self, admitted_at: float, *, at_once: bool) -> None: ...


class Fixed:
    """Never faster than the start: a complaint cuts to 60 %, each answer gives a hundredth back."""

    CUT: Final = 0.6
    CREEP: Final = 0.01

    def __init__(self, start: float, ceiling: float) -> None:
        self._start = start
        self._top = self.rate = min(start, ceiling)
        self._cut_at = _NEVER

    @property
    def learned(self) -> float | None:
        """Nothing is learned."""
        return None

    def limit_to(self, ceiling: float, share: float) -> None:
        """Obey another ceiling."""
        del share
        self._top = min(self._start, ceiling)
        self.rate = min(self.rate, self._top)

    def forget(self) -> None:
        """Keep nothing, forget nothing."""

    def admitted(self, now: float, *, busy: bool) -> None:
        """An admission changes nothing."""

    def answered(self, admitted_at: float, now: float) -> None:
        """Creep back after an answer that was no complaint."""
        del admitted_at, now
        self.rate = min(self._top, self.rate + self._top * self.CREEP)

    def refused(self, admitted_at: float, now: float) -> Reaction:
        """Cut, unless the request was on its way when the pace was cut."""
        if admitted_at > self._cut_at:
            self.rate = min(self._top, max(LEAST_PER_SECOND, self.rate * self.CUT))
            self._cut_at = now
        return Reaction()

    def closed(self, now: float, pause_seconds: float) -> None:
        """A pause changes nothing."""

    def opened(self, admitted_at: float, *, at_once: bool) -> None:
        """Nor does its end."""


class Pace:
    """Even spacing below a ceiling.

    ``start_per_second`` and ``max_per_second`` are requests a second; a ceiling of 0 means no
    pacing at all, which callers allow on loopback only. ``known`` is the limit that an earlier run
    learned; without ``adaptive`` it is not used, and none is learned. ``closed``: the server lets
    nothing in.
    """

    def __init__(
        self,
        start_per_second: float,
        max_per_second: float,
        *,
        adaptive: bool = True,
        known: float | None = None,
    ) -> None:
        self._most = max_per_second
        self.free = max_per_second == 0
        self._runs = 1
        self._law: _Law = (
            Learning(start_per_second, max_per_second, known)
            if adaptive
            else Fixed(start_per_second, max_per_second)
        )
        self._slot = _NEVER
        self._shut_until = _NEVER
        self.closed = False
        self._probe: float | None = None
        self._probe_wait = FIRST_PROBE_SECONDS

    @property
    def per_second(self) -> float:
        """The pace now, in requests a second; infinite without pacing."""
        return math.inf if self.free else self._law.rate

    @property
    def learned(self) -> float | None:
        """What the server was found to take from all runs together, if this one found it."""
        learned = None if self.free else self._law.learned
        return None if learned is None else learned * self._runs

    @property
    def probing(self) -> bool:
        """True while the end of one attempt decides whether others may go."""
        return self._probe is not None

    def share_among(self, running_runs: int) -> None:
        """Leave the other runs their part of the ceiling."""
        runs = max(1, running_runs)
        if not self.free and runs != self._runs:
            before = self._law.rate
            self._law.limit_to(self._most / runs, self._runs / runs)
            self._runs = runs
            # The next slot was set at the old pace; at a slower one it comes later.
            self._slot += max(0.0, 1.0 / self._law.rate - 1.0 / before)

    def wait_seconds(self, now: float) -> float:
        """Give the seconds until an attempt may be admitted; 0 when it may go now."""
        opens = self._shut_until if self.free else max(self._slot, self._shut_until)
        if self._probe is not None:
            opens = max(opens, self._probe + PROBE_LAPSES_SECONDS)
        return max(0.0, opens - now)

    def admit(self, now: float) -> None:
        """Take the slot that is due at ``now``."""
        if self.free:
            return
        gap = 1.0 / self._law.rate
        ceiling = self._most / self._runs
        begun = self._slot > self._shut_until
        late = now - max(self._slot, self._shut_until)
        if begun and late > max(IDLE_SECONDS, 4 * gap):
            self._law.forget()
        # With a whole slot made up, a ceiling of 6.7 would let 8 into a second.
        made_up = gap * (math.floor(ceiling) + 1 - ceiling)
        due = max(self._slot, now - made_up) if begun else now
        self._law.admitted(now, busy=late < gap)
        self._slot = due + gap
        if self.closed:
            self._probe = now

    def answered(self, admitted_at: float, now: float) -> None:
        """Take an answer that was no complaint."""
        if self.free:
            return
        if self.closed and self._probe == admitted_at:
            at_once = self._probe_wait == FIRST_PROBE_SECONDS
            self.closed, self._probe = False, None
            self._probe_wait = FIRST_PROBE_SECONDS
            self._law.opened(admitted_at, at_once=at_once)
        self._law.answered(admitted_at, now)

    def complained(self, admitted_at: float, now: float, pause_seconds: float | None) -> None:
        """Take a 429 or 503; with ``pause_seconds`` nothing passes for so long."""
        pause = pause_seconds or 0.0
        if pause:
            self._rest(now + pause)
        if self.free:
            return
        reaction = self._law.refused(admitted_at, now)
        if self.closed:
            self._failed_probe(admitted_at, now)
            return
        self._rest(now + reaction.rest_seconds)
        if pause or reaction.shut:
            self.closed = True
            self._law.closed(now, pause)
            self._rest(now + self._probe_wait)

    def lost(self, admitted_at: float, now: float) -> None:
        """Take the end of a try without an answer: no complaint, but no opening either."""
        self._failed_probe(admitted_at, now)

    def not_sent(self, admitted_at: float) -> None:
        """An admitted try was not made after all, so another one may be the probe."""
        if self._probe == admitted_at:
            self._probe = None

    def _failed_probe(self, admitted_at: float, now: float) -> None:
        if self._probe == admitted_at:
            self._probe = None
            self._probe_wait = min(LONGEST_PROBE_SECONDS, 2 * self._probe_wait)
            self._rest(now + self._probe_wait)

    def _rest(self, until: float) -> None:
        self._shut_until = max(self._shut_until, until)
