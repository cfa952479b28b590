"""No bytes crash the reader with anything but a sentence, and none take its time or memory."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.core.errors import SheetError
from pipeline.sheets import open_sheet
from tests.corpus.seeds import SEEDS
from tests.corpus.spoiling import spoil
from tests.examples import examples

MOST_SECONDS = 2.0
MOST_MEGABYTES = 400
MOST_MORE_MEGABYTES = 150
"""Of the whole process, after any number of files."""

ENDINGS = st.sampled_from(["csv", "xlsx", "xls", "txt", "ods", "json", ""])
SLOWLY = [HealthCheck.too_slow]


def read(path: Path) -> None:
    """Read all that a file has; every row has its number, and every cell is text."""
    with open_sheet(path, max_megabytes=20, max_cells=1_000_000) as sheet:
        for worksheet in sheet.worksheets:
            last = 0
            for record in sheet.records(worksheet.name):
                assert record.row > last
                assert all(isinstance(cell, str) for cell in record.cells)
                last = record.row


def read_or_refuse(folder: Path, content: bytes, ending: str) -> None:
    path = folder / f"sheet.{ending}"
    path.write_bytes(content)
    begun, peak = time.process_time(), _peak_megabytes()
    sentence = sentence_of(path)
    assert time.process_time() - begun < MOST_SECONDS
    assert not sentence or sentence.startswith(path.name)
    assert "\n" not in sentence
    # What other tests of this process took before says nothing about this file.
    assert _peak_megabytes() <= max(peak + MOST_MORE_MEGABYTES, MOST_MEGABYTES)


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def sentence_of(path: Path) -> str:
    """Give the sentence that a file is refused with, or nothing."""
    try:
        read(path)
    except SheetError as error:
        return str(error)
    return ""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@settings(max_examples=examples(150), suppress_health_check=SLOWLY)
@given(content=st.binary(max_size=600), ending=ENDINGS)
def test_random_bytes_are_read_or_refused(folder: Path, content: bytes, ending: str) -> None:
    """Whatever bytes stand in a file of whatever name."""
    read_or_refuse(folder, content, ending)


@settings(max_examples=examples(150), suppress_health_check=SLOWLY)
@given(
    content=st.text(max_size=200),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-32", "cp1252", "cp932", "gb18030"]),
    ending=ENDINGS,
)
def test_random_text_is_read_or_refused(
    folder: Path, content: str, encoding: str, ending: str
) -> None:
    """Whatever text, in whatever encoding."""
    read_or_refuse(folder, content.encode(encoding, "replace"), ending)


@pytest.mark.parametrize("kind", SEEDS)
@settings(max_examples=examples(60), suppress_health_check=SLOWLY)
@given(seed=st.integers(0, 1 << 32))
def test_a_spoilt_file_is_read_or_refused(folder: Path, kind: str, seed: int) -> None:
    """A real file of every kind, spoilt anywhere, inside its packing too."""
    read_or_refuse(folder, spoil(SEEDS[kind], Random(seed)), kind)


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", SEEDS)
def test_thousands_of_spoilt_files_are_read_or_refused(folder: Path, kind: str) -> None:
    """The same, three thousand times a kind; the number of a failing one is its seed."""
    for seed in range(3000):
        read_or_refuse(folder, spoil(SEEDS[kind], Random(seed)), kind)
