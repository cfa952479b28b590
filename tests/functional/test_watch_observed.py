"""What ``watch`` tells machines: of each pass, or once a minute while it stays."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from pipeline.cli import observed
from pipeline.cli import watch as cli_watch
from pipeline.core.errors import Busy
from pipeline.watching.watcher import Watcher
from tests.functional.command import Place, finish, order
from tests.functional.conftest import Call
from tests.functional.hot_folder import HotFolder, InThisProcess
from tests.functional.test_observed import logged, measured
from tests.stub_api import behaviours as api
from tests.stub_api.replies import Page
from tests.stub_api.server import StubApi

PREFIX = "ADDRESS_PIPELINE_"


@pytest.fixture
def folder(place: Place, call: Call, monkeypatch: pytest.MonkeyPatch) -> HotFolder:
    """An empty hot folder, whose sheets are worked on in this process."""
    monkeypatch.setattr(cli_watch, "Workers", InThisProcess)
    monkeypatch.setattr(cli_watch._Signals, "wait", lambda _self, _seconds: None)
    return HotFolder(place, call)


@pytest.fixture
def textfile(place: Place) -> Path:
    """Have the file for Prometheus written."""
    path = place.home / "address-pipeline.prom"
    place.environ[f"{PREFIX}METRICS__TEXTFILE"] = str(path)
    return path


@pytest.fixture
def service(place: Place) -> Iterator[StubApi]:
    """Have somebody pinged."""
    with StubApi(Page(200, b"OK")) as stub:
        place.environ[f"{PREFIX}NOTIFY__HEALTHCHECK_URL"] = f"{stub.url}/uuid"
        yield stub


def _pinged(service: StubApi) -> list[tuple[str, str]]:
    return [(seen.path, seen.body.decode()) for seen in service.requests]


def test_a_pass_is_told_once(folder: HotFolder, textfile: Path, service: StubApi) -> None:
    """However many sheets there were: two pings, one file, and the log has pass and sheets."""
    log = folder.place.home / "log.jsonl"
    folder.place.environ |= {f"{PREFIX}LOG__FILE": str(log), f"{PREFIX}LOG__FORMAT": "json"}
    with StubApi() as stub:
        folder.drop("a.csv", [order(1)])
        folder.drop("b.csv", [order(2), order(3, city="")])
        assert folder.auto(stub.url).code == 1
    counts = "exit code 1\nupdated 2\ninvalid 1"
    assert _pinged(service) == [("/uuid/start", ""), ("/uuid/fail", counts)]
    told = measured(textfile)
    assert told["address_pipeline_last_run_exit_code"] == 1
    assert told["address_pipeline_last_run_rows outcome=updated"] == 2
    lines = logged(log)
    names = [line["event"] for line in lines]
    assert names.count("run_begun") == names.count("run_ended") == 2
    assert [name for name in names if name.startswith(("sheet", "command"))] == [
        *("sheet_claimed", "sheet_ended") * 2,
        "command_ended",
    ]
    ended = [line for line in lines if line["event"] == "sheet_ended"]
    runs = [line["run_id"] for line in lines if line["event"] == "run_begun"]
    assert [(one["sheet"], one["place"], one["level"]) for one in ended] == [
        ("a.csv", "done", "info"),
        ("b.csv", "needs-attention", "warning"),
    ]
    assert [one["run_id"] for one in ended] == runs


def test_a_preview_is_told(folder: HotFolder) -> None:
    """With the number of orders that wait for a yes."""
    folder.place.environ |= {f"{PREFIX}LOG__FORMAT": "json", f"{PREFIX}WATCH__CONFIRM": "always"}
    with StubApi() as stub:
        folder.drop("a.csv", [order(1)])
        ended = folder.once(stub.url)
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    (made,) = (line for line in lines if line["event"] == "preview_made")
    assert (made["sheet"], made["to_send"]) == ("a.csv", 1)


@pytest.mark.nightly
def test_a_watcher_that_stays_says_that_it_is_well(
    place: Place, textfile: Path, service: StubApi
) -> None:
    """At once and then every minute, without a beginning; a signal ends it without a word."""
    place.environ[f"{PREFIX}LOG__FORMAT"] = "json"
    folder = HotFolder(place)
    with StubApi() as stub:
        process = place.start("watch", "in", "--auto", "--base-url", stub.url)
        folder.drop("a.csv", [order(1)])
        stub.wait_for_puts(1)
        end = time.monotonic() + 20
        while "done" not in folder.files() and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        ended = finish(process)
    assert (ended.code, _pinged(service)) == (143, [("/uuid", "")])
    assert measured(textfile)["address_pipeline_last_run_rows outcome=updated"] == 1
    names = [json.loads(line)["event"] for line in ended.stderr.splitlines()]
    assert names[0] == "sheet_claimed"
    assert {"run_begun", "run_ended", "sheet_ended"} <= {*names}  # its process's, too
    assert names[-1] == "command_ended"


def test_an_outage_is_silent_and_an_error_says_fail(
    folder: HotFolder, service: StubApi, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the API is away no ping says that all is well; what ends the watcher is told."""
    step = Watcher.step
    well: list[float | None] = []
    away: list[float | None] = []

    def stepping(one: Watcher) -> float | None:
        delay = step(one)
        (away if one.trouble() else well).append(delay)
        if len(well) == 1 and not away:  # one well round: a ping; then all trouble begins
            folder.drop("a.csv", [order(1)])
            monkeypatch.setattr(observed, "EVERY_SECONDS", 0.0)
        if len(away) == 5:
            _driven_out()
        return delay

    monkeypatch.setattr(Watcher, "step", stepping)
    with StubApi(api.unauthorized) as stub:
        ended = call("watch", "in", "--auto", "--base-url", stub.url)
    assert ended.code == 6
    paths = [path for path, _ in _pinged(service)]
    assert paths[-1] == "/uuid/fail"
    assert 1 <= paths.count("/uuid") == len(paths) - 1 <= len(well)


def _driven_out() -> NoReturn:
    raise Busy("A watcher on another machine looks after it.")
