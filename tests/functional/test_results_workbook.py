"""The results workbook of a real run: each row keeps its own outcome, whatever came first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.functional.command import COLUMNS, Place, order
from tests.functional.conftest import Call
from tests.stub_api import behaviours as api
from tests.stub_api.replies import Late
from tests.stub_api.server import StubApi

ROWS: dict[int, dict[str, str]] = {
    # A title in row 1, headings in row 3, blank rows between; row 20 is under a gap.
    4: order(101),
    5: order(102, last_name=""),
    6: order(103, zip_postal_code="2134"),
    9: order(104),
    10: order(101),
    11: order(105, city="Austin"),
    12: order(105, city="Dallas"),
    13: order(106),
    14: order(107),
    20: order(108),
}
OUTCOMES = {
    4: "updated",
    5: "invalid",
    6: "updated",
    9: "rejected",
    10: "updated",
    11: "conflict",
    12: "conflict",
    13: "rejected",
    14: "updated",
    20: "updated",
}


@pytest.fixture
def sheet(place: Place) -> Path:
    """Write the sheet."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page["A1"] = "Week 47"
    for column, name in enumerate(COLUMNS, start=1):
        page.cell(3, column, name)
        for row, cells in ROWS.items():
            page.cell(row, column, cells[name])
    book.save(place.work / "orders.xlsx")
    return place.work / "orders.xlsx"


def _late(seconds: float, step: api.Behaviour) -> api.Behaviour:
    return lambda seen: Late(seconds, step(seen))


def _server() -> StubApi:
    """The first orders are answered last."""
    slow = {101: _late(0.3, api.ok), 104: _late(0.2, api.not_found_order)}
    return StubApi(api.by_order({**slow, 106: api.modelstate_400}))


def _table(page: Any, heading_row: int) -> dict[int, dict[str, Any]]:
    headings = [cell.value for cell in page[heading_row]]
    rows = page.iter_rows(min_row=heading_row + 1)
    cells = {row[0].row: dict(zip(headings, row, strict=True)) for row in rows}
    return {at: row for at, row in cells.items() if row["run_id"].value}


def test_each_row_keeps_its_own_outcome(place: Place, call: Call, sheet: Path) -> None:
    """Joined by row, never by position or by who was answered first; duplicates share."""
    with _server() as stub:
        ended = call("apply", sheet.name, "--base-url", stub.url, "--max-rate", "0")
        told = {put.order_id for put in stub.puts()}
    assert (ended.code, told) == (1, {101, 103, 104, 106, 107, 108})
    book = openpyxl.load_workbook(place.work / "orders.results.xlsx")
    assert book.sheetnames == ["Sheet", "To fix", "Summary"]
    main = _table(book["Sheet"], 3)
    assert {at: row["outcome"].value for at, row in main.items()} == OUTCOMES
    assert {at: row["row"].value for at, row in main.items()} == {at: at for at in ROWS}
    assert {at: row["order_id"].value for at, row in main.items()} == {
        at: row["order_id"] for at, row in ROWS.items()
    }
    assert main[4]["reference_id"].value == main[10]["reference_id"].value
    fixing = _table(book["To fix"], 1)
    assert [row["row"].value for row in fixing.values()] == [5, 9, 11, 12, 13]
    for row in fixing.values():
        same = main[row["row"].value]
        assert {name: cell.value for name, cell in row.items()} == {
            name: cell.value for name, cell in same.items()
        }


def test_comments_are_on_the_cells_that_reason_is_about(
    place: Place, call: Call, sheet: Path
) -> None:
    """An empty name, a ZIP that the API refused, two rows that contradict; a repaired ZIP."""
    with _server() as stub:
        call("apply", sheet.name, "--base-url", stub.url, "--max-rate", "0")
    main = _table(openpyxl.load_workbook(place.work / "orders.results.xlsx")["Sheet"], 3)
    told = {
        (at, name): cell.comment.text
        for at, row in main.items()
        for name, cell in row.items()
        if cell.comment
    }
    assert told[6, "zip_postal_code"] == "Repaired: 2134 → 02134"
    for (at, name), text in told.items():
        if at != 6:
            assert text == f"To fix: {main[at]['reason'].value}", name
    assert set(told) - {(6, "zip_postal_code")} >= {
        (5, "last_name"),
        (11, "order_id"),
        (12, "order_id"),
        (13, "zip_postal_code"),
    }


def test_the_summary_of_a_run_and_of_its_check(place: Place, call: Call, sheet: Path) -> None:
    """Counts, the banner, and for a check what would be sent."""
    assert call("check", sheet.name).code == 1
    with _server() as stub:
        call("apply", sheet.name, "--base-url", stub.url, "--max-rate", "0")
    told = {}
    for name in ("check", "results"):
        page = openpyxl.load_workbook(place.work / f"orders.{name}.xlsx")["Summary"]
        lines = [[cell.value for cell in row if cell.value is not None] for row in page]
        told[name] = [line for line in lines if line]
    assert told["check"][2] == ["CHECK: nothing was sent"]
    assert ["ready", 7, 6] in [line[:3] for line in told["check"]]
    assert str(told["results"][2][0]).startswith("CUSTOM HOST 127.0.0.1")
    assert ["updated", 5, 4] in [line[:3] for line in told["results"]]
    assert ["All", 10, 8] in told["results"]


def test_results_written_again_are_the_same_bytes(place: Place, call: Call, sheet: Path) -> None:
    """From the ledger at any later time."""
    with _server() as stub:
        ended = call("apply", sheet.name, "--base-url", stub.url, "--max-rate", "0", "--json")
    run_id = ended.json["runs"][0]["run_id"]
    assert call("results", run_id, "-o", "again.xlsx").code == 0
    first = (place.work / "orders.results.xlsx").read_bytes()
    assert (place.work / "again.xlsx").read_bytes() == first
