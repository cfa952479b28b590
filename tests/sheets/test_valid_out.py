"""Every workbook of ours is what other programs take without a repair: slow, so nightly."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.worksheet import Worksheet
from openxml_audit import FileFormat, OpenXmlValidator

from pipeline.core.results import CellNote, HeadingLine, Line
from pipeline.sheets.excel.results_out.looks import TINTS
from pipeline.sheets.table_out import write_table
from pipeline.sheets.template import write_template
from tests.fakes.accounts import an_account
from tests.fakes.result_rows import a_result
from tests.sheets.test_workbook_out import HEADINGS, LINES, ODD_TEXTS, write

pytestmark = pytest.mark.nightly


def all_outcomes() -> list[Line]:
    """Rows of every outcome, with every kind of note."""
    rows: list[Line] = [HeadingLine(1, HEADINGS)]
    for at, outcome in enumerate(TINTS, start=2):
        notes = (
            CellNote(0, "error", "It is wrong.\nIt is."),
            CellNote(1, "repair", "a → b"),
            CellNote(2, "warning", "is odd"),
        )
        told = {"reason": "It is wrong. " * 9, "repairs": "x: a → b\ny: c → d"}
        rows.append(a_result(at, (str(at), "", "x"), outcome, notes=notes, **told))
    return rows


def odd_texts() -> list[Line]:
    """Rows of texts that mean something to somebody."""
    rows: list[Line] = [HeadingLine(1, HEADINGS)]
    for at, text in enumerate((*ODD_TEXTS, "\x00\x1f\ufffe", "😀\ud800"), start=2):
        notes = (CellNote(0, "error", text),)
        rows.append(a_result(at, (text, "", text), "invalid", reason=text, notes=notes))
    return rows


def many_comments() -> list[Line]:
    """More comments than fit one block of shapes, on two worksheets."""
    rows: list[Line] = [HeadingLine(1, HEADINGS)]
    note = (CellNote(1, "error", "It is empty."),)
    return [*rows, *(a_result(at, ("", "", ""), "invalid", notes=note) for at in range(2, 1102))]


def _table(path: Path) -> None:
    rows = [["=1+1", "02134"]]
    write_table(path, ["a", "b"], rows, kind="xlsx", widths=(9, 9), worksheet="Ids")


KINDS: dict[str, Callable[[Path], object]] = {
    "results": lambda path: write(path, LINES),
    "every outcome": lambda path: write(path, all_outcomes()),
    "odd texts": lambda path: write(path, odd_texts(), worksheet="It's & <odd>"),
    "nothing to fix": lambda path: write(path, LINES[:3]),
    "headings alone": lambda path: write(path, [HeadingLine(1, HEADINGS)]),
    "no lines": lambda path: write(path, []),
    "many comments": lambda path: write(path, many_comments()),
    "sandbox": lambda path: write(path, account=an_account(target="sandbox")),
    "template": write_template,
    "ids": _table,
}


@pytest.mark.parametrize("kind", KINDS)
def test_workbooks_are_valid(tmp_path: Path, kind: str) -> None:
    """Every part is XML, and by the rules of Office Open XML, of the oldest and newest Office."""
    path = tmp_path / "r.xlsx"
    KINDS[kind](path)
    assert _is_valid(path)


def _is_valid(path: Path) -> bool:
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            try:
                ET.fromstring(package.read(name))
            except ET.ParseError:
                return False
    offices = (FileFormat.OFFICE_2007, FileFormat.MICROSOFT_365)
    found = [OpenXmlValidator(file_format=one, max_errors=0).validate(path) for one in offices]
    # Inline texts are valid; that Excel moves them on its next save is what the warning says.
    told = [
        one.description
        for result in found
        for one in result.errors
        if "inline-string" not in one.description
    ]
    return not told and all(result.is_valid for result in found)


@pytest.mark.parametrize(
    ("was", "now"),
    [(b"cols>", b"columns>"), (b't="b"', b't="boolean"'), (b"<sheetData>", b"<sheetData/>")],
)
def test_what_is_spoilt_is_seen(tmp_path: Path, was: bytes, now: bytes) -> None:
    """Else its silence would say nothing."""
    path = write(tmp_path / "r.xlsx")
    with zipfile.ZipFile(path) as package:
        held = {name: package.read(name) for name in package.namelist()}
    page = "xl/worksheets/sheet1.xml"
    held[page] = held[page].replace(was, now)
    with zipfile.ZipFile(path, "w") as package:
        for name, part in held.items():
            package.writestr(name, part)
    assert not _is_valid(path)


@pytest.mark.parametrize("kind", ["every outcome", "odd texts", "many comments"])
def test_libreoffice_keeps_what_we_wrote(tmp_path: Path, kind: str) -> None:
    """Opened and saved there, worksheets, texts, comments and the chart are the same."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    path, saved = tmp_path / "r.xlsx", tmp_path / "saved" / "r.xlsx"
    KINDS[kind](path)
    home = f"-env:UserInstallation=file://{tmp_path / 'home'}"
    line = [office, home, "--headless", "--convert-to", "xlsx", "--outdir", str(saved.parent)]
    subprocess.run([*line, str(path)], check=True, capture_output=True, timeout=120)
    # It makes formulas of TRUE and FALSE; their values are those of the cells.
    before, after = (openpyxl.load_workbook(one, data_only=True) for one in (path, saved))
    assert after.sheetnames == before.sheetnames
    for name in before.sheetnames:
        assert _cells(after[name]) == _cells(before[name])
    with zipfile.ZipFile(saved) as package:
        assert "xl/charts/chart1.xml" in package.namelist()
        formulas = re.findall(rb"<f[ >][^<]*", package.read("xl/worksheets/sheet1.xml"))
    assert {formula.split(b">")[1] for formula in formulas} <= {b"TRUE()", b"FALSE()"}


def _cells(sheet: object) -> list[tuple[str, object, str | None]]:
    """Give what is in each cell and its comment."""
    assert isinstance(sheet, Worksheet)
    return [
        (cell.coordinate, _read(cell.value), cell.comment.text if cell.comment else None)
        for row in sheet
        for cell in row
        if cell.value is not None or cell.comment
    ]


def _read(value: object) -> object:
    return unescape(value) if isinstance(value, str) else value
