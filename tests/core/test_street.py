"""What a street's cell must not hold, and how a line that is too long is helped."""

from __future__ import annotations

import pytest

from pipeline.core.checking import CheckedRow, RowChecker
from pipeline.core.excel_errors import is_excel_error
from pipeline.core.rules import RuleOptions
from tests.core.test_sound import SOUND


def _checked(**changes: str) -> CheckedRow:
    return RowChecker(RuleOptions()).check(SOUND | changes, {})


@pytest.mark.parametrize(
    ("changes", "errors", "warnings"),
    [
        ({"address_1": "12 Elm St, Boston, MA 02134"}, [], ["address_repeated"]),
        ({"address_1": "12 Elm St, Springfield, IL 62704"}, ["whole_address"], []),
        (
            {"address_1": "12 Elm St, Boston, MA 02134", "city": "", "zip_postal_code": ""},
            ["whole_address", "city_missing", "us_zip"],
            [],
        ),
        ({"address_1": "12 Boston Street 02134-B"}, [], []),
    ],
)
def test_a_whole_address_in_one_cell_is_told(
    changes: dict[str, str], errors: list[str], warnings: list[str]
) -> None:
    """The row's own city and ZIP once more are a doubt; another city's are an error."""
    checked = _checked(**changes)
    assert [one.rule for one in checked.errors] == errors
    assert [one.rule for one in checked.warnings] == warnings


LONG = (
    "The Old Mill at the End of the Very Long Harbour Road, Building 17, "
    "Third Floor on the Left, Suite 4400"
)


def test_a_line_that_is_too_long_comes_with_a_way_to_spread_it() -> None:
    """The proposal quotes the address, so it is no part of the sentence that others may repeat."""
    (error,) = _checked(address_1=LONG).errors
    assert error.sentence == f"address_1 is longer than 100 characters ({len(LONG)}); shorten it."
    assert error.advice.startswith("for example address_1: “The Old Mill")
    assert "address_2: “" in error.advice
    assert "Mill" not in repr(error)


def test_two_lines_that_are_too_long_get_one_proposal() -> None:
    """It is about all three lines together."""
    errors = _checked(address_1=LONG, address_2=LONG).errors
    assert [bool(error.advice) for error in errors] == [True, False]


def test_what_cannot_be_spread_gets_no_proposal() -> None:
    """One word of 101 letters."""
    (error,) = _checked(address_1="x" * 101).errors
    assert error.advice == ""


@pytest.mark.parametrize("cell", ["M?ller", "Bj?rn"])
def test_a_letter_that_became_a_question_mark_is_told(cell: str) -> None:
    """Inside a word nobody writes one."""
    assert [w.rule for w in _checked(last_name=cell).warnings] == ["looks_garbled"]


def test_other_question_marks_are_none_of_ours() -> None:
    """A company may ask, and an e-mail may hold anything."""
    assert _checked(company_name="Why Not? Prints").warnings == ()


@pytest.mark.parametrize(
    ("cell", "error"),
    [("#N/A", True), ("#NV", True), ("#wert!", True), ("#¡VALOR!", True), ("#5", False),
     ("#NV 12", False), ("N/A", False), ("", False)],
)  # fmt: skip
def test_errors_of_other_languages_are_errors(cell: str, error: bool) -> None:
    """A CSV that a German Excel wrote says #NV."""
    assert is_excel_error(cell) == error
    assert ("excel_error" in [e.rule for e in _checked(address_2=cell).errors]) == error


@pytest.mark.parametrize(
    ("city", "doubtful"),
    [("Boston, MA", True), ("Boston MA", True), ("Boston MA 02134", True), ("BOSTON, MA", True),
     ("Washington DC", False), ("Washington, DC", False), ("SANTA FE", False), ("LA", False),
     ("Boston", False), ("St. Louis", False), ("Fort Wayne IN", True), ("EAST LA", False)],
)  # fmt: skip
def test_a_state_behind_a_city_is_told(city: str, doubtful: bool) -> None:
    """The label would show it twice; a city in capitals may end like a state."""
    told = [w.rule for w in _checked(city=city).warnings if w.rule == "city_doubtful"]
    assert told == ["city_doubtful"] * doubtful
