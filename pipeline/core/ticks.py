"""What happened in one second of a run, counted: what the report draws.

Latencies are counted in bands that double: the first holds answers within 5 ms, the last those
that took longest. So a second costs one short list, however many requests it saw.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final

__all__ = ["LATENCY_BANDS", "Tick"]

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

    def took(self, seconds: float) -> None:
        """Count one latency."""
        self.latency[bisect_left(LATENCY_BANDS, seconds)] += 1
