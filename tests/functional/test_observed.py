"""What a command tells machines: its log, its metrics, its pings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pipeline import wiring
from pipeline.config import Config
from pipeline.core.events import EVENTS
from pipeline.observing.pings import PingOptions
from tests.functional.command import APP_KEY, WEB_KEY, Ended, Place, order, write_sheet
from tests.functional.conftest import Call
from tests.functional.terminal import typed
from tests.stub_api import behaviours as api
from tests.stub_api.replies import Hang, Json, Page, Reply
from tests.stub_api.server import StubApi
from tests.stub_api.wire import Seen

PREFIX = "ADDRESS_PIPELINE_"
HOSTILE = {
    "first_name": "=Zebedeemarker",
    "last_name": '"Quackmarker\\n{"event": "x"}',
    "address_1": "77 Streetmarker\x1b[31m Lane",
    "city": "Citymarker",
    "email": "mailmarker@example.com",
    "phone": "617-555-0177",
}


def logged(path: Path) -> list[dict[str, Any]]:
    """Read a log: every line is one JSON object."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def measured(path: Path) -> dict[str, float]:
    """Read the file for Prometheus."""
    return {
        " ".join([sample.name, *(f"{n}={v}" for n, v in sorted(sample.labels.items()))]): (
            sample.value
        )
        for family in text_string_to_metric_families(path.read_text(encoding="utf-8"))
        for sample in family.samples
    }


@pytest.fixture
def log(place: Place) -> Path:
    """Have a log written, of every order, as JSON."""
    path = place.home / "log.jsonl"
    place.environ |= {
        f"{PREFIX}LOG__FILE": str(path),
        f"{PREFIX}LOG__FORMAT": "json",
        f"{PREFIX}LOG__LEVEL": "debug",
    }
    return path


def apply(call: Call, stub: StubApi, *more: str) -> Ended:
    """Apply the sheet to a stub, unpaced."""
    return call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", *more)


class Troubled:
    """An API that quotes what it was sent, asks for a pause once, and is away for a while."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}

    def __call__(self, seen: Seen) -> Reply:
        """Refuse order 2; turn order 3 away once; fail for order 5 and up until asked again."""
        number = seen.order_id or 0
        times = self._seen[number] = self._seen.get(number, 0) + 1
        if number == 2:
            quoted = seen.body.decode()[:300]
            return Json(400, {"ModelState": {"request.customer_info.city": [quoted]}})
        if number == 3 and times == 1:
            return api.too_many("1")(seen)
        if number >= 5 and times == 1:
            return Json(503, {"Message": seen.body.decode(), "key": seen.header("app_key")})
        return api.ok(seen)


def test_every_event_of_a_troubled_run_and_no_cell(place: Place, call: Call, log: Path) -> None:
    """At debug level each order is told, by row and number; nothing of what it holds is."""
    place.environ[f"{PREFIX}RETRY__MAX_WAIT_SECONDS"] = "0.05"
    rows = [order(number, **HOSTILE) for number in range(1, 13)]
    write_sheet(place.work / "orders.csv", [*rows, order(99, **(HOSTILE | {"last_name": ""}))])
    (place.work / "none.csv").write_text("", encoding="utf-8")
    call("apply", "none.csv", "--sandbox")
    with StubApi(Troubled()) as stub:
        assert apply(call, stub).code == 1
    lines = logged(log)
    text = log.read_text(encoding="utf-8")
    for cell in ("marker", "617-555", WEB_KEY, APP_KEY, "Harbour"):
        assert cell.casefold() not in text.casefold()
    ran = [line for line in lines if line["event"] != "sheet_refused"]
    told = {line["event"] for line in lines}
    rare = {"purged", "metrics_failed", "ping_failed"}
    of_watch = {"taken_over", "sheet_claimed", "preview_made", "sheet_ended"}
    of_watch |= {"pause_begun", "pause_ended"}
    assert told == {event.name() for event in EVENTS} - rare - of_watch
    settled = {line["order_id"]: line for line in ran if line["event"] == "order_settled"}
    assert settled[2]["outcome"] == "rejected"
    assert (settled[3]["outcome"], settled[3]["attempts"]) == ("updated", 2)
    assert sorted(settled) == list(range(1, 13))
    assert {line["row"] - line["order_id"] for line in settled.values()} == {1}
    (ended,) = (line for line in lines if line["event"] == "run_ended")
    assert (ended["rows"], ended["updated"], ended["rejected"], ended["invalid"]) == (13, 11, 1, 1)
    (begun,) = (line for line in lines if line["event"] == "run_begun")
    assert begun["sheet"] == "orders.csv"
    assert {line["run_id"] for line in lines if "run_id" in line} == {begun["run_id"]}
    assert [line["exit_code"] for line in lines if line["event"] == "command_ended"] == [3, 1]


def test_without_a_file_json_goes_to_stderr(place: Place, call: Call) -> None:
    """Between what people read there; the usual run logs nothing anywhere."""
    write_sheet(place.work / "orders.csv", [order(1)])
    assert "run_begun" not in call("apply", "orders.csv", "--sandbox").stderr
    found = {path.suffix for path in place.home.rglob("*") if path.is_file()}
    assert found <= {".sqlite3", ".sqlite3-wal", ".sqlite3-shm", ".lock"}
    place.environ[f"{PREFIX}LOG__FORMAT"] = "json"
    ended = call("apply", "orders.csv", "--sandbox", "--json", "-q")
    names = [json.loads(line)["event"] for line in ended.stderr.splitlines()]
    assert names[0] == "run_begun"
    assert names[-1] == "command_ended"
    assert ended.json["exit_code"] == 0


def test_a_log_that_cannot_be_begun_is_exit_2(place: Place, call: Call, log: Path) -> None:
    """Before anything is sent, for nobody would ever read it."""
    log.mkdir()
    write_sheet(place.work / "orders.csv", [order(1)])
    with StubApi() as stub:
        ended = apply(call, stub)
        assert (ended.code, stub.puts()) == (2, [])
    assert "log.file" in ended.stderr


def test_what_was_purged_is_told(place: Place, call: Call, log: Path) -> None:
    """An old run loses its addresses, and the log says how many rows."""
    write_sheet(place.work / "orders.csv", [order(1), order(2)])
    call("apply", "orders.csv", "--sandbox")
    place.environ[f"{PREFIX}LEDGER__KEEP_DAYS"] = "1"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("pipeline.wiring.time.time", lambda: 4_000_000_000.0)
        call("apply", "orders.csv", "--sandbox")
    assert {"event": "purged", "rows": 3}.items() <= next(
        line for line in logged(log) if line["event"] == "purged"
    ).items()


# -- metrics ------------------------------------------------------------------------------------


@pytest.fixture
def textfile(place: Place) -> Path:
    """Have the file for Prometheus written."""
    path = place.home / "address-pipeline.prom"
    place.environ[f"{PREFIX}METRICS__TEXTFILE"] = str(path)
    return path


def grew(before: Mapping[str, float], after: Mapping[str, float]) -> bool:
    """Tell that no counter went back."""
    names = [name for name in before if name.split()[0].endswith(("_total", "_bucket", "_count"))]
    assert names
    return all(after[name] >= before[name] for name in names)


def test_counters_grow_over_runs_and_continuations(
    place: Place, call: Call, textfile: Path
) -> None:
    """Requests count when they are made, rows once their run has ended for good; each once."""
    place.environ |= {f"{PREFIX}STOP__OUTAGE_SECONDS": "0", f"{PREFIX}RETRY__ATTEMPTS": "1"}
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 7)])
    stop = {"away": False}

    def answer(seen: Seen) -> Reply:
        return api.unauthorized(seen) if stop["away"] and seen.order_id == 6 else api.ok(seen)

    with StubApi(answer) as stub:
        stop["away"] = True
        assert apply(call, stub).code == 4
        cut = measured(textfile)
        assert cut["address_pipeline_last_run_exit_code"] == 4
        assert cut["address_pipeline_requests_total target=custom"] == len(stub.puts())
        assert cut["address_pipeline_rows_total outcome=updated target=custom"] == 0
        assert "address_pipeline_last_success_timestamp_seconds" not in cut
        stop["away"] = False
        assert apply(call, stub).code == 0
        whole = measured(textfile)
        assert apply(call, stub).code == 0
        again = measured(textfile)
        sent = len(stub.puts())
    assert grew(cut, whole)
    assert grew(whole, again)
    assert whole["address_pipeline_rows_total outcome=updated target=custom"] == 6
    assert whole["address_pipeline_rows_total outcome=not_sent target=custom"] == 0
    assert whole["address_pipeline_requests_total target=custom"] == sent
    name = "address_pipeline_request_duration_seconds_count target=custom"
    assert whole[name] == again[name] == sent
    assert again["address_pipeline_rows_total outcome=unchanged target=custom"] == 6
    assert again["address_pipeline_runs_total target=custom"] == 2
    assert again["address_pipeline_last_run_rows outcome=unchanged"] == 6
    assert again["address_pipeline_last_success_timestamp_seconds"] > 0


def test_play_is_not_measured(place: Place, call: Call, textfile: Path) -> None:
    """What goes to a started sandbox counts nowhere, not even later."""
    write_sheet(place.work / "orders.csv", [order(1)])
    call("apply", "orders.csv", "--sandbox")
    assert not textfile.exists()
    with StubApi() as stub:
        apply(call, stub)
    assert {name for name in measured(textfile) if "sandbox" in name} == set()


def test_metrics_that_cannot_be_written_hurt_nobody(
    place: Place, call: Call, textfile: Path, log: Path
) -> None:
    """The exit code is the run's own; stderr and the log say so."""
    textfile.mkdir()
    write_sheet(place.work / "orders.csv", [order(1)])
    with StubApi() as stub:
        ended = apply(call, stub, "-q")
    assert ended.code == 0
    assert "was not written (Is a directory); the run is none the worse" in ended.stderr
    assert [line for line in logged(log) if line["event"] == "metrics_failed"]


# -- pings --------------------------------------------------------------------------------------


def test_an_unattended_run_pings(place: Place, call: Call) -> None:
    """Begun, then ended: well, or with the exit code and counts of rows; a refused sheet too."""
    write_sheet(place.work / "orders.csv", [order(1)])
    with StubApi() as stub, StubApi(Page(200, b"OK")) as service:
        place.environ[f"{PREFIX}NOTIFY__HEALTHCHECK_URL"] = f"{service.url}/uuid/"
        assert apply(call, stub).code == 0
        (place.work / "orders.csv").write_text("", encoding="utf-8")
        assert apply(call, stub).code == 3
        pinged = [(seen.path, seen.body.decode()) for seen in service.requests]
    assert pinged == [
        ("/uuid/start", ""),
        ("/uuid", "exit code 0\nupdated 1"),
        ("/uuid/start", ""),
        ("/uuid/fail", "exit code 3\n"),
    ]


def test_nobody_is_pinged_for_play_or_for_a_person(place: Place, call: Call) -> None:
    """Neither says anything of whether the nightly job is alive."""
    write_sheet(place.work / "orders.csv", [order(1)])
    with StubApi() as stub, StubApi(Page(200, b"OK")) as service:
        place.environ[f"{PREFIX}NOTIFY__HEALTHCHECK_URL"] = service.url
        call("apply", "orders.csv", "--sandbox")
        assert typed(place, "y", "apply", "orders.csv", "--base-url", stub.url).code == 0
        assert service.requests == []


def test_a_service_that_hangs_hurts_nobody(
    place: Place, call: Call, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends as it would have; stderr and the log say that nobody was told."""
    real = wiring.ping_options

    def hasty(config: Config) -> PingOptions | None:
        options = real(config)
        return options and replace(options, most_seconds=0.4)

    monkeypatch.setattr(wiring, "ping_options", hasty)
    write_sheet(place.work / "orders.csv", [order(1)])
    with StubApi() as stub, StubApi(Hang()) as service:
        place.environ[f"{PREFIX}NOTIFY__HEALTHCHECK_URL"] = f"{service.url}/uuid"
        ended = apply(call, stub, "-q")
    assert ended.code == 0
    assert "The ping that says 'success' was not taken" in ended.stderr
    assert "uuid" not in ended.stderr + log.read_text(encoding="utf-8")
    failed = [line["ping"] for line in logged(log) if line["event"] == "ping_failed"]
    assert failed == ["start", "success"]
