"""Sheets to measure with: clean rows of a plausible kind, as CSV and as xlsx."""

from __future__ import annotations

import csv
from pathlib import Path

import xlsxwriter

__all__ = ["HEADINGS", "clean_row", "write_sheet", "write_workbook"]

HEADINGS = (
    "order_id,first_name,last_name,company_name,address_1,address_2,address_3,city,state_code,"
    "province,zip_postal_code,country_code,phone,email,address_order_po"
).split(",")


PLACES = (
    ("Austin", "TX", 78701, 59),
    ("Boston", "MA", 2108, 20),
    ("Chicago", "IL", 60601, 60),
    ("Portland", "OR", 97201, 30),
    ("Trenton", "NJ", 8601, 40),
    ("Miami", "FL", 33101, 90),
    ("Denver", "CO", 80201, 60),
)
"""City, state, first ZIP and how many of them: ZIPs of one prefix belong to the state."""
STREETS = ("Analytical Way", "Oak Street", "Sample Avenue", "Long Hill Road", "5th Avenue")


def clean_row(number: int) -> list[str]:
    """Make one clean row of a plausible kind; each order once, neighbours unlike each other."""
    mixed = number * 7_919
    city, state, first_zip, zips = PLACES[mixed % len(PLACES)]
    return [
        str(4_100_000 + number),
        f"First{number % 977}",
        f"Last{number % 1931}",
        "",
        f"{mixed % 8_999 + 1} {STREETS[mixed % len(STREETS)]}",
        f"Unit {number % 40}" if number % 5 == 0 else "",
        "",
        city,
        state,
        "",
        f"{first_zip + mixed // 7 % zips:05}",
        "us",
        f"512-555-{mixed % 10_000:04}",
        f"person{number}@example.com",
        f"PO-{number}",
    ]


def write_sheet(path: Path, rows: int) -> None:
    """Write a CSV of clean rows."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(map(clean_row, range(rows)))


def write_workbook(path: Path, rows: int) -> None:
    """Write an xlsx of the same rows, all cells text but the order id, as exports have it."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Orders")
        sheet.write_row(0, 0, HEADINGS)
        for number in range(rows):
            order_id, *texts = clean_row(number)
            sheet.write_number(number + 1, 0, int(order_id))
            for column, text in enumerate(texts, start=1):
                if text:
                    sheet.write_string(number + 1, column, text)
