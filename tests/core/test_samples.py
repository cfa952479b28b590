"""The samples are what their README says, and nobody's data."""

from __future__ import annotations

import csv
import re
import runpy
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from pipeline.core.checking import RowChecker, carries_no_address
from pipeline.core.errors import SheetError
from pipeline.core.mapping import SheetMapping, map_sheet
from pipeline.core.order_ids import OrderIds
from pipeline.core.records import Record
from pipeline.core.rules import RuleOptions

SAMPLES = Path(__file__).parents[2] / "samples"
SHOPS = {
    "shopify_orders.csv": "Shopify",
    "woocommerce_orders.csv": "WooCommerce",
    "etsy_orders.csv": "Etsy",
    "finerworks_import.xlsx": "FinerWorks' import sheet",
}
SHEETS = ("all-fields.csv", "corrections.xlsx", *SHOPS)


def shown(cell: openpyxl.cell.cell.Cell | openpyxl.cell.cell.MergedCell) -> str:
    """A cell as a person sees it."""
    if cell.value is None:
        return ""
    return f"{cell.value:05d}" if cell.number_format == "00000" else str(cell.value)


def records(name: str) -> list[Record]:
    path = SAMPLES / name
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return [Record(i, tuple(cells)) for i, cells in enumerate(csv.reader(file), 1)]
    sheet = openpyxl.load_workbook(path).worksheets[0]
    lines = (Record(i, tuple(map(shown, row))) for i, row in enumerate(sheet.iter_rows(), 1))
    return [record for record in lines if not record.blank]


def mapped(name: str, *, ids: bool = True) -> SheetMapping:
    return map_sheet(records(name), source=name, columns={}, flags={}, ids_given=ids)


def pairing() -> OrderIds:
    head, *rows = records("finerworks-orders.csv")
    return OrderIds.from_rows(head.cells, (row.cells for row in rows))


def with_values(name: str) -> list[tuple[int, dict[str, str]]]:
    mapping, ids = mapped(name), pairing()
    found = []
    for record in records(name):
        if record.row <= mapping.heading_row:
            continue
        values = {field: record.cells[column] for field, column in mapping.fields.items()}
        if mapping.order_by == "order_po" and values["order_po"]:
            values["order_id"] = str(ids.find(values["order_po"]))
        found.append((record.row, values))
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("all-fields.csv", [20, 22, 25]),
        ("corrections.xlsx", [12]),
        ("shopify_orders.csv", [6]),
        ("woocommerce_orders.csv", []),
        ("etsy_orders.csv", []),
        ("finerworks_import.xlsx", []),
    ],
)
def test_only_the_rows_that_are_meant_to_have_errors_have_some(
    name: str, expected: list[int]
) -> None:
    """Every other row with an address gives a correction, its order found in the --ids sheet."""
    checker = RowChecker(RuleOptions(repair="all"))
    wrong = [
        row
        for row, values in with_values(name)
        if not carries_no_address(values) and checker.check(values, {}).errors
    ]
    assert wrong == expected


@pytest.mark.parametrize(
    ("name", "rows", "orders"),
    [
        ("all-fields.csv", 24, 21),
        ("corrections.xlsx", 14, 11),
        ("shopify_orders.csv", 5, 4),
        ("woocommerce_orders.csv", 3, 3),
        ("etsy_orders.csv", 4, 3),
        ("finerworks_import.xlsx", 4, 3),
    ],
)
def test_the_readme_counts_rows_and_orders(name: str, rows: int, orders: int) -> None:
    """The table in samples/README.md has these very figures."""
    ids = [values["order_id"] for _, values in with_values(name)]
    assert (len(ids), len(set(ids))) == (rows, orders)
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| {re.escape(name)} \|[^|]+\| {rows} → {orders} \|", readme, re.MULTILINE)


def test_the_two_corrections_hold_different_orders() -> None:
    """The demo applies both in one go, so no order may be in both."""
    first, second = (
        {values["order_id"] for _, values in with_values(name)}
        for name in ("all-fields.csv", "corrections.xlsx")
    )
    assert not first & second


@pytest.mark.parametrize(("name", "platform"), SHOPS.items())
def test_exports_are_known_and_need_ids(name: str, platform: str) -> None:
    """Each sample export is told by its headings; without --ids it is refused."""
    assert mapped(name).platform == platform
    with pytest.raises(SheetError, match="Give a sheet that pairs both: --ids FILE"):
        mapped(name, ids=False)


def test_the_workbook_has_what_excel_does_to_sheets() -> None:
    """A ZIP without its zero, one shown padded, a further line, a blank row, a title."""
    sheet = openpyxl.load_workbook(SAMPLES / "corrections.xlsx").worksheets[0]
    assert (sheet["H5"].value, sheet["H5"].number_format) == (2134, "General")
    assert (sheet["H6"].value, sheet["H6"].number_format) == (7030, "00000")
    assert mapped("corrections.xlsx").heading_row == 3
    numbers = [record.row for record in records("corrections.xlsx")]
    assert 10 not in numbers
    further = dict(with_values("corrections.xlsx"))[7]
    assert carries_no_address(further)
    assert further["order_id"] == "500203"


def test_the_workbooks_are_what_the_script_writes(tmp_path: Path) -> None:
    """Nobody edits a workbook by hand: the script and the files agree cell by cell."""
    script = runpy.run_path(str(SAMPLES / "make_samples.py"))
    for name, rows in (
        ("corrections.xlsx", script["CORRECTIONS"]),
        ("finerworks_import.xlsx", script["IMPORT"]),
    ):
        script["write"](tmp_path / name, rows, "any")
        assert cells(tmp_path / name) == cells(SAMPLES / name)


def cells(path: Path) -> Sequence[Sequence[tuple[object, str]]]:
    rows = openpyxl.load_workbook(path).worksheets[0].iter_rows()
    return [[(cell.value, cell.number_format) for cell in row] for row in rows]


@pytest.mark.parametrize("name", SHEETS)
def test_nobody_is_real(name: str) -> None:
    """Mail goes to example domains, and North American phones are of the 555-01xx kind."""
    text = "\n".join(",".join(record.cells) for record in records(name))
    domains = re.findall(r"@([\w.-]+)", text)
    assert set(domains) <= {"example.com", "example.org"}
    phones = re.findall(r"\b\d{3}-(\d{3}-\d{4})\b", text)
    assert all(phone.startswith("555-01") for phone in phones)
