"""Corners of the law that no simulated server leads into."""

from __future__ import annotations

import math

from pipeline.core.learning import Learning


def sent(law: Learning, begin: float, count: int, *, answered: bool = True) -> float:
    """Send evenly at the pace of the law; give the moment after the last."""
    now = begin
    for _ in range(count):
        law.admitted(now, busy=True)
        if answered:
            law.answered(now, now + 0.05)
        now += 1 / law.rate
    return now


def test_nothing_rises_before_the_first_answer() -> None:
    """A server that never answers is not sent more and more."""
    law = Learning(5, 1000)
    sent(law, 0.0, 50, answered=False)
    assert law.rate == 5


def test_a_pace_that_is_not_used_does_not_rise() -> None:
    """Where the work comes slower than the pace allows, the pace proves nothing."""
    law = Learning(5, 1000)
    for second in range(50):
        law.admitted(float(second), busy=False)
        law.answered(float(second), second + 0.05)
    assert law.rate == 5


def test_a_complaint_about_a_forgotten_request_is_taken_all_the_same() -> None:
    """An answer that comes thousands of requests late still slows the pace."""
    law = Learning(50, 100)
    now = sent(law, 0.0, 3000)
    law.refused(0.0, now)
    assert math.isfinite(law.rate)
    assert 0 < law.rate < 100


def test_two_openings_in_a_row_measure_nothing() -> None:
    """Between them too little was let in to tell a limit from."""
    law = Learning(10, 100)
    now = sent(law, 0.0, 20)
    law.refused(now - 0.01, now)
    for _ in range(2):
        law.closed(now, 0.0)
        law.admitted(now + 0.1, busy=True)
        law.opened(now + 0.1, at_once=False)
        now += 0.2
    assert law.learned is None


def test_an_earlier_limit_is_kept_only_when_it_was_confirmed() -> None:
    """A few orders at a known rate say nothing new; many at it say that it still holds."""
    law = Learning(5, 100, known=40)
    now = sent(law, 0.0, 20)
    assert law.learned is None
    sent(law, now, 100)
    assert law.learned == 40


def test_a_lower_ceiling_does_not_unlearn_a_limit() -> None:
    """A run below a limit that it knows keeps it as it was."""
    law = Learning(5, 10, known=40)
    sent(law, 0.0, 200)
    assert law.rate == 10
    assert law.learned is None
