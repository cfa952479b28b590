"""The command ``ids``: order ids for the PO numbers of a sheet, whatever the API does."""

from __future__ import annotations

import re
import shutil
import signal
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from pipeline.cli.ids import IDS_JSON_KEYS
from pipeline.core.order_lookup import NOT_FOUND, SEVERAL
from tests.functional.command import (
    APP_KEY,
    COLUMNS,
    PROJECT,
    WEB_KEY,
    Ended,
    Place,
    finish,
    order,
    read_results,
    write_sheet,
)
from tests.functional.conftest import Call
from tests.stub_api import behaviours as api
from tests.stub_api.behaviours import Step, decide, order_statuses, sequence
from tests.stub_api.replies import (
    CloseBeforeReply,
    HalfBody,
    Hang,
    Json,
    Redirect,
    Reply,
    Reset,
)
from tests.stub_api.server import StubApi, refusing_url
from tests.stub_api.wire import Seen

POS = ("#1001", "#1002", "#1003")
KNOWN: dict[str, list[object]] = {"1001": [500101], "1002": ["500102"], "1003": [500103]}
LINES = [
    {"order_po": po, "order_id": str(number), "order_status": "Order Received", "note": ""}
    for po, number in zip(POS, (500101, 500102, 500103), strict=True)
]


@pytest.fixture(autouse=True)
def impatient(place: Place) -> None:
    """Wait no longer than a test can."""
    place.environ["ADDRESS_PIPELINE_RETRY__MAX_WAIT_SECONDS"] = "0.02"
    place.environ["ADDRESS_PIPELINE_RETRY__ATTEMPTS"] = "3"


@pytest.fixture
def sheet(place: Place) -> Path:
    """A sheet of three orders by PO number, one of them over two rows."""
    rows = [{"order_po": po, "note": "SECRET-CELL"} for po in (*POS, "", POS[0])]
    return write_sheet(place.work / "orders.csv", rows, ("order_po", "note"))


def ask(call: Call, stub: StubApi, *flags: str, sheet: str = "orders.csv") -> Ended:
    return call("ids", sheet, "--base-url", stub.url, "--max-rate", "0", "--json", *flags)


def written(ended: Ended) -> list[dict[str, str]]:
    return read_results(ended.json["output"])


def questions(stub: StubApi) -> list[list[str]]:
    return [seen.json["order_pos"] for seen in stub.requests if seen.method == "POST"]


def test_the_sheet_for_ids_is_written(place: Place, call: Call, sheet: Path) -> None:
    """Each number once, as written first and then as FinerWorks keeps it; all found is 0."""
    with StubApi(order_statuses(KNOWN)) as stub:
        ended = ask(call, stub)
    told = ended.json
    assert tuple(told) == IDS_JSON_KEYS
    host = stub.url.removeprefix("http://")
    assert told == {
        "schema": 1,
        "target": "custom",
        "host": host,
        "asked": 3,
        "found": 3,
        "not_found": 0,
        "several": 0,
        "requests": 2,
        "output": str(place.work / "orders.custom-ids.csv"),
        "exit_code": 0,
        "error": None,
    }
    assert written(ended) == LINES
    assert questions(stub) == [[*POS], ["1001", "1002", "1003"]]
    assert Path(told["output"]).read_bytes().startswith(b"\xef\xbb\xbforder_po,order_id,")


def test_what_is_told_and_what_comes_next(place: Place, call: Call, sheet: Path) -> None:
    """The plan on stderr, the summary on stdout, last the command that uses the sheet."""
    with StubApi(order_statuses(KNOWN)) as stub:
        ended = call(
            *(
                "ids",
                "orders.csv",
                "--base-url",
                stub.url,
                "--map",
                "po=order_po",
                "-o",
                "my ids.csv",
            )
        )
    assert ended.code == 0
    assert re.fullmatch(
        r"Done .*\.   3 found\n"
        r"Order ids my ids\.csv\n"
        r"Next: address-pipeline check orders\.csv --ids 'my ids\.csv' --map po=order_po\n",
        ended.stdout,
    )
    assert "CUSTOM HOST" in ended.stderr
    assert '3 order numbers of orders.csv, from "order_po"' in ended.stderr
    for secret in ("SECRET-CELL", "#1001", WEB_KEY, APP_KEY, "MARKER"):
        assert secret not in ended.stdout + ended.stderr


def test_a_workbook_holds_the_same(place: Place, call: Call, sheet: Path) -> None:
    """``-o FILE.xlsx`` has the four columns as text."""
    with StubApi(order_statuses(KNOWN)) as stub:
        ended = ask(call, stub, "-o", "ids.xlsx")
    rows = openpyxl.load_workbook(ended.json["output"]).worksheets[0].iter_rows(values_only=True)
    headings, *lines = rows
    assert headings == ("order_po", "order_id", "order_status", "note")
    assert lines == [tuple(value or None for value in line.values()) for line in LINES]


def test_what_was_written_is_read_back(place: Place, call: Call) -> None:
    """``check --ids`` sends what was found; what was not, or fits several, is ``invalid``."""
    rows = [order("", order_po=po) for po in ("#1", "#2", "#3", "=1+1")]
    columns = ("order_po", *COLUMNS[1:])
    write_sheet(place.work / "orders.csv", rows, columns)
    known = {"1": [500001], "2": [500002, 500022], "=1+1": [500004]}
    for name in ("ids.csv", "ids.xlsx"):
        with StubApi(order_statuses(known)) as stub:
            asked = ask(call, stub, "-o", name)
        told = asked.json
        assert (asked.code, told["found"], told["not_found"], told["several"]) == (1, 2, 1, 1)
        checked = call("check", "orders.csv", "--ids", name, "--json")
        results = read_results(place.work / "orders.check.csv")
        assert [row["outcome"] for row in results] == ["ready", "invalid", "invalid", "ready"]
        assert "several orders" in results[1]["reason"]
        assert checked.code == 1
    assert read_results(place.work / "ids.csv") == [
        {"order_po": "#1", "order_id": "500001", "order_status": "Order Received", "note": ""},
        *(
            {
                "order_po": "#2",
                "order_id": order_id,
                "order_status": "Order Received",
                "note": SEVERAL,
            }
            for order_id in ("500002", "500022")
        ),
        {"order_po": "#3", "order_id": "", "order_status": "", "note": NOT_FOUND},
        {"order_po": "'=1+1", "order_id": "500004", "order_status": "Order Received", "note": ""},
    ]


def test_a_made_up_id_goes_the_whole_way(place: Place, call: Call) -> None:
    """ids, check and apply against the sandbox, with a shop's export and without keys."""
    place.without_keys()
    shutil.copy(PROJECT / "samples" / "shopify_orders.csv", place.work)
    asked = call("ids", "shopify_orders.csv", "--sandbox", "-o", "x.csv", "--json")
    assert (asked.code, asked.json["found"]) == (0, 4)
    lines = read_results(place.work / "x.csv")
    assert [line["order_id"] for line in lines] == [f"1000000200{n}" for n in (1, 2, 3, 4)]
    assert {line["note"] for line in lines} == {"made up by the sandbox: no order of FinerWorks"}
    call("check", "shopify_orders.csv", "--ids", "x.csv")
    outcomes = [row["outcome"] for row in read_results(place.work / "shopify_orders.check.csv")]
    assert outcomes == ["ready", "ready", "ready", "ready", "invalid"]
    sent = call(
        *("apply", "shopify_orders.csv", "--ids", "x.csv", "--sandbox", "--json"),
        *("--missing", "clear"),
    )
    assert sent.json["order_outcomes"]["updated"] == 3


@pytest.mark.parametrize(
    "name", ["woocommerce_orders.csv", "etsy_orders.csv", "finerworks_import.xlsx"]
)
def test_every_sample_that_needs_ids_gets_them(place: Place, call: Call, name: str) -> None:
    """The shop's number is asked for, each order once."""
    shutil.copy(PROJECT / "samples" / name, place.work)
    asked = call("ids", name, "--sandbox", "--json")
    assert (asked.code, asked.json["asked"], asked.json["found"]) == (0, 3, 3)
    assert Path(asked.json["output"]).name == f"{Path(name).stem}.sandbox-ids.csv"


def test_several_sheets_give_one(place: Place, call: Call, sheet: Path) -> None:
    """Numbers of all sheets, each once; one file, whose next step names them all."""
    write_sheet(place.work / "more.csv", [{"po": "#1001"}, {"po": "#1004"}], ("po",))
    with StubApi(order_statuses({**KNOWN, "1004": [500104]})) as stub:
        ended = call(
            *("ids", "orders.csv", "more.csv", "--base-url", stub.url, "-o", "all.csv", "-q")
        )
    assert [line["order_id"][-1] for line in read_results(place.work / "all.csv")] == [*"1234"]
    assert ended.stdout.endswith("check orders.csv more.csv --ids all.csv\n")
    assert ended.stderr == ""


def test_only_what_we_wrote_is_replaced(place: Place, call: Call, sheet: Path) -> None:
    """The same file again is replaced; one that somebody edited, or a sheet of theirs, is not."""
    with StubApi(order_statuses(KNOWN)) as stub:
        names = [Path(ask(call, stub, "-o", "ids.csv").json["output"]).name for _ in range(2)]
        with (place.work / "ids.csv").open("a") as file:
            file.write("mine\n")
        edited = ask(call, stub, "-o", "ids.csv")
        theirs = ask(call, stub, "-o", "orders.csv")
    assert names == ["ids.csv", "ids.csv"]
    assert Path(edited.json["output"]).name == "ids (2).csv"
    assert "ids.csv is there already" in edited.stderr
    assert Path(theirs.json["output"]).name == "orders (2).csv"


GOOD = order_statuses(KNOWN)


def _first(*steps: Step) -> Step:
    return sequence(steps, GOOD)


@pytest.mark.parametrize(
    "step",
    [
        _first(api.too_many("0")),
        _first(api.server_error, api.server_error),
        _first(api.html_200, api.empty_200),
        _first(api.array_200),
        _first(Json(200, [{"order_po": "#1001", "order_id": 666}])),
        _first(
            Json(200, {"status": {"success": True}, "orders": [{"order_po": "9", "order_id": 6}]})
        ),
        _first(Json(200, {"orders": [{"order_po": "#1001", "order_id": 666}]})),
        _first(Reset(), CloseBeforeReply()),
        _first(HalfBody(Json(200, {"status": {"success": True}, "orders": []}))),
    ],
    ids=["429", "500", "HTML", "array", "array of orders", "wrong PO", "no success", "cut", "half"],
)
def test_a_bad_answer_is_asked_for_again(place: Place, call: Call, sheet: Path, step: Step) -> None:
    """Reading changes nothing, so whatever cannot be trusted is repeated; nothing of it is kept."""
    with StubApi(step) as stub:
        ended = ask(call, stub)
    assert (ended.code, written(ended)) == (0, LINES)
    assert ended.json["requests"] == len(questions(stub))


def test_a_429_with_retry_after_is_obeyed(place: Place, call: Call, sheet: Path) -> None:
    """Nothing is asked before the second that the API named is over."""
    place.environ["ADDRESS_PIPELINE_RETRY__MAX_WAIT_SECONDS"] = "5"
    with StubApi(_first(api.too_many("1"))) as stub:
        assert ask(call, stub).code == 0
        asked = [seen.started_at for seen in stub.requests if seen.method == "POST"]
    assert asked[1] - asked[0] >= 1


def _missing_ids(seen: Seen) -> Reply:
    return decide(order_statuses({"1001": [500101], "1002": [None], "1003": ["", 500103]}), seen)


def test_an_order_without_an_id_is_not_paired(place: Place, call: Call, sheet: Path) -> None:
    """The confirmation id beside it is never taken; the note says what is missing."""
    with StubApi(_missing_ids) as stub:
        ended = ask(call, stub)
    told = ended.json
    assert (ended.code, told["found"], told["not_found"], told["several"]) == (1, 1, 1, 1)
    lines = written(ended)
    assert [line["order_id"] for line in lines] == ["500101", "", ""]
    assert ["order id" in lines[1]["note"], "several" in lines[2]["note"]] == [True, True]


def test_the_number_to_blame_is_found(place: Place, call: Call) -> None:
    """One number that the API breaks over does not cost the others their answer."""
    numbers = [str(number) for number in range(1, 31)]
    write_sheet(place.work / "orders.csv", [{"order_po": po} for po in numbers], ("order_po",))
    known = order_statuses({po: [int(po)] for po in numbers})

    def behave(seen: Seen) -> Reply:
        pos = seen.json["order_pos"]
        if "7" in pos:
            return api.server_error(seen)
        if "9" in pos:
            return api.not_found_order(seen)
        return known(seen)

    with StubApi(behave) as stub:
        ended = ask(call, stub)
    notes = {line["order_po"]: line["note"] for line in written(ended) if not line["order_id"]}
    assert (ended.code, ended.json["found"]) == (1, 28)
    assert notes == {
        "7": "no answer about it: HTTP 500; run the same command again",
        "9": NOT_FOUND,
    }
    assert all(len(pos) <= 25 for pos in questions(stub))


@pytest.mark.parametrize(
    ("step", "credentials", "code", "words"),
    [
        (GOOD, api.credentials_400, 4, "FINERWORKS_WEB_API_KEY"),
        (api.credentials_400, api.credentials_ok, 4, "FINERWORKS_WEB_API_KEY"),
        (api.forbidden, api.not_found_route, 4, "FINERWORKS_WEB_API_KEY"),
        (api.not_found_route, api.credentials_ok, 5, "--base-url"),
        (Redirect("http://127.0.0.1:1/"), api.credentials_ok, 5, "--base-url"),
        (api.server_error, api.credentials_ok, 5, "answered no question"),
        (api.html_200, api.html_200, 5, "answered no question"),
        (api.modelstate_400, api.credentials_ok, 5, "answered no question"),
        (api.too_many(), api.credentials_ok, 5, "HTTP 429"),
        (Reset(), api.credentials_ok, 5, "the connection was cut"),
    ],
)
def test_what_stops_it_writes_nothing(
    place: Place,
    call: Call,
    sheet: Path,
    step: Step,
    credentials: Step,
    code: int,
    words: str,
) -> None:
    """Bad keys are 4, an API that is down or is none is 5; half a sheet would pass for all."""
    before = sorted(place.work.iterdir())
    with StubApi(step, credentials=credentials) as stub:
        ended = ask(call, stub)
    assert (ended.code, ended.json["output"]) == (code, None)
    assert words in ended.json["error"]
    assert ended.json["error"] in ended.stderr
    assert "zip_postal_code" not in ended.json["error"]
    assert sorted(place.work.iterdir()) == before


def test_failures_in_a_row_stop_it(place: Place, call: Call) -> None:
    """An API that breaks over everything is not asked about each number by itself."""
    place.environ["ADDRESS_PIPELINE_STOP__AFTER_FAILURES"] = "3"
    place.environ["ADDRESS_PIPELINE_RATE__WORKERS"] = "1"
    rows = [{"order_po": str(number)} for number in range(1, 200)]
    write_sheet(place.work / "orders.csv", rows, ("order_po",))
    with StubApi(api.server_error) as stub:
        ended = ask(call, stub)
    assert (ended.code, len(questions(stub))) == (5, 9)
    assert "3 questions in a row failed (HTTP 500)" in ended.json["error"]


def test_nobody_there(place: Place, call: Call, sheet: Path) -> None:
    """Where nothing listens it is exit 5, with the cause in a few words."""
    with refusing_url() as url:
        ended = call("ids", "orders.csv", "--base-url", url, "--max-rate", "0")
    assert (ended.code, ended.stdout) == (5, "")
    assert "the connection was refused" in ended.stderr


@pytest.mark.parametrize(
    ("lines", "flags", "code", "words"),
    [
        (["order_po", "1"], (), 2, "No target was chosen"),
        (["order_po", "1"], ("--sandbox", "--live"), 2, "name different targets"),
        (["order_po", "1"], ("--sandbox", "-o", "ids.ods"), 2, "must end in .csv or .xlsx"),
        (["order_po", "1"], ("--sandbox", "-o", "none/ids.csv"), 2, "no such folder"),
        (["order_po", "1"], ("--live", "--max-rate", "0"), 2, "no pacing"),
        (["order_po", "1"], ("--live",), 4, "FINERWORKS_WEB_API_KEY"),
        (["order_po", "1"], ("--sandbox", "--worksheet", "x"), 3, "no worksheet"),
        (["order_po,city", ",Boston", "Total,3"], ("--sandbox",), 3, "no order number stands"),
        (["order_po,city"], ("--sandbox",), 3, "no order number stands"),
        (["city,zip", "Boston,02134"], ("--sandbox",), 3, "--map order_po=HEADING"),
        ([""], ("--sandbox",), 3, "empty"),
    ],
)
def test_what_is_wrong_beforehand_asks_nothing(
    place: Place, call: Call, lines: Sequence[str], flags: Sequence[str], code: int, words: str
) -> None:
    """Usage, keys and sheets are looked at first; one sentence says what to do."""
    place.without_keys()
    (place.work / "orders.csv").write_text("\n".join(lines))
    ended = call("ids", "orders.csv", *flags, "--json")
    assert (ended.code, ended.json["output"], ended.json["requests"]) == (code, None, 0)
    assert words in ended.json["error"]


def test_a_place_that_cannot_be_written_is_a_sentence(
    place: Place, call: Call, sheet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk's own refusal, and what to do; nothing is left behind."""

    def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipeline.job.ids.write_table", full)
    with StubApi(GOOD) as stub:
        ended = ask(call, stub)
    assert (ended.code, ended.json["output"]) == (2, None)
    assert "No space left on device" in ended.json["error"]
    assert sorted(path.name for path in place.work.iterdir()) == ["orders.csv"]


def test_a_workbook_with_several_worksheets(place: Place, call: Call) -> None:
    """The only one with order numbers is read; a number that Excel made a date is listed."""
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Notes"])
    sheet = book.create_sheet("Orders")
    sheet.append(["Order number", "Date"])
    sheet.append(["#1001", 1])
    sheet.append([date(2026, 11, 3), 2])
    book.save(place.work / "orders.xlsx")
    with StubApi(GOOD) as stub:
        ended = ask(call, stub, sheet="orders.xlsx")
        both = book.create_sheet("More")
        both.append(["order_po"])
        book.save(place.work / "both.xlsx")
        doubt = ask(call, stub, sheet="both.xlsx")
        chosen = ask(call, stub, "--worksheet", "Orders", sheet="both.xlsx")
    assert [(line["order_id"], line["note"][:9]) for line in written(ended)] == [
        ("500101", ""),
        ("", "not asked"),
    ]
    assert (doubt.code, chosen.json["found"]) == (3, 1)
    assert '("Orders", "More")' in doubt.json["error"]


def test_rows_that_cannot_be_read_are_named(place: Place, call: Call) -> None:
    """A row with an open quote may hold any number, so none is asked for."""
    (place.work / "orders.csv").write_text('order_po,city\n#1001,Boston\n"#1002,Boston\n')
    with StubApi(GOOD) as stub:
        ended = ask(call, stub)
    assert [line["order_po"] for line in written(ended)] == ["#1001"]
    assert "row 3 cannot be read" in ended.stderr


@pytest.mark.parametrize(
    ("number", "code", "where"),
    [
        (signal.SIGINT, 130, "questions"),
        pytest.param(signal.SIGTERM, 143, "questions", marks=pytest.mark.nightly),
        pytest.param(signal.SIGINT, 130, "keys", marks=pytest.mark.nightly),
        (signal.SIGTERM, 143, "keys"),
    ],
)
def test_a_signal_stops_it_at_once(
    place: Place, sheet: Path, number: signal.Signals, code: int, where: str
) -> None:
    """An answer on its way is of no use by itself: nothing is awaited, nothing is written."""
    hangs = Hang()
    credentials = hangs if where == "keys" else api.credentials_ok
    with StubApi(hangs, credentials=credentials) as stub:
        process = place.start("ids", "orders.csv", "--base-url", stub.url, "--json")
        wanted = 1 if where == "keys" else 2
        assert stub.wait_until(lambda: len(stub.requests) == wanted)
        began = time.monotonic()
        process.send_signal(number)
        ended = finish(process)
        assert time.monotonic() - began < 4
    assert (ended.code, ended.json["output"]) == (code, None)
    assert "nothing was written" in ended.json["error"]
    assert sorted(path.name for path in place.work.iterdir()) == ["orders.csv"]
