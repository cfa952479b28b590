"""``check``: everything up to sending, without a network and without keys."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.functional.command import COLUMNS, Place, order, read_results, write_sheet
from tests.functional.conftest import Call
from tests.stub_api.server import StubApi

ROWS = [
    order(1),
    order(2, zip_postal_code="2134"),
    order(3, city=""),
    order(4),
    order(4, city="Salem"),
]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every attempt to reach or to resolve anybody fail the test."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was used")

    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("flags", [("check",), ("apply", "--dry-run"), ("apply", "-n", "--live")])
def test_it_needs_neither_network_nor_keys(
    place: Place, call: Call, flags: tuple[str, ...]
) -> None:
    """Offline and without keys it says what would become of each row, and keeps no row."""
    place.without_keys()
    write_sheet(place.work / "orders.csv", ROWS)
    ended = call(flags[0], "orders.csv", *flags[1:], "--json")
    assert ended.code == 1
    told = ended.json
    assert {name: count for name, count in told["outcomes"].items() if count} == {
        "ready": 2,
        "invalid": 1,
        "conflict": 2,
    }
    assert (told["rows"], told["orders"], told["requests"]) == (5, 4, 0)
    rows = read_results(place.work / "orders.check.csv")
    assert [row["outcome"] for row in rows] == "ready ready invalid conflict conflict".split()
    assert [row["success"] for row in rows] == ["", "", "FALSE", "FALSE", "FALSE"]
    assert rows[1]["repairs"] == "zip_postal_code: 2134 → 02134"
    with closing(sqlite3.connect(place.ledger)) as ledger:
        assert ledger.execute("SELECT COUNT(*) FROM rows").fetchone() == (0,)
        assert ledger.execute("SELECT COUNT(*) FROM runs").fetchone() == (0,)


def test_a_sound_sheet_is_exit_0(place: Place, call: Call) -> None:
    """No row with an error: 0, and the last line says what to do next."""
    write_sheet(place.work / "orders.csv", ROWS[:2])
    ended = call("check", "orders.csv")
    assert ended.code == 0
    assert ended.stdout.splitlines()[-1].startswith("Next: address-pipeline apply orders.csv")


def test_it_sees_what_was_confirmed_before(place: Place, call: Call) -> None:
    """With target and keys known it tells rows that are unchanged, and sends nothing."""
    write_sheet(place.work / "orders.csv", [order(1), order(2)])
    with StubApi() as stub:
        call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "-q")
        write_sheet(place.work / "orders.csv", [order(1), order(2, city="Salem"), order(3)])
        seen = len(stub.requests)
        ended = call("check", "orders.csv", "--base-url", stub.url, "--json")
        assert len(stub.requests) == seen
    outcomes = ended.json["outcomes"]
    assert (outcomes["unchanged"], outcomes["ready"]) == (1, 2)


def test_a_check_sheet_is_fixed_and_applied(place: Place, call: Call) -> None:
    """A check sheet is a sheet like any other: our columns are ignored."""
    write_sheet(place.work / "orders.csv", ROWS[:2])
    call("check", "orders.csv", "-q")
    with StubApi() as stub:
        ended = call("apply", "orders.check.csv", "--base-url", stub.url, "--json")
    assert (ended.code, ended.json["outcomes"]["updated"]) == (0, 2)
    (rows,) = {len(row) for row in read_results(Path(ended.json["runs"][0]["results"]))}
    assert rows == len(COLUMNS) + 12


@pytest.mark.parametrize(
    ("ids", "words"),
    [("us_zip", "is no rule that can be left out"), ("phone_doubtfull", "nearest: phone_doubtful")],
)
def test_only_rules_of_judgement_can_be_left_out(
    place: Place, call: Call, ids: str, words: str
) -> None:
    """What the API refuses cannot be ignored, and a typo leaves nothing out in silence."""
    write_sheet(place.work / "orders.csv", [order(1)])
    place.environ["ADDRESS_PIPELINE_SHEET__IGNORE"] = ids
    ended = call("check", "orders.csv")
    assert (ended.code, words in ended.stderr) == (2, True)


def test_orders_found_by_po_are_counted(place: Place, call: Call) -> None:
    """How many orders the ids sheet knows, and how many it does not."""
    rows = [order(n) | {"order_po": f"#{n}"} for n in (11, 12, 13)]
    columns = ["order_po", *(name for name in COLUMNS if name != "order_id")]
    write_sheet(place.work / "orders.csv", rows, columns)
    (place.work / "ids.csv").write_text("order_po,order_id\n11,500011\n12,500012\n")
    shown = call("check", "orders.csv", "--ids", "ids.csv").stdout
    assert "Orders    2 found by PO in ids.csv, 1 not" in shown


def test_warnings_are_grouped_like_errors(place: Place, call: Call) -> None:
    """A person reads how many, what, and where to look first."""
    rows = [order(n, phone="12" if n < 3 else "617-555-0101") for n in range(1, 6)]
    write_sheet(place.work / "orders.csv", rows)
    shown = call("check", "orders.csv").stdout
    assert "2  with a warning" in shown
    assert "2  phone cannot be right   rows 2, 3" in shown


def test_the_reason_proposes_how_to_spread_a_long_line(place: Place, call: Call) -> None:
    """In the user's own sheet, and on no stream."""
    street = "The Old Mill at the End of the Harbour Road, " + "Building 17, " * 5
    write_sheet(place.work / "orders.csv", [order(1, address_1=street)])
    ended = call("check", "orders.csv")
    (row,) = read_results(place.work / "orders.check.csv")
    assert "shorten it, for example address_1: “The Old Mill at the End of the" in row["reason"]
    assert "Mill" not in ended.stdout + ended.stderr
