"""How long to wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.retrying import backoff_seconds, retry_after_seconds

NOON = 1_763_899_200.0  # 2025-11-23 12:00:00 UTC


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("600", 60.0),
        ("9" * 400, 60.0),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
        ("Sun, 23 Nov 2025 12:00:20 GMT", 20.0),
        ("Sun, 23 Nov 2025 11:00:00 GMT", 0.0),
        ("Sun, 23 Nov 2035 12:00:00 GMT", 60.0),
        ("Sun, 99 Nov 2025 12:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_or_ignored(header: str | None, seconds: float | None) -> None:
    """Seconds or an HTTP date; bad values are ignored, long ones are cut."""
    assert retry_after_seconds(header, now=NOON, most=60.0) == seconds


@given(st.text(max_size=40))
def test_no_header_breaks_the_run(header: str) -> None:
    """Whatever a server writes there, the wait is sane or none."""
    wait = retry_after_seconds(header, now=NOON, most=60.0)
    assert wait is None or 0 <= wait <= 60


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True), st.floats(0, 3600))
def test_back_off_stays_below_its_bounds(failed: int, jitter: float, most: float) -> None:
    """Full jitter: any share of the doubled wait, never above the configured one."""
    wait = backoff_seconds(failed, jitter, most)
    assert 0 <= wait <= most
    assert wait <= 0.5 * 2 ** min(failed - 1, 30)
