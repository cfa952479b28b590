"""Streams that are closed, full, or read by nobody: the run goes on, the exit code is the rows'."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.functional.command import Ended, Place, order, read_results, write_sheet
from tests.stub_api.server import StubApi

nightly = pytest.mark.nightly


@pytest.fixture(autouse=True)
def sheet(place: Place) -> Path:
    """Two good rows and one to fix: exit 1."""
    return write_sheet(place.work / "orders.csv", [order(1), order(2), order(3, city="")])


def _shell(place: Place, redirected: str, *arguments: str) -> Ended:
    """Run the command as a shell does that redirects its streams; its own code comes on stdout."""
    script = f'set -o pipefail; "$@" {redirected}'
    ended = subprocess.run(
        ["bash", "-c", script, "bash", sys.executable, "-m", "pipeline", *arguments],
        cwd=place.work,
        env=place.process_environ(),
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize(
    "redirected",
    [
        "<&- >&- 2>&-",
        pytest.param(">/dev/full 2>/dev/full", marks=nightly),
        pytest.param("2>&1 | true", marks=nightly),
        pytest.param("<&-", marks=nightly),
        pytest.param(">&-", marks=nightly),
        pytest.param("2>&-", marks=nightly),
        pytest.param("2>/dev/full", marks=nightly),
        pytest.param("| head -1", marks=nightly),
    ],
)
def test_a_run_whose_streams_lead_nowhere_goes_on(place: Place, redirected: str) -> None:
    """All is sent, the results are written, and the exit code tells what the rows were."""
    with StubApi() as stub:
        ended = _shell(
            place, redirected, "apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0"
        )
    assert (ended.code, sorted(seen.order_id or 0 for seen in stub.puts())) == (1, [1, 2])
    rows = read_results(place.work / "orders.results.csv")
    assert [row["outcome"] for row in rows] == ["updated", "updated", "invalid"]
    assert "Traceback" not in ended.stderr + ended.stdout
    assert "Exception ignored" not in ended.stderr + ended.stdout


def test_a_summary_that_cannot_be_written_is_told_on_stderr(place: Place) -> None:
    """Where the disk under stdout is full, the object is not there; the code says what it would."""
    with StubApi() as stub:
        ended = _shell(
            place, ">/dev/full", "apply", "orders.csv", "--base-url", stub.url, "--json", "-q"
        )
    assert (ended.code, len(stub.puts())) == (1, 2)
    assert "stdout cannot be written (No space left on device)" in ended.stderr
    assert "address-pipeline runs" in ended.stderr


@nightly
def test_what_goes_to_a_closed_stdout_lands_in_no_file(place: Place) -> None:
    """The next file that is opened must not get the number of stdout: the ledger would, say."""
    with StubApi() as stub:
        ended = _shell(place, ">&-", "apply", "orders.csv", "--base-url", stub.url, "--json")
        again = _shell(place, "", "apply", "orders.csv", "--base-url", stub.url, "--json")
    assert (ended.code, again.code) == (1, 1)
    assert json.loads(again.stdout)["outcomes"]["unchanged"] == 2
