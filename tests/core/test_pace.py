"""The gate's law, with a clock that the test turns."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.pace import CUT, LEAST_PER_SECOND, Pace


def admissions(pace: Pace, moments: list[float]) -> list[float]:
    """Ask at each moment, wait as told, and give when each attempt was admitted."""
    admitted, now = [], 0.0
    for moment in moments:
        now = max(now, moment)
        while (wait := pace.wait_seconds(now)) > 0:
            now += wait
        pace.admit(now)
        admitted.append(now)
    return admitted


def test_attempts_are_spaced_evenly_from_the_first_on() -> None:
    """There is no burst at the start."""
    assert admissions(Pace(5, 20), [0.0] * 4) == [0.0, 0.2, 0.4, 0.6000000000000001]


def test_the_start_pace_never_exceeds_the_ceiling() -> None:
    """A ceiling below the start pace holds from the first attempt on."""
    assert Pace(5, 2).per_second == 2


def test_a_pause_is_not_followed_by_a_burst() -> None:
    """At most one missed slot is made up."""
    pace = Pace(10, 10)
    admitted = admissions(pace, [0.0, 5.0, 5.0, 5.0])
    assert [round(moment, 6) for moment in admitted] == [0.0, 5.0, 5.0, 5.1]


@given(
    st.floats(0.5, 200),
    st.lists(st.floats(0, 3), min_size=1, max_size=60),
)
def test_no_second_has_more_than_the_ceiling_and_one(rate: float, gaps: list[float]) -> None:
    """No window of one second holds more than the ceiling plus one admissions."""
    moments = [sum(gaps[:i]) / 10 for i in range(len(gaps))]
    admitted = admissions(Pace(rate, rate), moments)
    for start in admitted:
        in_window = sum(start <= moment < start + 1 - 1e-6 for moment in admitted)
        assert in_window <= math.ceil(rate) + 1


def test_a_complaint_slows_and_good_answers_bring_back() -> None:
    """After a cut the pace creeps back to where it started, and no further."""
    pace = Pace(10, 50)
    pace.complained(admitted_at=1.0, now=1.1)
    assert pace.per_second == 10 * CUT
    for _ in range(1000):
        pace.answered()
    assert pace.per_second == 10


def test_complaints_about_older_requests_are_the_same_complaint() -> None:
    """Sixteen refusals of requests that were on their way cut once."""
    pace = Pace(10, 10)
    pace.complained(admitted_at=1.0, now=1.1)
    for _ in range(16):
        pace.complained(admitted_at=1.05, now=1.2)
    assert pace.per_second == 10 * CUT


def test_the_pace_never_dies() -> None:
    """However often the server complains, something still goes."""
    pace = Pace(10, 10)
    for second in range(100):
        pace.complained(admitted_at=second, now=second)
    assert pace.per_second == LEAST_PER_SECOND


def test_a_shut_gate_holds_even_without_pacing() -> None:
    """Retry-After counts on loopback too."""
    pace = Pace(5, 0)
    assert pace.wait_seconds(0.0) == 0
    pace.shut(7.0)
    assert pace.wait_seconds(0.0) == 7.0
    pace.shut(3.0)
    assert pace.wait_seconds(0.0) == 7.0
    assert pace.per_second == math.inf
