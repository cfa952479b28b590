"""A results workbook is worked in and applied: only what needs sending is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import openpyxl
import pytest

from tests.functional.command import COLUMNS, Ended, Place, order, write_sheet
from tests.functional.conftest import Call
from tests.functional.results_book import TO_FIX, ResultsBook
from tests.stub_api.behaviours import modelstate_400, ok
from tests.stub_api.server import StubApi
from tests.stub_api.wire import Seen

REFUSED = "Nowhere"


def judge(seen: Seen) -> object:
    return (modelstate_400 if seen.json["customer_info"]["city"] == REFUSED else ok)(seen)


@pytest.fixture
def stub() -> Iterable[StubApi]:
    with StubApi(judge) as running:  # type: ignore[arg-type]
        yield running


def write_book(path: Path, rows: Iterable[Mapping[str, str]], *, title: bool = True) -> Path:
    """Write a workbook; its first order stands in row 4 under a title, else in row 2."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "Orders"
    if title:
        page.append(["Corrections of Monday"])
        page.append([])
    page.append(list(COLUMNS))
    for row in rows:
        page.append(list(row.values()))
    book.save(path)
    return path


def apply(call: Call, stub: StubApi, sheet: str, *more: str) -> tuple[Ended, dict[int, list[str]]]:
    """Apply a sheet; gives how it ended, and the streets that were sent to each order."""
    before = len(stub.puts())
    ended = call("apply", sheet, "--base-url", stub.url, "--max-rate", "0", *more)
    sent: dict[int, list[str]] = {}
    for put in stub.puts()[before:]:
        assert put.order_id is not None
        sent.setdefault(put.order_id, []).append(put.json["customer_info"]["address_1"])
    return ended, sent


def test_only_what_needs_sending_is_sent(place: Place, call: Call, stub: StubApi) -> None:
    """Every way a row can have ended, and every way it can be edited, in one workbook."""
    ended_as = {
        "ok": {},
        "newer": {},
        "invalid": {"city": ""},
        "rejected": {"city": REFUSED},
    }
    cases = [(was, edit) for was in ("ok", "newer") for edit in ("none", "main")]
    edits = ("none", "main", "to fix", "alike", "apart")
    cases += [(was, edit) for was in ("invalid", "rejected") for edit in edits]
    numbers = {case: 11 * at for at, case in enumerate(cases, start=1)}
    rows = {case: at for at, case in enumerate(cases, start=4)}
    write_book(place.work / "a.xlsx", [order(numbers[case], **ended_as[case[0]]) for case in cases])
    ended, sent = apply(call, stub, "a.xlsx")
    assert ended.code == 1
    assert sent.keys() == {numbers[case] for case in cases if case[0] != "invalid"}
    later = [order(numbers["newer", edit], address_1="New Road") for edit in ("none", "main")]
    write_sheet(place.work / "b.csv", later)
    assert apply(call, stub, "b.csv")[0].code == 0

    work = ResultsBook(place.work / "a.results.xlsx")
    for (was, edit), row in rows.items():
        here = {"address_1": f"{was} Main Street", "city": "Boston"}
        there = {"address_1": f"{was} Fix Street", "city": "Boston"}
        if edit in ("main", "alike", "apart"):
            work.edit(work.main, row, **here)
        if edit in ("to fix", "alike", "apart"):
            work.edit(TO_FIX, row, **(here if edit == "alike" else there))
    edited = work.save()

    ended, sent = apply(call, stub, "a.results.xlsx")
    assert sent == {
        numbers["ok", "main"]: ["ok Main Street"],
        numbers["newer", "main"]: ["newer Main Street"],
        numbers["invalid", "main"]: ["invalid Main Street"],
        numbers["invalid", "to fix"]: ["invalid Fix Street"],
        numbers["invalid", "alike"]: ["invalid Main Street"],
        numbers["rejected", "none"]: [order(numbers["rejected", "none"])["address_1"]],
        numbers["rejected", "main"]: ["rejected Main Street"],
        numbers["rejected", "to fix"]: ["rejected Fix Street"],
        numbers["rejected", "alike"]: ["rejected Main Street"],
    }
    assert (place.work / "a.results.xlsx").read_bytes() == edited
    again = ResultsBook(place.work / "a.results (2).xlsx")
    outcomes = {row["row"]: row["outcome"] for row in again.rows()}
    last = max(rows.values())
    assert outcomes == {
        rows["ok", "none"]: "unchanged",
        rows["ok", "main"]: "updated",
        rows["newer", "none"]: "superseded",
        rows["newer", "main"]: "updated",
        rows["invalid", "none"]: "invalid",
        rows["rejected", "none"]: "rejected",
        **{rows[was, e]: "updated" for was in ("invalid", "rejected") for e in edits[1:4]},
        **{rows[was, "apart"]: "conflict" for was in ("invalid", "rejected")},
        last + 1: "conflict",
        last + 2: "conflict",
    }
    streets = {row["row"]: row["address_1"] for row in again.rows()}
    assert streets[rows["rejected", "apart"]] == "rejected Main Street"
    assert streets[last + 2] == "rejected Fix Street"
    reasons = {row["row"]: row["reason"] for row in again.rows()}
    assert "the other one stands at the end of the table" in reasons[rows["rejected", "apart"]]

    # The person decides, in the new results: of one in either worksheet, and deletes the other.
    again.delete(TO_FIX, rows["rejected", "apart"])
    again.delete(again.main, last + 1)
    again.save()
    ended, sent = apply(call, stub, "a.results (2).xlsx")
    assert sent == {
        numbers["rejected", "none"]: [order(numbers["rejected", "none"])["address_1"]],
        numbers["rejected", "apart"]: ["rejected Fix Street"],
        numbers["invalid", "apart"]: ["invalid Main Street"],
    }
    final = ResultsBook(place.work / "a.results (3).xlsx")
    outcomes = {row["row"]: row["outcome"] for row in final.rows()}
    assert outcomes[rows["rejected", "apart"]] == "superseded"
    assert outcomes[rows["invalid", "apart"]] == outcomes[last + 1] == "updated"
    assert len(final.rows()) == len(cases) + 2


def test_what_gave_way_to_a_row_does_not_stand_in_the_way_of_its_correction(
    place: Place, call: Call, stub: StubApi
) -> None:
    """The row that --duplicates last took had errors; it is corrected, and the command told run."""
    write_book(place.work / "a.xlsx", [order(1, address_1="Old Road"), order(1, city="")])
    ended, sent = apply(call, stub, "a.xlsx", "--duplicates", "last")
    assert (ended.code, sent) == (1, {})
    work = ResultsBook(place.work / "a.results.xlsx")
    work.edit(TO_FIX, 5, city="Boston")
    work.save()
    ended, sent = apply(call, stub, "a.results.xlsx")
    assert (ended.code, sent) == (0, {1: [order(1)["address_1"]]})
    again = ResultsBook(place.work / "a.results (2).xlsx")
    assert [row["outcome"] for row in again.rows()] == ["superseded", "updated"]
