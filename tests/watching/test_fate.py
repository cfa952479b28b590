"""What becomes of a sheet by how its process ended."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.outcome import ExitCode, Outcome
from pipeline.watching.fate import (
    MOST_CRASHES,
    MOST_STARTS,
    MOST_STOPS,
    Fate,
    SheetTask,
    Tries,
    fate_of,
    too_often,
)
from pipeline.watching.told import Told, Work

NEW = Tries()


def _told(code: int, *, began: bool = True, **outcomes: int) -> Told:
    summary = {"outcomes": {**dict.fromkeys(map(str, Outcome), 0), **outcomes}, "runs": []}
    return Told(code, "Said.", began=began, beside=("a.results.xlsx",), summary=summary)


@pytest.mark.parametrize(
    ("told", "tries", "place", "wait"),
    [
        (_told(0, updated=3), NEW, "done", ""),
        (_told(1, updated=3, invalid=1), NEW, "needs-attention", ""),
        (_told(2), NEW, "needs-attention", ""),
        (_told(2, began=False), NEW, None, "start"),
        (_told(3), NEW, "needs-attention", ""),
        (_told(4, began=False), NEW, None, "start"),
        (_told(4), NEW, None, "api"),
        (_told(5), Tries(stops=MOST_STOPS - 1), None, "api"),
        (_told(5), Tries(stops=MOST_STOPS), "needs-attention", ""),
        (_told(6), NEW, None, "busy"),
        (Told(70), NEW, None, ""),
        (Told(70), Tries(crashes=MOST_CRASHES - 1), "needs-attention", ""),
        (Told(-9), Tries(crashes=MOST_CRASHES - 1), "needs-attention", ""),
        (Told(0), Tries(crashes=MOST_CRASHES - 1), "needs-attention", ""),
        (_told(130), NEW, None, "stopped"),
        (_told(143), Tries(3, 1, 3), None, "stopped"),
    ],
)
def test_where_a_sheet_goes(told: Told, tries: Tries, place: str | None, wait: str) -> None:
    """The code decides; what is not the sheet's fault does not move it."""
    fate = fate_of("apply", told, tries)
    assert (fate.place, fate.wait) == (place, wait)


def test_rows_that_waited_before_are_no_news() -> None:
    """With ``--fail-on new`` the sheet still goes to needs-attention, but nobody is told again."""
    again = fate_of("apply", _told(0, updated=3, invalid=1), NEW)
    assert (again.place, again.news) == ("needs-attention", False)
    assert fate_of("apply", _told(1, updated=3, invalid=1), NEW).news


def test_a_preview_waits_unless_there_is_nothing_to_say_yes_to() -> None:
    """A check whose orders are all confirmed already goes on to its results."""
    ready = _told(0)
    assert fate_of("check", ready, NEW).task == "approved"
    waits = Told(1, began=True, to_send=2, beside=("a.check.xlsx",), summary=ready.summary)
    assert fate_of("check", waits, NEW).place == "to-approve"
    unwritten = Told(0, began=True, to_send=2, summary=ready.summary)
    assert fate_of("check", unwritten, NEW).place == "needs-attention"


def test_another_plan_is_shown_anew() -> None:
    """What is not what was shown is checked again, and nothing is counted against the sheet."""
    told = Told(2, "Changed.", began=True, preview=True)
    assert fate_of("approved", told, NEW) == Fate(task="check", note="Changed.")


@given(
    st.sampled_from(get_args(SheetTask)),
    st.sampled_from([*map(int, ExitCode), -9, -11, 1000]),
    st.booleans(),
)
def test_no_sheet_is_tried_for_ever(task: SheetTask, code: int, began: bool) -> None:
    """Whatever it is: after a bounded number of tries it is put away, or it is not its fault."""
    tries = NEW
    for _ in range(10):
        fate = fate_of(task, _told(code, began=began), tries)
        if fate.place or fate.task or fate.wait in ("busy", "start", "stopped"):
            return
        assert fate.count
        tries = Tries(
            0, tries.crashes + (fate.count == "crashes"), tries.stops + (fate.count == "stops")
        )
    pytest.fail("it was tried ten times")


def test_work_that_never_ends_is_begun_a_bounded_number_of_times() -> None:
    """Where the machine dies with it each time, nobody hears how it ended."""
    assert too_often(Tries(starts=MOST_STARTS - 1)) is None
    fate = too_often(Tries(starts=MOST_STARTS))
    assert fate is not None
    assert fate.place == "needs-attention"


def test_what_is_told_is_read_back() -> None:
    """Both lines survive; a process that died told nothing, or half of it."""
    work = Work("apply", "a.csv", "out", {"live": True, "maps": ["a=b"]}, 7)
    assert Work.of_line(work.as_line()) == work
    told = Told(1, "é", began=True, beside=("a", "b"), summary={"outcomes": {"updated": 2}})
    assert Told.of_output(1, told.as_line()) == told
    assert Told.of_output(-9, told.as_line()[:20]) == Told(-9)
    assert Told.of_output(70, told.as_line()) == Told(70)
    assert Told.of_output(0, b"[1]") == Told(0)
