"""Size: a whole sheet is looked at before its first row is sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.functional.command import Place, order, read_results, write_sheet
from tests.functional.conftest import Call
from tests.stub_api.server import StubApi


def _with_a_late_twin(count: int, *, sound: int) -> Iterator[dict[str, str]]:
    """Rows of which the last contradicts the first; all but ``sound`` others lack their city."""
    yield order(1)
    for number in range(2, count):
        yield order(number) if number < 2 + sound else order(number, city="")
    yield order(1, city="Salem")


def _apply_with_a_late_twin(place: Place, call: Call, count: int, sound: int) -> None:
    write_sheet(place.work / "orders.csv", _with_a_late_twin(count, sound=sound))
    with StubApi() as stub:
        ended = call(
            "apply",
            "orders.csv",
            "--base-url",
            stub.url,
            "--max-rate",
            "0",
            "--json",
            "--accept-findings",
        )
    outcomes = ended.json["outcomes"]
    assert (outcomes["conflict"], outcomes["updated"]) == (2, sound)
    assert sum(outcomes.values()) == ended.json["rows"] == count
    assert stub.puts(1) == []
    assert {seen.order_id for seen in stub.puts()} == set(range(2, 2 + sound))
    rows = read_results(place.work / "orders.results.csv")
    assert (rows[0]["outcome"], rows[-1]["outcome"]) == ("conflict", "conflict")
    assert f"Row {count + 1:d} " in rows[0]["reason"]
    assert "Row 2 " in rows[-1]["reason"]


@pytest.mark.uncounted
@pytest.mark.parametrize("count", [5_000, pytest.param(50_000, marks=pytest.mark.nightly)])
def test_a_conflict_in_the_last_row_holds_back_the_first(
    place: Place, call: Call, count: int
) -> None:
    """In a sheet of thousands of rows the first is not sent when the last wants something else."""
    _apply_with_a_late_twin(place, call, count, sound=100)


@pytest.mark.nightly
@pytest.mark.timeout(600)
def test_fifty_thousand_orders(place: Place, call: Call) -> None:
    """The same where all the others are sound, and each is sent once."""
    _apply_with_a_late_twin(place, call, 50_000, sound=49_998)
