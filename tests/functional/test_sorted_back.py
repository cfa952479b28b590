"""A results CSV comes back sorted, cut, copied, with columns moved and in another encoding."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from tests.functional.command import COLUMNS, Place, order, read_results, write_sheet
from tests.functional.conftest import Call
from tests.functional.test_to_fix import apply
from tests.stub_api.server import StubApi

LINE = dict.fromkeys(COLUMNS, "")
ROWS = [
    order(1, address_1="-5 Main St"),
    {**LINE, "note": "a frame for order 1"},
    order(2, city=""),
    {**LINE, "note": "a print for order 2"},
    {**LINE, "order_id": "2", "note": "another print for order 2"},
    order(3, phone="+1 617-555-0101"),
    {**LINE, "order_id": "1", "note": "a hook for order 1"},
]


@pytest.fixture
def stub() -> Iterable[StubApi]:
    with StubApi() as running:
        yield running


def _applied(place: Place, call: Call, stub: StubApi) -> list[dict[str, str]]:
    """Apply :data:`ROWS` under headings of which some bear our names; gives the results."""
    rows = [{"success": "theirs", "note": f"={row['order_id']}", **row} for row in ROWS]
    write_sheet(place.work / "a.csv", rows, ("success", *COLUMNS, "note"))
    assert apply(call, stub, "a.csv")[0].code == 1
    return read_results(place.work / "a.results.csv")


def _write(path: Path, rows: Sequence[dict[str, str]], encoding: str, delimiter: str) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        file.write(delimiter.join(rows[0]).upper() + "\n")
        for at, row in enumerate(rows):
            writer.writerow(row)
            file.write(delimiter * len(row) + "\n" if at % 2 else "")


def _by_note(rows: Sequence[dict[str, str]]) -> dict[str, str]:
    return {row["note"] or row["order_id"]: row["outcome"] for row in rows}


def test_rows_keep_what_they_were_in_any_order(place: Place, call: Call, stub: StubApi) -> None:
    """Sorted, with blank lines, moved and lost columns, in capitals and another encoding.

    A further line stays with its order, also one that named it only by standing below it.
    """
    rows = _applied(place, call, stub)
    wanted = {
        **_by_note(rows),
        **{row["note"]: "unchanged" for row in rows if row["outcome"] == "updated"},
    }
    lucky = random.Random(6)
    for attempt, (encoding, delimiter) in enumerate([("cp1252", ";"), ("utf-16", "\t")]):
        shuffled = [dict(row) for row in rows]
        lucky.shuffle(shuffled)
        names = [name for name in rows[0] if name not in ("attempts", "sent_at", "warnings")]
        lucky.shuffle(names)
        moved = [{name: row[name] for name in names} | {"mine": "x"} for row in shuffled]
        _write(place.work / f"{attempt}.csv", moved, encoding, delimiter)
        ended, sent = apply(call, stub, f"{attempt}.csv")
        assert (ended.code, sent) == (1, {})
        with (place.work / f"{attempt}.results.csv").open(encoding="utf-8-sig", newline="") as file:
            found = list(csv.DictReader(file, delimiter=delimiter))
        found = [row for row in found if row["run_id"]]
        told = {row["NOTE"] or row["ORDER_ID"]: row["outcome"] for row in found}
        assert told == wanted
        assert {row["SUCCESS (sheet)"] for row in found} == {"theirs"}


def test_a_copied_row_is_a_row_of_its_own(place: Place, call: Call, stub: StubApi) -> None:
    """Copied and not edited it is the same once more; copied and edited it contradicts."""
    rows = _applied(place, call, stub)
    head = list(rows[0])
    twice = [*rows, rows[0], {**rows[5], "city": "Salem"}]
    with (place.work / "b.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, head)
        writer.writeheader()
        writer.writerows(twice)
    ended, sent = apply(call, stub, "b.csv")
    assert (ended.code, sent) == (1, {})
    outcomes = [row["outcome"] for row in read_results(place.work / "b.results.csv")]
    assert [outcomes[at] for at in (0, 5, 7, 8)] == ["unchanged", "conflict"] * 2


def test_a_line_without_its_order_is_no_riddle(place: Place, call: Call, stub: StubApi) -> None:
    """The rows with the addresses were deleted: what is confirmed is done, the rest says which row.

    In its own run the order had an address, so there is nothing to fill in.
    """
    rows = _applied(place, call, stub)
    lines = [row for row in rows if not row["last_name"]]
    head = list(rows[0])
    with (place.work / "b.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, head)
        writer.writeheader()
        writer.writerows([*lines, rows[5]])
    ended, sent = apply(call, stub, "b.csv")
    assert (ended.code, sent) == (1, {})
    found = {row["note"]: row for row in read_results(place.work / "b.results.csv")}
    assert found["a frame for order 1"]["outcome"] == "unchanged"
    assert found["a hook for order 1"]["outcome"] == "unchanged"
    assert found["a hook for order 1"]["reference_id"]
    lone = found["a print for order 2"]
    assert (lone["outcome"], lone["next_step"]) == ("invalid", "fix")
    assert f"was in row 4 of run {rows[0]['run_id']}" in lone["reason"]
    # The results of that once more: what was said stays said.
    ended, sent = apply(call, stub, "b.results.csv")
    assert (ended.code, sent) == (1, {})
    again = {row["note"]: row for row in read_results(place.work / "b.results (2).csv")}
    assert again["a hook for order 1"]["outcome"] == "unchanged"
    assert again["a frame for order 1"]["next_step"] == "fix"
    assert again["a print for order 2"]["reason"] == lone["reason"]
    # Confirmed meanwhile by another sheet: then nothing is left to do.
    write_sheet(place.work / "c.csv", [order(2)])
    assert apply(call, stub, "c.csv")[0].code == 0
    ended, sent = apply(call, stub, "b.csv")
    assert (ended.code, sent) == (0, {})
