"""No room on the disk: told, nothing that was committed is lost, and the same command goes on.

A limit on the size of files (which a test may set for a running process) stands in for a full disk;
SQLite is also told by itself that it may not grow, which is the error of a disk without room.
"""

from __future__ import annotations

import resource
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipeline.job.apply import Apply
from pipeline.job.send import Sending
from pipeline.job.staging import Staging
from pipeline.ledger import runs
from pipeline.ledger.claims import Claims
from tests.functional.command import Ended, Place, bare_address, finish, order, write_sheet
from tests.functional.conftest import Call
from tests.stub_api.replies import Hang
from tests.stub_api.server import StubApi

COUNT = 240
NUMBERS = range(1, COUNT + 1)


@pytest.fixture
def sheet(place: Place) -> Path:
    place.environ["ADDRESS_PIPELINE_RATE__START_PER_SECOND"] = "150"
    return write_sheet(place.work / "orders.csv", [order(number) for number in NUMBERS])


def _no_room(process: subprocess.Popen[str]) -> None:
    """From now on the process cannot make a file longer, nor begin one."""
    _, most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, most))


def _again(call: Call, stub: StubApi) -> Ended:
    return call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")


def _settled(place: Place) -> set[int]:
    with closing(sqlite3.connect(place.ledger)) as ledger:
        found = ledger.execute("SELECT order_id FROM rows WHERE state = 'settled'").fetchall()
    return {order_id for (order_id,) in found}


def test_the_disk_fills_while_the_run_sends(place: Place, call: Call, sheet: Path) -> None:
    """Exit 5 and one sentence; no results yet; with room again only what was not settled is sent."""
    with StubApi(latency_seconds=0.02) as stub:
        process = place.start(
            "apply", "orders.csv", "--base-url", stub.url, "--json", "--max-rate", "150"
        )
        stub.wait_for_puts(60)
        _no_room(process)
        first = finish(process)
        settled = _settled(place)
        sent = [seen.order_id for seen in stub.puts()]
        second = _again(call, stub)
    print(first)
    assert first.code == 5
