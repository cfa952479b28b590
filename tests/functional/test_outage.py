"""The command while the API is away for a while: it waits, asks now and then, and goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.functional.command import Place, finish, order, read_results, write_sheet
from tests.stub_api import behaviours as api
from tests.stub_api.behaviours import Step
from tests.stub_api.replies import Json, Reset
from tests.stub_api.server import StubApi


@contextmanager
def _away(stub: StubApi, instead: Step, after: int, seconds: float) -> Iterator[list[float]]:
    """From that PUT on the stub is away for so long; gives when it began and ended."""
    moments: list[float] = []

    def turn() -> None:
        stub.wait_for_puts(after)
        moments.append(time.monotonic())
        stub.behave = instead
        time.sleep(seconds)
        stub.behave = api.ok
        moments.append(time.monotonic())

    turning = threading.Thread(target=turn)
    turning.start()
    try:
        yield moments
    finally:
        turning.join()


@pytest.mark.parametrize(
    ("instead", "seconds"),
    [
        (Json(503, {}), 1.2),
        pytest.param(Json(503, {}), 20, marks=pytest.mark.nightly),
        pytest.param(Reset(), 20, marks=pytest.mark.nightly),
        pytest.param(api.server_error, 20, marks=pytest.mark.nightly),
    ],
    ids=["503 for a moment", "503", "reset", "500"],
)
def test_an_outage_costs_no_row_and_no_restart(place: Place, instead: Step, seconds: float) -> None:
    """The same process goes on, every order is updated, and a few requests are all it costs."""
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 101)])
    place.environ |= {
        "ADDRESS_PIPELINE_RATE__START_PER_SECOND": "80",
        "ADDRESS_PIPELINE_RATE__MAX_PER_SECOND": "80",
    }
    with StubApi(api.ok, latency_seconds=0.02) as stub, _away(stub, instead, 40, seconds) as when:
        process = place.start("apply", "orders.csv", "--base-url", stub.url, "--json")
        ended = finish(process, most_seconds=seconds + 60)
    assert (ended.code, ended.json["outcomes"]["updated"]) == (0, 100)
    rows = read_results(place.work / "orders.results.csv")
    assert sum(int(row["attempts"]) for row in rows) == len(stub.puts())
    known = when[0] + 1.0  # by then it is seen that the API is away
    asked = [seen for seen in stub.puts() if known < seen.started_at < when[1]]
    assert len(asked) <= 6
    assert stub.max_open_per_order() == 1
