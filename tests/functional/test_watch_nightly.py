"""``watch --once`` as a nightly job: what a scheduler, a monitor and a log are told of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.cli import watch as cli_watch
from pipeline.watching import looking
from tests.functional.command import Place, order
from tests.functional.conftest import Call
from tests.functional.hot_folder import HotFolder, InThisProcess
from tests.stub_api.replies import Page
from tests.stub_api.server import StubApi

PREFIX = "ADDRESS_PIPELINE_"


@pytest.fixture
def folder(place: Place, call: Call, monkeypatch: pytest.MonkeyPatch) -> HotFolder:
    """An empty hot folder, whose sheets are worked on in this process."""
    monkeypatch.setattr(cli_watch, "Workers", InThisProcess)
    monkeypatch.setattr(cli_watch._Signals, "wait", lambda _self, _seconds: None)
    return HotFolder(place, call)


def test_the_same_broken_rows_are_told_of_once(folder: HotFolder) -> None:
    """With --fail-on new the next night is quiet; a row that breaks anew is told of again."""
    codes = []
    with StubApi() as stub:
        for broken in ((2,), (2,), (2, 3), (2, 3)):
            rows = [order(n, city="" if n in broken else "Boston") for n in (1, 2, 3)]
            folder.drop("tonight.csv", rows)
            ended = folder.auto(stub.url, "--fail-on", "new")
            codes.append((ended.code, bool(ended.stdout), ended.stderr))
    assert codes == [(1, True, ""), (0, False, ""), (1, True, ""), (0, False, "")]
    kept = folder.files()["needs-attention"]
    assert [name for name in kept if name.endswith(".csv")] == [
        "tonight (2).csv",
        "tonight (3).csv",
        "tonight (4).csv",
        "tonight.csv",
    ]


def test_a_sheet_that_may_not_be_read_is_no_quiet_night(
    folder: HotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays where it is and is named, and a scheduler that reads no stderr hears of it too."""

    def refused(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(looking, "looks_whole", refused)
    with StubApi() as stub:
        folder.drop("a.csv", [order(1)])
        ended = folder.auto(stub.url)
    assert (ended.code, ended.stdout) == (1, "")
    assert ended.stderr == "a.csv cannot be taken: Permission denied (a.csv).\n"
    assert folder.files() == {".": ["a.csv"]}


def test_a_pass_pings_also_where_nothing_was_dropped(folder: HotFolder) -> None:
    """A night without sheets is alive as well; one with rows to see to has failed, with counts."""
    with StubApi() as stub, StubApi(Page(200, b"OK")) as service:
        folder.place.environ[f"{PREFIX}NOTIFY__HEALTHCHECK_URL"] = f"{service.url}/uuid"
        folder.auto(stub.url)
        folder.drop("a.csv", [order(1), order(2, city="")])
        folder.auto(stub.url)
        pinged = [(seen.path, seen.body.decode()) for seen in service.requests]
    assert pinged == [
        ("/uuid/start", ""),
        ("/uuid", "exit code 0\n"),
        ("/uuid/start", ""),
        ("/uuid/fail", "exit code 1\nupdated 1\ninvalid 1"),
    ]


def test_a_pass_is_measured_and_logged(folder: HotFolder, place: Place) -> None:
    """One file for Prometheus of the whole pass; the log has each run and the pass's end."""
    metrics, log = place.home / "a.prom", place.home / "log.jsonl"
    place.environ |= {
        f"{PREFIX}METRICS__TEXTFILE": str(metrics),
        f"{PREFIX}LOG__FILE": str(log),
        f"{PREFIX}LOG__FORMAT": "json",
    }
    with StubApi() as stub:
        folder.drop("a.csv", [order(1)])
        folder.drop("b.csv", [order(2), order(3)])
        assert folder.auto(stub.url).code == 0
    lines = metrics.read_text(encoding="utf-8").splitlines()
    assert "address_pipeline_last_run_exit_code 0.0" in lines
    assert 'address_pipeline_last_run_rows{outcome="updated"} 3.0' in lines
    assert 'address_pipeline_runs_total{target="custom"} 2.0' in lines
    assert _events(log) == [*["run_ended", "sheet_ended"] * 2, "command_ended"]


def _events(log: Path) -> list[str]:
    events = [json.loads(line)["event"] for line in log.read_text(encoding="utf-8").splitlines()]
    return [event for event in events if event.endswith("_ended")]
