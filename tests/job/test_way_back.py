"""A check or results sheet fed back is its source again, whatever stood in the source."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.core.checking import RowChecker
from pipeline.core.rules import RuleOptions
from pipeline.job.apply import Apply
from pipeline.job.choosing import SheetOptions
from pipeline.job.finish import ResultsOptions
from pipeline.job.plan import PlanOptions
from pipeline.job.taking import Taking
from pipeline.ledger import Ledger
from pipeline.ledger.rows import lines_of
from pipeline.ledger.runs import RunFacts
from pipeline.sheets import open_sheet
from tests.examples import examples
from tests.fakes.clock import FakeClock

HEAD = (
    "order_id first_name last_name address_1 city state_code zip_postal_code country_code".split()
)
SOUND = ["4100001", "Ada", "Byron", "12 Analytical Way", "Austin", "TX", "78701", "us"]
OWN_NAMES = ["success", "Row", "reason (sheet)", "outcome (sheet) (sheet)", "note", "=note"]

# What a CSV cell can hold without a reader of CSV having a say in it: no carriage return, no NUL.
cells = st.text(st.characters(codec="utf-8", exclude_characters="\r\0\ufeff"), max_size=8)
tricky = st.sampled_from(
    ["=1+1", "'=1", "''", "-5 Main St", "+1 415", "@x", "\t=1", "02134", "1E5", "NA"]
)
notes = st.lists(st.tuples(cells | tricky, cells | tricky), min_size=1, max_size=6)


class Desk:
    """Stages one sheet, and gives its lines and its check sheet."""

    def __init__(self, ledger: Ledger, folder: Path) -> None:
        self._ledger = ledger
        self._folder = folder

    def check(
        self, sheet: Path, kind: Literal["csv", "xlsx"]
    ) -> tuple[list[tuple[str, ...]], Path]:
        facts, clock = RunFacts("t", "check", "", None, "me", "here", "0"), FakeClock()
        taken = Taking(
            self._ledger,
            RowChecker(RuleOptions()),
            SheetOptions(),
            facts,
            clock,
            lock_sheets=False,
        )
        taken.take([sheet], open_sheet)
        assert taken.failed == []
        apply = Apply(self._ledger, taken, facts, clock)
        apply.plan(PlanOptions())
        (run_no,) = taken.run_nos
        lines = [line.cells for line in lines_of(self._ledger, run_no)]
        out = self._folder / f"out{run_no}.{kind}"
        apply.finish(ResultsOptions(check=True, kind=kind, output=out), None)
        taken.close()
        return lines, out


def _without_padding(cells: tuple[str, ...]) -> tuple[str, ...]:
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@given(notes=notes, heading=st.sampled_from(OWN_NAMES))
@example(notes=[("=1+1", "'=1+1"), ("-5 Main St", "+1 415 555 0100")], heading="success")
@example(notes=[("", " "), ("a\nb", '"')], heading="Row")
@settings(max_examples=examples(15), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_source_cells_survive_the_way_back(
    ledger: Ledger,
    tmp_path: Path,
    kind: Literal["csv", "xlsx"],
    notes: list[tuple[str, str]],
    heading: str,
) -> None:
    """Guards and renamed headings are undone, our columns ignored, twice in a row."""
    sheet = tmp_path / "source.csv"
    with sheet.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*HEAD, heading, "other"])
        writer.writerows([*SOUND, *pair] for pair in notes)
    desk = Desk(ledger, tmp_path)
    source, first = desk.check(sheet, kind)
    back, second = desk.check(first, kind)
    again, _ = desk.check(second, kind)
    wanted = [_without_padding(line) for line in source]
    assert [_without_padding(line) for line in back] == wanted
    assert [_without_padding(line) for line in again] == wanted


def _as_workbook(csv_file: Path) -> Path:
    """Open a CSV in a spreadsheet program and save it as a workbook: guards stay where they are."""
    book = openpyxl.Workbook()
    with csv_file.open(encoding="utf-8-sig", newline="") as file:
        for at, line in enumerate(csv.reader(file), start=1):
            for column, cell in enumerate(line, start=1):
                if cell:
                    book.worksheets[0].cell(at, column, cell).data_type = "s"
    saved = csv_file.with_suffix(".xlsx")
    book.save(saved)
    return saved


def _as_csv(csv_file: Path) -> Path:
    """The same, saved as CSV with another delimiter."""
    with csv_file.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    saved = csv_file.with_suffix(".saved.csv")
    with saved.open("w", encoding="utf-16", newline="") as file:
        csv.writer(file, delimiter=";").writerows(lines)
    return saved


# What a workbook can hold without its reader having a say in it: no control characters.
shown = st.text(
    st.characters(
        codec="utf-8", exclude_characters="\r\0\ufeff\ufffe\uffff", exclude_categories=["Cc"]
    ),
    max_size=8,
)


@pytest.mark.parametrize("saved", [_as_csv, _as_workbook])
@given(notes=st.lists(st.tuples(shown | tricky, shown | tricky), min_size=1, max_size=6))
@example(notes=[("=1+1", "'=1+1"), ("'-5", "x"), ("''", "'"), ("'s-Hertogenbosch", "+1")])
@settings(max_examples=examples(8), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_results_come_back_whatever_program_saved_them(
    ledger: Ledger,
    tmp_path: Path,
    saved: Callable[[Path], Path],
    notes: list[tuple[str, str]],
) -> None:
    """Of a run that is known every source cell is the same again, guards and all."""
    notes = [(a, re.sub("_x[0-9A-Fa-f]{4}_", "", b)) for a, b in notes]
    sheet = tmp_path / "source.csv"
    with sheet.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*HEAD, "note", "other"])
        writer.writerows([*SOUND, *pair] for pair in notes)
    desk = Desk(ledger, tmp_path)
    source, first = desk.check(sheet, "csv")
    back, _ = desk.check(saved(first), "csv")
    wanted = [_without_padding(line) for line in source]
    assert [_without_padding(line) for line in back] == wanted
