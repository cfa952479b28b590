"""The command where it may open no more files: a sentence, and nothing lost."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.functional.command import MOST_SECONDS, Ended, Place, order, read_results, write_sheet
from tests.functional.conftest import Call
from tests.stub_api.server import StubApi

ORDERS = 30
SENTENCE = (
    "This machine lets the program open no more files, so it stopped; allow more "
    "(ulimit -n 1024), then run the same command again."
)
CAUSE = "no more files can be opened here"


def _run(place: Place, most_files: int, *arguments: str | Path) -> Ended:
    """Run the command as a process that may have so many files open, as a person would see it."""
    limited = f'ulimit -n {most_files}; exec "$0" "$@"'
    ended = subprocess.run(
        ["bash", "-c", limited, *place._call(arguments)],
        cwd=place.work,
        env=place.process_environ() | {"PYTHONWARNINGS": ""},
        capture_output=True,
        encoding="utf-8",
        timeout=MOST_SECONDS,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@dataclass(frozen=True)
class _Twice:
    """A call within the limit, and the same call without it."""

    first: Ended
    sent: int
    """Requests of the first."""
    rows: list[dict[str, str]]
    """Results of the first; none where it did not come so far."""


def _run_twice(place: Place, call: Call, most_files: int, sheet: Path) -> _Twice:
    """Nothing is lost: after the second call each order was confirmed, none of them twice."""
    place.environ |= {
        "ADDRESS_PIPELINE_RETRY__ATTEMPTS": "2",
        "ADDRESS_PIPELINE_RETRY__MAX_WAIT_SECONDS": "0.01",
        "ADDRESS_PIPELINE_STOP__AFTER_FAILURES": "1000",
    }
    with StubApi(latency_seconds=0.05) as stub:
        words = ("apply", sheet, "--base-url", stub.url, "--max-rate", "0", "--json")
        first = _run(place, most_files, *words)
        sent = len(stub.puts())
        results = place.work / "orders.results.csv"
        rows = read_results(results) if results.exists() else []
        again = call(*words)
        assert (again.code, again.json["rows"]) == (0, ORDERS)
        assert [len(stub.puts(number)) for number in range(1, ORDERS + 1)] == [1] * ORDERS
    assert "Traceback" not in first.stderr
    assert "Warning" not in first.stderr
    return _Twice(first, sent, rows)


@pytest.mark.nightly
def test_too_few_files_for_connections(place: Place, call: Call) -> None:
    """Tries that got no connection left no doubt: an order goes later, or ends as ``failed``."""
    sheet = write_sheet(place.work / "orders.csv", [order(n) for n in range(1, ORDERS + 1)])
    ended = _run_twice(place, call, 15, sheet)
    counts = ended.first.json["outcomes"]
    assert ended.first.code in (0, 1)
    assert counts["updated"] == ended.sent > 0
    assert ended.first.json["requests"] > ended.sent  # some tries found no connection left
    lost = [row["reason"] for row in ended.rows if row["outcome"] == "failed"]
    assert len(lost) == ORDERS - counts["updated"]
    assert all(CAUSE in reason and "ulimit -n" in reason for reason in lost)


@pytest.mark.parametrize("most_files", [6, pytest.param(11, marks=pytest.mark.nightly)])
def test_too_few_files_to_begin(place: Place, call: Call, most_files: int) -> None:
    """Where even the ledger or the loop cannot be opened: exit 5, the sentence, nothing sent."""
    sheet = write_sheet(place.work / "orders.csv", [order(n) for n in range(1, ORDERS + 1)])
    ended = _run_twice(place, call, most_files, sheet)
    assert (ended.first.code, ended.sent) == (5, 0)
    assert ended.first.json["error"] == SENTENCE


@pytest.mark.nightly
@pytest.mark.parametrize("most_files", range(5, 31))
def test_any_number_of_files(place: Place, call: Call, most_files: int) -> None:
    """Wherever the limit is met: a sentence or an outcome with the cause, and nothing is lost."""
    sheet = write_sheet(place.work / "orders.csv", [order(n) for n in range(1, ORDERS + 1)])
    ended = _run_twice(place, call, most_files, sheet)
    assert ended.first.code in (0, 1, 5)
    if ended.first.code == 5:
        assert ended.first.json["error"] == SENTENCE
    for row in ended.rows:
        assert row["outcome"] == "updated" or CAUSE in row["reason"]
