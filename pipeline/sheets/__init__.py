"""Sheets in and out: CSV and Excel files as records, and results as files.

What is about workbooks only is imported where one is read or written, for it takes its time.
"""

from __future__ import annotations

from pipeline.sheets.csv_out import write_csv
from pipeline.sheets.opening import open_sheet
from pipeline.sheets.placing import place, sha256_of, temporary_beside
from pipeline.sheets.rows_in import RowsSheet
from pipeline.sheets.sheet import Sheet, SheetInfo, SheetKind, Worksheet

__all__ = [
    "RowsSheet",
    "Sheet",
    "SheetInfo",
    "SheetKind",
    "Worksheet",
    "open_sheet",
    "place",
    "sha256_of",
    "temporary_beside",
    "write_csv",
]
