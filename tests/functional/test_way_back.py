"""A results sheet that is fixed and fed back never undoes what came later."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.functional.command import Place, finish, order, read_results, write_sheet
from tests.functional.conftest import Call
from tests.stub_api.behaviours import after, ok, server_error
from tests.stub_api.server import StubApi


def test_unedited_rows_do_not_undo_a_later_run(place: Place, call: Call) -> None:
    """Row 2 of the results is fixed; row 1's order was changed by another sheet meanwhile."""
    with StubApi() as stub:
        to_stub = ("--base-url", stub.url, "--max-rate", "0")
        write_sheet(place.work / "a.csv", [order(1), order(2, city="")])
        assert call("apply", "a.csv", *to_stub).code == 1
        write_sheet(place.work / "b.csv", [order(1, address_1="99 New Road")])
        assert call("apply", "b.csv", *to_stub).code == 0
        results = place.work / "a.results.csv"
        broken = next(row for row in read_results(results) if row["outcome"] == "invalid")
        fixed = results.read_text(encoding="utf-8-sig").splitlines(keepends=True)
        at = next(i for i, line in enumerate(fixed) if line.startswith(broken["order_id"]))
        head = fixed[0].split(",")
        cells = fixed[at].split(",")
        cells[head.index("city")] = "Austin"
        fixed[at] = ",".join(cells)
        results.write_text("".join(fixed), encoding="utf-8-sig")
        ended = call("apply", "a.results.csv", *to_stub)
        sent = [(put.order_id, put.json["customer_info"]["address_1"]) for put in stub.puts()[2:]]
    assert ended.code == 0
    assert [number for number, _ in sent] == [2]
    outcomes = [row["outcome"] for row in read_results(place.work / "a.results (2).csv")]
    assert outcomes == ["superseded", "updated"]


def _with(path: Path, order_id: int, **cells: str) -> None:
    """Edit a row of a results CSV in place."""
    rows = read_results(path)
    changed = [{**row, **(cells if row["order_id"] == str(order_id) else {})} for row in rows]
    write_sheet(path, changed, list(rows[0]))


def test_an_edit_that_was_sent_once_does_not_come_again(place: Place, call: Call) -> None:
    """The same file is saved again for another row; a later run has changed the first meanwhile."""
    with StubApi() as stub:
        to_stub = ("--base-url", stub.url, "--max-rate", "0")
        write_sheet(place.work / "a.csv", [order(1, city=""), order(2, city="")])
        assert call("apply", "a.csv", *to_stub).code == 1
        results = place.work / "a.results.csv"
        _with(results, 1, city="Boston")
        assert call("apply", "a.results.csv", *to_stub).code == 1
        write_sheet(place.work / "b.csv", [order(1, address_1="99 New Road")])
        assert call("apply", "b.csv", *to_stub).code == 0
        _with(results, 2, city="Boston")
        assert call("apply", "a.results.csv", *to_stub).code == 0
        assert [put.order_id for put in stub.puts()] == [1, 1, 2]
        outcomes = [row["outcome"] for row in read_results(place.work / "a.results (2).csv")]
        assert outcomes == ["superseded", "updated"]
        _with(results, 1, address_1="At last")
        assert call("apply", "a.results.csv", *to_stub).code == 0
        assert [put.order_id for put in stub.puts()] == [1, 1, 2, 1]


def test_other_rules_make_no_edit(place: Place, call: Call) -> None:
    """What nobody touched is not edited, though it would be sent in another form now."""
    with StubApi() as stub:
        to_stub = ("--base-url", stub.url, "--max-rate", "0")
        write_sheet(place.work / "a.csv", [order(1), order(2, city="")])
        assert call("apply", "a.csv", *to_stub).code == 1
        write_sheet(place.work / "b.csv", [order(1, address_1="99 New Road")])
        assert call("apply", "b.csv", *to_stub).code == 0
        config = place.work / "config.yaml"
        config.write_text("api:\n  country_case: upper\n")
        config.chmod(0o600)
        assert call("apply", "a.results.csv", *to_stub).code == 1
        assert [put.order_id for put in stub.puts()] == [1, 1]
        outcomes = [row["outcome"] for row in read_results(place.work / "a.results (2).csv")]
        assert outcomes == ["superseded", "invalid"]


@pytest.mark.nightly
def test_a_reader_that_went_away_changes_nothing(place: Place) -> None:
    """``| head -1`` must not turn a good run into a bad one."""
    with StubApi() as stub:
        write_sheet(place.work / "a.csv", [order(1)])
        process = place.start("apply", "a.csv", "--base-url", stub.url)
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        assert finish(process).code == 0
        assert len(stub.puts()) == 1


def test_what_did_not_get_through_is_sent_by_the_same_command_again(
    place: Place, call: Call
) -> None:
    """A later run wanted the very address of a row too, in vain: then no newer one is there."""
    with StubApi(after(4, ok, first=server_error)) as stub:
        to_stub = ("--base-url", stub.url, "--max-rate", "0")
        place.environ["ADDRESS_PIPELINE_RETRY__ATTEMPTS"] = "1"
        write_sheet(place.work / "a.csv", [order(1)])
        assert call("apply", "a.csv", *to_stub).code == 1
        for sheet, expected in (
            ("a.results", "unknown"),
            ("a.results", "unknown"),
            ("a", "unknown"),
            ("a.results", "updated"),
            ("a", "unchanged"),
        ):
            call("apply", f"{sheet}.csv", *to_stub, "-o", "told.csv")
            outcomes = [row["outcome"] for row in read_results(place.work / "told.csv")]
            assert outcomes == [expected]
            (place.work / "told.csv").unlink()
        assert len(stub.puts(1)) == 5


@pytest.mark.parametrize("sheet", ["a.results", "a"])
def test_a_check_sheet_of_what_is_stale_sends_nothing_stale(
    place: Place, call: Call, sheet: str
) -> None:
    """The check says that a later run holds order 1; its sheet is corrected for order 2 only."""
    with StubApi() as stub:
        to_stub = ("--base-url", stub.url)
        write_sheet(place.work / "a.csv", [order(1), order(2, city="")])
        assert call("apply", "a.csv", *to_stub).code == 1
        write_sheet(place.work / "b.csv", [order(1, address_1="99 New Road")])
        assert call("apply", "b.csv", *to_stub).code == 0
        assert call("check", f"{sheet}.csv", *to_stub).code == 1
        check = place.work / f"{sheet}.check.csv"
        assert [row["outcome"] for row in read_results(check)] == ["superseded", "invalid"]
        _with(check, 2, city="Boston")
        assert call("apply", check.name, *to_stub).code == 0
        assert [put.order_id for put in stub.puts()] == [1, 1, 2]
        _with(check, 1, address_1="At last")
        assert call("apply", check.name, *to_stub).code == 0
        assert [put.order_id for put in stub.puts()] == [1, 1, 2, 1]
