"""The command behind a company's proxy: through it, and when it will not or cannot."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.functional.command import (
    APP_KEY,
    WEB_KEY,
    Ended,
    Place,
    order,
    read_results,
    write_sheet,
)
from tests.functional.conftest import Call
from tests.stub_api import tls
from tests.stub_api.behaviours import Step
from tests.stub_api.faults import Tunnel
from tests.stub_api.replies import CloseBeforeReply, Hang, Json, Page, Raw, Reply
from tests.stub_api.server import StubApi, refusing_url
from tests.stub_api.wire import Seen

HOST = "api.example.test"
URL = f"https://{HOST}"
ORDERS = 3
USER, PASSWORD = "clerk", "PROXY-PASSWORD-marker/+@"
QUOTED = "PROXY-PASSWORD-marker%2F%2B%40"
SECRETS = (WEB_KEY, APP_KEY, PASSWORD, QUOTED, "PROXY-PASSWORD")


@pytest.fixture
def api(place: Place) -> Iterator[StubApi]:
    """Give the API behind the proxy; no name server knows its name, only the proxy does."""
    place.environ |= {
        "ADDRESS_PIPELINE_API__CA_FILE": str(tls.ca_file(place.home)),
        "ADDRESS_PIPELINE_API__TIMEOUT_SECONDS": "10",
        "ADDRESS_PIPELINE_STOP__OUTAGE_SECONDS": "0.1",
        "ADDRESS_PIPELINE_RETRY__ATTEMPTS": "2",
        "ADDRESS_PIPELINE_RETRY__MAX_WAIT_SECONDS": "0.01",
        "ADDRESS_PIPELINE_RATE__START_PER_SECOND": "1000",
        "ADDRESS_PIPELINE_RATE__MAX_PER_SECOND": "1000",
    }
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, ORDERS + 1)])
    with StubApi(tls=tls.context(HOST)) as stub:
        yield stub


def _through(place: Place, call: Call, proxy: str, *flags: str) -> Ended:
    place.environ["ADDRESS_PIPELINE_API__PROXY"] = proxy
    ended = call("apply", "orders.csv", "--base-url", URL, "--json", "--verbose", *flags)
    results = (place.work / "orders.results.csv").read_text(encoding="utf-8-sig")
    for secret in SECRETS:
        assert secret not in ended.stdout + ended.stderr + results
        assert secret.encode() not in place.ledger.read_bytes()
    return ended


def _goes_through(place: Place, call: Call, api: StubApi) -> None:
    """A sound proxy from now on: every order is sent, and sent once."""
    before = len(api.puts())
    with StubApi(Tunnel(api.port)) as proxy:
        again = _through(place, call, proxy.url)
    assert (again.code, again.json["outcomes"]["updated"]) == (0, ORDERS)
    assert len(api.puts()) - before == ORDERS


def test_a_proxy_carries_what_it_cannot_read(place: Place, call: Call, api: StubApi) -> None:
    """The API is reached by CONNECT alone; neither keys nor addresses pass the proxy in clear."""
    tunnel = Tunnel(api.port)
    with StubApi(tunnel) as proxy:
        ended = _through(place, call, proxy.url)
    assert (ended.code, ended.json["outcomes"]["updated"]) == (0, ORDERS)
    assert [len(api.puts(number)) for number in range(1, ORDERS + 1)] == [1] * ORDERS
    assert {(seen.method, seen.path) for seen in proxy.requests} == {("CONNECT", f"{HOST}:443")}
    in_clear = str([seen.headers for seen in proxy.requests]).encode() + tunnel.heard
    assert tunnel.heard
    for secret in (WEB_KEY, APP_KEY, "web_api_key", "Harbour Street"):
        assert secret.encode() not in in_clear


def test_a_proxy_may_be_reached_by_https(place: Place, call: Call, api: StubApi) -> None:
    """The tunnel stands inside the proxy's own TLS, which ``api.ca_file`` is asked about too."""
    with StubApi(Tunnel(api.port), tls=tls.context()) as proxy:
        ended = _through(place, call, proxy.url)
    assert (ended.code, ended.json["outcomes"]["updated"]) == (0, ORDERS)
    with StubApi(Tunnel(api.port), tls=tls.self_signed()) as proxy:
        ended = _through(place, call, proxy.url, "--resend")
        assert proxy.requests == []
    _ends_unsent(place, ended, Case("", Hang(), "the proxy cannot be reached: the host's cert"))


def test_a_proxy_that_asks_who_we_are(place: Place, call: Call, api: StubApi) -> None:
    """User and password of ``api.proxy`` reach the proxy, and nobody else sees them."""
    wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    def behave(seen: Seen) -> Reply:
        known = seen.header("Proxy-Authorization") == wanted
        return Tunnel(api.port) if known else Page(407, b"<p>Who are you?</p>")

    with StubApi(behave) as proxy:
        stranger = _through(place, call, proxy.url)
        known = _through(place, call, proxy.url.replace("//", f"//{USER}:{QUOTED}@"))
    assert stranger.code == 5
    assert "the proxy wants a user name and a password, HTTP 407" in stranger.json["error"]
    assert "http://USER:PASSWORD@HOST:PORT" in stranger.json["error"]
    assert (known.code, known.json["outcomes"]["updated"]) == (0, ORDERS)
    assert not any(seen.header("Proxy-Authorization") for seen in api.requests)


@dataclass(frozen=True)
class Case:
    """What a proxy does with CONNECT, and the words that are to reach a person."""

    name: str
    step: Step
    what: str
    todo: str = "check api.proxy"


CASES = [
    Case("403", Page(403, b"<p>no</p>"), "lets nothing through to the host, HTTP 403", "ask who"),
    Case("502", Page(502, b"<p>away</p>"), "does not reach the host, HTTP 502", "network"),
    Case("504", Json(504, {}), "does not reach the host, HTTP 504", "network"),
    Case("another 2xx", Page(204, b""), "lets nothing through to the host, HTTP 204", "ask who"),
    Case("an unheard code", Raw(b"HTTP/1.1 999\r\n\r\n"), "to the host, HTTP 999", "ask who"),
    Case("cut", CloseBeforeReply(), "the proxy gave no tunnel to the host"),
    Case("no HTTP", Raw(b"+OK POP3 ready\r\n"), "the proxy gave no tunnel to the host"),
    Case("silent", Hang(), "no connection in time", "network"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_proxy_that_does_not_connect(place: Place, call: Call, api: StubApi, case: Case) -> None:
    """Nothing was sent, so no row is in doubt; exit 5, and all of them go another time."""
    if isinstance(case.step, Hang):
        place.environ["ADDRESS_PIPELINE_API__TIMEOUT_SECONDS"] = "0.4"
    with StubApi(case.step) as proxy:
        ended = _through(place, call, proxy.url.replace("//", f"//{USER}:{QUOTED}@"))
        assert {seen.method for seen in proxy.requests} == {"CONNECT"}
    _ends_unsent(place, ended, case)
    assert api.requests == []
    place.environ["ADDRESS_PIPELINE_API__TIMEOUT_SECONDS"] = "10"
    _goes_through(place, call, api)


@pytest.mark.parametrize("away", ["refused", "unknown"])
def test_a_proxy_that_is_not_there(place: Place, call: Call, api: StubApi, away: str) -> None:
    """It is the proxy that is named, not the API's host."""
    with refusing_url() as refusing:
        url = refusing if away == "refused" else "http://proxy.example.invalid:3128"
        ended = _through(place, call, url.replace("//", f"//{USER}:{QUOTED}@"))
    _ends_unsent(place, ended, Case(away, Hang(), "the proxy cannot be reached: "))
    assert "proxy.example" not in ended.json["error"]
    _goes_through(place, call, api)


def test_a_proxy_that_opens_what_goes_through(place: Place, call: Call, api: StubApi) -> None:
    """A tunnel that ends at somebody else's certificate gets no key."""
    with (
        StubApi(tls=tls.context("proxy.example.test")) as other,
        StubApi(Tunnel(other.port)) as proxy,
    ):
        ended = _through(place, call, proxy.url)
    assert other.requests == []
    _ends_unsent(place, ended, Case("", Hang(), "made out to another name", "sign-in page"))
    _goes_through(place, call, api)


def _ends_unsent(place: Place, ended: Ended, case: Case) -> None:
    assert ended.code == 5
    assert case.what in ended.json["error"]
    assert case.todo in ended.json["error"]
    rows = read_results(place.work / "orders.results.csv")
    assert {row["outcome"] for row in rows} <= {"failed", "not_sent"}
    assert {row["next_step"] for row in rows} == {"send again"}
    assert all(case.what in row["reason"] for row in rows if row["outcome"] == "failed")


def test_this_machine_is_reached_without_the_proxy(place: Place, call: Call) -> None:
    """A proxy is for the way out: loopback is called directly, and the proxy sees nothing."""
    write_sheet(place.work / "orders.csv", [order(1)])
    with StubApi() as stub, StubApi() as proxy:
        place.environ["ADDRESS_PIPELINE_API__PROXY"] = proxy.url
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    assert (ended.code, len(stub.puts()), proxy.requests) == (0, 1, [])
