"""What is kept of each second."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.reply import Answer, NoAnswer, judge
from pipeline.core.ticks import LATENCY_BANDS, Ticks

DONE = judge(Answer(200, b'{"success": true}'))
LATER = judge(Answer(429, b"{}"))
FAULT = judge(Answer(500, b""))
BUSY = judge(Answer(503, b""))
NOBODY = judge(NoAnswer(reached=False, what="no connection"))


def test_a_second_is_told_when_it_is_over() -> None:
    """The running second stays; each run has seconds of its own."""
    ticks = Ticks()
    ticks.tried(1, 100.2, DONE, 0.004, again=False)
    ticks.tried(1, 100.9, LATER, 0.03, again=False)
    ticks.tried(2, 100.9, FAULT, 60.0, again=True)
    ticks.tried(1, 101.0, DONE, 0.01, again=True)
    ended = ticks.ended(101.5)
    assert sorted(ended) == [(1, 100), (2, 100)]
    first, other = ended[1, 100], ended[2, 100]
    assert (first.sent, first.retried, first.throttled, first.failed) == (2, 0, 1, 0)
    assert (other.sent, other.retried, other.throttled, other.failed) == (1, 1, 0, 1)
    assert first.latency[0] == 1
    assert other.latency[-1] == 1
    assert list(ticks.rest()) == [(1, 101)]
    assert ticks.rest() == {}


@given(
    st.lists(
        st.tuples(
            st.floats(0, 10), st.sampled_from([DONE, LATER, FAULT, BUSY, NOBODY]), st.floats(0, 100)
        )
    )
)
def test_every_try_is_counted_once(tried: list[tuple[float, object, float]]) -> None:
    """Whatever comes when: all tries are there, and each has a latency in one band."""
    ticks = Ticks()
    for now, verdict, seconds in tried:
        ticks.tried(1, now, verdict, seconds, again=False)  # type: ignore[arg-type]  # of the list above
    all_of_them = [*ticks.ended(5.0).values(), *ticks.rest().values()]
    assert sum(tick.sent for tick in all_of_them) == len(tried)
    assert sum(sum(tick.latency) for tick in all_of_them) == len(tried)
    assert all(len(tick.latency) == len(LATENCY_BANDS) + 1 for tick in all_of_them)
    refused = sum(verdict in (LATER, BUSY) for _, verdict, _ in tried)
    assert sum(tick.throttled for tick in all_of_them) == refused
