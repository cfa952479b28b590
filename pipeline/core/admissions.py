"""What the law of the pace remembers: the latest admissions, and moments to measure between."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

__all__ = ["Admissions", "Mark", "between"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment at which the server's count was used up: the admission, and what was let in."""

    at: float
    number: int
    let_in: int


class Admissions:
    """The latest admissions: more than can be on their way at once."""

    def __init__(self) -> None:
        self.count = 0
        self._latest: deque[tuple[float, float]] = deque(maxlen=1024)

    def add(self, now: float, rate: float) -> None:
        self.count += 1
        self._latest.append((now, rate))

    def at(self, admitted_at: float) -> tuple[int, float]:
        """Give the number of an admission, and the pace of that moment."""
        earliest = (0, math.inf)
        for back, (moment, rate) in enumerate(reversed(self._latest)):
            earliest = (back, rate)
            if moment <= admitted_at:
                break
        back, rate = earliest
        return self.count - back, rate


def between(low: float, high: float, part: float) -> float:
    """The rate that lies so far on the way from one to the other, by ratio."""
    return low * math.pow(max(1.0, high / low), part)
