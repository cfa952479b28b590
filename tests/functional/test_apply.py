"""``apply`` from end to end: what is sent, what is printed, what is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipeline.core.outcome import Outcome
from tests.functional.command import (
    APP_KEY,
    COLUMNS,
    WEB_KEY,
    Place,
    bare_address,
    order,
    read_results,
    write_sheet,
)
from tests.functional.conftest import Call
from tests.stub_api.openapi import faults
from tests.stub_api.server import StubApi

OURS = (
    "success reference_id outcome next_step reason repairs warnings http_status attempts sent_at "
    "row run_id"
).split()
MIXED = [
    order(1001),
    order(1002, zip_postal_code="2134", company_name="Byron & Co", email=""),
    order(1003, city=""),
    order(1004),
    order(1004, address_1="5 Other Street"),
    order(1005, first_name="Zoë", city="München", state_code="", zip_postal_code="80331")
    | {"province": "Bayern", "country_code": "Germany", "phone": "+49 89 2180 0"},
    order(1006),
    order(1006),
]
"""Two plain orders (one repaired), an invalid one, a conflict, one abroad, an equal pair."""
SENT = {
    1001: bare_address(1001),
    1002: bare_address(1002, company_name="Byron & Co", email=""),
    1005: bare_address(
        1005,
        first_name="Zoë",
        city="München",
        state_code="",
        zip_postal_code="80331",
        province="Bayern",
        country_code="de",
        phone="+49 89 2180 0",
    ),
    1006: bare_address(1006),
}


def test_one_put_an_order_and_exactly_this(place: Place, call: Call) -> None:
    """Each order that is to be sent is sent once: keys, type, 14 fields, null for what is empty."""
    write_sheet(place.work / "orders.csv", MIXED)
    with StubApi() as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    assert ended.code == 1
    bodies = {seen.order_id: seen.json for seen in stub.puts()}
    assert sorted(seen.order_id or 0 for seen in stub.puts()) == sorted(SENT)
    assert bodies == {
        number: {"order_id": number, "customer_info": address} for number, address in SENT.items()
    }
    for seen in stub.puts():
        assert faults("UpdateCustomerRequest", seen.json) == []
        assert (seen.header("web_api_key"), seen.header("app_key")) == (WEB_KEY, APP_KEY)
        assert seen.header("Content-Type") == "application/json"
    others = [(seen.method, seen.path) for seen in stub.requests if seen not in stub.puts()]
    assert others == [("GET", "/v3/test_my_credentials")]


def test_the_results_hold_every_row_in_its_place(place: Place, call: Call) -> None:
    """The results CSV is the source, row by row, with what became of each behind it."""
    write_sheet(place.work / "orders.csv", MIXED)
    with StubApi() as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    raw = (place.work / "orders.results.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbforder_id,")
    rows = read_results(place.work / "orders.results.csv")
    assert list(rows[0]) == [*COLUMNS, *OURS]
    assert [row["row"] for row in rows] == [str(n) for n in range(2, 2 + len(MIXED))]
    for row, source in zip(rows, MIXED, strict=True):
        guarded = {**source, "phone": "'" + source["phone"]} if "+" in source["phone"] else source
        assert {name: row[name] for name in COLUMNS} == guarded
    assert [row["outcome"] for row in rows] == (
        "updated updated invalid conflict conflict updated updated updated".split()
    )
    assert [row["success"] for row in rows] == [
        "TRUE" if row["outcome"] == "updated" else "FALSE" for row in rows
    ]
    references = {row["order_id"]: row["reference_id"] for row in rows}
    for seen in stub.puts():
        assert references[str(seen.order_id)] == json.loads(seen.reply.body)["reference_id"]  # type: ignore[attr-defined]  # an ok page
    assert [row["attempts"] for row in rows] == ["1", "1", "0", "0", "0", "1", "1", "0"]
    assert rows[1]["repairs"] == "zip_postal_code: 2134 → 02134"
    assert {row["run_id"] for row in rows} == {ended.json["runs"][0]["run_id"]}


def test_an_excel_sheet_comes_back_as_excel(place: Place, call: Call) -> None:
    """A workbook with a title, a blank row and totals keeps every line in its place."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    lines: list[list[Any]] = [
        ["Corrections of this morning"],
        list(COLUMNS),
        list(order(1001).values()),
        [],
        list(order(1002, city="").values()),
        list(order(1003).values()),
        ["Total: 3"],
    ]
    for line in lines:
        page.append(line)
    book.save(place.work / "orders.xlsx")
    with StubApi() as stub:
        ended = call("apply", "orders.xlsx", "--base-url", stub.url, "--max-rate", "0", "--json")
    assert ended.json["runs"][0]["results"] == str(place.work / "orders.results.xlsx")
    back = openpyxl.load_workbook(place.work / "orders.results.xlsx").worksheets[0]
    got = [[cell.value for cell in row] for row in back.iter_rows()]
    width = len(COLUMNS)
    for number, line in enumerate(lines, start=1):
        cells = [cell or "" for cell in got[number - 1][:width]]
        assert cells == [*line, *[""] * (width - len(line))], f"row {number}"
    assert [row[width + 2] for row in got] == [
        None,
        "outcome",
        "updated",
        None,
        "invalid",
        "updated",
        None,
    ]
    assert [row[width + 10] for row in got[2:6]] == [3, None, 5, 6]


def test_the_json_object(place: Place, call: Call) -> None:
    """stdout holds one object with exactly the promised keys, and its sums agree."""
    write_sheet(place.work / "a.csv", MIXED)
    write_sheet(place.work / "b.csv", [order(2001), order(2002)])
    with StubApi() as stub:
        told = call("apply", "a.csv", "b.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    summary = told.json
    assert (
        list(summary)
        == (
            "schema target host rows orders outcomes order_outcomes requests retries throttled "
            "rate_per_second started_at finished_at duration_seconds exit_code runs error"
        ).split()
    )
    for run in summary["runs"]:
        assert (
            list(run)
            == (
                "run_id source source_sha256 rows orders outcomes results report findings exit_code"
            ).split()
        )
        assert sum(run["outcomes"].values()) == run["rows"]
    names = [str(outcome) for outcome in Outcome]
    assert list(summary["outcomes"]) == list(summary["order_outcomes"]) == names
    assert (summary["schema"], summary["target"]) == (1, "custom")
    assert summary["host"] == stub.url.removeprefix("http://")
    assert summary["error"] is None
    assert (summary["rows"], summary["orders"]) == (10, 8)
    assert sum(summary["outcomes"].values()) == summary["rows"]
    assert sum(summary["order_outcomes"].values()) == summary["orders"]
    assert summary["requests"] == len(stub.puts()) == 6
    assert (summary["retries"], summary["throttled"]) == (0, 0)
    assert [run["exit_code"] for run in summary["runs"]] == [1, 0]
    assert [Path(run["source"]).name for run in summary["runs"]] == ["a.csv", "b.csv"]
    for name in names:
        assert summary["outcomes"][name] == sum(r["outcomes"][name] for r in summary["runs"])


def test_a_fresh_process_does_the_same(place: Place) -> None:
    """As a process without a terminal: JSON alone on stdout, the plan on stderr, warnings fatal."""
    write_sheet(place.work / "orders.csv", MIXED)
    place.without_keys()
    ended = place.run("apply", "orders.csv", "--sandbox", "--yes", "--json")
    assert (ended.code, ended.json["target"]) == (1, "sandbox")
    assert "will be sent" in ended.stderr
    rows = read_results(place.work / "orders.results.csv")
    assert [len(row["reference_id"]) for row in rows if row["success"] == "TRUE"] == [32] * 5


def test_a_sheet_that_all_ends_well_is_exit_0(place: Place, call: Call) -> None:
    """Without rows to see to the command ends with 0, and sums up on stdout in words."""
    write_sheet(place.work / "orders.csv", [order(1), order(2)])
    with StubApi() as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--yes")
    assert ended.code == 0
    assert "2 orders updated" in ended.stdout
    assert ended.stdout.rstrip().endswith("Results orders.results.csv   Report orders.report.html")


def test_quiet_says_only_the_summary(place: Place, call: Call) -> None:
    """With -q nothing is said on stderr when nothing is wrong."""
    write_sheet(place.work / "orders.csv", [order(1)])
    with StubApi() as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "-q")
    assert (ended.code, ended.stderr) == (0, "")


@pytest.mark.parametrize("flags", [(), ("--yes",), ("--json",)])
def test_unattended_needs_a_target(place: Place, call: Call, flags: tuple[str, ...]) -> None:
    """Nobody is there to ask, so a target that nobody chose is wrong usage."""
    write_sheet(place.work / "orders.csv", [order(1)])
    ended = call("apply", "orders.csv", *flags)
    assert ended.code == 2
    assert "--live" in ended.stderr
    assert "--base-url" in ended.stderr
    if "--json" in flags:
        assert (ended.json["runs"], ended.json["requests"]) == ([], 0)
        assert ended.json["error"] == ended.stderr.strip()
    assert list(place.work.iterdir()) == [place.work / "orders.csv"]


@pytest.mark.parametrize(
    "missing", [["FINERWORKS_WEB_API_KEY"], ["FINERWORKS_APP_KEY"], None], ids=str
)
def test_missing_keys_are_exit_4(place: Place, call: Call, missing: list[str] | None) -> None:
    """Without both keys nothing is asked of anybody, and the sentence names what is missing."""
    write_sheet(place.work / "orders.csv", [order(1)])
    names = missing or ["FINERWORKS_WEB_API_KEY", "FINERWORKS_APP_KEY"]
    for name in names:
        del place.environ[name]
    with StubApi() as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--json")
    assert ended.code == 4
    assert all(name in ended.json["error"] for name in names)
    assert stub.requests == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["apply", "no-such.csv", "--sandbox"], 3),
        (["apply", "--sandbox"], 2),
        (["apply", "orders.csv", "--sandbox", "--live"], 2),
        (["apply", "orders.csv", "--base-url", "http://example.com"], 2),
        (["apply", "orders.csv", "--live", "--max-rate", "0"], 2),
        (["apply", "orders.csv", "--sandbox", "--no-such-flag"], 2),
        (["apply", "orders.csv", "--sandbox", "--missing", "perhaps"], 2),
        (["apply", "orders.csv", "--sandbox", "--map", "zip"], 2),
        (["apply", "orders.csv", "--sandbox", "--worksheet", "Other"], 3),
        (["apply", "orders.csv", "--sandbox", "--config", "no-such.yaml"], 2),
    ],
    ids=lambda value: " ".join(value[1:]) if isinstance(value, list) else "",
)
def test_wrong_calls(place: Place, call: Call, arguments: list[str], code: int) -> None:
    """Wrong usage is 2, a sheet that cannot be read 3; one line on stderr, JSON if asked for."""
    write_sheet(place.work / "orders.csv", [order(1)])
    ended = call(*arguments, "--json")
    assert (ended.code, ended.json["exit_code"]) == (code, code)
    assert ended.json["error"] == ended.stderr.strip()
    assert len(ended.stderr.splitlines()) == 1
    assert ended.json["requests"] == 0


@pytest.mark.parametrize(
    "content",
    [b"", ",".join(COLUMNS).encode(), b"\x00\x01\x02\xff" * 50, b"first_name,city\nAda,Boston\n"],
    ids=["empty", "headings only", "no sheet", "no order column"],
)
def test_an_unreadable_sheet_does_not_stop_the_others(
    place: Place, call: Call, content: bytes
) -> None:
    """Its error is its own: exit 3, and the sound sheet beside it is sent all the same."""
    (place.work / "bad.csv").write_bytes(content)
    write_sheet(place.work / "good.csv", [order(1)])
    with StubApi() as stub:
        ended = call(
            "apply", "bad.csv", "good.csv", "--base-url", stub.url, "--max-rate", "0", "--json"
        )
    assert ended.code == 3
    assert ended.json["outcomes"]["updated"] == 1
    assert "bad.csv" in ended.json["error"]
    assert [run["exit_code"] for run in sorted(ended.json["runs"], key=_source)] == [3, 0]


def _source(run: dict[str, Any]) -> str:
    return str(run["source"])


def test_absent_columns_are_no_accident(place: Place, call: Call) -> None:
    """Off loopback a column that would be cleared is refused unattended: exit 2, nothing sent."""
    columns = [name for name in COLUMNS if name not in ("company_name", "phone")]
    place.environ["ADDRESS_PIPELINE_API__PROXY"] = "http://127.0.0.1:9"
    write_sheet(place.work / "orders.csv", [order(1)], columns)
    ended = call("apply", "orders.csv", "--base-url", "https://api.example.test", "--yes", "--json")
    assert ended.code == 2
    assert "company_name and phone" in ended.json["error"]
    assert "--missing clear" in ended.json["error"]


def test_absent_columns_are_cleared_on_loopback(place: Place, call: Call) -> None:
    """On this machine it is said and done: null for what has no column."""
    columns = [name for name in COLUMNS if name not in ("company_name", "phone")]
    write_sheet(place.work / "orders.csv", [order(1)], columns)
    with StubApi() as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "-q")
    assert "company_name and phone" in ended.stderr
    assert stub.puts()[0].json["customer_info"] == bare_address(1, company_name="", phone="")
