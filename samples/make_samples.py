"""Write the two sample workbooks: ``python samples/make_samples.py``.

The CSV samples are written by hand. A workbook is made, so that what stands in its cells (a number
without its zero, a number shown padded) can be read here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

HERE = Path(__file__).parent
PADDED = "padded"
"""Marks a number that its format shows with five digits, zeros in front."""

Cell = str | int | tuple[str, int] | None

CORRECTIONS: Sequence[Sequence[Cell]] = (
    ("Address corrections, Monday 9 November",),
    (),
    (
        "FinerWorks order #", "Recipient", "Company", "Street", "Apt / Suite", "City",
        "State/Province", "ZIP", "Country", "Phone", "E-mail", "Note",
    ),
    (500201, "Vera Lindholm", None, "31 Birch Example Road", None, "Duluth", "MN", "55802", "USA",
     "218-555-0112", "vera@example.com", None),
    (500202, "Will Ostrander", None, "12 Harbor Lane", "Apt 6", "Boston", "MA", 2134, "USA",
     "617-555-0143", "will@example.com", "ZIP typed as a number"),
    (500203, "Xenia Papadaki", "Papadaki Frames", "88 Washington Street", None, "Hoboken", "NJ",
     (PADDED, 7030), "USA", "201-555-0189", "xenia@example.com", "ZIP column formatted 00000"),
    (500203, None, None, None, None, None, None, None, None, None, None, "second print, same box"),
    (500204, "Yusuf van der Berg", None, "Voorbeeldlaan 4", None, "Utrecht", "Utrecht", "3511 AB",
     "Netherlands", None, "yusuf@example.org", None),
    (500205, "Castro, Zelda", None, "Av. Ejemplo 100", "Piso 5", "Ciudad de México", "CDMX",
     "06000", "Mexico", None, "zelda@example.org", "last name first"),
    (),
    (500206, "Amos Grady Jr.", None, "205 Placeholder Pike", None, "Lexington", "Kentucky", 40507,
     "United States", "859-555-0166", "amos@example.com", "state in full"),
    (500207, "Bodil", None, "Eksempelvej 17", None, "Aarhus", None, "8000", "DK", None,
     "bodil@example.org", "last name unknown"),
    (500208, "Carl Fenwick", None, "14 Demo Crescent", None, "Charlotte Amalie", "VI", "00802",
     "USA", "340-555-0121", "carl@example.com", None),
    (500209, "Dora Quist", None, "7 Mockup Street", None, "Reno", "NV", "89501", "US",
     "775-555-0104", "dora@example.com", "asked twice"),
    (500209, "Dora Quist", None, "7 Mockup Street", None, "Reno", "NV", "89501", "US",
     "775-555-0104", "dora@example.com", "asked twice"),
    (500210, "Emil Sand", None, "20 Fiction Fjord", None, "Anchorage", "AK", "99501", "US",
     "907-555-0139", "emil@example.com", "two answers"),
    (500210, "Emil Sand", None, "22 Fiction Fjord", None, "Anchorage", "AK", "99501", "US",
     "907-555-0139", "emil@example.com", "two answers"),
    (500211, "Fay Holloway", None, "1 Sample Terrace", None, "Edinburgh", "Scotland", "EH1 1YZ",
     "UK", "0131 496 0123", "fay@example.org", None),
)  # fmt: skip

IMPORT: Sequence[Sequence[Cell]] = (
    (
        "order_po", "ship_first_name", "ship_last_name", "ship_company_name", "ship_address_1",
        "ship_address_2", "ship_city", "ship_state_code", "ship_province", "ship_zip",
        "ship_country_code", "ship_phone", "ship_email", "shipping_code", "product_qty",
        "product_sku",
    ),
    ("4101", "Gil", "Amaro", None, "5 Template Road", None, "Providence", "RI", None, 2903, "us",
     "401-555-0157", "gil@example.com", "SD", 1, "AP1234P5678"),
    ("4101", None, None, None, None, None, None, None, None, None, None, None, None, "SD", 2,
     "AP1234P5679"),
    ("4102", "Hedda", "Moe", "Moe Kunst", "Eksempelgata 12", None, "Bergen", None, "Vestland",
     "5003", "no", None, "hedda@example.org", "IN", 1, "AP1234P5678"),
    ("4103", "Ines", "Prado", None, "910 Dummy Court", "Apt 3", "Santa Fe", "NM", None, "87501",
     "us", "505-555-0148", "ines@example.com", "SD", 1, "AP1234P5680"),
)  # fmt: skip


def write(path: Path, rows: Sequence[Sequence[Cell]], worksheet: str) -> None:
    """Write one workbook; the same rows give the same cells."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": datetime(2026, 11, 9, tzinfo=UTC)})
        sheet: Any = book.add_worksheet(worksheet)
        padded = book.add_format({"num_format": "00000"})
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                _put(sheet, row, column, cell, padded)
        sheet.set_column(0, len(max(rows, key=len)) - 1, 18)


def _put(sheet: Any, row: int, column: int, cell: Cell, padded: Any) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, column, cell)
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell)
    elif cell is not None:
        sheet.write_number(row, column, cell[1], padded)


if __name__ == "__main__":
    write(HERE / "corrections.xlsx", CORRECTIONS, "Corrections")
    write(HERE / "finerworks_import.xlsx", IMPORT, "Orders")
