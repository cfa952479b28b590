"""No room on the disk: told, nothing that was committed is lost, and the same command goes on.

A limit on the size of files, which a process may be given while it runs, stands in for a full disk.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.sheets.excel import results_out
from tests.functional.command import (
    Ended,
    Place,
    bare_address,
    finish,
    order,
    read_results,
    write_sheet,
)
from tests.functional.conftest import Call
from tests.functional.troubled import FULL_FROM, begin
from tests.stub_api.server import StubApi

pytest.importorskip("resource", reason="only POSIX has limits on the size of files")

COUNT = 120
NUMBERS = range(1, COUNT + 1)

STAGING = ("pipeline.job.staging", "Staging.run", "1")
SECOND_CLAIM = ("pipeline.ledger.claims", "Claims.settle_and_claim", "3")
LAST_SETTLE = ("pipeline.ledger.claims", "_row_values", "101")
RESULTS = ("pipeline.job.finish", "write_csv", "1")
END = ("pipeline.ledger.runs", "end", "1")


@pytest.fixture(autouse=True)
def sheet(place: Place) -> Path:
    """Chunks of so many orders are committed as the run goes on."""
    place.environ["ADDRESS_PIPELINE_RATE__START_PER_SECOND"] = "100"
    return write_sheet(place.work / "orders.csv", [order(number) for number in NUMBERS])


def _apply(stub: StubApi, rate: int = 100) -> tuple[str, ...]:
    return ("apply", "orders.csv", "--base-url", stub.url, "--max-rate", str(rate), "--json")


def _confirmed(place: Place) -> set[int]:
    with closing(sqlite3.connect(place.ledger)) as ledger:
        found = ledger.execute("SELECT order_id FROM rows WHERE outcome = 'updated'").fetchall()
    return {order_id for (order_id,) in found}


def _goes_on(place: Place, call: Call, stub: StubApi) -> Ended:
    """With room again the same command goes on with what is left, and nothing that was settled."""
    settled = _confirmed(place)
    came = len(stub.puts())
    second = call(*_apply(stub, 0))
    assert (second.code, second.json["outcomes"]["updated"]) == (0, COUNT)
    assert sorted(seen.order_id or 0 for seen in stub.puts()[came:]) == sorted(
        set(NUMBERS) - settled
    )
    assert stub.confirmed() == {number: bare_address(number) for number in NUMBERS}
    assert stub.max_open_per_order() == 1
    rows = read_results(place.work / "orders.results.csv")
    assert [int(row["order_id"]) for row in rows] == list(NUMBERS)
    assert {row["outcome"] for row in rows} == {"updated"}
    return second


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(STAGING, id="staging"),
        pytest.param(SECOND_CLAIM, id="claim", marks=pytest.mark.nightly),
    ],
)
def test_the_ledger_cannot_grow(place: Place, call: Call, moment: tuple[str, ...]) -> None:
    """Exit 5 and a sentence that names the ledger; what was committed holds."""
    with StubApi() as stub:
        first = finish(
            begin(place, FULL_FROM, *moment, *_apply(stub, 0 if moment is STAGING else 100))
        )
        assert first.code == 5
        assert str(place.ledger) in first.json["error"]
        assert "run the same command again" in first.json["error"]
        assert "Traceback" not in first.stderr
        if moment is STAGING:
            assert stub.puts() == []
        else:
            told = first.json["outcomes"]
            assert told["unknown"] + told["not_sent"] + told["updated"] == COUNT
            assert len(stub.puts()) <= told["unknown"] + told["updated"]
        _goes_on(place, call, stub)


@pytest.mark.nightly
def test_the_last_outcomes_cannot_be_settled(place: Place, call: Call) -> None:
    """They were answered and are not known: they show as unknown, and are sent again."""
    with StubApi() as stub:
        first = finish(begin(place, FULL_FROM, *LAST_SETTLE, *_apply(stub)))
        assert first.code == 5
        assert len(stub.puts()) == COUNT
        assert first.json["outcomes"]["unknown"] == COUNT - len(_confirmed(place)) > 0
        _goes_on(place, call, stub)


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(RESULTS, id="results"),
        pytest.param(END, id="end", marks=pytest.mark.nightly),
    ],
)
def test_there_is_no_room_for_the_results(
    place: Place, call: Call, moment: tuple[str, ...]
) -> None:
    """The exit code is that of the rows, for all is in the ledger; it says how to write them."""
    with StubApi() as stub:
        first = finish(begin(place, FULL_FROM, *moment, *_apply(stub, 0)))
        assert (first.code, first.json["outcomes"]["updated"]) == (0, COUNT)
        assert "Traceback" not in first.stderr
        run_id = first.json["runs"][0]["run_id"]
        written = (place.work / "orders.results.csv").exists()
        assert written == (moment is END)
        if not written:
            assert f"address-pipeline results {run_id} -o FILE" in first.stderr
            assert [path.name for path in place.work.iterdir()] == ["orders.csv"]
        assert call("results", run_id, "-o", "later.csv").code == 0
        rows = read_results(place.work / "later.csv")
        assert {(row["outcome"], row["run_id"]) for row in rows} == {("updated", run_id)}
        again = call(*_apply(stub, 0))  # its end could not be written down, so it goes on
        assert (again.json["runs"][0]["run_id"], again.json["outcomes"]["updated"]) == (
            run_id,
            COUNT,
        )
    assert len(stub.puts()) == COUNT


def test_a_full_disk_costs_a_workbook_too(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer of workbooks has errors of its own; they reach a person in the same words."""

    def full(*_given: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(results_out, "write_xlsx", full)
    place.environ["ADDRESS_PIPELINE_RESULTS__KIND"] = "xlsx"
    with StubApi() as stub:
        ended = call(*_apply(stub, 0))
    assert (ended.code, ended.json["runs"][0]["results"]) == (0, None)
    assert "orders.results.xlsx cannot be written there (No space left on device)" in ended.stderr
    assert [path.name for path in place.work.iterdir()] == ["orders.csv"]
