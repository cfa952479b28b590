"""Which worksheet of a workbook is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipeline.core.errors import SheetError
from pipeline.job.choosing import SheetOptions, read_order_ids
from pipeline.ledger import Ledger
from pipeline.sheets import open_sheet
from tests.job.workbench import ADA, BO, HEAD, checked, write

ORDERS: list[list[Any]] = [HEAD.split(","), ["1", *ADA.split(","), "x"]]
OTHER: list[list[Any]] = [HEAD.split(","), ["2", *BO.split(","), "y"]]
NOTES: list[list[Any]] = [["Read me"], ["Nothing here is an order"]]


def workbook(
    folder: Path, sheets: Mapping[str, list[list[Any]]], hidden: tuple[str, ...] = ()
) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
        page.sheet_state = "hidden" if name in hidden else "visible"
    path = folder / "orders.xlsx"
    book.save(path)
    return path


def test_the_only_one_that_fits_is_read(ledger: Ledger, tmp_path: Path) -> None:
    """Notes beside it are ordinary."""
    found = checked(ledger, workbook(tmp_path, {"Notes": NOTES, "Orders": ORDERS}))
    assert found.plan.sheets[0].run.source.worksheet == "Orders"
    assert found.outcomes() == {2: "ready"}


def test_hidden_ones_do_not_count(ledger: Ledger, tmp_path: Path) -> None:
    """A hidden copy is no second candidate."""
    path = workbook(tmp_path, {"Old": OTHER, "Orders": ORDERS}, hidden=("Old",))
    assert checked(ledger, path).rows[2]["order_id"] == "1"


def test_two_that_fit_are_a_question(ledger: Ledger, tmp_path: Path) -> None:
    """A file error names them, and --worksheet decides."""
    path = workbook(tmp_path, {"Monday": ORDERS, "Tuesday": OTHER})
    with pytest.raises(SheetError, match=r'"Monday", "Tuesday".*--worksheet'):
        checked(ledger, path)
    found = checked(ledger, path, sheet_options=SheetOptions(worksheet="Tuesday"))
    assert found.rows[2]["order_id"] == "2"


def test_none_that_fits_and_a_wrong_name_say_what_there_is(ledger: Ledger, tmp_path: Path) -> None:
    """The sentence lists the worksheets."""
    path = workbook(tmp_path, {"Notes": NOTES, "More": NOTES})
    with pytest.raises(SheetError, match="Notes"):
        checked(ledger, path)
    with pytest.raises(SheetError, match=r"has no worksheet 'Mondy'.*Notes"):
        checked(ledger, path, sheet_options=SheetOptions(worksheet="Mondy"))


def test_a_text_file_has_no_worksheets(ledger: Ledger, tmp_path: Path) -> None:
    """Naming one is a mistake in the call, and the sentence says what to leave out."""
    with pytest.raises(SheetError, match="leave --worksheet out"):
        checked(
            ledger,
            write(tmp_path, HEAD, f"1,{ADA},x"),
            sheet_options=SheetOptions(worksheet="Orders"),
        )


def test_what_excel_made_of_a_cell_survives_the_way_back(ledger: Ledger, tmp_path: Path) -> None:
    """A results workbook fed back has the same cells; a number that lost its zero is repaired."""
    head, row = HEAD.split(","), ["2", *BO.split(","), "y"]
    row[head.index("zip_postal_code")] = 2134  # type: ignore[call-overload]  # a number, as Excel has
    found = checked(ledger, workbook(tmp_path, {"Orders": [head, row]}))
    assert found.rows[2]["repairs"] == "zip_postal_code: 2134 → 02134"
    assert found.rows[2]["zip_postal_code"] == "2134"


def test_merged_headings_survive_the_way_back(ledger: Ledger, tmp_path: Path) -> None:
    """Results have no merged cells; their headings say what those had said."""
    place = ["Street", "City", "State", "ZIP", "Country"]
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(["Order ID", "Shipping", *[""] * 6, "Billing", *[""] * 4, "Notes"])
    page.append(["", "First name", "Last name", *place, *place])
    page.append(["1", *ADA.split(","), *BO.split(",")[2:], "left", "right"])
    for merged in ("A1:A2", "B1:H1", "I1:M1", "N1:O2"):
        page.merge_cells(merged)
    path = tmp_path / "orders.xlsx"
    book.save(path)
    found = checked(ledger, path)
    assert found.outcomes() == {3: "ready"}
    row = found.rows[3]
    assert (row["Shipping City"], row["Billing City"]) == ("Austin", "Boston")
    assert (row["Notes"], row["Notes (O)"]) == ("left", "right")
    again = checked(ledger, tmp_path / "orders.check.csv")
    mapped = [each.plan.sheets[0].run.mapping for each in (found, again)]
    assert {**mapped[0], "of_results": True} == mapped[1]
    assert again.outcomes() == {3: "ready"}


def test_order_ids_come_from_any_sheet_that_pairs_them(tmp_path: Path) -> None:
    """The first visible worksheet with both columns; a sheet without them says so."""
    pairs = [["order_po", "order_id"], ["1001", "4100001"]]
    with open_sheet(workbook(tmp_path, {"Notes": NOTES, "Ids": pairs})) as sheet:
        assert read_order_ids(sheet).find("#1001") == 4100001
    with (
        open_sheet(write(tmp_path, "a,b", "1,2")) as sheet,
        pytest.raises(SheetError, match="--ids"),
    ):
        read_order_ids(sheet)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('#1002,"4100002', "row 3: "),
        ("#1002,note,4100002", "row 3 has more cells than there are headings"),
    ],
)
def test_a_doubtful_line_of_an_ids_sheet_refuses_it(tmp_path: Path, line: str, words: str) -> None:
    """An id beside the wrong number would change another order, so nothing is read around it."""
    path = write(tmp_path, "order_po,order_id", "#1001,4100001", line, "#1003,4100003")
    with open_sheet(path) as sheet, pytest.raises(SheetError, match=words) as error:
        read_order_ids(sheet)
    assert str(error.value).startswith("orders.csv (--ids): ")


def test_headings_with_a_broken_quote_refuse_the_sheet(ledger: Ledger, tmp_path: Path) -> None:
    """Where a heading ends is uncertain, and so is every column behind it."""
    head = HEAD.replace("note", '"no"te')
    with pytest.raises(SheetError, match="the row of headings, row 1"):
        checked(ledger, write(tmp_path, head, f"1,{ADA},x"))


def test_headings_that_come_again_are_no_row(ledger: Ledger, tmp_path: Path) -> None:
    """Pages of an export pasted together; the line comes back as it was."""
    again = HEAD.upper().replace(",", " ,")
    found = checked(ledger, write(tmp_path, HEAD, f"1,{ADA},x", again, f"2,{BO},y"))
    assert found.outcomes() == {2: "ready", 4: "ready"}
    assert found.lines[2][0] == "ORDER_ID "
