"""Workbooks: xlsx, xlsb, xls and ods as records, and results as xlsx."""
