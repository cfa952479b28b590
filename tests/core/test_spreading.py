"""A line that is too long: how it could be spread over the three lines of an address."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.spreading import LINES, proposal, spread


@pytest.mark.parametrize(
    ("lines", "most", "expected"),
    [
        (("12 Sample Street", "Apt 4", ""), 20, ("12 Sample Street", "Apt 4")),
        (("12 Sample Street, Apt 4", "", ""), 20, ("12 Sample Street", "Apt 4")),
        (("12 Sample Street, Apt 4", "Rear", ""), 20, ("12 Sample Street", "Apt 4", "Rear")),
        (("Old Mill, 12 Sample Street, Apt 4", "Rear", "c/o X"), 20,
         ("Old Mill", "12 Sample Street", "Apt 4, Rear, c/o X")),
        (("12 Very Long Sample Street", "", ""), 20, ("12 Very Long Sample", "Street")),
        (("Sample House Apt 4", "", ""), 16, ("Sample House", "Apt 4")),
        (("Sample Houses PO Box 12", "", ""), 20, ("Sample Houses", "PO Box 12")),
        (("Sample Houses 5th Floor", "", ""), 17, ("Sample Houses", "5th Floor")),
        (("Musterstraße 12 Hinterhof", "", ""), 20, ("Musterstraße 12", "Hinterhof")),
        (("1,000 Sample St, Unit B", "", ""), 16, ("1,000 Sample St", "Unit B")),
        (("見本県見本市見本町、例示ビル５階", "", ""), 10, ("見本県見本市見本町", "例示ビル５階")),
        (("😀😀 😀😀", "", ""), 2, ("😀😀", "😀😀")),
        (("Sample Street, Apt 4,", ",", "Rear"), 15, ("Sample Street", "Apt 4", "Rear")),
        (("x" * 21, "", ""), 20, None),
        (("見本" * 8, "", ""), 10, None),
        (("aaaa bbbb cccc dddd", "", ""), 4, None),
        (("Suite 123456", "", ""), 10, None),
        (("x" * 5000, "", ""), 100, None),
        (("", "", ""), 100, ()),
        ((), 100, ()),
    ],
)  # fmt: skip
def test_lines_are_spread_where_a_person_would(
    lines: tuple[str, ...], most: int, expected: tuple[str, ...] | None
) -> None:
    """At the sheet's own breaks, then commas, then words; a unit keeps its number."""
    assert spread(lines, most) == expected


WORDS = st.text("ab1 ,#é😀", max_size=40)


@given(st.lists(WORDS, max_size=3), st.integers(1, 30))
def test_nothing_is_lost_but_separators(lines: list[str], most: int) -> None:
    """Every character stays, in order, and no line is too long."""
    better = spread(lines, most)
    if better is None:
        assert any(len(line) > most for line in lines)
        return
    assert len(better) <= len(LINES)
    assert all(0 < len(line) <= most for line in better)
    assert re.sub("[ ,]", "", "".join(better)) == re.sub("[ ,]", "", "".join(lines))


@given(st.lists(st.sampled_from(["Sample", "Street", "of", "12"]), min_size=1, max_size=30))
def test_plain_words_that_fit_three_lines_with_room_are_spread(words: list[str]) -> None:
    """Words without units can always be spread where each line has room for one word more."""
    line = " ".join(words)
    most = len(line) // 3 + len("Street ")
    assert spread((line, "", ""), most) is not None or "of 12" in line


def test_a_proposal_names_the_fields() -> None:
    """The person reads which cell gets what."""
    assert proposal(("12 Sample Street, Apt 4", "", ""), 20) == (
        "for example address_1: “12 Sample Street”, address_2: “Apt 4”"
    )


@pytest.mark.parametrize("line", ["12 Sample Street", "x" * 101])
def test_no_proposal_without_need_or_way(line: str) -> None:
    """Nothing is proposed where nothing is too long, or where it cannot be spread."""
    assert proposal((line, "", "")) == ""


@pytest.mark.parametrize("space", ["\x85", "\x1c", "\u2003", "\u2028"])
def test_white_space_of_any_kind_at_an_end_is_no_break(space: str) -> None:
    """A line that ends in it has nothing behind it to break before."""
    lines = ("x" * 101, "Apt", f"4{space}")
    assert spread(lines) is None
    assert spread(("12 Sample Street" + space, "", "")) == ("12 Sample Street",)
