"""``watch --once`` as a nightly job: what a scheduler, a monitor and a log are told of it, with
``--fail-on new`` of what is new only.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
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
BROKEN = order(7, zip_postal_code="")
NEWLY_BROKEN = order(8, country_code="xx")


@pytest.fixture
def folder(place: Place, call: Call, monkeypatch: pytest.MonkeyPatch) -> HotFolder:
    """An empty hot folder, whose sheets are worked on in this process."""
    monkeypatch.setattr(cli_watch, "Workers", InThisProcess)
    monkeypatch.setattr(cli_watch._Signals, "wait", lambda _self, _seconds: None)
    return HotFolder(place, call)


def test_nights(folder: HotFolder) -> None:
    """With --fail-on new a row that needed a person last night, in a sheet of this name, is no
    news: nothing is said, and the sheet goes to needs-attention all the same. What lies there
    already does not count again, and a row that breaks anew does, once.
    """
    told = []
    with StubApi() as stub:
        for rows, flag in (
            ([BROKEN, order(1)], "new"),
            ([], "new"),
            ([order(2), BROKEN, order(1)], "new"),
            ([BROKEN, NEWLY_BROKEN], "new"),
            ([BROKEN, NEWLY_BROKEN], "new"),
            ([BROKEN, NEWLY_BROKEN], "any"),
        ):
            if rows:
                folder.drop("export.csv", rows)
            ended = folder.auto(stub.url, "--fail-on", flag)
            told.append((ended.code, ended.stdout.count("needs attention"), ended.stderr))
            assert bool(ended.stdout) is bool(ended.code)
    assert told == [(code, code, "") for code in (1, 0, 0, 1, 0, 1)]
    kept = folder.files()["needs-attention"]
    assert [name for name in kept if name.endswith(".csv")] == [
        *(f"export ({number}).csv" for number in (2, 3, 4, 5)),
        "export.csv",
    ]
    assert folder.outcomes("needs-attention/export (2).results.xlsx")[1] == "invalid"


def test_a_yes_that_is_missing_for_a_day_counts_every_night(
    folder: HotFolder, place: Place
) -> None:
    """Nobody has seen to it yet, so each pass says so."""
    place.environ[f"{PREFIX}WATCH__CONFIRM"] = "always"
    with StubApi() as stub:
        folder.drop("export.csv", [order(1)])
        assert folder.once(stub.url, "--fail-on", "new").code == 0
        with closing(sqlite3.connect(place.ledger)) as db, db:  # a day passes
            db.execute("UPDATE dropped SET ended_at = ended_at - 90000")
        ended = [folder.once(stub.url, "--fail-on", "new") for _ in range(2)]
    assert [(one.code, "Waiting in to-approve" in one.stderr) for one in ended] == [(1, True)] * 2


def test_a_watcher_that_stays_has_no_exit_code_for_rows(folder: HotFolder) -> None:
    """``--fail-on new`` without ``--once`` would promise what cannot be."""
    ended = folder.call("watch", "in", "--test", "--fail-on", "new")
    assert (ended.code, "add --once" in ended.stderr) == (2, True)


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
