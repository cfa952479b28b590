"""What happened in one second of a run, counted: what the report draws.

Latencies are counted in bands that double: the first holds answers within 5 ms, the last those
that took longest. So a second costs one short list, however many requests it saw.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final

from pipeline.core.reply import Decision, Verdict

__all__ = ["LATENCY_BANDS", "Tick", "Ticks"]

LATENCY_BANDS: Final = tuple(0.005 * 2**n for n in range(14))
"""Upper bounds in seconds, 5 ms to 41 s; one more band holds what took longer."""


@dataclass(slots=True)
class Tick:
    """The tries that ended within one second.

    ``sent`` counts all of them, ``retried`` those that were not the first of their order,
    ``throttled`` the complaints (429, 503), ``failed`` the tries that asked for another one for any
    other cause.
    """

    sent: int = 0
    retried: int = 0
    throttled: int = 0
    failed: int = 0
    latency: list[int] = field(default_factory=lambda: [0] * (len(LATENCY_BANDS) + 1))


class Ticks:
    """The seconds of the runs that send together, by (run, Unix second)."""

    def __init__(self) -> None:
        self._ticks: dict[tuple[int, int], Tick] = {}
        self._tried: list[tuple[int, float, Verdict, float, bool]] = []

    def tried(
        self, run_no: int, now: float, verdict: Verdict, seconds: float, *, again: bool
    ) -> None:
        """Take a try that ended at ``now`` (Unix time) after so many seconds."""
        self._tried.append((run_no, now, verdict, seconds, again))  # counted many at a time

    def _count(self) -> None:
        tried, self._tried = self._tried, []
        for run_no, now, verdict, seconds, again in tried:
            key = (run_no, int(now))
            tick = self._ticks.get(key)
            if tick is None:
                tick = self._ticks[key] = Tick()
            tick.sent += 1
            tick.retried += again
            tick.latency[bisect_left(LATENCY_BANDS, seconds)] += 1
            if verdict.complaint:
                tick.throttled += 1
            elif verdict.decision is Decision.RETRY:
                tick.failed += 1

    def ended(self, now: float) -> dict[tuple[int, int], Tick]:
        """Take out the seconds that are over."""
        self._count()
        second = int(now)
        over = [key for key in self._ticks if key[1] != second]
        return {key: self._ticks.pop(key) for key in over}

    def rest(self) -> dict[tuple[int, int], Tick]:
        """Take out all that is left."""
        self._count()
        ticks, self._ticks = self._ticks, {}
        return ticks
