"""Headings of a results sheet, the way back from them, and names of results files."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.results import (
    FOLDED_COLUMNS,
    RESULT_COLUMNS,
    HeadingLine,
    PlainLine,
    ResultRow,
    padded,
    results_headings,
    results_name,
    strip_own_columns,
)

some_heading = (
    st.sampled_from([*RESULT_COLUMNS, "Success", " ROW ", "zip", "", "row (sheet)", "x (sheet)"])
    | st.text(max_size=6)
    | st.builds("{} (sheet)".format, st.sampled_from(RESULT_COLUMNS))
)
some_headings = st.lists(some_heading, max_size=6).map(tuple)


def a_row(cells: tuple[str, ...] = ("1000001", "Ada")) -> ResultRow:
    return ResultRow(
        row=4,
        cells=cells,
        success=True,
        reference_id="0f3c",
        outcome="updated",
        next_step="nothing",
        reason="because",
        repairs="zip: 1 → 01",
        warnings="phone: odd",
        http_status=200,
        attempts=2,
        sent_at="2026-11-23T22:41:07Z",
        run_id="20261123-k3f9q2",
    )


def test_our_values_stand_in_the_order_of_our_columns() -> None:
    """Each value of a row is the one that its column names."""
    row = a_row()
    assert {name: getattr(row, name) for name in RESULT_COLUMNS} == dict(
        zip(RESULT_COLUMNS, row.ours(), strict=True)
    )


def test_the_folded_columns_are_the_technical_ones() -> None:
    """The last five columns are those that Excel folds away."""
    folded = ("http_status", "attempts", "sent_at", "row", "run_id")
    assert folded == RESULT_COLUMNS[-FOLDED_COLUMNS:]


def test_no_line_shows_an_address() -> None:
    """Neither cells nor texts that quote them are in a line's repr."""
    lines = (a_row(("Zebedee",)), PlainLine(1, ("Zebedee",)))
    assert not any("Zebedee" in repr(line) or "→" in repr(line) for line in lines)


@pytest.mark.parametrize(
    ("heading", "shown"),
    [
        ("Success", "Success (sheet)"),
        ("row", "row (sheet)"),
        (" RUN_ID ", " RUN_ID  (sheet)"),
        ("success (sheet)", "success (sheet) (sheet)"),
        ("Zip", "Zip"),
        ("rows", "rows"),
        ("notes (sheet)", "notes (sheet)"),
        ("", ""),
    ],
)
def test_a_users_column_of_our_name_is_renamed(heading: str, shown: str) -> None:
    """A user's heading that is one of ours, case aside, gets a mark behind it; others keep."""
    assert (shown, "", *RESULT_COLUMNS) == results_headings((heading,), 2)


@given(some_headings, st.integers(0, 3))
def test_headings_come_back_as_they_were(headings: tuple[str, ...], spare: int) -> None:
    """Stripping our columns from a results sheet gives the source's headings again."""
    shown = results_headings(headings, len(headings) + spare)
    own = strip_own_columns(shown)
    assert own is not None
    end = len(headings)
    while end and not headings[end - 1]:
        end -= 1
    assert headings[:end] == own.headings
    assert tuple(shown[own.ours[name]] for name in RESULT_COLUMNS) == RESULT_COLUMNS
    lowered = [name.strip().casefold() for name in shown]
    assert all(lowered.count(name) == 1 for name in RESULT_COLUMNS)


NAMING = ("row", "run_id")


@given(st.sets(st.sampled_from(RESULT_COLUMNS)), st.permutations(RESULT_COLUMNS))
def test_a_sheet_is_ours_by_the_row_it_names_and_three_more_columns(
    lost: set[str], order: list[str]
) -> None:
    """People delete and move our columns; without ``run_id`` and ``row`` nobody knows the row."""
    there = [name for name in order if name not in lost]
    own = strip_own_columns(["Zip", *there])
    if lost.isdisjoint(NAMING) and len(there) >= 5:
        assert own is not None
        assert own.headings == ("Zip",)
        assert own.cell("row", ["Boston", *map(str.upper, there)]) == "ROW"
        assert own.are_headings(["Zip", *there])
        assert not own.are_headings(["Zip"])
    else:
        assert own is None


def test_a_column_that_was_deleted_has_no_cells() -> None:
    """Asked for, it gives nothing."""
    own = strip_own_columns([name for name in RESULT_COLUMNS if name != "outcome"])
    assert own is not None
    assert own.cell("outcome", ["x"] * 12) == ""


def test_our_columns_are_found_wherever_they_were_moved() -> None:
    """Columns may have been moved, retyped in capitals and added to; cells follow their columns."""
    shown = [name.upper() for name in RESULT_COLUMNS]
    own = strip_own_columns([*shown[:6], "Zip", *shown[6:], "Note"])
    assert own is not None
    assert own.headings == ("Zip", "Note")
    assert 6 not in own.ours.values()
    cells = [str(number) for number in range(14)]
    assert own.source_cells(cells) == ("6", "13")
    assert own.source_cells(cells[:9]) == ("6",)
    assert own.source_cells([]) == ()


def test_of_two_columns_of_our_name_the_last_is_ours() -> None:
    """A column that somebody put in front under one of our names is theirs."""
    own = strip_own_columns(["reason", "Zip", *RESULT_COLUMNS])
    assert own is not None
    assert own.headings == ("reason", "Zip")
    assert own.ours["reason"] == 6


def test_surplus_cells_stay_beyond_the_headings() -> None:
    """A cell without a heading is never shifted under one, on either side of our columns."""
    own = strip_own_columns(results_headings(("Order", "Zip", "City"), 4))
    assert own is not None
    ours = ("",) * len(RESULT_COLUMNS)
    assert own.source_cells(("1", "2", "", "4", *ours)) == ("1", "2", "", "4")
    assert own.source_cells(("1", "", "", "", *ours, "late")) == ("1", "", "", "late")
    assert own.source_cells(("1", "2", "", "", *ours, "", "")) == ("1", "2")


def test_padding_never_cuts() -> None:
    """Cells are filled up to the width; more of them than that is an error, not a loss."""
    assert padded(("a",), 3) == ("a", "", "")
    with pytest.raises(ValueError, match="2 cells"):
        padded(("a", "b"), 1)
    with pytest.raises(ValueError, match="2 cells"):
        results_headings(HeadingLine(1, ("a", "b")).cells, 1)


@pytest.mark.parametrize(
    ("source", "kind", "suffix", "name"),
    [
        ("orders.xlsx", "xlsx", "results", "orders.results.xlsx"),
        ("orders.xlsx", "xlsx", "check", "orders.check.xlsx"),
        ("orders.csv", "csv", "results", "orders.results.csv"),
        ("orders.csv", "xlsx", "results", "orders.results.xlsx"),
        ("orders.xlsm", "xlsx", "results", "orders.results.xlsx"),
        ("orders.xlsx", "csv", "results", "orders.results.csv"),
        ("orders.tsv", "csv", "results", "orders.results.tsv"),
        ("orders.txt", "csv", "check", "orders.check.txt"),
        ("ORDERS.CSV", "csv", "results", "ORDERS.results.CSV"),
        ("orders", "csv", "results", "orders.results.csv"),
        ("orders.2026.csv", "csv", "results", "orders.2026.results.csv"),
        ("x.results.xlsx", "xlsx", "results", "x.results (2).xlsx"),
        ("x.results (2).xlsx", "xlsx", "results", "x.results (3).xlsx"),
        ("x.Results (9).xlsx", "xlsx", "results", "x.Results (10).xlsx"),
        ("x.results.csv", "xlsx", "results", "x.results (2).xlsx"),
        ("x.check.xlsx", "xlsx", "check", "x.check (2).xlsx"),
        ("x.check.xlsx", "xlsx", "results", "x.check.results.xlsx"),
        ("orders (2).xlsx", "xlsx", "results", "orders (2).results.xlsx"),
    ],
)
def test_results_are_named_after_their_source(
    source: str, kind: Literal["csv", "xlsx"], suffix: Literal["results", "check"], name: str
) -> None:
    """NAME.EXT gives NAME.results.EXT, and results of results count up instead of replacing."""
    assert name == results_name(source, kind, suffix)
    assert source != name
