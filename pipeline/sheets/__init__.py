"""Sheets in and out: CSV and Excel files as records, and results as files."""

from __future__ import annotations

from pipeline.sheets.csv_out import write_csv
from pipeline.sheets.excel.results_out import fits_excel, write_xlsx
from pipeline.sheets.opening import open_sheet
from pipeline.sheets.placing import place, sha256_of, temporary_beside
from pipeline.sheets.rows_in import RowsSheet
from pipeline.sheets.sheet import Sheet, SheetInfo, SheetKind, Worksheet
from pipeline.sheets.template import write_template

__all__ = [
    "RowsSheet",
    "Sheet",
    "SheetInfo",
    "SheetKind",
    "Worksheet",
    "fits_excel",
    "open_sheet",
    "place",
    "sha256_of",
    "temporary_beside",
    "write_csv",
    "write_template",
    "write_xlsx",
]
