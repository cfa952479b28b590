"""How numbers, times and lists read to a person."""

from __future__ import annotations

from datetime import datetime

import pytest

from pipeline.cli.words import about, clock_time, counted, filled, table
from pipeline.core.row_words import named_rows


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 orders"), (1, "1 order"), (3871, "3,871 orders")]
)
def test_things_are_counted(number: int, words: str) -> None:
    """One is singular, and thousands have their comma."""
    assert counted(number, "order") == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 s"),
        (20.4, "20 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (774, "13 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations_read_as_people_say_them(seconds: float, words: str) -> None:
    """Nobody says 774 seconds."""
    assert about(seconds) == words


def test_a_time_on_another_day_names_the_day() -> None:
    """Done by 13:44 must not be tomorrow's."""
    now = datetime(2026, 11, 23, 23, 50)  # noqa: DTZ001  # a wall clock is what people read
    assert clock_time(now) == "23:50"
    assert clock_time(now, 1200) == "Tue 00:10"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([14], "row 14"),
        ([14, 77, 102], "rows 14, 77, 102"),
        ([14, 77, 102, *range(200, 255)], "rows 14, 77, 102 and 55 more"),
    ],
)
def test_rows_are_named_by_the_first_few(rows: list[int], words: str) -> None:
    """Three are enough to look at; the rest is counted."""
    assert named_rows(rows) == words


def test_parts_fill_lines_and_none_is_broken() -> None:
    """A terminal of 80 columns shows whole pairs of heading and field."""
    assert filled(["aaaa", "bbbb", "cc", "d" * 30], 12) == ["aaaa   bbbb", "cc", "d" * 30]
    assert filled([], 12) == []


def test_numbers_stand_right_aligned() -> None:
    """Numbers first, then words."""
    lines = table([("3,871", "will be sent", "about 13 min"), ("12", "put back", "")])
    assert lines == ["  3,871  will be sent   about 13 min", "     12  put back"]
    assert table([]) == []
