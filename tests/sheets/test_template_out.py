"""The empty workbook to fill in."""

from __future__ import annotations

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.core.address import ADDRESS_FIELDS, LIMITS, REQUIRED_FIELDS
from pipeline.sheets.template import TEMPLATE_HEADINGS, write_template


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    path = tmp_path_factory.mktemp("template") / "template.xlsx"
    write_template(path)
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def page(book: Workbook) -> Worksheet:
    sheet = book.worksheets[0]
    assert isinstance(sheet, Worksheet)
    return sheet


def listed(book: Workbook, source: str) -> list[object]:
    """Give the values of the cells that a drop-down names, such as ``Lists!$A$1:$A$9``."""
    name, cells = source.lstrip("=").split("!")
    return [row[0].value for row in book[name][cells.replace("$", "")]]


def test_it_opens_on_an_empty_table_of_all_headings(book: Workbook, page: Worksheet) -> None:
    """The first worksheet is the open one and holds order_id, the 14 fields, and no row."""
    assert book.active is page
    assert [cell.value for cell in page[1]] == ["order_id", *ADDRESS_FIELDS]
    assert page.max_row == 1
    assert page.freeze_panes == "A2"


def test_what_is_typed_stays_text(page: Worksheet) -> None:
    """Every column is in Text format, so that a typed 02134 keeps its zero."""
    columns = page.column_dimensions.values()
    spans = [(c.min or 0, c.max or 0) for c in columns if c.number_format == "@"]
    text = {number for least, most in spans for number in range(least, most + 1)}
    assert set(range(1, 16)) < text


@pytest.mark.parametrize("name", TEMPLATE_HEADINGS)
def test_every_heading_has_a_note(page: Worksheet, name: str) -> None:
    """The note says what goes in, whether it is needed, and how long it may be."""
    comment = page.cell(1, TEMPLATE_HEADINGS.index(name) + 1).comment
    assert comment is not None
    needed = name == "order_id" or name in REQUIRED_FIELDS
    assert ("Needed: always." in comment.text) == needed
    assert "Needed: " in comment.text
    if LIMITS.get(name, 0) > 2:
        assert f"At most {LIMITS[name]} characters." in comment.text


@pytest.mark.parametrize(
    ("name", "first", "count", "some"),
    [
        ("country_code", "US", 249, {"CA", "GB", "DE", "NA"}),
        ("state_code", "AA", 62, {"TX", "DC", "PR", "GU", "AE", "AP"}),
    ],
)
def test_codes_can_be_chosen_from_a_list(
    book: Workbook, page: Worksheet, name: str, first: str, count: int, some: set[str]
) -> None:
    """Country and state have a drop-down of codes, which warns but lets names pass."""
    column = get_column_letter(TEMPLATE_HEADINGS.index(name) + 1)
    rules = [
        rule
        for rule in page.data_validations.dataValidation
        if str(rule.sqref).startswith(f"{column}2:")
    ]
    assert [(rule.type, rule.errorStyle) for rule in rules] == [("list", "warning")]
    codes = listed(book, str(rules[0].formula1))
    assert codes[0] == first
    assert len(set(codes)) == count == len(codes)
    assert some < set(codes)


def test_the_example_cannot_be_taken_for_work(book: Workbook) -> None:
    """The example says that it is not read, and no row of it holds two of our headings."""
    assert book.sheetnames == ["Corrections", "Example", "Lists"]
    assert book["Lists"].sheet_state == "hidden"
    rows = [[cell.value for cell in row] for row in book["Example"].iter_rows()]
    assert "never read" in str(rows[0][0])
    assert all(len(set(TEMPLATE_HEADINGS) & set(row)) < 2 for row in rows)
    assert [row[0] for row in rows[3:]] == list(TEMPLATE_HEADINGS)


def test_the_example_is_sound(book: Workbook) -> None:
    """Its three rows fill what is needed, keep within limits, and are text."""
    rows = list(book["Example"].iter_rows(min_row=4, values_only=True))
    for column in (4, 5, 6):
        filled = {str(row[0]): row[column] or "" for row in rows}
        assert all(isinstance(cell, str) for cell in filled.values())
        assert all(filled[name] for name in ("order_id", *REQUIRED_FIELDS))
        assert all(len(str(filled[name])) <= most for name, most in LIMITS.items())
        assert bool(filled["state_code"]) == (filled["country_code"] == "US")
    assert "02134" in [row[4] for row in rows]
