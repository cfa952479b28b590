"""Results and check sheets that people cut, sort, save otherwise, or bring from elsewhere."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any

import openpyxl
import pytest

from tests.functional.command import COLUMNS, Place, order, read_results, write_sheet
from tests.functional.conftest import Call
from tests.functional.results_book import TO_FIX, ResultsBook
from tests.functional.test_to_fix import apply, write_book
from tests.stub_api.server import StubApi


@pytest.fixture
def stub() -> Iterable[StubApi]:
    with StubApi() as running:
        yield running


def told(ended: Any) -> str:
    """What was shown, without its line breaks."""
    return " ".join((ended.stderr + ended.stdout).split())


def test_a_conflict_is_put_right_by_deleting_a_row_in_to_fix(
    place: Place, call: Call, stub: StubApi
) -> None:
    """As the reason says; the main worksheet still has the row, and it speaks no more."""
    rows = [order(1), order(7, address_1="Old Road"), order(7, address_1="New Road"), order(3)]
    write_book(place.work / "a.xlsx", rows, title=False)
    apply(call, stub, "a.xlsx")
    work = ResultsBook(place.work / "a.results.xlsx")
    assert [row["outcome"] for row in work.rows(TO_FIX)] == ["conflict", "conflict"]
    work.delete(TO_FIX, 3)
    work.save()
    ended, sent = apply(call, stub, "a.results.xlsx")
    assert (ended.code, sent) == (0, {7: ["New Road"]})
    final = ResultsBook(place.work / "a.results (2).xlsx").rows()
    assert [row["outcome"] for row in final] == ["unchanged", "superseded", "updated", "unchanged"]
    assert final[1]["reason"] == (
        "This row was deleted in one of the worksheets, so row 4 speaks for the order; "
        "if this one is right, correct that row."
    )
    # Both deleted from the list of things to do is no decision.
    work.delete(TO_FIX, 4)
    work.book[TO_FIX].append([*order(99, city="").values()])
    work.edit(work.main, 5, city="")  # an edit elsewhere keeps the run's rows in both worksheets
    head = work.headings(TO_FIX)
    fixed = next(row for row in work.rows() if row["row"] == 5)
    work.book[TO_FIX].append([fixed[name] for name in head])
    work.save()
    ended, sent = apply(call, stub, "a.results.xlsx", "--resend")
    assert 7 not in sent
    outcomes = [row["outcome"] for row in ResultsBook(place.work / "a.results (2).xlsx").rows()]
    assert outcomes == ["updated", "conflict", "conflict", "invalid", "invalid"]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_to_fix_saved_alone_is_a_sheet(place: Place, call: Call, stub: StubApi, kind: str) -> None:
    """Its rows are known by run and row; what is not in it is left alone."""
    rows = [order(1), order(2, city=""), order(3, city="")]
    write_book(place.work / "a.xlsx", rows)
    apply(call, stub, "a.xlsx")
    work = ResultsBook(place.work / "a.results.xlsx")
    work.edit(TO_FIX, 5, city="Boston", address_1="-5 Main St")
    if kind == "csv":
        with (place.work / "fix.csv").open("w", newline="", encoding="cp1252") as file:
            page = work.book[TO_FIX].iter_rows(values_only=True)
            csv.writer(file, delimiter=";").writerows(page)
    else:
        del work.book[work.main]
        work.save(place.work / "fix.xlsx")
    ended, sent = apply(call, stub, f"fix.{kind}")
    assert (ended.code, sent) == (1, {2: ["-5 Main St"]})


def test_rows_that_a_filter_hides_are_told_where_they_would_be_sent(
    place: Place, call: Call, stub: StubApi
) -> None:
    """Results are filtered to work in them; what is confirmed already needs no word."""
    write_book(place.work / "a.xlsx", [order(1), order(2), order(3, city="")])
    apply(call, stub, "a.xlsx")
    work = ResultsBook(place.work / "a.results.xlsx")
    for row in (4, 5):
        work.book[work.main].row_dimensions[row].hidden = True
    work.save()
    ended, _ = apply(call, stub, "a.results.xlsx")
    assert "hidden" not in ended.stderr
    work.edit(work.main, 5, address_1="New Road 8")
    work.save()
    ended, sent = apply(call, stub, "a.results.xlsx")
    assert sent == {2: ["New Road 8"]}
    assert "1  hidden in the sheet, and sent all the same" in ended.stderr


def test_results_of_another_machine_are_new_rows(place: Place, call: Call, stub: StubApi) -> None:
    """The plan says so; where two worksheets differ nobody can tell which one was edited."""
    write_book(place.work / "a.xlsx", [order(1), order(2, city=""), order(3, city="")])
    apply(call, stub, "a.xlsx")
    work = ResultsBook(place.work / "a.results.xlsx")
    run_id = work.rows()[0]["run_id"]
    work.edit(TO_FIX, 5, city="Boston")
    work.save()
    elsewhere = ("--state-dir", str(place.home / "other"))
    ended, sent = apply(call, stub, "a.results.xlsx", *elsewhere)
    assert sent == {1: [order(1)["address_1"]]}
    words = f"4 rows of a.results.xlsx came back from run {run_id}, which this ledger does not know"
    assert words in told(ended)
    found = ResultsBook(place.work / "a.results (2).xlsx").rows()
    assert [row["outcome"] for row in found] == ["updated", "conflict", "invalid", "conflict"]
    assert f"nothing is known here of run {run_id}" in found[1]["reason"]
    assert '--worksheet "To fix"' in found[1]["reason"]
    ended, sent = apply(call, stub, "a.results.xlsx", *elsewhere, "--worksheet", TO_FIX)
    assert sent == {2: [order(2)["address_1"]]}
    shown = told(call("check", "a.results.xlsx", *elsewhere, "--worksheet", TO_FIX))
    assert f"2 rows of a.results.xlsx came back from run {run_id}" in shown


def test_a_check_sheet_is_fixed_before_anything_was_sent(
    place: Place, call: Call, stub: StubApi
) -> None:
    """On the very first day of a machine; what was edited where is known by fingerprints."""
    rows = [order(1), order(2, city=""), order(3, city=""), order(4, city=""), order(5, city="")]
    write_book(place.work / "a.xlsx", rows)
    assert call("check", "a.xlsx").code == 1
    assert call("check", "a.xlsx").code == 1  # again, with nothing else in the ledger
    work = ResultsBook(place.work / "a.check.xlsx")
    work.edit(TO_FIX, 5, city="Boston")
    work.edit(work.main, 6, city="Boston")
    work.edit(TO_FIX, 7, city="Boston")
    work.edit(work.main, 7, city="Salem")
    edited = work.save()
    ended, sent = apply(call, stub, "a.check.xlsx")
    assert (ended.code, sorted(sent)) == (1, [1, 2, 3])
    assert "does not know" not in told(ended)
    found = ResultsBook(place.work / "a.check.results.xlsx").rows()
    outcomes = ["updated", "updated", "updated", "conflict", "invalid", "conflict"]
    assert [row["outcome"] for row in found] == outcomes
    assert work.path.read_bytes() == edited


def test_orders_beside_the_results_are_a_question(place: Place, call: Call, stub: StubApi) -> None:
    """Somebody put a new worksheet of orders into the workbook; hidden ones do not count."""
    write_book(place.work / "a.xlsx", [order(1), order(2, city="")])
    apply(call, stub, "a.xlsx")
    work = ResultsBook(place.work / "a.results.xlsx")
    more = work.book.create_sheet("Tuesday")
    more.append(list(COLUMNS))
    more.append(list(order(8).values()))
    work.save()
    ended, sent = apply(call, stub, "a.results.xlsx")
    assert (ended.code, sent) == (3, {})
    names = '"Orders", "To fix", "Tuesday" all hold orders; name the one to read with --worksheet'
    assert names in told(ended)
    assert apply(call, stub, "a.results.xlsx", "--worksheet", "Tuesday")[1].keys() == {8}
    more.sheet_state = "hidden"
    work.save()
    ended, sent = apply(call, stub, "a.results.xlsx")
    assert (ended.code, sent) == (1, {})


def test_an_address_column_in_one_worksheet_only_is_refused(
    place: Place, call: Call, stub: StubApi
) -> None:
    """Where it is absent it would clear what is stored; other columns may differ."""
    columns = [name for name in COLUMNS if name != "phone"]
    write_sheet(place.work / "a.csv", [order(1), order(2, city="")], columns)
    to_xlsx = place.work / "config.yaml"
    to_xlsx.write_text("results:\n  kind: xlsx\n")
    to_xlsx.chmod(0o600)
    apply(call, stub, "a.csv", "--missing", "clear")
    work = ResultsBook(place.work / "a.results.xlsx")
    page = work.book[TO_FIX]
    page.insert_cols(1)
    page.cell(1, 1).value = "who calls"
    page.cell(2, 1).value = "Grace"
    work.edit(TO_FIX, 3, city="Boston")
    work.save()
    assert apply(call, stub, "a.results.xlsx", "--missing", "clear")[1].keys() == {2}
    row = ResultsBook(place.work / "a.results (2).xlsx").rows()[1]
    assert (row["who calls"], row["city"], row["outcome"]) == ("Grace", "Boston", "updated")
    page.cell(1, 1).value = "phone"
    work.save()
    ended, sent = apply(call, stub, "a.results.xlsx", "--missing", "clear")
    assert (ended.code, sent) == (3, {})
    assert "(phone in one of them only)" in told(ended)


def test_what_excel_reformats_is_not_edited(place: Place, call: Call, stub: StubApi) -> None:
    """Numbers for a ZIP and an order id, as after opening a CSV in Excel and saving it."""
    write_sheet(place.work / "a.csv", [order(4100001), order(4100002, city="")])
    apply(call, stub, "a.csv")
    for form in (int, float):
        book = openpyxl.Workbook()
        rows = read_results(place.work / "a.results.csv")
        book.worksheets[0].append(list(rows[0]))
        for row in rows:
            changed: dict[str, Any] = dict(row)
            for name in ("order_id", "zip_postal_code", "row", "attempts"):
                changed[name] = form(row[name])
            book.worksheets[0].append(list(changed.values()))
        book.save(place.work / "saved.xlsx")
        ended, sent = apply(call, stub, "saved.xlsx")
        assert (ended.code, sent) == (1, {})
        last = max(place.work.glob("saved.results*.xlsx"))
        assert [row["outcome"] for row in ResultsBook(last).rows()] == ["unchanged", "invalid"]
