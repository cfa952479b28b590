"""The samples, as a newcomer runs them: against the sandbox, and against another server."""

from __future__ import annotations

import csv
import shlex
import shutil
from pathlib import Path

import openpyxl
import pytest

from pipeline.core.address import ADDRESS_FIELDS
from tests.functional.command import APP_KEY, PROJECT, WEB_KEY, Ended, Place, read_results
from tests.functional.conftest import Call
from tests.stub_api.openapi import faults
from tests.stub_api.server import StubApi

SAMPLES = PROJECT / "samples"


@pytest.fixture
def sample(place: Place) -> Path:
    """A copy of the CSV sample, where its results may lie beside it."""
    return Path(shutil.copy(SAMPLES / "all-fields.csv", place.work))


def _source(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _look_at(ended: Ended, sample: Path) -> None:
    """All that holds of the sample's run, wherever it was sent."""
    told = ended.json
    assert ended.code == 1
    assert sum(told["outcomes"].values()) == told["rows"] == len(_source(sample))
    assert sum(told["order_outcomes"].values()) == told["orders"]
    assert told["outcomes"]["invalid"]
    assert told["outcomes"]["conflict"]
    rows = read_results(sample.with_name("all-fields.results.csv"))
    for row, source in zip(rows, _source(sample), strict=True):
        assert all(row[name] in (cell, f"'{cell}") for name, cell in source.items())
        assert row["success"] == ("TRUE" if row["outcome"] == "updated" else "FALSE")
        assert bool(row["reference_id"]) == (row["outcome"] == "updated")
    assert [int(row["row"]) for row in rows] == list(range(2, 2 + len(rows)))


@pytest.mark.nightly
def test_the_sample_in_a_fresh_environment(place: Place, sample: Path) -> None:
    """Without keys against the sandbox: one JSON object, exit 1, every row in its place."""
    place.without_keys()
    _look_at(place.run("apply", sample, "--sandbox", "--yes", "--json"), sample)


def test_the_sample_against_another_server(place: Place, call: Call, sample: Path) -> None:
    """With keys from the environment each order to be sent is one PUT that the API's own
    description accepts.
    """
    with StubApi() as stub:
        ended = call("apply", sample, "--base-url", stub.url, "--max-rate", "0", "--yes", "--json")
    _look_at(ended, sample)
    rows = read_results(sample.with_name("all-fields.results.csv"))
    wanted = {int(row["order_id"]) for row in rows if row["outcome"] == "updated"}
    puts = stub.puts()
    assert sorted(seen.order_id or 0 for seen in puts) == sorted(wanted)
    assert ended.json["requests"] == ended.json["order_outcomes"]["updated"] == len(puts)
    for seen in puts:
        assert faults("UpdateCustomerRequest", seen.json) == []
        assert list(seen.json) == ["order_id", "customer_info"]
        assert type(seen.json["order_id"]) is int
        assert list(seen.json["customer_info"]) == list(ADDRESS_FIELDS)
        assert "" not in seen.json["customer_info"].values()
        assert (seen.header("web_api_key"), seen.header("app_key")) == (WEB_KEY, APP_KEY)
        assert seen.header("Content-Type") == "application/json"


def test_the_excel_sample(place: Place, call: Call) -> None:
    """The workbook comes back as a workbook; its orders are other ones than the CSV's."""
    shutil.copy(SAMPLES / "corrections.xlsx", place.work)
    with StubApi() as stub:
        ended = call(
            "apply", "corrections.xlsx", "--base-url", stub.url, "--max-rate", "0", "--json"
        )
    assert ended.code == 1
    assert not any(faults("UpdateCustomerRequest", seen.json) for seen in stub.puts())
    csv_orders = {row["order_id"] for row in _source(SAMPLES / "all-fields.csv")}
    assert not csv_orders & {str(seen.order_id) for seen in stub.puts()}
    before = openpyxl.load_workbook(SAMPLES / "corrections.xlsx").worksheets[0]
    after = openpyxl.load_workbook(place.work / "corrections.results.xlsx").worksheets[0]
    assert after.max_row == before.max_row
    for row in (1, 3, 9, before.max_row):
        assert after.cell(row, 1).value == _shown(before.cell(row, 1).value)


def _shown(value: object) -> str | None:
    return None if value is None else str(value)


@pytest.mark.parametrize(
    "name", ["shopify_orders.csv", "woocommerce_orders.csv", "etsy_orders.csv"]
)
def test_a_shops_export_by_way_of_the_order_ids(place: Place, call: Call, name: str) -> None:
    """With --ids the shop's numbers become FinerWorks' own; without, nothing is sent at all."""
    for each in (name, "finerworks-orders.csv"):
        shutil.copy(SAMPLES / each, place.work)
    known = {row["order_id"] for row in _source(SAMPLES / "finerworks-orders.csv")}
    with StubApi() as stub:
        refused = call("apply", name, "--base-url", stub.url, "--json")
        assert (refused.code, stub.requests) == (3, [])
        assert "--ids" in refused.json["error"]
        ids = ("--ids", "finerworks-orders.csv")
        ended = call("apply", name, *ids, "--base-url", stub.url, "--json")
    assert ended.code in (0, 1)
    assert stub.puts()
    assert {str(seen.order_id) for seen in stub.puts()} <= known
    assert not any(faults("UpdateCustomerRequest", seen.json) for seen in stub.puts())


def test_the_demo(place: Place) -> None:
    """In any folder, without keys: both samples, a summary, the results beside them, exit 0."""
    place.without_keys()
    ended = place.run("demo")
    assert ended.code == 0
    assert "orders updated" in ended.stdout
    folder = place.work / "address-pipeline-demo"
    assert {path.name for path in folder.glob("*.results.*")} == {
        "all-fields.results.csv",
        "corrections.results.xlsx",
    }
    assert not place.ledger.exists()


def test_what_the_demo_says_to_do_next_works(place: Place, call: Call) -> None:
    """A newcomer fixes rows in ``To fix`` and pastes the command: what was fixed is sent."""
    ended = call("demo")
    results = place.work / "address-pipeline-demo" / "corrections.results.xlsx"
    book = openpyxl.load_workbook(results)
    page = book["To fix"]
    head = [cell.value for cell in page[1]]
    page.cell(2, head.index("Recipient") + 1).value = "Bodil Eksempel"
    page.delete_rows(4)  # one of the two answers for one order
    book.save(results)
    (command,) = (line for line in ended.stdout.splitlines() if "apply" in line and ".xlsx" in line)
    again = call(*shlex.split(command)[1:], "--yes", "--json")
    assert (again.code, again.json["order_outcomes"]["updated"]) == (0, 11)
    assert again.json["outcomes"]["superseded"] == 1
    assert again.json["rows"] == 14


def test_the_demo_in_json(place: Place, call: Call) -> None:
    """``demo --json`` prints the object that ``apply`` prints, with the exit code of the demo.

    Rows that need a person are what it shows, so they are no exit 1; what broke would be.
    """
    told = call("demo", "--json")
    assert (told.code, told.json["exit_code"]) == (0, 0)
    assert [run["exit_code"] for run in told.json["runs"]] == [0, 0]
    assert told.json["outcomes"]["invalid"] > 0
    assert told.stdout.count("\n") == 1
    assert len(read_results(place.work / "address-pipeline-demo" / "all-fields.results.csv")) == 24
