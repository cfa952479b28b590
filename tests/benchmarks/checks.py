"""How fast sheets are read and checked, and in how much memory."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.benchmarks.commands import Took, command, measured
from tests.benchmarks.sheets import write_sheet, write_workbook

__all__ = ["measure_checks"]

ASKED_PER_SECOND = 20_000
TRIES = 3
_BARE_READ = """
import sys
from python_calamine import CalamineWorkbook
sheet = CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0)
rows = sum(1 for _ in sheet.iter_rows())
"""


def measure_checks(folder: Path, rows: int, many: int) -> list[tuple[str, str]]:
    """Check ``rows`` clean rows as CSV and xlsx, and ``many`` for the memory; the best of three."""
    sheet, book, large = folder / "check.csv", folder / "check.xlsx", folder / "many.csv"
    write_sheet(sheet, rows)
    write_workbook(book, rows)
    write_sheet(large, many)
    csv_took = min((_checked(sheet, folder) for _ in range(TRIES)), key=lambda took: took.seconds)
    xlsx_took = min((_checked(book, folder) for _ in range(TRIES)), key=lambda took: took.seconds)
    line = [sys.executable, "-c", _BARE_READ, str(book)]
    bare = min(measured(line, {"PATH": os.environ["PATH"]}).seconds for _ in range(TRIES))
    allowed = bare + rows / ASKED_PER_SECOND
    large_took = _checked(large, folder)
    grown = large_took.peak_megabytes / csv_took.peak_megabytes
    memory = f"{large_took.peak_megabytes:.0f} MB, {grown:.2f} of the smaller"
    return [
        ("check, CSV", f"{rows / csv_took.seconds:,.0f} rows/s, {csv_took.peak_megabytes:.0f} MB"),
        (
            "check, xlsx",
            f"{rows / xlsx_took.seconds:,.0f} rows/s, {xlsx_took.peak_megabytes:.0f} MB",
        ),
        ("  of bare calamine read + rows / 20,000 s", f"{xlsx_took.seconds / allowed:.2f}"),
        (f"check, CSV of {many:,} rows", f"{many / large_took.seconds:,.0f} rows/s, {memory}"),
    ]


def _checked(sheet: Path, folder: Path) -> Took:
    took, told = command(
        ["check", str(sheet), "-o", str(folder / f"out{sheet.suffix}"), "-q"], folder
    )
    assert told["outcomes"]["ready"] == told["rows"]
    return took
