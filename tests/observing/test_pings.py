"""Pings: in order, never in the way, and nowhere else than they were told."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from pipeline.observing.pings import Ping, PingOptions, Pings
from tests.stub_api.behaviours import Step
from tests.stub_api.replies import Hang, Json, Page, Redirect, Reset, Slow
from tests.stub_api.server import StubApi, refusing_url

OK = Page(200, b"OK")


def ping(url: str, exit_code: int = 0, most_seconds: float = 5.0) -> list[Ping]:
    """Begin and end; gives which pings were not taken."""
    failed: list[Ping] = []
    pings = Pings(PingOptions(url, most_seconds=most_seconds), failed.append)
    pings.begun()
    pings.ended(exit_code, "updated 3")
    return failed


@pytest.mark.parametrize(("code", "path"), [(0, "/uuid"), (1, "/uuid/fail"), (143, "/uuid/fail")])
def test_what_is_sent(code: int, path: str) -> None:
    """/start, then the URL itself or /fail, with the exit code and counts for a body."""
    with StubApi(OK) as stub:
        assert ping(f"{stub.url}/uuid", code) == []
        assert [seen.path for seen in stub.requests] == ["/uuid/start", path]
        assert [seen.body for seen in stub.requests] == [
            b"",
            f"exit code {code}\nupdated 3".encode(),
        ]


@pytest.mark.parametrize("answer", [Json(404, {}), Json(500, {}), Reset()])
def test_a_ping_that_is_not_taken_is_told(answer: Step) -> None:
    """Whatever goes wrong, nothing is raised."""
    with StubApi(answer) as stub:
        assert ping(stub.url) == ["start", "success"]
    with refusing_url() as url:
        assert ping(url) == ["start", "success"]


def test_a_redirect_is_not_followed() -> None:
    """The URL's own host is the only one that is asked."""
    with StubApi(OK) as elsewhere, StubApi(Redirect(f"{elsewhere.url}/taken", 302)) as stub:
        assert ping(stub.url) == ["start", "success"]
        assert elsewhere.requests == []


def test_a_server_that_hangs_costs_its_time_and_no_more() -> None:
    """Beginning waits for nothing; the end waits at most once for each ping."""
    with StubApi(Hang()) as stub:
        options = PingOptions(stub.url, most_seconds=0.3)
        failed: list[Ping] = []
        begun = time.monotonic()
        pings = Pings(options, failed.append)
        pings.begun()
        assert time.monotonic() - begun < 0.2
        pings.ended(0, "")
        assert time.monotonic() - begun < 2
    assert failed == ["start", "success"]


def test_the_url_is_in_no_repr() -> None:
    """Whoever knows it can send pings."""
    assert "uuid" not in repr(PingOptions("https://hc.example/uuid", "http://u:pw@proxy"))
    assert "pw" not in repr(PingOptions("https://hc.example/uuid", "http://u:pw@proxy"))


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not holds() and time.monotonic() < end:
        time.sleep(0.002)


def test_what_stays_says_that_it_is_well() -> None:
    """Again and again and nothing else; of several that are not taken in a row one is told."""
    failed: list[Ping] = []
    with StubApi(Json(500, {})) as stub:
        pings = Pings(PingOptions(f"{stub.url}/uuid"), failed.append)
        for count in range(1, 6):
            stub.behave = OK if count == 3 else Json(500, {})
            pings.alive()
            _until(lambda count=count: len(stub.requests) == count and not pings.on_its_way)  # type: ignore[misc]
        assert {(seen.path, seen.body) for seen in stub.requests} == {("/uuid", b"")}
        assert len(stub.requests) == 5
    assert failed == ["success", "success"]  # before the one that was taken, and after it


def test_no_second_one_while_the_first_hangs() -> None:
    """However often it is called: one thread, and nothing is waited for."""
    with StubApi(Hang()) as stub:
        pings = Pings(PingOptions(stub.url))
        for _ in range(20):
            pings.alive()
        assert len(stub.requests) <= 1


def test_the_end_is_told_last() -> None:
    """What is on its way comes first: who hears that all is well after the end would believe it."""
    with StubApi(Slow(OK, pieces=2, delay_seconds=0.1)) as stub:
        failed: list[Ping] = []
        pings = Pings(PingOptions(f"{stub.url}/uuid", most_seconds=5.0), failed.append)
        pings.alive()
        pings.ended(5, "")
        assert [seen.path for seen in stub.requests] == ["/uuid", "/uuid/fail"]
        first, second = stub.requests
        assert second.started_at - first.started_at >= 0.1
        assert failed == []
