"""The law of the gate: when the next attempt may go.

Pure: the clock is an argument. Attempts are spaced evenly on a virtual clock; at most one missed
slot is made up, so a pause is never followed by a burst. The pace stays at its start until the
server complains (429, 503): then it falls to 60 % and creeps back with every answer that is no
complaint. Complaints about requests admitted before the last cut are the same complaint.
"""

from __future__ import annotations

__all__ = ["Pace"]

CUT = 0.6
CREEP = 0.01
"""Share of the start pace that one good answer gives back after a cut."""
LEAST_PER_SECOND = 0.2


class Pace:
    """Even spacing below a ceiling.

    ``start_per_second`` and ``max_per_second`` are requests a second; a ceiling of 0 means no
    pacing at all, which callers allow on loopback only.
    """

    def __init__(self, start_per_second: float, max_per_second: float) -> None:
        self._free = max_per_second == 0
        self._top = min(start_per_second, max_per_second)
        self._rate = self._top
        self._slot = float("-inf")
        self._cut_at = float("-inf")
        self._shut_until = float("-inf")

    @property
    def per_second(self) -> float:
        """The pace now, in requests a second; infinite without pacing."""
        return float("inf") if self._free else self._rate

    def wait_seconds(self, now: float) -> float:
        """Give the seconds until an attempt may be admitted; 0 when it may go now."""
        opens = self._shut_until if self._free else max(self._slot, self._shut_until)
        return max(0.0, opens - now)

    def admit(self, now: float) -> None:
        """Take the slot that is due at ``now``."""
        if not self._free:
            gap = 1.0 / self._rate
            begun = self._slot > float("-inf")
            self._slot = (max(self._slot, now - gap) if begun else now) + gap

    def shut(self, until: float) -> None:
        """Let nothing through before ``until``: the server said Retry-After."""
        self._shut_until = max(self._shut_until, until)

    def complained(self, admitted_at: float, now: float) -> None:
        """Slow down after a 429 or 503 to an attempt that was admitted at ``admitted_at``."""
        if self._free or admitted_at < self._cut_at:
            return
        self._rate = max(LEAST_PER_SECOND, self._rate * CUT)
        self._rate = min(self._rate, self._top)
        self._cut_at = now

    def answered(self) -> None:
        """Creep back towards the start pace after an answer that was no complaint."""
        if not self._free:
            self._rate = min(self._top, self._rate + self._top * CREEP)
