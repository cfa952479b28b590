"""``watch --once --fail-on new``: a nightly pass tells of what is new, and is quiet otherwise."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from pipeline.cli import watch as cli_watch
from tests.functional.command import Place, order
from tests.functional.conftest import Call
from tests.functional.hot_folder import HotFolder, InThisProcess
from tests.stub_api.server import StubApi

BROKEN = order(7, zip_postal_code="")
NEWLY_BROKEN = order(8, country_code="xx")


@pytest.fixture
def folder(place: Place, call: Call, monkeypatch: pytest.MonkeyPatch) -> HotFolder:
    """An empty hot folder, whose sheets are worked on in this process."""
    monkeypatch.setattr(cli_watch, "Workers", InThisProcess)
    monkeypatch.setattr(cli_watch._Signals, "wait", lambda _self, _seconds: None)
    return HotFolder(place, call)


def test_nights(folder: HotFolder) -> None:
    """A row that needed a person last night, in a sheet that had this name, is no news; it goes to
    needs-attention all the same. What lies there already does not count again.
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
            told.append((ended.code, ended.stdout.count("needs attention")))
    assert told == [(1, 1), (0, 0), (0, 0), (1, 1), (0, 0), (1, 1)]
    assert sum(name.endswith(".csv") for name in folder.files()["needs-attention"]) == 5
    assert folder.outcomes("needs-attention/export (2).results.xlsx")[1] == "invalid"


def test_a_yes_that_is_missing_for_a_day_counts_every_night(
    folder: HotFolder, place: Place
) -> None:
    """Nobody has seen to it yet, so each pass says so."""
    place.environ["ADDRESS_PIPELINE_WATCH__CONFIRM"] = "always"
    with StubApi() as stub:
        folder.drop("export.csv", [order(1)])
        assert folder.once(stub.url, "--fail-on", "new").code == 0
        _let_a_day_pass(place)
        ended = [folder.once(stub.url, "--fail-on", "new") for _ in range(2)]
    assert [(one.code, "Waiting in to-approve" in one.stderr) for one in ended] == [(1, True)] * 2


def _let_a_day_pass(place: Place) -> None:
    with closing(sqlite3.connect(place.ledger)) as db, db:
        db.execute("UPDATE dropped SET ended_at = ended_at - 90000")


def test_a_watcher_that_stays_has_no_exit_code_for_rows(folder: HotFolder, call: Call) -> None:
    """``--fail-on new`` without ``--once`` would promise what cannot be."""
    ended = call("watch", "in", "--test", "--fail-on", "new")
    assert (ended.code, "add --once" in ended.stderr) == (2, True)
