"""Write a results sheet as an Excel workbook: the rows, what is to fix, and a summary."""

from pipeline.sheets.excel.results_out.writing import (
    MAX_EXCEL_COLUMNS,
    MAX_EXCEL_ROWS,
    fits_excel,
    write_xlsx,
)

__all__ = ["MAX_EXCEL_COLUMNS", "MAX_EXCEL_ROWS", "fits_excel", "write_xlsx"]
