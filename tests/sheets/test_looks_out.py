"""The colours of a results workbook, by the rules of WCAG."""

from __future__ import annotations

import pytest

from pipeline.core.outcome import OUTCOMES, READY
from pipeline.sheets.excel.results_out.looks import INK, MARKS, PAPER, TINTS

AA_TEXT, NO_TEXT = 4.5, 3.0


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_the_highest_contrast() -> None:
    """The measure itself: 21 at most, 1 at least, as WCAG defines it."""
    assert round(contrast("#000000", "#FFFFFF"), 2) == 21
    assert contrast("#777777", "#777777") == 1
    assert round(contrast("#FFFFFF", "#767676"), 2) == 4.54


def test_every_outcome_has_a_look_of_its_own() -> None:
    """No two outcomes share the colour of their word, and none is without."""
    assert set(TINTS) == {*OUTCOMES, READY}
    assert len({tint.word for tint in TINTS.values()}) == len(TINTS)


@pytest.mark.parametrize("outcome", TINTS)
def test_a_row_and_its_outcome_can_be_read(outcome: str) -> None:
    """Text on the tint of the row, and the word on its own colour, keep AA."""
    tint = TINTS[outcome]
    assert contrast(INK, tint.row or PAPER) >= AA_TEXT
    assert contrast(tint.word_ink, tint.word) >= AA_TEXT


@pytest.mark.parametrize("outcome", TINTS)
@pytest.mark.parametrize("kind", MARKS)
def test_a_marked_cell_stands_out_of_its_row(kind: str, outcome: str) -> None:
    """Its text keeps AA, and its border stands out from the row and from the cell 3 to 1."""
    mark = {str(name): mark for name, mark in MARKS.items()}[kind]
    assert contrast(mark.ink, mark.fill) >= AA_TEXT
    assert contrast(mark.line, TINTS[outcome].row or PAPER) >= NO_TEXT
    assert contrast(mark.line, mark.fill) >= NO_TEXT


def test_marks_differ_without_colour() -> None:
    """Each kind has a border of its own, and only the one that must be seen is bold."""
    assert len({mark.border for mark in MARKS.values()}) == len(MARKS)
    assert [kind for kind, mark in MARKS.items() if mark.bold] == ["error"]


def test_only_what_did_not_go_well_is_tinted() -> None:
    """Rows that are done stay white."""
    assert {name for name, tint in TINTS.items() if not tint.row} == {
        "updated",
        "unchanged",
        READY,
    }
