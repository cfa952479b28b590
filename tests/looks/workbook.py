"""The two pictures of the results workbook in docs/images, made from what a real run writes.

Needs LibreOffice and pdftoppm (Debian: libreoffice-calc, poppler-utils). The run is that of a
sample against the built-in sandbox, so it shows made-up people only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

__all__ = ["KEPT", "look", "main"]

PROJECT = Path(__file__).parents[2]
IMAGES = PROJECT / "docs" / "images"
KEPT = {"results.png": "results.png", "summary.png": "summary.png"}
"""Which pictures stand in the docs, and under which name."""
SAMPLE = PROJECT / "samples" / "corrections.xlsx"
_DOTS = 200
_AROUND = 12
_NEARLY_WHITE = 250


def main() -> None:
    """Draw both anew, straight into the docs."""
    for needed in ("soffice", "pdftoppm", "pdftotext"):
        if shutil.which(needed) is None:
            raise SystemExit(f"{needed} is not installed; it draws the pictures.")
    look(IMAGES)


def look(folder: Path) -> list[str]:
    """Draw ``results.png`` and ``summary.png`` into a folder; gives what is wrong as sentences.

    Raises CalledProcessError where a program fails.
    """
    with tempfile.TemporaryDirectory() as name:
        between = Path(name)
        results = _run_sample(between)
        table = _table_alone(results, between / "table.xlsx")
        _picture(_as_pdf(table, between), "outcome", folder / "results.png")
        _picture(_as_pdf(results, between), "Rows by outcome", folder / "summary.png")
    return []


def _run_sample(folder: Path) -> Path:
    """Apply the sample in the sandbox; exit 1 says that some of its rows are to be fixed."""
    sheet = folder / "orders.xlsx"
    shutil.copy(SAMPLE, sheet)
    line = [sys.executable, "-m", "pipeline", "apply", str(sheet), "--sandbox", "-q", "--yes"]
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(PROJECT)}
    environ |= {"LOGNAME": "ada", "USER": "ada"}
    ended = subprocess.run(line, env=environ, cwd=folder, capture_output=True, check=False)
    if ended.returncode != 1:
        raise SystemExit(ended.stderr.decode())
    return folder / "orders.results.xlsx"


def _table_alone(results: Path, copy: Path) -> Path:
    """Keep the table up to ``reason``, without the ids, so that the picture can be read."""
    book = openpyxl.load_workbook(results)
    for name in book.sheetnames[1:]:
        del book[name]
    page: Any = book.worksheets[0]
    columns = {cell.value: cell.column for row in page for cell in row}
    page.column_dimensions[get_column_letter(columns["reference_id"])].hidden = True
    last = columns["reason"]
    page.print_area = f"A1:{get_column_letter(last)}{page.max_row}"
    page.oddFooter.left.text = page.oddFooter.right.text = page.oddHeader.center.text = None
    book.save(copy)
    return copy


def _as_pdf(book: Path, folder: Path) -> Path:
    home = f"-env:UserInstallation=file://{folder / 'office'}"
    line = ["soffice", home, "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
    subprocess.run([*line, str(book)], check=True, capture_output=True, timeout=180)
    return folder / f"{book.stem}.pdf"


def _picture(pdf: Path, words: str, target: Path) -> None:
    """Draw the first page on which ``words`` stand, without the paper around what is on it."""
    page = next(number for number in range(1, 30) if words in _text(pdf, number))
    one = ["-f", str(page), "-l", str(page), "-r", str(_DOTS)]
    grey = subprocess.run(
        ["pdftoppm", *one, "-gray", str(pdf)], check=True, capture_output=True, timeout=60
    ).stdout
    left, top, right, bottom = _inked(grey)
    size = ["-W", str(right - left + 2 * _AROUND), "-H", str(bottom - top + 2 * _AROUND)]
    corner = ["-x", str(max(0, left - _AROUND)), "-y", str(max(0, top - _AROUND))]
    stem = str(target.with_suffix(""))
    line = ["pdftoppm", *one, *corner, *size, "-png", "-singlefile", str(pdf), stem]
    subprocess.run(line, check=True, timeout=60)


def _text(pdf: Path, page: int) -> str:
    line = ["pdftotext", "-f", str(page), "-l", str(page), str(pdf), "-"]
    return subprocess.run(line, check=True, capture_output=True, text=True, timeout=60).stdout


def _inked(grey: bytes) -> tuple[int, int, int, int]:
    """Give left, top, right and bottom of what is not paper in a PGM; the footer does not count."""
    kind, width_and_height, _, pixels = grey.split(b"\n", 3)
    assert kind == b"P5"
    width, height = map(int, width_and_height.split())
    body = range(int(height * 0.93))
    paper = bytes(range(_NEARLY_WHITE, 256))
    rows = [at for at in body if pixels[at * width : (at + 1) * width].strip(paper)]
    lines = [pixels[at * width : (at + 1) * width] for at in rows]
    left = min(width - len(line.lstrip(paper)) for line in lines)
    right = max(len(line.rstrip(paper)) for line in lines)
    return left, rows[0], right, rows[-1]


if __name__ == "__main__":
    main()
