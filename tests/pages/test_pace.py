"""The pace of a run, laid out in bars: nothing is lost, nothing overlaps, and it stays small."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.account import Moment
from pipeline.pages.pace import MOST_BARS, PLOT, Pace, pace_of
from tests.examples import examples

BEGUN: Final = 1_795_600_000


def _steady(seconds: int, sent: int = 5, begun: int = BEGUN) -> list[Moment]:
    return [Moment(begun + second, sent, 0, 0, 0) for second in range(seconds)]


def _drawn(moments: list[Moment], learned: float | None = None) -> Pace:
    pace = pace_of(moments, learned)
    assert pace is not None
    return pace


seconds_of_runs = st.lists(
    st.tuples(
        st.integers(1, 3) | st.integers(1, 100_000),
        st.integers(1, 500),
        st.integers(0, 9),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    max_size=60,
)


@settings(max_examples=examples(150), deadline=None)
@given(seconds_of_runs, st.none() | st.floats(0.1, 500))
def test_nothing_is_lost_and_nothing_overlaps(
    seen: list[tuple[int, int, int, int, int]], learned: float | None
) -> None:
    """Whatever a run saw, the bars hold all of it, side by side from 0 to 100 percent."""
    at, moments = BEGUN, []
    for gap, *counts in seen:
        at += gap
        moments.append(Moment(at, *counts))
    pace = pace_of(moments, learned)
    if pace is None:
        assert not moments or moments[-1].at - moments[0].at < 3 or len(moments) < 3
        return
    for name in ("sent", "retried", "throttled", "failed"):
        assert sum(getattr(bar, name) for bar in pace.bars) == sum(
            getattr(moment, name) for moment in moments
        )
    ends = 0.0
    for bar in pace.bars:
        assert bar.x == pytest.approx(ends)
        assert 0 <= bar.height <= PLOT + 1e-6
        ends = bar.x + bar.width
    assert ends == pytest.approx(100)
    assert len(pace.bars) <= MOST_BARS + 60
    assert all(0 < tick.at <= 94 for tick in pace.times)
    assert pace.learned_y is None or 0 <= pace.learned_y <= PLOT


@pytest.mark.parametrize(
    ("seconds", "a_bar"), [(3, 1), (118, 1), (119, 2), (780, 10), (86_400, 900)]
)
def test_a_long_run_has_wider_bars(seconds: int, a_bar: int) -> None:
    """Never more than a page can show, each of so many whole seconds."""
    pace = _drawn(_steady(seconds))
    assert (pace.seconds_a_bar, pace.seconds, pace.peak) == (a_bar, seconds, 5)
    assert len(pace.bars) <= MOST_BARS
    assert [tick.value for tick in pace.rates] == [5, 2.5]


def test_a_run_of_days_still_fits() -> None:
    """Where no usual width is wide enough, the bars are as wide as they must be."""
    pace = _drawn([Moment(BEGUN + 500 * number, 1, 0, 0, 0) for number in range(1_000)])
    assert (pace.seconds_a_bar, len(pace.bars) <= MOST_BARS) == (4_234, True)


def test_the_last_bar_is_not_lower_for_being_short() -> None:
    """A rate is what ended a second, in the seconds that there were."""
    assert {bar.height for bar in _drawn(_steady(119)).bars} == {PLOT}


@pytest.mark.parametrize("seconds", [0, 1, 2])
def test_too_little_is_no_picture(seconds: int) -> None:
    """One or two bars tell nothing that a sentence does not."""
    assert pace_of(_steady(seconds), 5.0) is None


def test_a_pause_is_seen() -> None:
    """Seconds in which nothing ended are marked, single ones are not."""
    moments = [*_steady(10), *_steady(5, begun=BEGUN + 11), *_steady(10, begun=BEGUN + 40)]
    pace = _drawn(moments)
    assert [bar.begins for bar in pace.bars if bar.idle] == list(range(16, 40))
    assert (pace.idle, pace.rests) == (True, ())


def test_a_run_that_went_on_the_next_day_is_not_one_thin_line() -> None:
    """The hours between are one narrow column, and count for no time of sending."""
    pace = _drawn([*_steady(100), *_steady(50, begun=BEGUN + 40_000)])
    assert pace.rests == (39_900,)
    assert pace.seconds == 150
    (rest,) = [bar for bar in pace.bars if bar.rest]
    assert 0 < rest.width < 5


def test_an_outage_within_a_run_keeps_its_width() -> None:
    """Ten minutes within an hour are part of the picture."""
    pace = _drawn([*_steady(1_800), *_steady(1_800, begun=BEGUN + 2_500)])
    assert (pace.rests, pace.seconds, pace.idle) == ((), 4_300, True)


@pytest.mark.parametrize(
    ("learned", "line", "top"), [(5.2, True, 6), (4.0, True, 5), (40.0, False, 5), (None, False, 5)]
)
def test_the_learned_rate_is_a_line_where_it_fits(
    learned: float | None, line: bool, top: float
) -> None:
    """Far above everything that was sent it would flatten all bars, so then only words tell it."""
    pace = _drawn(_steady(20), learned)
    assert (pace.learned_y is not None, pace.rates[0].value) == (line, top)


def test_a_lane_has_what_happened_and_when() -> None:
    """What never happened has none; a single one among many is still seen."""
    moments = _steady(20)
    moments[7] = Moment(BEGUN + 7, 5, 0, 40, 0)
    moments[9] = Moment(BEGUN + 9, 5, 0, 1, 0)
    (lane,) = _drawn(moments).lanes
    assert (lane.name, lane.total) == ("Turned away as too many (429, 503)", 41)
    assert [x for x, _, _ in lane.marks] == [35, 45]
    assert [height for _, _, height in lane.marks] == [22, 4]
