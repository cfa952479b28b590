"""How long to wait before the next try: pure arithmetic, carried out by tenacity elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

__all__ = ["RetryBudget", "RetryPolicy", "backoff_seconds", "retry_after_seconds"]

FIRST_WAIT_SECONDS: Final = 0.5
BUDGET_SAVED: Final = 10.0
"""So many retries may be saved up while nothing fails."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently one order is tried."""

    attempts: int = 5
    max_wait_seconds: float = 60.0
    linger_seconds: float = 30.0
    """How long a request whose answer never came counts as still open."""
    budget: float = 0.2
    """The share of what the pace allows that may go into retries."""


class RetryBudget:
    """Keeps retries to a share of the pace, so that an outage does not double the load.

    Pure: the clock is an argument. A retry takes one token; tokens come with time, as many a second
    as the share of the pace says, and a few are saved up.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self._tokens = BUDGET_SAVED
        self._at = -math.inf

    def wait_seconds(self, now: float, per_second: float) -> float:
        """Give the seconds until a retry may go at this pace; 0 when it may go now."""
        income = self._share * per_second
        if math.isinf(income):
            return 0.0
        if self._at > -math.inf:
            self._tokens = min(BUDGET_SAVED, self._tokens + max(0.0, now - self._at) * income)
        self._at = now
        return 0.0 if self._tokens >= 1.0 else (1.0 - self._tokens) / income

    def take(self) -> None:
        """Take a token; without pacing there is no end of them."""
        self._tokens = max(0.0, self._tokens - 1.0)


def backoff_seconds(failed_attempts: int, jitter: float, max_wait_seconds: float) -> float:
    """Full jitter on exponential back-off.

    ``failed_attempts`` counts from 1, ``jitter`` lies in [0, 1). Full jitter (any share of the
    doubled wait) keeps workers that failed together from coming back together.
    """
    ceiling = min(max_wait_seconds, FIRST_WAIT_SECONDS * 2.0 ** min(failed_attempts - 1, 30))
    return ceiling * jitter


def retry_after_seconds(header: str | None, *, now: float, most: float) -> float | None:
    """Read a ``Retry-After`` header: seconds or an HTTP date.

    ``now`` is the wall clock as a Unix time. What cannot be read is ignored (``None``); what is
    too long is cut to ``most``, for a wrong clock must not park a run for a year.
    """
    if header is None:
        return None
    seconds = _as_seconds(header.strip(), now)
    if seconds is None or not math.isfinite(seconds):
        return None
    return min(max(seconds, 0.0), most)


def _as_seconds(text: str, now: float) -> float | None:
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() - now
