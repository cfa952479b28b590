"""What a row is told in the words of its own sheet."""

from __future__ import annotations

from itertools import combinations
from typing import Final

import pytest

from pipeline.core.checking import Finding
from pipeline.core.notes import notes_of
from pipeline.job.telling import refuse, tell
from pipeline.ledger.rows import StagedLine
from tests.docs.rule_examples import EXAMPLES, Example

LONG: Final = "12 Sample Street Building 7, " * 4


def _line(example: Example, headings: dict[str, str]) -> StagedLine:
    checked = example.checked()
    line = StagedLine(2, "order", ())
    tell(line, checked.errors, checked.warnings, checked, headings, hidden=False)
    return line


def test_a_sentence_names_the_heading_in_one_short_line() -> None:
    """However long it is, and whatever it has in it."""
    line = StagedLine(2, "order", ())
    heading = f"Ship\n to {'x' * 60}"
    refuse(line, [Finding("city", "city_missing", "city is empty; fill it in.")], {"city": heading})
    assert line.reason == f"city (“Ship to {'x' * 32}…”) is empty; fill it in."


def test_a_way_to_spread_a_line_ends_its_sentence() -> None:
    """It is one sentence all the same."""
    reason = _line(Example({"address_1": LONG}), {}).reason
    assert reason.count("; shorten it, for example address_1: “") == 1
    assert reason.endswith("”.")


_TOGETHER: Final = [
    *combinations(("order_id_form", "last_name_missing", "us_zip", "address_1_long", "hashes"), 2),
    ("address_1_long", "address_2_long"),
    ("city_missing", "whole_address"),
    ("us_state", "excel_date"),
]


@pytest.mark.parametrize("headings", [{}, {"city": "address_1 city", "phone": "Tel"}])
def test_each_cell_gets_its_own_sentence(headings: dict[str, str]) -> None:
    """A reason of several errors is taken apart again, for the comments of the cells."""
    wrong = []
    for rules in _TOGETHER:
        cells = {k: v for rule in rules for k, v in EXAMPLES[rule].cells.items()}
        cells |= {"address_1": LONG} if "address_1_long" in rules else {}
        odd = {k: v for rule in rules for k, v in EXAMPLES[rule].odd.items()}
        checked = Example(cells, odd=odd).checked()
        line = _line(Example(cells, odd=odd), headings)
        columns = {error.field: at for at, error in enumerate(checked.errors)}
        notes = notes_of(
            columns,
            outcome="invalid",
            reason=line.reason,
            repairs="",
            warnings="",
            marks=line.marks,
            refused_fields=None,
        )
        fields = {at: field for field, at in columns.items()}
        texts = [(fields[note.column], note.text) for note in notes]
        if len(texts) != len(columns) or not all(_is_about(*told) for told in texts):
            wrong.append((rules, texts))
    assert wrong == []


def _is_about(field: str, text: str) -> bool:
    return text.startswith(f"{field} ") and text.endswith(".")
