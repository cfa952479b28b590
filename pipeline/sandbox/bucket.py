"""A rate limit as servers keep it: a bucket of tokens that fills at an even pace."""

from __future__ import annotations

__all__ = ["TokenBucket"]


class TokenBucket:
    """Lets ``burst`` requests through at once and ``rate_per_second`` in the long run.

    Time is an argument (seconds on any clock that never goes back).
    """

    def __init__(self, rate_per_second: float, burst: int) -> None:
        if not rate_per_second > 0 or burst < 1:
            raise ValueError("a rate limit needs a positive rate and a burst of at least one")
        self._rate = rate_per_second
        self._burst = float(burst)
        self._tokens = self._burst
        self._filled_at: float | None = None

    def wait_seconds(self, now: float) -> float:
        """Take a token and give 0, or take none and give the seconds until there is one."""
        passed = 0.0 if self._filled_at is None else now - self._filled_at
        self._filled_at = now
        self._tokens = min(self._burst, self._tokens + passed * self._rate)
        if self._tokens >= 1.0:
            self._tokens -= 1.0
            return 0.0
        return (1.0 - self._tokens) / self._rate
