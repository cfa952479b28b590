"""Which cells a row's reason, repairs and warnings are about."""

from __future__ import annotations

import json
from typing import Any

from pipeline.core.notes import notes_of

COLUMNS = {"order_id": 0, "first_name": 1, "last_name": 1, "city": 3, "zip_postal_code": 4}


def notes(**changes: Any) -> list[tuple[int, str, str]]:
    told = {
        "outcome": "invalid",
        "reason": "",
        "repairs": "",
        "warnings": "",
        "marks": None,
        "refused_fields": None,
    }
    found = notes_of(COLUMNS, **(told | changes))
    return [(note.column, note.kind, note.text) for note in found]


def marks(**said: Any) -> str:
    return json.dumps({"e": [], "w": [], "r": [], "h": 0} | said)


def test_a_plain_row_has_none() -> None:
    """Nearly every row: nothing is looked at."""
    assert notes(outcome="updated") == []


def test_each_error_is_told_at_its_own_cell() -> None:
    """A reason of several sentences is taken apart by the fields that they begin with."""
    reason = 'city ("Town") is empty; fill it in. zip_postal_code is not 5 digits; correct it.'
    said = marks(e=[["city_missing", "city"], ["us_zip", "zip_postal_code"]])
    assert notes(reason=reason, marks=said) == [
        (3, "error", 'city ("Town") is empty; fill it in.'),
        (4, "error", "zip_postal_code is not 5 digits; correct it."),
    ]


def test_a_reason_that_cannot_be_taken_apart_is_told_whole() -> None:
    """No sentence is lost, and none lands at the wrong cell."""
    said = marks(e=[["po_not_found", "order_id"], ["city_missing", "city"]])
    assert notes(reason="One thing. Another.", marks=said) == [
        (0, "error", "One thing. Another."),
        (3, "error", "One thing. Another."),
    ]


def test_a_field_without_a_column_has_no_cell() -> None:
    """An error about the row as a whole, or about a column that is not there."""
    said = marks(e=[["surplus_cell", ""], ["phone_long", "phone"]])
    assert notes(reason="The row has too many cells. phone is long.", marks=said) == []


def test_repairs_and_warnings_are_told_at_their_cells() -> None:
    """Before and after; a name that fills two fields stands in one cell."""
    assert notes(
        outcome="updated",
        repairs="last_name: MÃ¼ller → Müller\nzip_postal_code: 2134 → 02134",
        warnings="zip_postal_code: does not belong to the state.\nThe row is hidden.",
        marks=marks(
            r=[["mojibake", "last_name"], ["zip_zero", "zip_postal_code"]],
            w=[["zip_not_of_state", "zip_postal_code"]],
        ),
    ) == [
        (1, "repair", "MÃ¼ller → Müller"),
        (4, "repair", "2134 → 02134"),
        (4, "warning", "does not belong to the state."),
    ]


def test_a_refusal_is_told_at_the_fields_that_the_api_named() -> None:
    """The API's own words stand in the reason."""
    reason = 'FinerWorks refused it (HTTP 400): "city: unknown"; correct it and run again.'
    assert notes(outcome="rejected", reason=reason, refused_fields="city,phone") == [
        (3, "error", reason)
    ]


def test_a_conflict_is_told_at_the_order() -> None:
    """Its number is what the rows have in common."""
    assert notes(outcome="conflict", reason="row 9 has another address.") == [
        (0, "error", "row 9 has another address.")
    ]
