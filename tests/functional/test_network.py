"""The command against a network and servers at their worst, below the words of HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from pipeline.core.reply import Answer, NoAnswer
from pipeline.sending import ApiClient
from tests.functional.command import Place, order, read_results, write_sheet
from tests.functional.conftest import Call
from tests.stub_api import behaviours as does
from tests.stub_api import tls
from tests.stub_api.behaviours import Step
from tests.stub_api.faults import Bytes, CloseAfter, Pour, Stall, Twice, gzip_bomb
from tests.stub_api.replies import Hang, Json, Page, Raw, Slow
from tests.stub_api.server import StubApi

TRIES = 2
FIRST = 501
SAID = b'{"success":true}'
OK = b"HTTP/1.1 200 OK\r\n"
WHOLE = OK + b"Content-Length: 16\r\n\r\n" + SAID
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNK = b"10\r\n" + SAID + b"\r\n"
GOOD = Json(200, {"success": True})
NO_ANSWER = ""
EITHER = "either"


@dataclass(frozen=True)
class Case:
    """A way of answering one order, its outcome, the last HTTP code, and a part of the reason.

    ``status`` is :data:`EITHER` where it depends on the packets whether the code was read.
    """

    name: str
    step: Step
    outcome: str
    status: str
    reason: str = ""


def _fine(name: str, step: Step) -> Case:
    return Case(name, step, "updated", "200")


def _doubt(name: str, step: Step, reason: str, status: str = NO_ANSWER) -> Case:
    return Case(name, step, "unknown", status, reason)


NO_HTTP = "what came was not HTTP"
LATE = "none within 1 seconds"
UNSAID = "(HTTP 200) without saying whether it stored the address"
CASES = [
    # -- odd, and right all the same
    _fine("HTTP/1.0, closed", Raw(b"HTTP/1.0 200 OK\r\n\r\n" + SAID)),
    _fine(
        "HTTP/1.0, kept",
        Bytes(b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 16\r\n\r\n" + SAID),
    ),
    _fine("no length, closed", Raw(OK + b"\r\n" + SAID)),
    _fine("closes each time", Raw(OK + b"Connection: close\r\nContent-Length: 16\r\n\r\n" + SAID)),
    _fine("interim answers", Bytes(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\n\r\n" + WHOLE)),
    _fine("chunks and a trailer", Bytes(CHUNKED + CHUNK + b"0\r\nX-Sum: 1\r\n\r\n")),
    _fine("bare line feeds", Bytes(WHOLE.replace(b"\r\n", b"\n"))),
    _fine("a cookie that is none", Bytes(WHOLE.replace(b"OK", b"OK\r\nSet-Cookie: \xff=;;"))),
    _fine("slow, in time", Slow(GOOD, pieces=5, delay_seconds=0.01)),
    # -- no word of the API's
    _doubt("204", Bytes(b"HTTP/1.1 204 No Content\r\n\r\n"), "(HTTP 204) without", "204"),
    _doubt("205", Bytes(b"HTTP/1.1 205 x\r\nContent-Length: 0\r\n\r\n"), "HTTP 205", "205"),
    _doubt("too short a body", Raw(OK + b"Content-Length: 17\r\n\r\n" + SAID), UNSAID, "200"),
    _doubt("a chunk too short", Raw(CHUNKED + b"11\r\n" + SAID), UNSAID, "200"),
    _doubt("no last chunk", Raw(CHUNKED + CHUNK), UNSAID, "200"),
    _doubt("broken gzip", Page(200, SAID, headers={"Content-Encoding": "gzip"}), UNSAID, "200"),
    # -- no HTTP
    _doubt("a wrong chunk size", Bytes(CHUNKED + CHUNK + b"zz\r\n"), NO_HTTP),
    _doubt("two lengths", Bytes(WHOLE.replace(b"OK", b"OK\r\nContent-Length: 3")), NO_HTTP),
    _doubt(
        "length and chunks", Bytes(CHUNKED.replace(b"OK", b"OK\r\nContent-Length: 16")), NO_HTTP
    ),
    _doubt("a length below nothing", Raw(OK + b"Content-Length: -1\r\n\r\n" + SAID), NO_HTTP),
    _doubt("HTTP/0.9", Raw(SAID), NO_HTTP),
    _doubt("HTTP/2", Raw(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00"), NO_HTTP),
    _doubt("a NUL in a header", Bytes(WHOLE.replace(b"OK", b"OK\r\nX: \x00")), NO_HTTP),
    # -- no end in sight
    _doubt("a header line without end", Pour(OK + b"X: ", b"x" * 4096), NO_HTTP),
    _doubt("headers without end", Pour(OK, b"X: y\r\n" * 500), NO_HTTP),
    _doubt("a phrase without end", Pour(b"HTTP/1.1 200 ", b"x" * 4096), NO_HTTP),
    _doubt("trailers without end", Pour(CHUNKED + CHUNK + b"0\r\n", b"X: y\r\n" * 500), "", EITHER),
    _doubt("chunks without end", Pour(CHUNKED, b"400\r\n" + b"x" * 1024 + b"\r\n"), UNSAID, "200"),
    _doubt("a bomb", gzip_bomb(64), UNSAID, "200"),
    _doubt("a bomb in a bomb", gzip_bomb(64, layers=2), UNSAID, "200"),
    _doubt("interim without end", Pour(b"", b"HTTP/1.1 100 x\r\n\r\n" * 50, 0.01), LATE),
    _doubt("a chunk's size without end", Pour(CHUNKED + b"1;", b"x" * 512, 0.01), UNSAID, "200"),
    # -- too slow
    _doubt("a slow head", Slow(GOOD, pieces=60, delay_seconds=0.05), LATE),
    _doubt("a head that stops", Stall(OK), LATE),
    _doubt("a slow body", Pour(OK + b"Content-Length: 99\r\n\r\n", b" ", 0.05), UNSAID, "200"),
    _doubt("a body that stops", Stall(WHOLE[:-1]), UNSAID, "200"),
]


def _patient(
    place: Place, *, workers: int = 16, timeout_seconds: float = 10, outage_seconds: float = 60
) -> None:
    place.environ |= {
        "ADDRESS_PIPELINE_STOP__OUTAGE_SECONDS": str(outage_seconds),
        "ADDRESS_PIPELINE_API__TIMEOUT_SECONDS": str(timeout_seconds),
        "ADDRESS_PIPELINE_RETRY__ATTEMPTS": str(TRIES),
        "ADDRESS_PIPELINE_RETRY__MAX_WAIT_SECONDS": "0.01",
        "ADDRESS_PIPELINE_STOP__AFTER_FAILURES": "1000",
        # Where most orders fail by design, a share of failures would count as the API being away.
        "ADDRESS_PIPELINE_STOP__FAILURE_SHARE": "1",
        "ADDRESS_PIPELINE_RATE__WORKERS": str(workers),
        "ADDRESS_PIPELINE_RATE__START_PER_SECOND": "1000",
        "ADDRESS_PIPELINE_RATE__MAX_PER_SECOND": "1000",
    }


def test_every_way_of_breaking_http(place: Place, call: Call) -> None:
    """Each fault has its outcome and its cause; the next run sends what is left, and only that."""
    _patient(place, timeout_seconds=1, workers=len(CASES))  # the slow ones wait side by side
    numbered = dict(enumerate(CASES, start=FIRST))
    write_sheet(place.work / "orders.csv", [order(number) for number in numbered])
    with StubApi(does.by_order({number: case.step for number, case in numbered.items()})) as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
        rows = read_results(place.work / "orders.results.csv")
        before = {number: len(stub.puts(number)) for number in numbered}
        stub.behave = does.ok
        again = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    got = {
        case.name: (row["outcome"], _status(case, row), case.reason in row["reason"])
        for case, row in zip(CASES, rows, strict=True)
    }
    assert got == {case.name: (case.outcome, case.status, True) for case in CASES}
    assert {int(row["order_id"]): int(row["attempts"]) for row in rows} == before
    # A try before the API counts as away uses up none of the tries.
    assert all(
        before[number] == 1 if case.outcome == "updated" else before[number] >= TRIES
        for number, case in numbered.items()
    )
    assert (ended.code, ended.json["requests"]) == (1, sum(before.values()))
    sent_again = [number for number in numbered if len(stub.puts(number)) > before[number]]
    assert sent_again == [n for n, case in numbered.items() if case.outcome == "unknown"]
    assert again.code == 0


def _status(case: Case, row: dict[str, str]) -> str:
    return EITHER if case.status == EITHER else row["http_status"]


def test_an_answer_too_many_is_nobodys(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that lies on the connection before an order was sent is not taken for its own."""
    _patient(place, workers=1)
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 6)])
    twice = Twice(Page(404, b"{}", "application/json"), GOOD)
    put = ApiClient.put_customer

    async def put_once_it_lies_there(client: ApiClient, body: bytes) -> Answer | NoAnswer:
        await twice.lies_there(len(stub.puts()))
        return await put(client, body)

    monkeypatch.setattr(ApiClient, "put_customer", put_once_it_lies_there)
    with StubApi(twice) as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    assert ended.json["outcomes"]["rejected"] == len(stub.puts()) == 5
    assert stub.confirmed() == {}


def test_connections_that_close_between_requests(place: Place, call: Call) -> None:
    """A server that closes what it promised to keep costs counted tries and no order."""
    _patient(place, workers=4)
    place.environ["ADDRESS_PIPELINE_RETRY__ATTEMPTS"] = "10"
    numbers = range(1, 31)
    write_sheet(place.work / "orders.csv", [order(number) for number in numbers])
    with StubApi(CloseAfter(GOOD)) as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    rows = read_results(place.work / "orders.results.csv")
    assert (ended.code, ended.json["outcomes"]["updated"]) == (0, len(numbers))
    assert ended.json["requests"] == sum(int(row["attempts"]) for row in rows)
    # A try that was written to a dead connection is counted here and cannot be seen there.
    assert all(len(stub.puts(int(row["order_id"]))) == 1 for row in rows)
    assert stub.max_open_per_order() == 1


@pytest.mark.parametrize("other", [False, True], ids=["the same", "another address"])
def test_a_server_that_never_answers(place: Place, call: Call, other: bool) -> None:
    """Its orders are ``unknown``; for ``retry.linger_seconds`` only the same address may follow."""
    _patient(place, timeout_seconds=0.25, outage_seconds=0.1)
    linger_seconds = 0.6
    place.environ["ADDRESS_PIPELINE_RETRY__LINGER_SECONDS"] = str(linger_seconds)
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 4)])
    with StubApi(Hang()) as stub:
        flags = ("--base-url", stub.url, "--max-rate", "0", "--json")
        ended = call("apply", "orders.csv", *flags)
        lost_at = max(seen.ended_at or 0 for seen in stub.puts())
        before = len(stub.puts())
        stub.behave = does.ok
        city = {"city": "Cambridge"} if other else {}
        write_sheet(place.work / "next.csv", [order(number, **city) for number in range(1, 4)])
        again = call("apply", "next.csv", *flags)
        began_at = min(seen.started_at for seen in stub.puts()[before:])
        assert len(stub.puts()) == before + 3
    assert (ended.code, ended.json["outcomes"]["unknown"]) == (5, 3)
    assert (again.code, again.json["outcomes"]["updated"]) == (0, 3)
    assert before >= 3
    # The client gives up a moment before the server sees it.
    assert (began_at - lost_at >= linger_seconds - 0.1) is other


def test_a_switch_of_protocols_is_not_the_api(place: Place, call: Call) -> None:
    """101 answers a question nobody asked: the run stops and says that this is not the API."""
    _patient(place)
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 4)])
    switch = Bytes(b"HTTP/1.1 101 x\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n")
    with StubApi(switch) as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    assert (ended.code, ended.json["outcomes"]["not_sent"]) == (5, 3)
    assert "What answered (HTTP 101) is not FinerWorks' API" in ended.json["error"]


@pytest.mark.parametrize("written", [r"\u{:04x}", r"\u{:04X}", "{:c}"])
def test_a_key_that_comes_back_is_struck_out(place: Place, call: Call, written: str) -> None:
    """Whichever way JSON writes it, no key of ours gets from a reply into the results."""
    _patient(place)
    write_sheet(place.work / "orders.csv", [order(1)])
    keys = [place.environ["FINERWORKS_WEB_API_KEY"], place.environ["FINERWORKS_APP_KEY"]]
    echo = ["".join(written.format(ord(letter)) for letter in key) for key in keys]
    said = (
        f'{{"success": false, "message": "Bad {echo[0]} {echo[1]}", "reference_id": "{echo[0]}"}}'
    )
    page = Page(200, said.encode(), "application/json", {"Date": keys[0], "Retry-After": keys[1]})
    with StubApi(Slow(page, pieces=40, delay_seconds=0.001)) as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    (row,) = read_results(place.work / "orders.results.csv")
    assert (row["outcome"], row["reference_id"]) == ("rejected", "[key]")
    assert "Bad [key] [key]" in row["reason"]
    for key in keys:
        assert key not in ended.stdout + ended.stderr + str(row)
        assert key.encode() not in place.ledger.read_bytes()


# -- names and addresses ----------------------------------------------------------------------

Asked = Callable[..., list[Any]]


def _names(monkeypatch: pytest.MonkeyPatch, host: str, *answers: Any) -> None:
    """Answer for ``host``: errors or lists of addresses, the last one again and again."""
    left = list(answers)
    asked: Asked = socket.getaddrinfo

    def answer(name: Any, port: Any, *rest: Any, **more: Any) -> list[Any]:
        if name != host:
            return asked(name, port, *rest, **more)
        now = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(now, OSError):
            raise now
        return [found for address in now for found in asked(address, port, *rest, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


UNKNOWN = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
SILENT = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


@pytest.mark.parametrize(
    ("error", "what"),
    [(UNKNOWN, "the host's name is not known here"), (SILENT, "no name server answers")],
    ids=["unknown", "no server"],
)
def test_a_name_that_cannot_be_looked_up(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch, error: OSError, what: str
) -> None:
    """Exit 5 with the cause; nothing was sent, and all goes once the name is known."""
    _patient(place, outage_seconds=0.1)
    place.environ["ADDRESS_PIPELINE_API__CA_FILE"] = str(tls.ca_file(place.home))
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 4)])
    host = "api.example.test"
    with StubApi(tls=tls.context(host)) as stub:
        url = f"https://{host}:{stub.port}"
        _names(monkeypatch, host, error)
        ended = call("apply", "orders.csv", "--base-url", url, "--json")
        assert stub.requests == []
        _names(monkeypatch, host, ["127.0.0.1"])
        again = call("apply", "orders.csv", "--base-url", url, "--json")
    rows = read_results(place.work / "orders.results.csv")
    assert ended.code == 5
    assert f"({what})" in ended.json["error"]
    assert "look at this machine's network" in ended.json["error"]
    assert ended.json["outcomes"]["unknown"] == 0
    assert (again.code, [len(stub.puts(number)) for number in (1, 2, 3)]) == (0, [1, 1, 1])
    assert {row["outcome"] for row in rows} == {"updated"}


def test_a_name_that_nobody_has(place: Place, call: Call) -> None:
    """The machine's own look-up of a name that cannot exist ends in the same words."""
    _patient(place)
    write_sheet(place.work / "orders.csv", [order(1)])
    ended = call("apply", "orders.csv", "--base-url", "https://api.example.invalid", "--json")
    assert (ended.code, ended.json["outcomes"]["failed"]) == (5, 1)
    assert "name" in ended.json["error"]


def test_a_name_that_comes_back_costs_tries_only(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that answers again in time leaves no doubt behind: nothing had been sent."""
    _patient(place, workers=1)
    place.environ["ADDRESS_PIPELINE_RETRY__ATTEMPTS"] = "5"
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 4)])
    with StubApi() as stub:
        # The first look-up is that of test_my_credentials.
        _names(monkeypatch, "localhost", SILENT, SILENT, SILENT, ["127.0.0.1"])
        url = f"http://localhost:{stub.port}"
        ended = call("apply", "orders.csv", "--base-url", url, "--max-rate", "0", "--json")
    rows = read_results(place.work / "orders.results.csv")
    assert (ended.code, [row["attempts"] for row in rows]) == (0, ["3", "1", "1"])
    assert len(stub.puts()) == 3


def test_name_servers_that_are_silent_hold_nobody(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look-up that does not end is given up: the run ends although it still hangs."""
    _patient(place, timeout_seconds=0.4, outage_seconds=0.1)
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 4)])
    hanging = threading.Event()
    answered = threading.Event()

    def silent(*_: object, **__: object) -> list[Any]:
        hanging.wait(30)
        answered.set()
        raise SILENT

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", silent)
        ended = call("apply", "orders.csv", "--base-url", "https://api.example.test", "--json")
        assert not answered.is_set()
    hanging.set()
    assert answered.wait(10)
    assert (ended.code, ended.json["outcomes"]["unknown"]) == (5, 0)
    assert "(no connection in time)" in ended.json["error"]


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6 loopback")
@pytest.mark.parametrize("listens", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("order_of", [("::1", "127.0.0.1"), ("127.0.0.1", "::1")])
def test_a_name_with_two_addresses(
    place: Place,
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    listens: str,
    order_of: tuple[str, str],
) -> None:
    """Where the server listens on one of them only, it is found, whichever comes first."""
    _patient(place)
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 4)])
    _names(monkeypatch, "localhost", list(order_of))
    with StubApi(host=listens) as stub:
        url = f"http://localhost:{stub.port}"
        ended = call("apply", "orders.csv", "--base-url", url, "--max-rate", "0", "--json")
    rows = read_results(place.work / "orders.results.csv")
    assert (ended.code, [row["attempts"] for row in rows]) == (0, ["1", "1", "1"])
