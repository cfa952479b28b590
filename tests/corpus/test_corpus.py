"""Every awkward file of the corpus through the real way: opened, mapped, staged, checked."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from pipeline.core.errors import SheetError
from pipeline.job.choosing import SheetOptions, choose
from pipeline.ledger import Ledger
from pipeline.sheets import open_sheet
from tests.corpus.all import ENTRIES
from tests.corpus.entry import Entry
from tests.job.workbench import Checked, checked

ALL = [
    pytest.param(entry, id=entry.name, marks=[pytest.mark.nightly] if entry.large else [])
    for entry in ENTRIES
]
READ = [one for one, entry in zip(ALL, ENTRIES, strict=True) if not entry.sentence]
REFUSED = [one for one, entry in zip(ALL, ENTRIES, strict=True) if entry.sentence]
MOST_SECONDS = 30.0


def written(entry: Entry, folder: Path) -> Path:
    path = folder / entry.name
    path.write_bytes(entry.make())
    return path


def test_the_corpus_is_large_and_its_names_are_its_own() -> None:
    """At least 80 files, none hides another."""
    assert len(ENTRIES) >= 80
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)


@pytest.mark.parametrize("entry", READ)
def test_an_awkward_sheet_is_read_and_checked(entry: Entry, tmp_path: Path) -> None:
    """Its cells, mapping, repairs, findings and outcomes are those declared beside it."""
    path = written(entry, tmp_path)
    begun = time.monotonic()
    options = SheetOptions(worksheet=entry.worksheet)
    with open_sheet(path) as sheet:
        chosen = choose(sheet, options)
        records = [(record.row, record.cells) for record in sheet.records(chosen.worksheet)]
    if entry.encoding:
        assert sheet.info.encoding == entry.encoding
    if entry.records is not None:
        assert records == list(entry.records)
    if entry.fields:
        headings = chosen.mapping.headings
        assert {f: headings[i] for f, i in chosen.mapping.fields.items()} == entry.fields
    with Ledger(tmp_path / "state") as ledger:
        found = checked(ledger, path, sheet_options=options)
    assert found.outcomes() == entry.outcomes
    for row, words in entry.told.items():
        assert words in found.rows[row]["reason"] + found.rows[row]["warnings"]
    assert repairs_of(found) == {row: set(told.split("\n")) for row, told in entry.repairs.items()}
    assert_nothing_is_lost(found, [row for row, _ in records])
    assert time.monotonic() - begun < MOST_SECONDS


def repairs_of(found: Checked) -> dict[int, set[str]]:
    return {
        row: set(cells["repairs"].split("\n"))
        for row, cells in found.rows.items()
        if cells["repairs"]
    }


def assert_nothing_is_lost(found: Checked, rows: list[int]) -> None:
    """Each line that was read comes back, and each row counts once."""
    back = [number for number, line in enumerate(found.lines, start=1) if any(line)]
    assert len(back) == len(rows)
    assert sum(found.summary.sheets[0].outcomes.values()) == len(found.rows)


@pytest.mark.parametrize("entry", REFUSED)
def test_what_cannot_be_read_gives_one_sentence(entry: Entry, tmp_path: Path) -> None:
    """One sentence that names the file, says why and what to do, in bounded time."""
    path = written(entry, tmp_path)
    begun = time.monotonic()
    with Ledger(tmp_path / "state") as ledger, pytest.raises(SheetError) as caught:
        checked(ledger, path, sheet_options=SheetOptions(worksheet=entry.worksheet))
    assert re.search(entry.sentence, str(caught.value)), str(caught.value)
    assert entry.name in str(caught.value)
    assert str(caught.value).endswith((".", ")."))
    assert "Traceback" not in str(caught.value)
    assert time.monotonic() - begun < MOST_SECONDS
