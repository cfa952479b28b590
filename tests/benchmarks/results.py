"""How fast the results workbook is written from the ledger, and in how much memory."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.benchmarks.commands import command
from tests.benchmarks.server import fast_server
from tests.benchmarks.sheets import HEADINGS, clean_row

__all__ = ["measure_results"]


def measure_results(folder: Path, rows: int) -> list[tuple[str, str]]:
    """Send a mixed sheet of 16 columns to a quick server, then write its results workbook.

    3 % of the rows have no last name (comments, ``To fix``), 10 % get a ZIP's lost zero back.
    """
    sheet, book = folder / "mixed.csv", folder / "mixed.results.xlsx"
    _write_mixed(sheet, rows)
    with fast_server() as server:
        flags = ["--base-url", server.url, "--max-rate", "0", "-o", str(folder / "sent.csv"), "-q"]
        _, told = command(["apply", str(sheet), *flags], folder, codes=(1,))
    run_id = told["runs"][0]["run_id"]
    took, _ = command(["results", run_id, "-o", str(book)], folder)
    outcomes = told["outcomes"]
    return [
        ("results workbook, whole command", f"{took.seconds:.1f} s, {took.peak_megabytes:.0f} MB"),
        ("  of one core", f"{took.cpu_seconds:.1f} s"),
        ("its rows to fix", f"{outcomes['invalid']:,} of {told['rows']:,}"),
        ("its size", f"{book.stat().st_size / 2**20:.0f} MB"),
    ]


def _write_mixed(path: Path, rows: int) -> None:
    zip_at, last_at = HEADINGS.index("zip_postal_code"), HEADINGS.index("last_name")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*HEADINGS, "note"])
        for number in range(rows):
            row = [*clean_row(number), f"note {number % 7}"]
            if number % 33 == 0:
                row[last_at] = ""
            if number % 3 == 1:  # a third of the places have ZIPs that begin with 0
                row[zip_at] = row[zip_at].removeprefix("0")
            writer.writerow(row)
