"""Workbooks as people, shops and other programs save them."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xlsxwriter

from tests.corpus.entry import ADA, BO, HEAD, READY, Cells, Entry, ada, bo, refused
from tests.corpus.packing import STRICT, letters, ods, ods_row, row_xml, text_cell, xlsx

__all__ = ["BOOKS"]

USUAL = ((1, HEAD), (2, ADA), (3, BO))


def book(
    name: str,
    make: Callable[[], bytes],
    records: Sequence[tuple[int, Cells]] | None = USUAL,
    outcomes: Mapping[int, str] = READY,
    **more: Mapping[int, str] | Mapping[str, str] | str | bool,
) -> Entry:
    return Entry(name, make, records, outcomes, **more)  # type: ignore[arg-type]


def written(fill: Callable[[Any], None]) -> Callable[[], bytes]:
    """Give the bytes of a workbook that XlsxWriter writes."""

    def make() -> bytes:
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
            fill(workbook)
        return out.getvalue()

    return make


def table(
    rows: Mapping[tuple[int, int], Any] | None = None,
    formats: Mapping[tuple[int, int], str] | None = None,
) -> Callable[[], bytes]:
    """Write the usual three rows; ``rows`` replaces values by row and column from 0."""

    def fill(workbook: Any) -> None:
        sheet = workbook.add_worksheet("Orders")
        for at, row in enumerate((HEAD, ADA, BO)):
            for column, cell in enumerate(row):
                put(workbook, sheet, at, column, (rows or {}).get((at, column), cell), formats)

    return written(fill)


def put(
    workbook: Any,
    sheet: Any,
    row: int,
    column: int,
    value: Any,
    formats: Mapping[tuple[int, int], str] | None,
) -> None:
    code = (formats or {}).get((row, column))
    look = workbook.add_format({"num_format": code}) if code else None
    if isinstance(value, tuple):
        sheet.write_formula(row, column, value[0], look, value[1])
    elif isinstance(value, str):
        sheet.write_string(row, column, value, look)
    elif isinstance(value, dt.datetime):
        sheet.write_datetime(row, column, value, look)
    else:
        sheet.write(row, column, value, look)


def rows_at(places: Mapping[int, Sequence[str]], left: int = 0) -> Callable[[], bytes]:
    def fill(workbook: Any) -> None:
        sheet = workbook.add_worksheet("Orders")
        for at, row in places.items():
            for column, cell in enumerate(row):
                if cell:
                    sheet.write_string(at - 1, column + left, cell)

    return written(fill)


def hidden(workbook: Any) -> None:
    sheet = workbook.add_worksheet("Orders")
    for at, row in enumerate((HEAD, ADA, BO)):
        sheet.write_row(at, 0, row)
    sheet.set_row(1, None, None, {"hidden": True})
    sheet.set_column(8, 8, None, None, {"hidden": True})


def worksheets(*named: tuple[str, bool, Sequence[Sequence[str]]]) -> Callable[[], bytes]:
    def fill(workbook: Any) -> None:
        for name, visible, rows in named:
            sheet = workbook.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
            if not visible:
                sheet.hide()
            else:
                sheet.activate()
                sheet.set_first_sheet()

    return written(fill)


def merged(workbook: Any) -> None:
    sheet = workbook.add_worksheet("Orders")
    sheet.merge_range(0, 0, 0, 8, "Corrections of Monday")
    for at, row in enumerate((HEAD, ADA, BO), start=1):
        sheet.write_row(at, 0, row)


RICH = (
    "<si><r><rPr><b/></rPr><t xml:space='preserve'>12 </t></r><r><t>Analytical Way</t></r>"
    "<rPh sb='0' eb='2'><t>kana</t></rPh></si>"
)


def shared() -> bytes:
    head = row_xml(1, HEAD)
    cells = "".join(text_cell(2, at, cell) for at, cell in enumerate(ADA[:3]))
    rest = "".join(text_cell(2, at, cell) for at, cell in enumerate(ADA[4:], start=4))
    return xlsx(
        f'{head}<row r="2">{cells}<c r="D2" t="s"><v>0</v></c>{rest}</row>{row_xml(3, BO)}',
        shared=RICH,
    )


def without_references() -> bytes:
    def row(cells: Sequence[str]) -> str:
        inside = (f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells)
        return f"<row>{''.join(inside)}</row>"

    return xlsx("".join(map(row, (HEAD, ADA, BO))))


def prefixed() -> bytes:
    rows = "".join(row_xml(at, row) for at, row in enumerate((HEAD, ADA, BO), start=1))
    for name in ("row", "c", "is", "t"):
        rows = rows.replace(f"<{name} ", f"<x:{name} ").replace(f"<{name}>", f"<x:{name}>")
        rows = rows.replace(f"</{name}>", f"</x:{name}>")
    return xlsx(rows, prefix="x")


def far_cell(row: int, column: int) -> bytes:
    rows = "".join(row_xml(at, each) for at, each in enumerate((HEAD, ADA, BO), start=1))
    cell = f'<c r="{letters(column)}{row}" t="inlineStr"><is><t>x</t></is></c>'
    return xlsx(f'{rows}<row r="{row}">{cell}</row>')


def ods_repeats() -> bytes:
    empty = '<table:table-cell table:number-columns-repeated="16384"/>'
    gap = f'<table:table-row table:number-rows-repeated="4">{empty}</table:table-row>'
    end = f'<table:table-row table:number-rows-repeated="1048569">{empty}</table:table-row>'
    return ods(ods_row(HEAD) + gap + ods_row(ADA) + ods_row(BO) + end)


def number(at: int, row: Cells, value: str) -> Cells:
    return (*row[:at], value, *row[at + 1 :])


HALF = '<?xml version="1.0"?><worksheet><sheetData>' + row_xml(1, HEAD) + '<row r="2"><c r="A2'

WRITTEN = [
    book("sound.xlsx", table()),
    book("xlsx_named.csv", table()),
    book(
        "numbers_where_text_belongs.xlsx",
        table({(1, 0): 1, (2, 0): 2, (1, 6): 78701, (2, 6): 2134}),
        [(1, HEAD), (2, ADA), (3, number(6, BO, "2134"))],
        repairs={3: "zip_postal_code: 2134 → 02134"},
    ),
    book(
        "zips_padded_by_their_format.xlsx",
        table({(1, 6): 78701, (2, 6): 2134}, {(1, 6): "00000", (2, 6): "00000"}),
        repairs={3: "zip_postal_code: 2134 → 02134"},
    ),
    book(
        "text_guard_in_a_text_cell.xlsx",
        table({(2, 6): "'02134"}),
        [(1, HEAD), (2, ADA), (3, number(6, BO, "'02134"))],
        repairs={3: "zip_postal_code: '02134 → 02134"},
    ),
    book(
        "ids_over_15_digits.xlsx",
        table({(1, 0): 1234567890123456789, (2, 0): 2}),
        None,
        {2: "invalid", 3: "ready"},
        told={2: "longer than Excel can hold"},
    ),
    book(
        "scientific_as_text.xlsx",
        table({(1, 0): "1.23457E+15"}),
        None,
        {2: "invalid", 3: "ready"},
        told={2: "longer than Excel can hold"},
    ),
    book(
        "street_turned_into_a_date.xlsx",
        table({(1, 3): dt.datetime(2024, 5, 12)}, {(1, 3): "d-mmm"}),  # noqa: DTZ001
        None,
        {2: "invalid", 3: "ready"},
        told={2: "turned into a date"},
    ),
    book(
        "name_turned_into_true.xlsx",
        table({(1, 1): True}),
        [(1, HEAD), (2, number(1, ADA, "TRUE")), (3, BO)],
        {2: "invalid", 3: "ready"},
        told={2: "first_name"},
    ),
    book(
        "error_cells.xlsx",
        table({(1, 4): ("=NA()", "#N/A"), (2, 8): ("=1/0", "#DIV/0!")}),
        [(1, HEAD), (2, number(4, ADA, "#N/A")), (3, bo(2, "#DIV/0!"))],
        {2: "invalid", 3: "ready"},
        told={2: "city"},
    ),
    book(
        "formulas_with_stored_values.xlsx",
        table({(1, 4): ('="Aus"&"tin"', "Austin"), (1, 6): ("=78700+1", 78701)}),
    ),
    book(
        "rows_and_columns_hidden.xlsx",
        written(hidden),
        told={2: "hidden"},
    ),
    book(
        "hidden_worksheet_of_old_orders.xlsx",
        worksheets(("Old", False, (HEAD, bo(9))), ("Orders", True, (HEAD, ADA, BO))),
    ),
    book(
        "notes_on_the_first_worksheet.xlsx",
        worksheets(("Read me", True, (("Hello",),)), ("Orders", True, (HEAD, ADA, BO))),
    ),
    refused(
        "two_worksheets_of_orders.xlsx",
        worksheets(("May", True, (HEAD, ADA)), ("June", True, (HEAD, BO))),
        "--worksheet",
    ),
    Entry(
        "two_worksheets_one_named.xlsx",
        worksheets(("May", True, (HEAD, ADA)), ("June", True, (HEAD, BO))),
        [(1, HEAD), (2, BO)],
        {2: "ready"},
        worksheet="June",
    ),
    book(
        "title_gap_and_empty_columns_at_the_left.xlsx",
        rows_at({2: ("Corrections",), 5: HEAD, 8: ADA, 9: BO, 12: ("Total", *[""] * 7, "2")}, 2),
        [
            (2, ("", "", "Corrections", *[""] * 8)),
            (5, ("", "", *HEAD)),
            (8, ("", "", *ADA)),
            (9, ("", "", *BO)),
            (12, ("", "", "Total", *[""] * 7, "2")),
        ],
        {8: "ready", 9: "ready"},
    ),
    book(
        "title_over_merged_cells.xlsx",
        written(merged),
        [(1, ("Corrections of Monday", *[""] * 8)), (2, HEAD), (3, ADA), (4, BO)],
        {3: "ready", 4: "ready"},
    ),
    book(
        "line_breaks_in_a_note.xlsx",
        table({(1, 8): "one\ntwo"}),
        [(1, HEAD), (2, ada(1, "one\ntwo")), (3, BO)],
    ),
    refused("headings_only.xlsx", rows_at({1: HEAD}), "has headings only"),
    refused("nothing_in_it.xlsx", rows_at({}), "is empty"),
]

BY_HAND = [
    book("rich_and_phonetic_text.xlsx", shared),
    book("cells_without_references.xlsx", without_references),
    book("elements_with_a_prefix.xlsx", prefixed),
    book(
        "strict_ooxml.xlsx",
        lambda: xlsx(
            "".join(row_xml(at, row) for at, row in enumerate((HEAD, ADA, BO), start=1)),
            namespace=STRICT,
        ),
    ),
    book(
        "formula_never_calculated.xlsx",
        lambda: xlsx(
            row_xml(1, HEAD)
            + row_xml(2, ADA).replace(text_cell(2, 4, "Austin"), '<c r="E2"><f>A9</f></c>')
            + row_xml(3, BO)
        ),
        None,
        {2: "invalid", 3: "ready"},
        told={2: "city"},
    ),
    book(
        "gap_of_rows.xlsx",
        lambda: xlsx(row_xml(1, HEAD) + row_xml(2, ADA) + row_xml(20_000, BO)),
        [(1, HEAD), (2, ADA), (20_000, BO)],
        {2: "ready", 20_000: "ready"},
    ),
    book(
        "gap_of_many_rows.xlsx",
        lambda: xlsx(row_xml(1, HEAD) + row_xml(2, ADA) + row_xml(200_000, BO)),
        [(1, HEAD), (2, ADA), (200_000, BO)],
        {2: "ready", 200_000: "ready"},
        large=True,
    ),
    refused(
        "cell_in_the_last_corner.xlsx", lambda: far_cell(1_048_576, 16_383), "over 20,000,000 cells"
    ),
    refused("cut_off_inside_its_rows.xlsx", lambda: xlsx("", sheet=HALF), "is damaged or cut off"),
    book("sound.ods", lambda: ods("".join(map(ods_row, (HEAD, ADA, BO))))),
    book(
        "repeated_rows.ods", ods_repeats, [(1, HEAD), (6, ADA), (7, BO)], {6: "ready", 7: "ready"}
    ),
    book(
        "spaces_and_breaks.ods",
        lambda: ods(ods_row(HEAD) + ods_row(ada(1, "a  b\nd")) + ods_row(BO)),
        [(1, HEAD), (2, ada(1, "a  b\nd")), (3, BO)],
    ),
]


BOOKS = [*WRITTEN, *BY_HAND]
