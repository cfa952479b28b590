"""The columns of a further worksheet of results are laid over those of the main one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import SheetError
from pipeline.core.mapping import SheetMapping, map_sheet
from pipeline.core.records import OddCell, Record
from pipeline.core.results import RESULT_COLUMNS, results_headings, strip_own_columns
from pipeline.job.choosing import SheetOptions
from pipeline.job.ids import read_numbers
from pipeline.job.own_worksheets import Further, Looked, further_of, main_first, with_columns_of
from pipeline.sheets import open_sheet
from tests.job.workbench import HEAD

FIELDS = HEAD.split(",")[:-1]
THEIRS = (*FIELDS, "note", "Note", "mine")


def _mapped(headings: Record) -> SheetMapping:
    return map_sheet([headings], source="x", columns={}, flags={}, ids_given=False)


def looked(name: str, headings: Sequence[str]) -> tuple[Looked, SheetMapping]:
    own = strip_own_columns(headings)
    assert own is not None
    record = Record(1, own.headings)
    return Looked(name, [record, record], own), _mapped(record)


def laid(main: Sequence[str], other: Sequence[str]) -> tuple[Looked, Further]:
    """Lay one worksheet over another; both are given by their headings."""
    first, _ = looked("Orders", main)
    second, theirs = looked("To fix", other)
    wide = with_columns_of(first, [(second.headings, theirs)])
    assert wide.own is not None
    mapping = _mapped(Record(1, wide.own.headings))
    return wide, further_of("x", wide, mapping, second, theirs)


@given(st.permutations(THEIRS), st.permutations([*THEIRS, "more", *RESULT_COLUMNS]))
def test_cells_follow_their_headings(main: list[str], other: list[str]) -> None:
    """Wherever columns were moved to; of two alike the first is the first, a new one comes last."""
    wide, further = laid(results_headings(tuple(main), len(main)), other)
    named = [heading for heading in other if heading not in RESULT_COLUMNS]
    row = Record(7, tuple(f"<{h}>" for h in named), {named.index("city"): OddCell("date")})
    found = further.laid_over(row)
    shown = dict(zip(wide.headings, found.cells, strict=True))
    alike = {"note", "Note"}
    assert {h: shown[h] for h in shown if h not in alike} == {
        h: f"<{h}>" for h in named if h not in alike
    }
    first = [[h for h in order if h in alike] for order in (wide.headings, named)]
    assert [shown[h] for h in first[0]] == [f"<{h}>" for h in first[1]]
    assert set(found.odd or ()) == {wide.headings.index("city")}
    assert found.row == 7


def test_a_column_that_only_the_main_worksheet_has_keeps_its_cells() -> None:
    """And a cell beyond the headings stays beyond them, for it is an error of the row."""
    fewer = [*(h for h in THEIRS if h != "Note"), *RESULT_COLUMNS]
    wide, further = laid(results_headings(THEIRS, len(THEIRS)), fewer)
    width = len(THEIRS)
    at = wide.headings.index("Note")
    main = Record(9, tuple("m" * width), {at: OddCell("error"), 0: OddCell("date")})
    edited = further.laid_over(Record(3, (*"e" * (width - 1), "surplus")))
    found = further.instead_of(main, edited)
    assert found.row == 9
    assert found.cells == (*("m" if i == at else "e" for i in range(width)), "surplus")
    assert set(found.odd or ()) == {at}


def test_a_cell_beyond_the_main_headings_gets_no_heading() -> None:
    """Then a column that was added elsewhere is left out, or a surplus cell would be none."""
    wide, _ = looked("Orders", results_headings(THEIRS, len(THEIRS) + 1))
    other, theirs = looked("To fix", [*THEIRS, "more", *RESULT_COLUMNS])
    assert with_columns_of(wide, [(other.headings, theirs)]) is wide


def test_an_address_column_must_be_in_both() -> None:
    """The sentence names it and both worksheets."""
    with pytest.raises(SheetError, match=r'"Orders" and "To fix".*\(phone in one'):
        laid(results_headings(THEIRS, len(THEIRS)), [*THEIRS, "phone", *RESULT_COLUMNS])


@pytest.mark.parametrize(
    ("names", "first"),
    [
        (["To fix", "Orders", "Backup"], "Orders"),
        (["To fix", "To fix (2)"], "To fix"),
        (["TO FIX today", "x"], "x"),
    ],
)
def test_the_main_worksheet_is_the_first_that_is_no_to_fix(names: list[str], first: str) -> None:
    """Whatever its place; if all are called so, the first of all."""
    assert main_first([Looked(name, [], None) for name in names])[0].worksheet == first


def test_po_numbers_are_asked_of_all_worksheets_of_results(tmp_path: Path) -> None:
    """A number that was corrected in To fix is asked for as well."""
    book = openpyxl.Workbook()
    head = ["order_po", "first_name", *RESULT_COLUMNS]
    for name, numbers in (("To fix", ["B-2"]), ("Orders", ["A-1", "B-1"])):
        page = book.create_sheet(name)
        page.append(head)
        for number in numbers:
            page.append([number, "Ada"])
    path = tmp_path / "a.results.xlsx"
    book.save(path)
    with open_sheet(path) as sheet:
        assert read_numbers(sheet, SheetOptions()).numbers == ("A-1", "B-1", "B-2")
    book.create_sheet("More").append(["order_po"])
    book["More"].append(["C-1"])
    book.save(path)
    with open_sheet(path) as sheet, pytest.raises(SheetError, match="several worksheets"):
        read_numbers(sheet, SheetOptions())
