"""Stopped by a signal or killed: nothing is lost, and the same command goes on with that run."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipeline.job.apply import Apply
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
from tests.stub_api import behaviours as api
from tests.stub_api.replies import Hang
from tests.stub_api.server import StubApi

COUNT = 240
NUMBERS = range(1, COUNT + 1)
PACED = ("--max-rate", "150")
"""Chunks of so many orders are committed as the run goes on."""


@pytest.fixture
def sheet(place: Place) -> Path:
    """A sheet that takes a second or two to send."""
    place.environ["ADDRESS_PIPELINE_RATE__START_PER_SECOND"] = "150"
    return write_sheet(place.work / "orders.csv", [order(number) for number in NUMBERS])


def _start(place: Place, stub: StubApi, *flags: str) -> subprocess.Popen[str]:
    return place.start("apply", "orders.csv", "--base-url", stub.url, "--json", *flags)


def _again(call: Call, stub: StubApi) -> Ended:
    return call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")


def _run_id(ended: Ended) -> str:
    return str(ended.json["runs"][0]["run_id"])


def _settled(place: Place) -> dict[int, str]:
    """The outcomes that the ledger holds for certain, by order."""
    with closing(sqlite3.connect(place.ledger)) as ledger:
        return dict(
            ledger.execute("SELECT order_id, outcome FROM rows WHERE state = 'settled'").fetchall()
        )


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(signal.SIGINT, 130, id="SIGINT"),
        pytest.param(signal.SIGTERM, 143, id="SIGTERM", marks=pytest.mark.nightly),
    ],
)
def test_a_signal_stops_politely(
    place: Place, call: Call, sheet: Path, number: signal.Signals, code: int
) -> None:
    """What is in flight is settled, the results are written, and a second apply does the rest."""
    with StubApi(latency_seconds=0.02) as stub:
        process = _start(place, stub, *PACED)
        stub.wait_for_puts(60)
        process.send_signal(number)
        first = finish(process)
        sent = [seen.order_id for seen in stub.puts()]
        rows = read_results(place.work / "orders.results.csv")
        second = _again(call, stub)
    assert first.code == code
    outcomes = first.json["outcomes"]
    assert outcomes["updated"] == len(sent) == first.json["requests"]
    assert outcomes["updated"] + outcomes["not_sent"] == COUNT
    assert [int(row["order_id"]) for row in rows] == list(NUMBERS)
    for row in rows:
        assert row["outcome"] == ("updated" if int(row["order_id"]) in sent else "not_sent")
    assert (second.code, second.json["outcomes"]["updated"]) == (0, COUNT)
    assert (_run_id(second), second.json["requests"]) == (_run_id(first), COUNT)
    assert [len(stub.puts(order_id)) for order_id in NUMBERS] == [1] * COUNT


@pytest.mark.nightly
def test_an_unanswered_order_is_unknown_after_a_second_signal(
    place: Place, call: Call, sheet: Path
) -> None:
    """The second Ctrl-C does not wait; what was on its way may have arrived, and is sent again."""
    place.environ["ADDRESS_PIPELINE_RATE__WORKERS"] = "4"
    with StubApi(Hang()) as stub:
        process = _start(place, stub, "--max-rate", "0")
        stub.wait_for_puts(4)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)  # two signals at once are delivered as one
        process.send_signal(signal.SIGINT)
        first = finish(process)
        assert time.monotonic() - began < 4
        assert (first.code, first.json["outcomes"]["unknown"]) == (130, 4)
        assert first.json["outcomes"]["not_sent"] == COUNT - 4
        stub.behave = api.ok
        second = _again(call, stub)
    assert (second.code, second.json["outcomes"]["updated"]) == (0, COUNT)
    assert (_run_id(second), second.json["requests"]) == (_run_id(first), COUNT + 4)
    rows = read_results(place.work / "orders.results.csv")
    assert sorted(row["attempts"] for row in rows) == ["1"] * (COUNT - 4) + ["2"] * 4
    assert stub.max_open_per_order() == 1


def test_a_signal_while_the_keys_are_tested(place: Place, sheet: Path) -> None:
    """Before the first PUT nothing is in flight that would have to be awaited."""
    place.environ["ADDRESS_PIPELINE_API__TIMEOUT_SECONDS"] = "6"
    with StubApi(credentials=Hang()) as stub:
        process = _start(place, stub)
        assert stub.wait_until(lambda: len(stub.requests) == 1)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        ended = finish(process)
        took = time.monotonic() - began
    assert (ended.code, stub.puts()) == (130, [])
    assert ended.json["outcomes"]["not_sent"] == COUNT
    assert took < 4


def test_a_signal_while_the_results_are_written_loses_nothing(
    place: Place, call: Call, sheet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An impatient Ctrl-C after the sending must not forget what was sent."""
    finish_sheets = Apply.finish

    def interrupted(self: Apply, *arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(Apply, "finish", finish_sheets)
        signal.raise_signal(signal.SIGINT)
        return finish_sheets(self, *arguments, **named)

    monkeypatch.setattr(Apply, "finish", interrupted)
    with StubApi() as stub:
        ended = _again(call, stub)
    assert len(stub.puts()) == COUNT
    assert _settled(place) == dict.fromkeys(NUMBERS, "updated")
    assert "before anything was sent" not in ended.stderr
    assert "orders.csv" in call("runs").stdout


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(1, marks=pytest.mark.nightly),
        pytest.param(30, marks=pytest.mark.nightly),
        170,
    ],
)
def test_a_killed_run_goes_on(place: Place, call: Call, sheet: Path, moment: int) -> None:
    """After kill -9 the same run ends, each row once, and what was settled is not sent again."""
    with StubApi(latency_seconds=0.01) as stub:
        process = _start(place, stub, *PACED)
        stub.wait_for_puts(moment)
        process.kill()
        process.communicate(timeout=20)
        settled = _settled(place)
        before = {order_id: len(stub.puts(order_id)) for order_id in NUMBERS}
        second = _again(call, stub)
    rows = read_results(place.work / "orders.results.csv")
    assert [int(row["order_id"]) for row in rows] == list(NUMBERS)
    assert {row["outcome"] for row in rows} == {"updated"}
    assert (second.code, sum(second.json["outcomes"].values())) == (0, COUNT)
    assert bool(settled) == (moment > 150)
    for number in NUMBERS:
        assert len(stub.puts(number)) - before[number] == (0 if number in settled else 1)
    assert {row["run_id"] for row in rows} == {_run_id(second)}
    assert _runs(place) == 1
    assert stub.confirmed() == {number: bare_address(number) for number in NUMBERS}
    assert stub.max_open_per_order() == 1


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(8))
def test_killed_over_and_over(place: Place, call: Call, sheet: Path, seed: int) -> None:
    """However often a run is killed, what was settled once is never sent again."""
    moments = random.Random(seed)
    settled: dict[int, str] = {}
    with StubApi(latency_seconds=0.01) as stub:
        for _ in range(4):
            process = _start(place, stub, *PACED)
            came = len(stub.puts())
            stub.wait_for_puts(came + moments.randrange(1, 50))
            process.kill()
            process.communicate(timeout=20)
            assert not settled.keys() & {seen.order_id for seen in stub.puts()[came:]}
            settled |= {order: what for order, what in _settled(place).items() if what == "updated"}
        assert _again(call, stub).code == 0
    rows = read_results(place.work / "orders.results.csv")
    assert [int(row["order_id"]) for row in rows] == list(NUMBERS)
    assert {row["outcome"] for row in rows} == {"updated"}
    assert _runs(place) == 1
    assert stub.confirmed() == {number: bare_address(number) for number in NUMBERS}
    assert stub.max_open_per_order() == 1


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(signal.SIGINT, 130, id="SIGINT", marks=pytest.mark.nightly),
        pytest.param(signal.SIGTERM, 143, id="SIGTERM"),
        pytest.param(signal.SIGKILL, -9, id="SIGKILL"),
    ],
)
def test_a_run_stopped_while_staging_leaves_no_trace(
    place: Place, call: Call, number: signal.Signals, code: int
) -> None:
    """Nothing was sent and nothing was approved, so it is forgotten; the end is told all the same.

    After kill -9 it is the next command that forgets it.
    """
    rows = [order(number) for number in range(1, 15_001)]
    write_sheet(place.work / "orders.csv", rows)
    process = place.start("apply", "orders.csv", "--sandbox", "--json")
    deadline = time.monotonic() + 20
    while not _staging(place) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(number)
    first = finish(process)
    assert first.code == code
    if number is not signal.SIGKILL:
        assert first.json["requests"] == 0
    write_sheet(place.work / "orders.csv", rows[:3])
    ended = call("apply", "orders.csv", "--sandbox", "--json")
    assert (ended.code, ended.json["rows"]) == (0, 3)
    with closing(sqlite3.connect(place.ledger)) as ledger:
        assert ledger.execute("SELECT COUNT(*) FROM runs").fetchone()[0] == 1
        assert ledger.execute("SELECT COUNT(*) FROM rows").fetchone()[0] == 4


def _runs(place: Place) -> int:
    with closing(sqlite3.connect(place.ledger)) as ledger:
        return int(ledger.execute("SELECT COUNT(*) FROM runs").fetchone()[0])


def _staging(place: Place) -> bool:
    """Tell whether a run lies half staged in the ledger."""
    try:
        with closing(sqlite3.connect(f"file:{place.ledger}?mode=ro", uri=True)) as ledger:
            found = ledger.execute("SELECT COUNT(*) FROM runs WHERE state = 'staging'").fetchone()
    except sqlite3.OperationalError:  # not made yet
        return False
    return bool(found[0])
