"""The sandbox's rate limit, on a clock that the test turns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sandbox.bucket import TokenBucket


def test_a_burst_goes_through_and_then_the_pace_holds() -> None:
    """``burst`` at once, then one per 1/rate seconds, and the wait says when."""
    bucket = TokenBucket(rate_per_second=10, burst=3)
    waits = [bucket.wait_seconds(now) for now in (0.0, 0.0, 0.0, 0.0, 0.05, 0.1)]
    assert waits == pytest.approx([0, 0, 0, 0.1, 0.05, 0])


def test_a_rest_fills_no_more_than_the_burst() -> None:
    """After any rest, no more than ``burst`` go through at once."""
    bucket = TokenBucket(rate_per_second=10, burst=2)
    assert [bucket.wait_seconds(t) == 0 for t in (0, 500, 500, 500)] == [True, True, True, False]


@given(
    steps=st.lists(st.floats(0, 0.5), max_size=100),
    rate=st.floats(0.5, 100),
    burst=st.integers(1, 20),
)
def test_no_span_passes_more_than_burst_and_pace(
    steps: list[float], rate: float, burst: int
) -> None:
    """From the first request on, at most burst + rate × time go through."""
    bucket, now, passed = TokenBucket(rate, burst), 0.0, 0
    for step in steps:
        now += step
        passed += bucket.wait_seconds(now) == 0
        assert passed <= burst + rate * now + 1e-6


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (float("nan"), 1), (5, 0)])
def test_a_limit_that_lets_nothing_through_is_refused(rate: float, burst: int) -> None:
    """A rate or a burst of nothing would hang every client."""
    with pytest.raises(ValueError, match="positive rate"):
        TokenBucket(rate, burst)
