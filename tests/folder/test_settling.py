"""A file has settled once it stood still for a while, by a clock that is handed in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.folder.settling import Look, Settling

FIRST = Look(10, 1_000, 1)
SETTLE = 5.0


def test_a_still_file_settles_whatever_its_own_time_says() -> None:
    """A time in the past is no proof, one in the future no hindrance: only our clock counts."""
    settling = Settling(SETTLE)
    looks = {"past.csv": Look(10, 0, 1), "future.csv": Look(10, 1 << 62, 2)}
    settling.see(looks, 100.0)
    assert not settling.settled(104.9)
    assert settling.next_at(100.0) == 105.0
    settling.see(looks, 105.0)
    assert list(settling.settled(105.0)) == ["past.csv", "future.csv"]


def test_growth_for_a_minute_is_waited_for() -> None:
    """Each change begins the time anew."""
    settling = Settling(SETTLE)
    for second in range(60):
        settling.see({"a.csv": Look(second, 1_000, 1)}, float(second))
        assert not settling.settled(float(second))
    assert not settling.settled(63.9)
    assert list(settling.settled(64.0)) == ["a.csv"]


def test_another_file_of_the_name_begins_anew() -> None:
    """A file that was replaced by one of the same size and time is another one."""
    settling = Settling(SETTLE)
    settling.see({"a.csv": FIRST}, 0.0)
    settling.see({"a.csv": Look(10, 1_000, 2)}, 4.0)
    assert not settling.settled(6.0)
    settling.see({}, 7.0)
    assert settling.unsettled == []


def test_what_is_not_whole_is_waited_for_but_not_for_ever() -> None:
    """A preallocated file stands still at its full size; after a minute it is taken as it is."""
    settling = Settling(SETTLE, patience_seconds=60)
    settling.see({"a.xlsx": FIRST}, 0.0)
    assert not settling.not_whole("a.xlsx", 5.0)
    assert not settling.settled(9.9)
    assert list(settling.settled(10.0)) == ["a.xlsx"]
    assert not settling.not_whole("a.xlsx", 58.0)
    assert list(settling.settled(60.0)) == ["a.xlsx"]
    assert settling.not_whole("a.xlsx", 60.0)


def test_a_pass_is_patient_with_what_is_not_whole() -> None:
    """It lasts until the minute is over, and is short where all stands still or is gone."""
    settling = Settling(SETTLE, patience_seconds=60)
    settling.see({"a.csv": FIRST}, 0.0)
    assert settling.patience_seconds == 2 * SETTLE
    settling.not_whole("a.csv", 5.0)
    assert settling.patience_seconds == 60 + 2 * SETTLE
    settling.see({}, 6.0)
    assert settling.patience_seconds == 2 * SETTLE


STEPS = st.lists(
    st.tuples(st.floats(0.01, 4.0), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=30
)


@given(STEPS)
def test_nothing_settles_that_moved_within_the_time(steps: list[tuple[float, int, int]]) -> None:
    """Whatever was seen when: a settled file was seen unchanged over the whole of it."""
    settling = Settling(SETTLE)
    now, since, before = 0.0, 0.0, None
    for wait, size, inode in steps:
        now += wait
        look = Look(size, 0, inode)
        since = since if look == before else now
        before = look
        settling.see({"a": look}, now)
        assert bool(settling.settled(now)) == (now >= since + SETTLE)
