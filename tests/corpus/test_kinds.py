"""The same rows are read the same from every kind of file, and the same is said of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.job.choosing import SheetOptions, choose
from pipeline.ledger import Ledger
from pipeline.sheets import open_sheet
from tests.corpus.entry import ADA, BO, HEAD, Cells
from tests.corpus.packing import ods, ods_row, row_xml, xlsx
from tests.examples import examples
from tests.job.workbench import checked

Rows = list[Cells]

# What a workbook cannot hold or stores in another way is left out: control characters, and what a
# worksheet takes for an escape of its own; the line ends of a cell are always \n in a workbook.
PLAIN = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"], exclude_characters="\ufeff\ufffe"),
    max_size=12,
)
TRAPS = st.sampled_from(
    [
        *("00501", "02134", "NA", "NULL", "None", "1E5", "1e-3", "007", "TRUE", "#N/A", "12345.0"),
        *('5" pipe', '"', '""', '"quoted"', "a,b", "a;b", "a|b", "a\tb", "one\ntwo", " both "),
        *("=1+1", "+1", "-1", "@x", "'02134", '="02134"', "MÃ¼nchen", "Müller", "O’Brien"),
        *(
            "٣٤٥ شارع",
            "רחוב הרצל 5",
            "👩‍👩‍👧 Store",
            "東京都",
            "é",
            "Z̃",
            "\u200eLTR",
            "_x0041_",
            "<b>&amp;",
        ),
        *("", " ", "2024-05-12", "1,234.50", "12345678901234567890", "sep=;", "Total"),
    ]
)
CELL = st.one_of(TRAPS, PLAIN)
NOTES = st.lists(st.tuples(*[CELL] * 4), max_size=5)


@dataclass(frozen=True)
class Kind:
    """How rows become a file."""

    name: str
    make: Callable[[Rows], bytes | None]


def text_kind(encoding: str, delimiter: str, end: str, *, all_quoted: bool) -> Kind:
    def make(rows: Rows) -> bytes | None:
        out = io.StringIO(newline="")
        csv.writer(
            out,
            delimiter=delimiter,
            lineterminator=end,
            quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL,
        ).writerows(rows)
        try:
            return out.getvalue().encode(encoding)
        except UnicodeEncodeError:
            return None

    return Kind(f"{encoding}{ord(delimiter)}.csv", make)


def workbook(rows: Rows) -> bytes:
    return xlsx("".join(row_xml(at, row) for at, row in enumerate(rows, start=1)))


def calc_sheet(rows: Rows) -> bytes:
    return ods("".join(map(ods_row, rows)))


KINDS = (
    text_kind("utf-8", ",", "\r\n", all_quoted=False),
    text_kind("utf-8-sig", ";", "\n", all_quoted=True),
    text_kind("utf-16", "\t", "\r\n", all_quoted=False),
    text_kind("utf-32", "|", "\r", all_quoted=True),
    text_kind("utf-16-le", ",", "\n", all_quoted=True),
    Kind("book.xlsx", workbook),
    Kind("book.ods", calc_sheet),
)


def table(notes: list[Cells]) -> Rows:
    """Put random cells beside sound and damaged rows, and into fields that take any text."""
    rows: Rows = [(*HEAD, "company_name", "more"), (*ADA, "", ""), (*BO, "", "")]
    numbers = count(3)
    for first, note, company, more in notes:
        order = str(next(numbers))
        rows.append((order, first, *BO[2:6], "2134", "USA", note, company, more))
    return rows


@dataclass(frozen=True)
class Seen:
    """All that a check tells of a file, but the kind of the file itself."""

    records: tuple[tuple[int, Cells], ...]
    fields: tuple[tuple[str, int], ...]
    rows: tuple[tuple[int, str, str, str, str], ...]


def seen(path: Path, folder: Path) -> Seen:
    with open_sheet(path) as sheet:
        chosen = choose(sheet, SheetOptions())
        records = tuple(
            (record.row, trimmed(record.cells)) for record in sheet.records(chosen.worksheet)
        )
    with Ledger(folder / f"state {path.name}") as ledger:
        found = checked(ledger, path)
    told = ("outcome", "reason", "repairs", "warnings")
    rows = tuple((at, *(row[name] for name in told)) for at, row in found.rows.items())
    return Seen(records, tuple(sorted(chosen.mapping.fields.items())), rows)  # type: ignore[arg-type]


def trimmed(cells: Cells) -> Cells:
    """Leave out empty cells at the end, which no workbook stores."""
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]


def files(rows: Rows, folder: Path) -> Iterator[Path]:
    for kind in KINDS:
        content = kind.make(rows)
        if content is not None:
            path = folder / kind.name
            path.write_bytes(content)
            yield path


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.too_slow])
@given(notes=NOTES)
@example(notes=[("Ada", "one\ntwo", "=1+1", '5" pipe')])
@example(notes=[("MÃ¼nchen", " ", "٣٤٥ شارع", "NA"), ("", "", "", "")])
def test_every_kind_is_read_and_judged_alike(
    tmp_path_factory: pytest.TempPathFactory, notes: list[Cells]
) -> None:
    """Cells, row numbers, mapping, outcomes, reasons, repairs and warnings are the same."""
    folder = tmp_path_factory.mktemp("kinds")
    rows = table(notes)
    written = tuple((at, trimmed(row)) for at, row in enumerate(rows, start=1))
    results = {path.name: seen(path, folder) for path in files(rows, folder)}
    first = results["utf-844.csv"]
    assert first.records == written
    assert results == dict.fromkeys(results, first)
    assert len(results) == len(KINDS)


OLD = st.sampled_from(
    ["Müller", "O’Brien", "Zoë", "02134", "a;b", 'x"y', "", "Straße", "Café – Bar"]
)


@settings(max_examples=examples(12), suppress_health_check=[HealthCheck.too_slow])
@given(notes=st.lists(st.tuples(OLD, OLD, OLD, OLD), max_size=4))
@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
def test_old_encodings_are_judged_alike(
    tmp_path_factory: pytest.TempPathFactory, notes: list[Cells], encoding: str
) -> None:
    """So they are in the encodings of old spreadsheets, where the letters can be written."""
    folder = tmp_path_factory.mktemp("old")
    rows = table([("Jürgen", "Größe", "Köln", "für Müller"), *notes])
    path, same = folder / "old.csv", folder / "book.xlsx"
    content = text_kind(encoding, ";", "\r\n", all_quoted=False).make(rows)
    assert content is not None
    path.write_bytes(content)
    same.write_bytes(workbook(rows))
    assert seen(path, folder) == seen(same, folder)


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.too_slow])
@given(notes=NOTES)
def test_pandas_reads_the_same_cells(
    tmp_path_factory: pytest.TempPathFactory, notes: list[Cells]
) -> None:
    """A second opinion: as text and with nothing taken for missing, pandas sees our cells."""
    folder = tmp_path_factory.mktemp("pandas")
    rows = table(notes)
    text, book = folder / "orders.csv", folder / "orders.xlsx"
    text.write_bytes(KINDS[0].make(rows) or b"")
    book.write_bytes(workbook(rows))
    as_text = {"dtype": str, "keep_default_na": False, "header": None}
    for path, frame in (
        (text, pd.read_csv(text, skip_blank_lines=False, **as_text)),  # type: ignore[call-overload]
        (book, pd.read_excel(book, engine="calamine", **as_text)),  # type: ignore[call-overload]
    ):
        with open_sheet(path) as sheet:
            ours = {r.row: trimmed(r.cells) for r in sheet.records(sheet.worksheets[0].name)}
        theirs = {
            at: trimmed(tuple(row)) for at, row in enumerate(frame.itertuples(index=False), start=1)
        }
        assert ours == {at: row for at, row in theirs.items() if "".join(row).strip()}
