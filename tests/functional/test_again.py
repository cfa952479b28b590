"""``apply`` may always be repeated: what is confirmed is not sent again, the rest is."""

from __future__ import annotations

import csv
import os
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from tests.functional.command import (
    COLUMNS,
    Ended,
    Place,
    bare_address,
    order,
    read_results,
    write_sheet,
)
from tests.functional.conftest import Call
from tests.stub_api import behaviours as api
from tests.stub_api.replies import Late
from tests.stub_api.server import StubApi

ORDERS = [order(number) for number in range(1, 8)]


def _apply(call: Call, stub: StubApi, *arguments: str | Path) -> Ended:
    return call("apply", *arguments, "--base-url", stub.url, "--max-rate", "0", "--json")


def _outcomes(ended: Ended) -> dict[str, int]:
    return {name: count for name, count in ended.json["outcomes"].items() if count}


def test_a_second_apply_sends_nothing(place: Place, call: Call) -> None:
    """All rows are ``unchanged``, with the reference of the confirmation and its date and run."""
    write_sheet(place.work / "orders.csv", ORDERS)
    with StubApi() as stub:
        first = _apply(call, stub, "orders.csv")
        before = read_results(place.work / "orders.results.csv")
        asked = len(stub.requests)
        second = _apply(call, stub, "orders.csv")
        assert len(stub.requests) == asked
    after = read_results(place.work / "orders.results.csv")
    assert (first.code, second.code) == (0, 0)
    assert (_outcomes(second), second.json["requests"]) == ({"unchanged": 7}, 0)
    assert [row["reference_id"] for row in after] == [row["reference_id"] for row in before]
    assert all(row["reference_id"] for row in after)
    assert {(row["success"], row["next_step"], row["attempts"]) for row in after} == {
        ("TRUE", "nothing", "0")
    }
    today = datetime.now(UTC).date().isoformat()
    run_id = first.json["runs"][0]["run_id"]
    assert all(today in row["reason"] and run_id in row["reason"] for row in after)
    assert {(row["sent_at"], row["http_status"]) for row in after} == {("", "")}


def test_the_results_of_a_repeat_take_the_place_of_our_own(place: Place, call: Call) -> None:
    """What we wrote ourselves is replaced; once a person touched it, it is left alone."""
    write_sheet(place.work / "orders.csv", ORDERS)
    results = place.work / "orders.results.csv"
    with StubApi() as stub:
        _apply(call, stub, "orders.csv")
        assert _apply(call, stub, "orders.csv").json["runs"][0]["results"] == str(results)
        results.write_bytes(results.read_bytes() + b"my note\r\n")
        third = _apply(call, stub, "orders.csv")
    assert third.json["runs"][0]["results"] == str(place.work / "orders.results (2).csv")
    assert results.read_bytes().endswith(b"my note\r\n")


def test_resend_sends_everything(place: Place, call: Call) -> None:
    """With --resend nothing is taken for done."""
    write_sheet(place.work / "orders.csv", ORDERS)
    with StubApi() as stub:
        _apply(call, stub, "orders.csv")
        again = _apply(call, stub, "orders.csv", "--resend")
    assert _outcomes(again) == {"updated": 7}
    assert [len(stub.puts(number)) for number in range(1, 8)] == [2] * 7


def test_only_what_changed_is_sent(place: Place, call: Call) -> None:
    """A corrected row goes; its neighbours stay as they are."""
    write_sheet(place.work / "orders.csv", ORDERS)
    with StubApi() as stub:
        _apply(call, stub, "orders.csv")
        write_sheet(place.work / "orders.csv", [order(1, city="Salem"), *ORDERS[1:]])
        again = _apply(call, stub, "orders.csv")
    assert _outcomes(again) == {"updated": 1, "unchanged": 6}
    assert stub.confirmed()[1]["city"] == "Salem"


@pytest.mark.parametrize("other", ["host", "key"])
def test_a_confirmation_counts_for_its_target_and_key_only(
    place: Place, call: Call, other: str
) -> None:
    """Another host or another key has confirmed nothing yet."""
    write_sheet(place.work / "orders.csv", ORDERS)
    with StubApi() as stub, StubApi() as elsewhere:
        _apply(call, stub, "orders.csv")
        if other == "key":
            place.environ["FINERWORKS_APP_KEY"] = "another"
        again = _apply(call, elsewhere if other == "host" else stub, "orders.csv")
    assert _outcomes(again) == {"updated": 7}


def test_a_sandbox_remembers_nothing(place: Place, call: Call) -> None:
    """What a started sandbox confirmed ends with it."""
    write_sheet(place.work / "orders.csv", ORDERS)
    for _ in range(2):
        assert _outcomes(call("apply", "orders.csv", "--sandbox", "--json")) == {"updated": 7}


def test_what_failed_is_sent_again(place: Place, call: Call) -> None:
    """After a bad day the same command sends just what is not certain, and ends well."""
    place.environ |= {
        "ADDRESS_PIPELINE_RETRY__ATTEMPTS": "1",
        "ADDRESS_PIPELINE_API__TIMEOUT_SECONDS": "2",
    }
    write_sheet(place.work / "orders.csv", ORDERS)
    bad = {2: api.server_error, 3: api.too_many(), 4: api.modelstate_400, 5: api.html_200}
    with StubApi(api.by_order(bad)) as stub:
        first = _apply(call, stub, "orders.csv")
        assert _outcomes(first) == {"updated": 3, "unknown": 2, "failed": 1, "rejected": 1}
        stub.behave = api.ok
        second = _apply(call, stub, "orders.csv")
    assert (second.code, _outcomes(second)) == (0, {"updated": 4, "unchanged": 3})
    assert [len(stub.puts(number)) for number in range(1, 8)] == [1, 2, 2, 2, 2, 1, 1]


def _fix(path: Path, row: str, **changes: str) -> None:
    """Correct a row of a results CSV as a person would, and save it."""
    rows = read_results(path)
    next(one for one in rows if one["row"] == row).update(changes)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_a_results_sheet_is_fixed_and_fed_back(place: Place, call: Call) -> None:
    """Only what needed a person is sent; the new results hold every row again, in its place."""
    rows = [order(1), order(2, city=""), order(3), order(4, phone="+1 617 555 0101")]
    write_sheet(place.work / "orders.csv", rows)
    with StubApi() as stub:
        first = _apply(call, stub, "orders.csv")
        assert _outcomes(first) == {"updated": 3, "invalid": 1}
        _fix(place.work / "orders.results.csv", "3", city="Salem")
        second = _apply(call, stub, "orders.results.csv")
    assert (second.code, _outcomes(second)) == (0, {"updated": 1, "unchanged": 3})
    assert stub.confirmed()[2] == bare_address(2, city="Salem")
    assert second.json["runs"][0]["results"] == str(place.work / "orders.results (2).csv")
    back = read_results(place.work / "orders.results (2).csv")
    assert [row["order_id"] for row in back] == ["1", "2", "3", "4"]
    assert back[3]["phone"] == "'+1 617 555 0101"
    assert len(back[0]) == len(COLUMNS) + 12


def test_a_results_workbook_is_fixed_and_fed_back(place: Place, call: Call) -> None:
    """The same by way of Excel: zeros, references and rows survive the editing."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for line in (COLUMNS, *(order(1).values(), order(2, zip_postal_code="").values())):
        page.append(list(line))
    book.save(place.work / "orders.xlsx")
    with StubApi() as stub:
        assert _outcomes(_apply(call, stub, "orders.xlsx")) == {"updated": 1, "invalid": 1}
        results = place.work / "orders.results.xlsx"
        book = openpyxl.load_workbook(results)
        book.worksheets[0].cell(3, COLUMNS.index("zip_postal_code") + 1).value = "02134"
        book.save(results)
        second = _apply(call, stub, "orders.results.xlsx")
    assert _outcomes(second) == {"updated": 1, "unchanged": 1}
    assert stub.confirmed() == {1: bare_address(1), 2: bare_address(2)}


def test_one_order_in_two_sheets(place: Place, call: Call) -> None:
    """All sheets of a command are seen as one: a conflict is found across them, an equal pair sent
    once.
    """
    write_sheet(place.work / "a.csv", [order(1), order(2), order(3)])
    write_sheet(place.work / "b.csv", [order(4), order(3), order(1, city="Salem")])
    with StubApi() as stub:
        ended = _apply(call, stub, "a.csv", "b.csv")
    assert sorted(seen.order_id or 0 for seen in stub.puts()) == [2, 3, 4]
    a = read_results(place.work / "a.results.csv")
    b = read_results(place.work / "b.results.csv")
    assert [row["outcome"] for row in a] == ["conflict", "updated", "updated"]
    assert [row["outcome"] for row in b] == ["updated", "updated", "conflict"]
    assert "row 4 of b.csv" in a[0]["reason"].lower()
    assert "row 2 of a.csv" in b[2]["reason"].lower()
    assert b[1]["reference_id"] == a[2]["reference_id"]
    assert (ended.code, ended.json["orders"]) == (1, 4)


def test_the_last_one_wins_where_that_is_said(place: Place, call: Call) -> None:
    """With --duplicates last the earlier row is ``superseded`` and names the winner."""
    write_sheet(place.work / "orders.csv", [order(1), order(2), order(1, city="Salem")])
    with StubApi() as stub:
        ended = _apply(call, stub, "orders.csv", "--duplicates", "last")
    rows = read_results(place.work / "orders.results.csv")
    assert [row["outcome"] for row in rows] == ["superseded", "updated", "updated"]
    assert "4" in rows[0]["reason"]
    assert (ended.code, stub.confirmed()[1]["city"]) == (0, "Salem")
    assert len(stub.puts(1)) == 1


def test_an_old_sheet_does_not_undo_a_later_one(place: Place, call: Call) -> None:
    """A sheet taken before, not touched since, leaves alone what a later sheet changed."""
    old = write_sheet(place.work / "old.csv", [order(1), order(2)])
    os.utime(old, (1_700_000_000, 1_700_000_000))
    write_sheet(place.work / "new.csv", [order(1, city="Salem")])
    with StubApi() as stub:
        _apply(call, stub, "old.csv")
        _apply(call, stub, "new.csv")
        again = _apply(call, stub, "old.csv")
        assert (again.code, _outcomes(again)) == (0, {"superseded": 1, "unchanged": 1})
        assert stub.confirmed()[1]["city"] == "Salem"
        forced = _apply(call, stub, "old.csv", "--resend")
    assert _outcomes(forced) == {"updated": 2}
    assert stub.confirmed()[1]["city"] == "Boston"


def test_results_are_written_again_from_the_ledger(place: Place, call: Call) -> None:
    """``results RUN`` needs neither the sheet nor the API, and gives the same file."""
    sheet = write_sheet(place.work / "orders.csv", ORDERS)
    with StubApi() as stub:
        ended = _apply(call, stub, "orders.csv")
    written = place.work / "orders.results.csv"
    before = written.read_bytes()
    written.unlink()
    sheet.unlink()
    again = call("results", ended.json["runs"][0]["run_id"])
    assert again.code == 0
    assert written.read_bytes() == before


def test_two_commands_do_not_share_a_sheet(place: Place, call: Call) -> None:
    """While one works on a sheet, another ends with 6 and changes nothing."""
    place.environ["ADDRESS_PIPELINE_RATE__WORKERS"] = "2"
    write_sheet(place.work / "orders.csv", ORDERS)
    with StubApi(latency_seconds=0.15) as stub:
        first = place.start(
            "apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json"
        )
        with first:
            stub.wait_for_puts(1)
            busy = _apply(call, stub, "orders.csv")
            first.communicate(timeout=20)
    assert (busy.code, busy.json["requests"], first.returncode) == (6, 0, 0)
    assert [len(stub.puts(number)) for number in range(1, 8)] == [1] * 7


def test_two_sheets_at_once_for_the_same_orders(place: Place, call: Call) -> None:
    """No two requests for one order are open at once, and the run begun last has the last word."""
    write_sheet(place.work / "a.csv", [order(number) for number in range(1, 5)])
    write_sheet(place.work / "b.csv", [order(number, city="Salem") for number in range(1, 5)])
    with StubApi(lambda seen: Late(0.3, api.ok(seen))) as stub:
        with place.start("apply", "a.csv", "--base-url", stub.url, "--max-rate", "0") as first:
            stub.wait_for_puts(1)
            second = _apply(call, stub, "b.csv")
            first.communicate(timeout=20)
        assert stub.max_open_per_order() == 1
        assert {info["city"] for info in stub.confirmed().values()} == {"Salem"}
    assert (second.code, _outcomes(second)) == (0, {"updated": 4})
    assert first.returncode == 0
