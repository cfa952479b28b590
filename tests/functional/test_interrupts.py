"""Signals at every moment, and a terminal that is closed: told, settled, and gone on with.

The first polite stops stand in test_stopped.py; here is what is not so plain.
"""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from collections.abc import Coroutine
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pipeline.job.apply import Apply
from tests.functional.command import Ended, Place, finish, order, read_results, write_sheet
from tests.functional.conftest import Call
from tests.functional.terminal import Terminal
from tests.functional.troubled import IGNORING, ON_A_TERMINAL, begin
from tests.stub_api import behaviours as api
from tests.stub_api.replies import Hang
from tests.stub_api.server import StubApi

COUNT = 180
NUMBERS = range(1, COUNT + 1)
RATE = 150
COMMAND = "import runpy; runpy.run_module('pipeline', run_name='__main__', alter_sys=True)"


@pytest.fixture(autouse=True)
def sheet(place: Place) -> Path:
    """A sheet that takes a second to send."""
    place.environ["ADDRESS_PIPELINE_RATE__START_PER_SECOND"] = str(RATE)
    return write_sheet(place.work / "orders.csv", [order(number) for number in NUMBERS])


def _apply(stub: StubApi, rate: int = RATE) -> tuple[str, ...]:
    return ("apply", "orders.csv", "--base-url", stub.url, "--max-rate", str(rate))


def _goes_on(place: Place, call: Call, stub: StubApi) -> None:
    """The same command does the rest: every order was sent once, and all are in the results."""
    ended = call(*_apply(stub, 0), "--json")
    assert (ended.code, sum(ended.json["outcomes"].values())) == (0, COUNT)
    assert [len(stub.puts(number)) for number in NUMBERS] == [1] * COUNT
    rows = read_results(place.work / "orders.results.csv")
    assert [int(row["order_id"]) for row in rows] == list(NUMBERS)
    assert {row["outcome"] for row in rows} <= {"updated", "unchanged"}


def _stopped_politely(place: Place, ended: Ended, stub: StubApi) -> None:
    """What was on its way was settled, and the results tell it."""
    sent = {seen.order_id for seen in stub.puts()}
    assert 0 < len(sent) < COUNT
    for row in read_results(place.work / "orders.results.csv"):
        assert row["outcome"] == ("updated" if int(row["order_id"]) in sent else "not_sent")
    assert "Traceback" not in ended.stderr


def _runs(place: Place) -> int:
    with closing(sqlite3.connect(place.ledger)) as ledger:
        return int(ledger.execute("SELECT COUNT(*) FROM runs").fetchone()[0])


nightly = pytest.mark.nightly


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        pytest.param(signal.SIGINT, signal.SIGTERM, 130, marks=nightly),
        pytest.param(signal.SIGTERM, signal.SIGTERM, 143, marks=nightly),
        pytest.param(signal.SIGTERM, signal.SIGINT, 143, marks=nightly),
        pytest.param(signal.SIGHUP, signal.SIGINT, 143, marks=nightly),
    ],
)
def test_a_second_signal_does_not_wait(
    place: Place, call: Call, first: signal.Signals, second: signal.Signals, code: int
) -> None:
    """Whichever they are: the code is the first one's, and what is on its way shows as unknown."""
    place.environ["ADDRESS_PIPELINE_RATE__WORKERS"] = "4"
    with StubApi(Hang()) as stub:
        process = place.start(*_apply(stub, 0), "--json")
        stub.wait_for_puts(4)
        began = time.monotonic()
        process.send_signal(first)
        time.sleep(0.1)  # two signals at once are delivered as one
        process.send_signal(second)
        ended = finish(process)
        assert time.monotonic() - began < 4
        assert (ended.code, ended.json["outcomes"]["unknown"]) == (code, 4)
        stub.behave = api.ok
        again = call(*_apply(stub, 0), "--json")
    assert (again.code, again.json["outcomes"]["updated"]) == (0, COUNT)
    assert stub.max_open_per_order() == 1


@pytest.mark.nightly
def test_a_closed_terminal_stops_politely_however_often_it_is_said(
    place: Place, call: Call
) -> None:
    """SIGHUP is a polite stop with 143; kernel and shell both send it, and nobody hurries."""
    with StubApi(latency_seconds=0.1) as stub:
        process = place.start(*_apply(stub), "--json")
        stub.wait_for_puts(20)
        for _ in range(3):
            process.send_signal(signal.SIGHUP)
            time.sleep(0.03)
        ended = finish(process)
        assert ended.code == 143
        assert "Stopped on request" in ended.json["error"]
        _stopped_politely(place, ended, stub)
        _goes_on(place, call, stub)


@nightly
def test_under_nohup_a_run_outlives_its_terminal(place: Place) -> None:
    """Signals that were ignored at the start stay ignored, in the background too."""
    with StubApi() as stub:
        process = begin(place, IGNORING, "SIGHUP,SIGINT", *_apply(stub, 400), "--json")
        stub.wait_for_puts(10)
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        ended = finish(process)
    assert (ended.code, ended.json["outcomes"]["updated"], len(stub.puts())) == (0, COUNT, COUNT)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(signal.SIGINT, 130, marks=nightly),
        pytest.param(signal.SIGTERM, 143, marks=nightly),
        pytest.param(signal.SIGHUP, 143, marks=nightly),
        (None, 143),
    ],
)
def test_a_signal_at_the_question(place: Place, number: signal.Signals | None, code: int) -> None:
    """Nothing is sent and nothing is kept, also where the window is closed instead of an answer."""
    with StubApi() as stub:
        terminal = Terminal(place, ON_A_TERMINAL, *_apply(stub))
        terminal.until("[y/N]")
        if number is None:
            terminal.close()
        else:
            terminal.process.send_signal(number)
        ended = terminal.ended()
    assert (ended.code, stub.requests, _runs(place)) == (code, [], 0)
    assert not (place.work / "orders.results.csv").exists()
    if number is not None:
        assert "Stopped before anything was sent." in ended.stderr


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(ON_A_TERMINAL, id="told"),
        pytest.param(COMMAND, id="not told", marks=nightly),
    ],
)
def test_a_terminal_that_is_closed_while_the_run_sends(
    place: Place, call: Call, program: str
) -> None:
    """A run that is told of it stops politely; one that is not told goes on to its end."""
    with StubApi(latency_seconds=0.02) as stub:
        terminal = Terminal(place, program, *_apply(stub))
        terminal.until("[y/N]")
        terminal.type("y")
        stub.wait_for_puts(30)
        terminal.close()
        ended = terminal.ended()
        if program is ON_A_TERMINAL:
            assert ended.code == 143
            _stopped_politely(place, ended, stub)
        else:
            assert (ended.code, len(stub.puts())) == (0, COUNT)
            assert f"{COUNT} orders updated" in ended.stdout
        _goes_on(place, call, stub)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 0)]
)
def test_a_signal_while_the_results_are_written(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    """All was sent: an impatient one leaves the results to a later command, a closed terminal
    does not.
    """
    finish_sheets = Apply.finish

    def interrupted(self: Apply, *arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(Apply, "finish", finish_sheets)
        signal.raise_signal(number)
        return finish_sheets(self, *arguments, **named)

    monkeypatch.setattr(Apply, "finish", interrupted)
    with StubApi() as stub:
        ended = call(*_apply(stub, 0), "--json")
        assert (ended.code, ended.json["outcomes"]["updated"]) == (code, COUNT)
        run_id = ended.json["runs"][0]["run_id"]
        results = place.work / "orders.results.csv"
        assert results.exists() == (code == 0)
        if code:
            assert f"write them with address-pipeline results {run_id}" in ended.json["error"]
            assert call("results", run_id).code == 0
        assert {row["outcome"] for row in read_results(results)} == {"updated"}
        _goes_on(place, call, stub)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
def test_a_signal_between_approval_and_sending_is_not_lost(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    """For a moment nobody listens; then it is heard all the same, and nothing is sent."""
    run = asyncio.run

    def first_the_signal(main: Coroutine[Any, Any, Any]) -> Any:
        signal.raise_signal(number)
        return run(main)

    monkeypatch.setattr(asyncio, "run", first_the_signal)
    with StubApi() as stub:
        ended = call(*_apply(stub), "--json")
        assert (ended.code, stub.puts()) == (code, [])
        assert ended.json["outcomes"]["not_sent"] == COUNT
        monkeypatch.setattr(asyncio, "run", run)
        _goes_on(place, call, stub)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
@pytest.mark.parametrize("command", ["check", "apply"])
def test_a_signal_before_the_sheet_is_read(
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    number: signal.Signals,
    code: int,
) -> None:
    """Also a command that is hardly there yet tells its end, as JSON where that was asked for."""

    def struck(*_given: object, **_named: object) -> None:
        signal.raise_signal(number)

    monkeypatch.setattr("pipeline.cli.session.load_config", struck)
    ended = call(command, "orders.csv", "--sandbox" if command == "apply" else "--test", "--json")
    assert (ended.code, ended.json["error"]) == (code, "Stopped.")


@pytest.mark.parametrize(
    ("stop", "seconds"),
    [(signal.SIGSTOP, 0.6), pytest.param(signal.SIGTSTP, 2.0, marks=nightly)],
)
def test_a_run_that_is_put_to_sleep_makes_up_for_nothing(
    place: Place, stop: signal.Signals, seconds: float
) -> None:
    """Ctrl-Z and a closed lid: afterwards it goes on at its pace, and every order is sent once."""
    numbers = range(1, 91)
    write_sheet(place.work / "orders.csv", [order(number) for number in numbers])
    with StubApi(latency_seconds=0.01) as stub:
        process = place.start(*_apply(stub), "--json")
        stub.wait_for_puts(30)
        process.send_signal(stop)
        time.sleep(seconds)
        process.send_signal(signal.SIGCONT)
        ended = finish(process)
        came = sorted(seen.started_at for seen in stub.puts())
    assert (ended.code, ended.json["outcomes"]["updated"], len(came)) == (0, 90, 90)
    assert [len(stub.puts(number)) for number in numbers] == [1] * 90
    gaps = [later - sooner for sooner, later in pairwise(came)]
    awake = came[gaps.index(max(gaps)) + 1 :]
    assert max(gaps) >= seconds - 0.1
    assert awake[-1] - awake[0] >= 0.8 * (len(awake) - 1) / RATE
