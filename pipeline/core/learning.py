"""What the server takes, learned from what it turns away: the rate below the ceiling.

Pure: the clock is an argument. A server that limits keeps a count somewhere (a bucket of tokens, a
window of time). A complaint says that this count is used up at that moment; so what was let in
between two complaints, over the time between them, *is* the limit, however large the bucket. All
else here serves to come to two complaints soon, cheaply, and seldom again:

climb    double every half second (no faster than an answer allows) until the first complaint
seek     half of that, then a doubling every 2 seconds until the second
hold     a little under what was measured, then creep: the less is known, the faster; the longer
         nothing complains, the faster. A next complaint measures again, over a longer time
rise     another run ended: back, by seeking, to what this one may have alone

A server that lets nothing in after a cut is shut: its window is used up. It is probed with single
requests, and what it let in from one opening to the next is the measure. Where it names a pause
(Retry-After) a bucket overflows meanwhile, so then the limit is sought between the rate that held
and the one that did not.
"""

from __future__ import annotations

import math
from enum import Enum, auto
from typing import Final, NamedTuple

from pipeline.core.admissions import Admissions, Mark, between

__all__ = ["LEAST_PER_SECOND", "MARGIN", "Learning", "Reaction"]

LEAST_PER_SECOND: Final = 0.2
"""However often the server complains, something still goes."""
CLIMB_SECONDS: Final = 0.5
SEEK_SECONDS: Final = 2.0
SEEK_ADMISSIONS: Final = 64
CUT: Final = 0.5
MARGIN: Final = 0.025
"""So far under a limit that is well known the pace is held."""
COARSE: Final = 0.1
"""The same where the limit is hardly known."""
ENOUGH: Final = 16
"""So many that were let in make a measure that is believed against a few that contradict it."""
CREEP_SECONDS: Final = 10.0
CREEP_ADMISSIONS: Final = 150.0
"""A limit that is well known is met again after about twice so long: each time costs a refusal."""
CREEP_FACTOR: Final = 3.0
"""Measured over n, the limit should be met again after about so many times n."""
HELD_SECONDS: Final = 2.0
"""A pace that nothing complained about for so long is below the limit: it outlasts the common
window of one second."""
MOST_WASTED_SECONDS: Final = 1.2
"""Retry-After comes in whole seconds, so a pause is up to so much longer than need be."""
ROSE: Final = 1.25
LONGEST_ANSWER_SECONDS: Final = 60.0
LONGEST_REST_SECONDS: Final = 2.0

_DOUBLE: Final = math.log(2.0)
_NEVER: Final = -math.inf


class Reaction(NamedTuple):
    """What the gate does about a complaint: rest so long, or shut and probe."""

    rest_seconds: float = 0.0
    shut: bool = False


class _Phase(Enum):
    CLIMB = auto()
    SEEK = auto()
    HOLD = auto()
    RISE = auto()


class Learning:
    """The rate that a server is found to take.

    ``known`` is the limit that an earlier run learned. ``rate`` never exceeds the ceiling.
    """

    def __init__(self, start: float, ceiling: float, known: float | None = None) -> None:
        self.rate = min(ceiling, start if known is None else known * (1 - MARGIN))
        self._ceiling = ceiling
        self._phase = _Phase.CLIMB if known is None else _Phase.HOLD
        self._limit = known
        self._sure = known is not None
        self._fresh = False
        self._doubted = False
        self._goal = math.inf
        self._answer_seconds: float | None = None
        self._admissions = Admissions()
        self._turned_away = 0
        self._settled_rate = self.rate
        self._settled_count = 0
        self._margin = MARGIN
        self._span = math.inf
        self._cut_at = _NEVER
        self._let_in = 0
        self._last: Mark | None = None
        self._base: Mark | None = None
        self._opening: Mark | None = None
        self._high = self.rate
        self._held = False
        self._closes = False
        self._closed_at = _NEVER
        self._pause = 0.0
        self._paused = False

    @property
    def learned(self) -> float | None:
        """The limit, where this run measured one or found an earlier measure still right."""
        if self._limit is None or not self._sure:
            return None
        confirmed = self._let_in >= SEEK_ADMISSIONS and self.rate > self._limit * 0.95
        return max(self._limit, self.rate) if self._fresh or confirmed else None

    def limit_to(self, ceiling: float, share: float) -> None:
        """Obey another ceiling; ``share`` is this run's new part of the old one.

        The server's limit is shared like the ceiling, so with another run the pace falls at once;
        when one has ended it rises again, by seeking.
        """
        self._ceiling = ceiling
        before = self.rate
        if self._limit is not None:
            self._limit *= share
            self._goal = before * share
            if share > 1:
                self._phase = _Phase.RISE
            else:
                self._settle(self._goal, MARGIN, ENOUGH)
        self.rate = self._settled_rate = min(self.rate, ceiling)
        self.forget()

    def forget(self) -> None:
        """Nothing was sent for a while, so the server's count is no longer used up."""
        self._last = self._base = self._opening = None

    # -- rising -------------------------------------------------------------------------------

    def admitted(self, now: float, *, busy: bool) -> None:
        """Count an admission; the pace rises only where it is what holds the work back."""
        self._admissions.add(now, self.rate)
        if self._answer_seconds is None or self.rate >= self._ceiling:
            return
        if busy:
            self.rate = min(self._ceiling, self.rate * math.exp(self._growth()))
            if self._phase is _Phase.RISE and self.rate >= self._goal:
                self._settle(self.rate, MARGIN, ENOUGH)

    def _growth(self) -> float:
        """The logarithm of the growth that one admission brings."""
        answer = self._answer_seconds or 0.0
        if self._phase is _Phase.CLIMB:
            return _DOUBLE / max(4.0, self.rate * max(CLIMB_SECONDS, 2 * answer))
        if self._phase is not _Phase.HOLD:
            return _DOUBLE / max(SEEK_ADMISSIONS, SEEK_SECONDS * self.rate)
        longest = max(CREEP_SECONDS * self.rate, CREEP_ADMISSIONS)
        span = min(self._span, longest * self._slow)
        spans = (self._admissions.count - self._settled_count) / span
        # Nothing complained for twice the time in which it should: the limit was raised.
        raised = spans**4 / 4 if self._span >= longest else 0.0
        creep = self._margin / 1.5 / span * (1 + spans**2 + raised)
        known = min(1.0, self._span / SEEK_ADMISSIONS)
        fewest = known * max(SEEK_ADMISSIONS, SEEK_SECONDS * self.rate)
        return min(creep, _DOUBLE / max(ENOUGH, fewest))

    @property
    def _slow(self) -> float:
        """A complaint that costs a long pause is provoked less often."""
        return max(1.0, 3 * self._pause)

    def answered(self, admitted_at: float, now: float) -> None:
        """Take an answer that was no complaint."""
        took = min(now - admitted_at, LONGEST_ANSWER_SECONDS)
        if self._answer_seconds is None:
            self._answer_seconds = took
        else:
            self._answer_seconds += (min(took, 4 * self._answer_seconds) - self._answer_seconds) / 8
        if admitted_at > self._cut_at:
            self._let_in += 1

    # -- falling ------------------------------------------------------------------------------

    def refused(self, admitted_at: float, now: float) -> Reaction:
        """Take a complaint about the request that was admitted at ``admitted_at``."""
        number, pace = self._admissions.at(admitted_at)
        mark = Mark(admitted_at, number, number - 1 - self._turned_away)
        self._turned_away += 1
        if admitted_at <= self._cut_at:  # on its way when the pace was cut: the same complaint
            if self._last is None or admitted_at > self._last.at:
                self._last = mark
            return Reaction()
        if self._let_in == 0 and self._cut_at > _NEVER:
            self._last, self._cut_at, self._closes = mark, now, True
            return Reaction(shut=True)
        rest = 0.0
        if self._phase in (_Phase.CLIMB, _Phase.SEEK):  # overshot: let what is on its way return
            rest = min(self._answer_seconds or 0.0, LONGEST_REST_SECONDS)
        self._cut(mark, pace)
        self._last = mark
        self._cut_at, self._let_in, self._paused = now, 0, False
        return Reaction(rest, self._closes)

    def _cut(self, mark: Mark, high: float) -> None:
        """Choose the pace after a complaint about a request sent at the pace ``high``."""
        self._high = high
        last, base = self._last, self._base
        count = mark.number - last.number - 1 if last else 0
        seconds = mark.at - last.at if last else 0.0
        if self._paused:
            self._after_pause(high, count, seconds)
        elif self._sure and last is None:
            self._narrow(high, 0.5, MARGIN, max(ENOUGH, self._admissions.count))
        elif self._sure and self._agrees(count, seconds, high):
            self._limit = min(self._limit or high, high)
            span = self._span if math.isfinite(self._span) else 0
            self._settle(self._limit * (1 - 2 * MARGIN), 2 * MARGIN, max(ENOUGH, span / 4))
        elif base and mark.let_in > base.let_in and mark.at > base.at:
            self._measure(mark.let_in - base.let_in, mark.at - base.at, high)
        elif self._phase in (_Phase.HOLD, _Phase.RISE) or last:
            self._settle(0.95 * high, MARGIN, SEEK_ADMISSIONS)
        else:
            self._settle(CUT * high, COARSE, ENOUGH)
            self._phase = _Phase.SEEK
        measured = mark.let_in - base.let_in if base else 0
        if not 1 <= measured < ENOUGH:  # few ones are pooled with the next
            self._base = mark

    def _agrees(self, count: int, seconds: float, high: float) -> bool:
        """A few after the last complaint do not refute a limit that was measured over many."""
        expected = min(self._limit or high, high) * seconds * (1 - self._margin)
        return count < ENOUGH and count + 1.5 >= expected

    def _measure(self, count: int, seconds: float, high: float) -> None:
        """So many were let in between two moments at which the server's count was used up."""
        limit = min(high, (count + (count < ENOUGH) / 2) / seconds)
        margin, known = max(MARGIN, 0.6 / (count + 1)), float(count)
        self._sure = self._fresh = count >= ENOUGH
        steep = limit < 0.8 * high and high > ROSE * self._settled_rate
        self._doubted = count >= ENOUGH and steep and not self._doubted
        self._opening = None if steep else self._opening
        if self._doubted:
            # The bucket had time to overflow: the limit lies above what was let in. Once only,
            # for what looks the same in a window would be doubted for ever.
            limit = between(limit, high, 1 / 3)
            margin, known = COARSE, ENOUGH
        elif count >= 2 * ENOUGH and seconds >= HELD_SECONDS:
            # A window keeps nothing for later: there the rate that did not hold tells more.
            limit = max(limit, between(self._settled_rate, high, 0.6))
            if steep:
                margin, known = COARSE / 2, 4 * ENOUGH
        self._limit = limit
        self._settle(limit * (1 - margin), margin, known)

    def _after_pause(self, high: float, count: int, seconds: float) -> None:
        """After a pause the server's count was fresh: only the rates tell."""
        low = self._settled_rate
        self._held = seconds >= max(HELD_SECONDS, 2 * self._pause)
        if self._held and high <= 2 * low:
            self._narrow(high, 0.5, 2 * MARGIN if high > 1.15 * low else MARGIN, count)
            return
        self._settle(0.7 * high, COARSE, ENOUGH)
        if self._held:
            self._opening = None

    def _narrow(self, high: float, part: float, margin: float, count: float) -> None:
        """The limit lies between the rate that held and the one that did not."""
        self._limit = between(self._settled_rate, high, part)
        self._sure = self._fresh = True
        self._settle(self._limit * (1 - MARGIN), margin, count)

    def _settle(self, rate: float, margin: float, count: float) -> None:
        """Hold this rate, and creep from it as fast as a limit measured over ``count`` allows."""
        self.rate = self._settled_rate = min(self._ceiling, max(LEAST_PER_SECOND, rate))
        self._margin = margin
        least = self.rate * max(CLIMB_SECONDS, 4 * (self._answer_seconds or 0.0))
        self._span = max(CREEP_FACTOR * count, least)
        self._settled_count = self._admissions.count
        self._phase = _Phase.HOLD

    # -- shut and open ------------------------------------------------------------------------

    def closed(self, now: float, pause_seconds: float) -> None:
        """The gate was shut; ``pause_seconds`` is what the server asked for, if it did."""
        self._cut_at, self._closed_at, self._pause = now, now, pause_seconds

    def opened(self, admitted_at: float, *, at_once: bool) -> None:
        """The request that was admitted then was let in; ``at_once``: the first that was tried."""
        if at_once:
            self._closes = False
        number, _ = self._admissions.at(admitted_at)
        mark = Mark(admitted_at, number, number - self._turned_away)
        if self._opening and not (self._pause and self._held):
            self._measure_openings(self._opening, mark)
        self._opening = self._last = self._base = mark
        self._paused = self._pause > 0
        self._let_in = 1

    def _measure_openings(self, before: Mark, mark: Mark) -> None:
        count, seconds = mark.let_in - before.let_in, mark.at - before.at
        if count < 3 or seconds <= 0:
            return
        shut = min(mark.at - self._closed_at, 0.8 * seconds, MOST_WASTED_SECONDS)
        limit = count / seconds
        margin = max(MARGIN, 1 / (count + 1), shut / seconds / 4)
        if self._pause:  # longer than need be: more would have been let in
            limit = max(limit, between(limit, min(self._high, count / (seconds - shut)), 0.75))
            margin = COARSE
        self._limit = limit
        self._sure = self._sure or count >= ENOUGH
        self._fresh = self._sure
        margin = min(0.3, margin)
        self._settle(min(limit, self._high) * (1 - margin), margin, count)
