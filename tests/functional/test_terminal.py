"""With a person at a terminal: the plan, the question, and what the answers do."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.functional.command import COLUMNS, Place, order, write_sheet
from tests.functional.terminal import typed
from tests.stub_api.server import StubApi


@pytest.fixture
def nowhere(place: Place) -> None:
    """See to it that nothing could leave this machine, whatever a mistake might send."""
    place.environ["ADDRESS_PIPELINE_API__PROXY"] = "http://127.0.0.1:9"


def _runs(place: Place) -> int:
    with closing(sqlite3.connect(place.ledger)) as ledger:
        return int(ledger.execute("SELECT COUNT(*) FROM runs").fetchone()[0])


def test_yes_sends(place: Place) -> None:
    """The plan says where and how many; after a yes they go, and the bar stays on stderr."""
    write_sheet(place.work / "orders.csv", [order(1), order(2), order(3, city="")])
    with StubApi() as stub:
        ended = typed(place, "y", "apply", "orders.csv", "--base-url", stub.url)
    assert (ended.code, len(stub.puts())) == (1, 2)
    host = stub.url.removeprefix("http://")
    assert "CUSTOM HOST" in ended.stderr
    assert host in ended.stderr
    assert "2  will be sent" in ended.stderr
    assert "2/2" in ended.stderr
    assert "2 orders updated" in ended.stdout
    assert "\x1b" not in ended.stdout


@pytest.mark.parametrize(
    "answer",
    ["", "Yep", *(pytest.param(answer, marks=pytest.mark.nightly) for answer in ("n", "no", "3"))],
)
def test_anything_else_discards_the_run(place: Place, answer: str) -> None:
    """Without a yes nothing is asked of the API, nothing is kept, and the command ends with 130."""
    write_sheet(place.work / "orders.csv", [order(1), order(2)])
    with StubApi() as stub:
        ended = typed(place, answer, "apply", "orders.csv", "--base-url", stub.url)
    assert ended.code == 130, ended.stderr
    assert (stub.requests, _runs(place)) == ([], 0)
    assert not (place.work / "orders.results.csv").exists()


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("answer", ["y", pytest.param("", marks=pytest.mark.nightly)])
def test_a_large_live_run_asks_for_the_count(place: Place, answer: str) -> None:
    """Over 50 orders a yes is not enough where real orders change."""
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 52)])
    ended = typed(place, answer, "apply", "orders.csv", "--live")
    assert "LIVE" in ended.stderr
    assert "Type 51 to start" in ended.stderr
    assert (ended.code, _runs(place)) == (130, 0)


@pytest.mark.nightly
@pytest.mark.usefixtures("nowhere")
def test_the_test_host_is_the_default(place: Place) -> None:
    """Where a person can see it, no target means the test host, in plain words."""
    write_sheet(place.work / "orders.csv", [order(1)])
    ended = typed(place, "n", "apply", "orders.csv")
    assert "TEST HOST: may or may not touch real orders" in ended.stderr
    assert ended.code == 130


def test_absent_columns_are_asked_about(place: Place) -> None:
    """The question names what a yes clears."""
    columns = [name for name in COLUMNS if name != "phone"]
    write_sheet(place.work / "orders.csv", [order(1)], columns)
    with StubApi() as stub:
        ended = typed(place, "y", "apply", "orders.csv", "--base-url", stub.url)
    assert "no column for phone" in ended.stderr
    assert (ended.code, stub.puts()[0].json["customer_info"]["phone"]) == (0, None)
