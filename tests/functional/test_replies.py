"""The command against an API that misbehaves: each way of answering has its outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.functional.command import Place, order, read_results, write_sheet
from tests.functional.conftest import Call
from tests.stub_api import behaviours as api
from tests.stub_api.behaviours import Step, sequence
from tests.stub_api.openapi import faults
from tests.stub_api.replies import (
    CloseBeforeReply,
    Endless,
    HalfBody,
    Hang,
    Json,
    KeepAliveThenDrop,
    Page,
    Raw,
    Redirect,
    Reset,
    Slow,
)
from tests.stub_api.server import StubApi, refusing_url

TRIES = 3
GOOD = Json(200, {"success": True, "reference_id": "r1"})
FIRST = 501


@dataclass(frozen=True)
class Case:
    """A way of answering one order, always or by turns, and what is to become of it."""

    name: str
    step: Step
    outcome: str
    attempts: int
    next_step: str
    status: str
    """The last try's HTTP code; empty where none came."""


def _always(name: str, step: Step, outcome: str, status: str) -> Case:
    return Case(name, step, outcome, TRIES, "send again", status)


def _once(name: str, step: Step, outcome: str, next_step: str, status: str) -> Case:
    return Case(name, step, outcome, 1, next_step, status)


def _turns(name: str, steps: Sequence[Step], outcome: str, status: str, then: Step) -> Case:
    if outcome == "updated":
        return Case(name, sequence(steps, then), outcome, len(steps) + 1, "nothing", status)
    return Case(name, sequence(steps, then), outcome, TRIES, "send again", status)


CASES = [
    _once("ok", api.ok, "updated", "nothing", "200"),
    _once("ok without a reference", api.ok_without_reference, "updated", "nothing", "200"),
    _once("success in an envelope", api.credentials_ok, "updated", "nothing", "200"),
    _once("good JSON as text/plain", api.text_plain_json, "updated", "nothing", "200"),
    _once("good but slow", Slow(GOOD, pieces=4, delay_seconds=0.01), "updated", "nothing", "200"),
    _once("success: false", api.success_false, "rejected", "ask FinerWorks", "200"),
    _once("400 with ModelState", api.modelstate_400, "rejected", "fix", "400"),
    _once("404 for the order", api.not_found_order, "rejected", "fix", "404"),
    _once("400 without fields", Json(400, {"Message": "No."}), "rejected", "ask FinerWorks", "400"),
    _once("422 as a page", Page(422, b"<p>no</p>"), "rejected", "ask FinerWorks", "422"),
    _always("success as text", api.success_as_text, "unknown", "200"),
    _always("success as a number", Json(200, {"success": 1}), "unknown", "200"),
    _always("a page", api.html_200, "unknown", "200"),
    _always("nothing", api.empty_200, "unknown", "200"),
    _always("204", Page(204, b""), "unknown", "204"),
    _always("half JSON", api.half_json, "unknown", "200"),
    _always("an array", api.array_200, "unknown", "200"),
    _always("half a body", HalfBody(GOOD), "unknown", "200"),
    _always("a body without end", Endless(), "unknown", "200"),
    _always("500", api.server_error, "unknown", "500"),
    _always("503", Json(503, {}), "unknown", "503"),
    _always("408", Json(408, {}), "unknown", "408"),
    _always("429", api.too_many(), "failed", "429"),
    _always("reset", Reset(), "unknown", ""),
    _always("closed", CloseBeforeReply(), "unknown", ""),
    _always("no HTTP", Raw(b"+OK POP3 ready\r\n"), "unknown", ""),
    _always("no answer", Hang(), "unknown", ""),
    _turns("500 then fine", [api.server_error], "updated", "200", api.ok),
    _turns("reset then fine", [Reset()], "updated", "200", api.ok),
    _turns("429 twice then fine", [api.too_many("0")] * 2, "updated", "200", api.ok),
    _turns("Retry-After in words", [api.too_many("soon")], "updated", "200", api.ok),
    _turns("half JSON then fine", [api.half_json], "updated", "200", api.ok),
    _turns("500 then 429", [api.server_error], "unknown", "429", api.too_many()),
    _turns("429 then 500", [api.too_many()], "unknown", "500", api.server_error),
    Case(
        "500 then refused",
        sequence([api.server_error], api.modelstate_400),
        "rejected",
        2,
        "fix",
        "400",
    ),
]


def _patient(place: Place, *, workers: int = 16) -> None:
    """Try three times without long waits, and go on whatever fails."""
    place.environ |= {
        "ADDRESS_PIPELINE_API__TIMEOUT_SECONDS": "0.5",
        "ADDRESS_PIPELINE_RETRY__ATTEMPTS": str(TRIES),
        "ADDRESS_PIPELINE_RETRY__MAX_WAIT_SECONDS": "0.01",
        "ADDRESS_PIPELINE_STOP__AFTER_FAILURES": "1000",
        "ADDRESS_PIPELINE_STOP__FAILURE_SHARE": "1",
        "ADDRESS_PIPELINE_RATE__WORKERS": str(workers),
    }


def _counted(case: Case, row: dict[str, str]) -> int:
    """Give the tries; on a busy machine the silent ones may look like an API that is away, and a
    try that was made before it counts as that uses up none.
    """
    made = int(row["attempts"])
    return made if case.status else min(made, case.attempts)


def test_every_way_of_answering(place: Place, call: Call) -> None:
    """Each reply has its outcome, and ``attempts`` is what the server saw of that order."""
    _patient(place)
    numbered = dict(enumerate(CASES, start=FIRST))
    write_sheet(place.work / "orders.csv", [order(number) for number in numbered])
    steps = {number: case.step for number, case in numbered.items()}
    with StubApi(api.by_order(steps)) as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    rows = read_results(place.work / "orders.results.csv")
    got = {
        case.name: (row["outcome"], _counted(case, row), row["next_step"], row["http_status"])
        for case, row in zip(CASES, rows, strict=True)
    }
    assert got == {
        case.name: (case.outcome, case.attempts, case.next_step, case.status) for case in CASES
    }
    assert {number: len(stub.puts(number)) for number in numbered} == {
        int(row["order_id"]): int(row["attempts"]) for row in rows
    }
    for row in rows:
        assert row["success"] == ("TRUE" if row["outcome"] == "updated" else "FALSE")
        assert bool(row["reason"]) == (row["outcome"] != "updated")
        assert row["sent_at"].endswith("Z")
    puts = stub.puts()
    told = ended.json
    assert (told["requests"], told["retries"]) == (len(puts), len(puts) - len(CASES))
    assert told["throttled"] == sum(_code(seen.reply) in (429, 503) for seen in puts)
    assert told["exit_code"] == 1
    assert stub.max_open_per_order() == 1
    assert not any(faults("UpdateCustomerRequest", seen.json) for seen in puts)


def _code(reply: object) -> int | None:
    return reply.status if isinstance(reply, Page) else None


def test_a_dropped_connection_costs_a_counted_try(place: Place, call: Call) -> None:
    """The library's silent repeat is off: what the server saw is what ``attempts`` says."""
    _patient(place, workers=1)
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 6)])
    with StubApi(KeepAliveThenDrop(GOOD)) as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    rows = read_results(place.work / "orders.results.csv")
    assert {row["outcome"] for row in rows} == {"updated"}
    assert [int(row["attempts"]) for row in rows] == [len(stub.puts(n)) for n in range(1, 6)]
    assert ended.json["requests"] == len(stub.puts())


def test_nobody_there(place: Place, call: Call) -> None:
    """Where nothing listens nothing can be stored: ``failed``, to be sent again."""
    _patient(place)
    write_sheet(place.work / "orders.csv", [order(1)])
    with refusing_url() as url:
        ended = call("apply", "orders.csv", "--base-url", url, "--max-rate", "0", "--json")
    (row,) = read_results(place.work / "orders.results.csv")
    assert (ended.code, row["outcome"], row["attempts"]) == (5, "failed", str(TRIES))
    assert (row["next_step"], row["http_status"]) == ("send again", "")


def test_an_api_that_is_down_stops_the_run(place: Place, call: Call) -> None:
    """An outage that lasts ends the run with 5; the orders that were not tried are ``not_sent``."""
    _patient(place, workers=4)
    place.environ |= {
        "ADDRESS_PIPELINE_STOP__AFTER_FAILURES": "6",
        "ADDRESS_PIPELINE_STOP__OUTAGE_SECONDS": "0.4",
    }
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 41)])
    with StubApi(api.server_error) as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
        assert ended.code == 5
        counts = ended.json["outcomes"]
        assert counts["unknown"] + counts["not_sent"] == 40
        assert 1 <= counts["unknown"] <= 6 + 4
        assert "The API had a fault (HTTP 500)" in ended.stderr
        stub.behave = api.ok
        again = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    assert (again.code, again.json["outcomes"]["updated"]) == (0, 40)


REFUSALS = {
    "400": api.credentials_400,
    "401": api.unauthorized,
    "403": api.forbidden,
    "401 as a page": Page(401, b"<p>log in</p>"),
    "200 with the state": Json(
        200, {"ModelState": {"request.authorization_credentials": ["Unauthorized"]}}
    ),
}


BEFORE = {
    "taken at first": api.credentials_ok,
    "no such route": api.not_found_route,
    "500": api.server_error,
    "reset": Reset(),
}
REFUSED = [
    pytest.param(
        REFUSALS[refusal],
        BEFORE[before],
        id=f"{refusal}-{before}",
        marks=[] if refusal == "400" or before == "taken at first" else [pytest.mark.nightly],
    )
    for refusal in REFUSALS
    for before in BEFORE
]


@pytest.mark.parametrize(("refusal", "credentials"), REFUSED)
def test_refused_keys_stop_the_run(
    place: Place, call: Call, refusal: Step, credentials: Step
) -> None:
    """Exit 4 after at most as many requests as there are workers; all the rest is ``not_sent``."""
    _patient(place, workers=4)
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 41)])
    with StubApi(refusal, credentials=credentials, latency_seconds=0.005) as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
        assert ended.code == 4
        assert 1 <= len(stub.puts()) <= 4
        assert ended.json["outcomes"]["not_sent"] == ended.json["rows"] == 40
        assert ended.json["requests"] == len(stub.puts())
        rows = read_results(place.work / "orders.results.csv")
        assert {(row["outcome"], row["next_step"]) for row in rows} == {("not_sent", "send again")}
        assert sum(int(row["attempts"]) for row in rows) == len(stub.puts())
        stub.behave = api.ok
        again = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    assert (again.code, again.json["outcomes"]["updated"]) == (0, 40)


@pytest.mark.parametrize("refusal", list(REFUSALS.values())[:4], ids=list(REFUSALS)[:4])
def test_keys_refused_beforehand_send_nothing(place: Place, call: Call, refusal: Step) -> None:
    """When test_my_credentials says no, not one correction leaves."""
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 6)])
    with StubApi(credentials=refusal) as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    assert (ended.code, stub.puts()) == (4, [])
    assert (ended.json["outcomes"]["not_sent"], ended.json["requests"]) == (5, 0)
    assert "FINERWORKS_WEB_API_KEY" in ended.json["error"]


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("keys_too", [False, True], ids=["PUT", "both calls"])
def test_a_redirect_is_never_followed(place: Place, call: Call, code: int, keys_too: bool) -> None:
    """The run stops with 5, and the host it points to sees nothing at all: no key, no address."""
    _patient(place, workers=2)
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 11)])
    with StubApi() as other:
        away = Redirect(f"{other.url}/v3/update_customer", code)
        credentials = away if keys_too else api.credentials_ok
        with StubApi(away, credentials=credentials) as stub:
            ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
        assert other.requests == []
    assert (ended.code, ended.json["outcomes"]["not_sent"]) == (5, 10)
    assert 1 <= len(stub.puts()) <= 2
    assert other.url not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    "step",
    [api.not_found_route, Json(405, {"Message": "PUT"}), Json(415, {}), Page(407, b"proxy")],
    ids=["404 of the route", "405", "415", "407"],
)
def test_what_is_not_the_api_stops_the_run(place: Place, call: Call, step: Step) -> None:
    """A wrong URL ends the run with 5 at once; nothing is taken for an order's own refusal."""
    _patient(place, workers=2)
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 11)])
    with StubApi(step) as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    assert (ended.code, ended.json["outcomes"]["not_sent"]) == (5, 10)
    assert 1 <= len(stub.puts()) <= 2
    assert "--base-url" in ended.json["error"]


def test_the_stop_lets_answers_arrive(place: Place, call: Call) -> None:
    """Orders in flight when another one's answer stops the run are judged, not thrown away."""
    _patient(place, workers=4)
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 21)])
    slow = Slow(GOOD, pieces=3, delay_seconds=0.05)
    with StubApi(api.by_order({1: api.unauthorized}, slow)) as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    assert (ended.code, len(stub.puts())) == (4, 4)
    assert ended.json["outcomes"] | {"updated": 3, "not_sent": 17} == ended.json["outcomes"]
