"""Latency, rows and words of a page."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.ticks import LATENCY_BANDS
from pipeline.pages import words
from pipeline.pages.latency import latency_of, quantile
from pipeline.pages.row_lists import stretches

BANDS: Final = len(LATENCY_BANDS) + 1


def _counted(seconds: list[float]) -> list[int]:
    counts = [0] * BANDS
    for one in seconds:
        counts[bisect_left(LATENCY_BANDS, one)] += 1
    return counts


@given(st.lists(st.floats(0.003, 40), min_size=1), st.sampled_from([0.5, 0.95]))
def test_a_quantile_lies_in_the_right_band(seconds: list[float], share: float) -> None:
    """It is an estimate, off by no more than the band it falls in."""
    real = sorted(seconds)[max(0, -(-int(share * 100) * len(seconds) // 100) - 1)]
    told = quantile(_counted(seconds), share)
    assert told is not None
    assert abs(bisect_left(LATENCY_BANDS, told - 1e-12) - bisect_left(LATENCY_BANDS, real)) <= 1


@given(st.lists(st.integers(0, 1_000), min_size=BANDS, max_size=BANDS))
def test_quantiles_rise(counts: list[int]) -> None:
    """A larger share took longer, or lies beyond the last band."""
    told = [quantile(counts, share) for share in (0.1, 0.5, 0.95)]
    known = [value for value in told if value is not None]
    assert known == sorted(known)
    assert told[: len(known)] == known


def test_bands_are_shown_from_the_first_to_the_last_that_saw_anything() -> None:
    """With those between, and the longest bar as wide as there is room."""
    latency = latency_of([0, 0, 4, 0, 8, *([0] * (BANDS - 5))])
    assert latency is not None
    assert [(band.upto, band.count, band.width) for band in latency.bands] == [
        (0.02, 4, 50),
        (0.04, 0, 0),
        (0.08, 8, 100),
    ]
    assert latency.total == 12


def test_nothing_sent_has_no_latency() -> None:
    """Of no answers there is nothing to say."""
    assert latency_of([0] * BANDS) is None
    assert latency_of(()) is None
    assert quantile([0] * BANDS, 0.5) is None


def test_beyond_the_last_band_nothing_is_estimated() -> None:
    """How much longer than 41 s nobody counted."""
    latency = latency_of([*([0] * (BANDS - 1)), 3])
    assert latency is not None
    assert (latency.median, latency.most, latency.bands[0].upto) == (None, None, None)


@given(st.sets(st.integers(1, 2_000)))
def test_stretches_name_every_row_once(rows: set[int]) -> None:
    """What is written short is read long again, in order, and no two stretches touch."""
    read: list[list[int]] = []
    for text in stretches(sorted(rows)):
        ends = [int(number) for number in text.replace(", ", "–").split("–")]
        read.append(list(range(ends[0], ends[-1] + 1)))
    assert [row for stretch in read for row in stretch] == sorted(rows)
    assert all(one[-1] + 1 < other[0] for one, other in pairwise(read))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (words.counted(1, "order"), "1 order"),
        (words.counted(3_871, "order"), "3,871 orders"),
        (words.share(1, 3), "33 %"),
        (words.share(1, 1_000), "under 1 %"),
        (words.share(999, 1_000), "over 99 %"),
        (words.share(7, 7), "100 %"),
        (words.share(0, 0), "0 %"),
        (words.rate(5.23), "5.23/s"),
        (words.rate(2_000), "2,000/s"),
        (words.duration(0.127), "127 ms"),
        (words.duration(0.9999), "1 s"),
        (words.duration(2.56), "2.6 s"),
        (words.duration(40.96), "41 s"),
        (words.duration(90), "1 min 30 s"),
        (words.duration(120), "2 min"),
        (words.duration(780), "13 min"),
        (words.duration(3_599), "1 h"),
        (words.duration(7_500), "2 h 5 min"),
        (words.duration(360_000), "100 h"),
        (words.size(1), "1 byte"),
        (words.size(999), "999 bytes"),
        (words.size(812_345), "812 kB (812,345 bytes)"),
        (words.size(999_999), "1 MB (999,999 bytes)"),
        (words.size(2_500_000_000_000_000), "2.5e+03 TB (2,500,000,000,000,000 bytes)"),
        (words.moment(1_795_600_000.9), "25 Nov 2026, 09:46:40 UTC"),
    ],
)
def test_numbers_read_as_people_write_them(told: str, said: str) -> None:
    """Rounded to what somebody can take in."""
    assert told == said
