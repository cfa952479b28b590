"""Rate limits as servers keep them, on a clock that the simulation turns."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Bucket", "Server", "Window"]


class Server(Protocol):
    """Says of each request, in order of arrival, whether it is let in."""

    def refuses(self, now: float) -> float | None:
        """Give ``None`` for a request that is let in, else the seconds to wait (0: not said)."""
        ...

    def limit(self, now: float) -> float:
        """The requests a second that it lets in for long."""
        ...


@dataclass
class Bucket:
    """A bucket of ``burst`` tokens; ``changes`` are (moment, new rate)."""

    per_second: float
    burst: float = 10
    tells: bool = False
    changes: tuple[tuple[float, float], ...] = ()
    _tokens: float = field(init=False)
    _filled_at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self._tokens = self.burst

    def limit(self, now: float) -> float:
        """The rate that holds now."""
        return _limit(self.per_second, self.changes, now)

    def refuses(self, now: float) -> float | None:
        """Take a token."""
        rate = self.limit(now)
        self._tokens = min(self.burst, self._tokens + (now - self._filled_at) * rate)
        self._filled_at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return None
        return float(math.ceil((1 - self._tokens) / rate)) if self.tells else 0.0


@dataclass
class Window:
    """So many in each window of the server's own clock, which began before the client came."""

    per_second: float
    seconds: float = 1.0
    tells: bool = False
    changes: tuple[tuple[float, float], ...] = ()
    phase: float = 0.37
    _window: int = field(init=False, default=-1)
    _count: int = field(init=False, default=0)

    def limit(self, now: float) -> float:
        """The rate that holds now."""
        return _limit(self.per_second, self.changes, now)

    def refuses(self, now: float) -> float | None:
        """Count it in its window."""
        place = now / self.seconds + self.phase
        if int(place) != self._window:
            self._window, self._count = int(place), 0
        self._count += 1
        if self._count <= round(self.limit(now) * self.seconds):
            return None
        return float(math.ceil((1 - place % 1) * self.seconds)) if self.tells else 0.0


def _limit(first: float, changes: tuple[tuple[float, float], ...], now: float) -> float:
    return next((rate for moment, rate in reversed(changes) if moment <= now), first)
