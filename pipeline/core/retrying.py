"""How long to wait before the next try: pure arithmetic, carried out by tenacity elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

__all__ = ["RetryPolicy", "backoff_seconds", "retry_after_seconds"]

FIRST_WAIT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently one order is tried."""

    attempts: int = 5
    max_wait_seconds: float = 60.0
    linger_seconds: float = 30.0
    """How long a request whose answer never came counts as still open."""


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
