"""The client: what goes out exactly, and what each way of answering becomes.

Plain replies come from aioresponses. What mocks cannot show (caps, cuts, timeouts, TLS, repeats)
comes from a real server on loopback.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import time
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from yarl import URL

from pipeline.core.errors import ConfigError
from pipeline.core.reply import Answer, NoAnswer
from pipeline.sending import ApiClient, ClientOptions
from pipeline.sending.client import MAX_BODY_BYTES, MOST_STALE
from tests.stub_api import tls
from tests.stub_api.behaviours import Step, ok
from tests.stub_api.faults import Twice
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
    Reply,
    Reset,
    Slow,
)
from tests.stub_api.server import StubApi, refusing_url

API = "https://api.example.test"
PUT_URL = f"{API}/v3/update_customer"
KEYS_URL = f"{API}/v3/test_my_credentials"
BODY = '{"order_id":7,"customer_info":{"city":"Gdańsk"}}'.encode()
GOOD = Json(200, {"success": True, "reference_id": "r1"})


def options(url: str = API, **changes: Any) -> ClientOptions:
    return ClientOptions(url, "web-key-1", "app-key-2", **{"timeout_seconds": 5.0, **changes})


async def put(url: str, body: bytes = BODY, **changes: Any) -> Answer | NoAnswer:
    async with ApiClient(options(url, **changes)) as client:
        return await client.put_customer(body)


def told(reply: Answer | NoAnswer) -> tuple[bool, str]:
    """Whether it may have arrived, and the cause."""
    assert isinstance(reply, NoAnswer)
    return reply.reached, reply.what


async def answered(url: str, **changes: Any) -> Answer:
    reply = await put(url, **changes)
    assert isinstance(reply, Answer)
    return reply


# -- mocked -----------------------------------------------------------------------------------


async def test_a_put_is_exactly_this(mocked: Any) -> None:
    """One PUT: its URL, the two keys and the JSON type as headers, the bytes untouched."""
    mocked.put(PUT_URL, payload={"success": True})
    await put(API)
    assert list(mocked.requests) == [("PUT", URL(PUT_URL))]
    (call,) = mocked.requests["PUT", URL(PUT_URL)]
    payload = call.kwargs["data"]
    assert (payload.decode(), payload.content_type) == (BODY.decode(), "application/json")
    assert call.kwargs["allow_redirects"] is False
    sent = dict(call.kwargs["headers"])
    assert sent.pop("User-Agent").startswith("address-pipeline")
    assert sent == {
        "web_api_key": "web-key-1",
        "app_key": "app-key-2",
        "Accept": "application/json",
    }


async def test_keys_are_tested_by_a_get_without_a_body(mocked: Any) -> None:
    """The look at the keys sends nothing but the keys."""
    mocked.get(KEYS_URL, payload={"status": {"success": True}})
    async with ApiClient(options()) as client:
        assert isinstance(await client.test_credentials(), Answer)
    (call,) = mocked.requests["GET", URL(KEYS_URL)]
    assert call.kwargs["data"] is None
    assert "Content-Type" not in call.kwargs["headers"]


@pytest.mark.parametrize("code", [200, 201, 204, 302, 400, 401, 403, 404, 408, 429, 500, 503, 599])
async def test_a_reply_is_handed_over_as_it_came(mocked: Any, code: int) -> None:
    """The client judges nothing: code, body, Retry-After and Date go on as they are."""
    headers = {"Retry-After": "7", "Date": "Mon, 23 Nov 2026 10:00:00 GMT"}
    mocked.put(PUT_URL, status=code, body=b"\xff\x00 no text", headers=headers)
    assert await put(API) == Answer(
        code, b"\xff\x00 no text", "7", whole=True, date="Mon, 23 Nov 2026 10:00:00 GMT"
    )


async def test_a_reply_without_the_two_headers_has_none(mocked: Any) -> None:
    """What was not said is None, not empty."""
    mocked.put(PUT_URL, payload={})
    assert await put(API) == Answer(200, b"{}", None, whole=True, date=None)


async def test_a_bug_is_not_taken_for_an_answer(mocked: Any) -> None:
    """Only errors of the network become NoAnswer; a programming error is raised."""
    mocked.put(PUT_URL, exception=TypeError("bug"))
    with pytest.raises(TypeError):
        await put(API)


async def test_a_client_that_was_not_entered_says_so() -> None:
    """Without ``async with`` there is no session to send by."""
    with pytest.raises(RuntimeError, match="async with"):
        await ApiClient(options()).put_customer(BODY)


def test_options_never_show_a_key() -> None:
    """Both keys stay out of ``repr``."""
    shown = repr(options())
    assert "web-key-1" not in shown
    assert "app-key-2" not in shown


# -- on the wire ------------------------------------------------------------------------------


async def test_the_bytes_on_the_wire() -> None:
    """What the server reads: path, every header once and no other, the body byte by byte."""
    with StubApi() as stub:
        await put(stub.url)
    (seen,) = stub.requests
    assert (seen.method, seen.path, seen.body) == ("PUT", "/v3/update_customer", BODY)
    headers = {name.lower(): value for name, value in seen.headers}
    assert len(headers) == len(seen.headers)
    assert headers.pop("user-agent").startswith("address-pipeline")
    assert headers.pop("accept-encoding")
    assert headers == {
        "host": stub.url.removeprefix("http://"),
        "web_api_key": "web-key-1",
        "app_key": "app-key-2",
        "accept": "application/json",
        "content-type": "application/json",
        "content-length": str(len(BODY)),
    }


async def test_a_path_before_v3_is_kept() -> None:
    """A gateway's own path stays in front."""
    with StubApi() as stub:
        await put(f"{stub.url}/gateway")
    assert [seen.path for seen in stub.requests] == ["/gateway/v3/update_customer"]


async def test_cookies_are_not_kept() -> None:
    """Nothing a server sets comes back with the next request."""
    page = Json(200, {"success": True}, {"Set-Cookie": "session=1; Path=/"})
    with StubApi(page) as stub:
        async with ApiClient(options(stub.url)) as client:
            await client.put_customer(BODY)
            await client.put_customer(BODY)
    assert [seen.header("Cookie") for seen in stub.requests] == [None, None]


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
async def test_connections_are_used_again(tmp_path: Path, secure: bool) -> None:
    """One after the other, requests share a connection."""
    with StubApi(tls=tls.context() if secure else None) as stub:
        async with ApiClient(options(stub.url, ca_file=str(tls.ca_file(tmp_path)))) as client:
            for _ in range(5):
                await client.put_customer(BODY)
    assert {seen.connection for seen in stub.requests} == {1}


async def test_a_dropped_connection_is_not_tried_again_silently() -> None:
    """The library's own repeat of a PUT is off: one call is one request."""
    with StubApi(KeepAliveThenDrop(GOOD)) as stub:
        async with ApiClient(options(stub.url)) as client:
            assert isinstance(await client.put_customer(BODY), Answer)
            second = await client.put_customer(BODY)
    assert second == NoAnswer(reached=True, what="the connection was cut")
    assert len(stub.requests) == 2


async def test_an_answer_too_many_is_not_the_next_one() -> None:
    """What lies on a kept connection before a request was sent is no answer to it."""
    twice = Twice(Json(404, {}), GOOD)
    with StubApi(twice) as stub:
        async with ApiClient(options(stub.url)) as client:
            got = []
            for count in range(1, 5):
                got.append(await client.put_customer(BODY))
                await twice.lies_there(count)
    assert got == [Answer(404, b"{}")] * 4
    assert len(stub.requests) == 4


async def test_there_is_an_end_to_throwing_connections_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where something lies on every connection, nothing is sent; it is tried again later."""
    thrown_away: list[int] = []

    class Dirty:
        protocol = SimpleNamespace(should_close=True)

        def close(self) -> None:
            thrown_away.append(1)

    async def connect(*_: object) -> Dirty:
        return Dirty()

    monkeypatch.setattr(aiohttp.TCPConnector, "connect", connect)
    assert told(await put(API)) == (False, "no connection")
    assert len(thrown_away) == MOST_STALE


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(code: int) -> None:
    """The keys stay where they were meant to go; the other host sees nothing."""
    with StubApi() as other, StubApi(Redirect(f"{other.url}/v3/update_customer", code)) as stub:
        reply = await answered(stub.url)
    assert reply.status == code
    assert len(stub.requests) == 1
    assert other.requests == []


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        (Reset(), "the connection was cut"),
        (CloseBeforeReply(), "the connection was cut"),
        (Raw(b"SSH-2.0-OpenSSH_9.2\r\n"), "what came was not HTTP"),
        (Raw(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n"), "what came was not HTTP"),
        (
            Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n"),
            "what came was not HTTP",
        ),
        (Page(200, b"?", headers={"Content-Encoding": "br"}), "what came was not HTTP"),
    ],
)
async def test_no_answer_may_have_been_stored(reply: Reply, what: str) -> None:
    """Once the request was under way, a missing answer leaves doubt."""
    with StubApi(reply) as stub:
        assert await put(stub.url) == NoAnswer(reached=True, what=what)


@pytest.mark.parametrize(
    "reply",
    [
        HalfBody(GOOD),
        Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" + GOOD.body),
        Page(200, b"no gzip at all", "application/json", {"Content-Encoding": "gzip"}),
    ],
    ids=["half a body", "a chunk cut off", "a broken encoding"],
)
async def test_a_body_that_breaks_off_is_not_whole(reply: Reply) -> None:
    """The code is known, the words are not to be trusted."""
    with StubApi(reply) as stub:
        answer = await answered(stub.url)
    assert (answer.status, answer.whole) == (200, False)


async def test_a_compressed_body_is_read() -> None:
    """The library asks for gzip, so gzip is understood."""
    page = Page(200, gzip.compress(GOOD.body), "application/json", {"Content-Encoding": "gzip"})
    with StubApi(page) as stub:
        assert (await answered(stub.url)).body == GOOD.body


@pytest.mark.parametrize(("extra", "whole"), [(0, True), (1, False)])
async def test_a_body_has_a_cap(extra: int, whole: bool) -> None:
    """A body of the cap's size is read whole; one byte more is too much."""
    with StubApi(Page(200, b"x" * (MAX_BODY_BYTES + extra))) as stub:
        answer = await answered(stub.url)
    assert answer.whole is whole


@pytest.mark.parametrize("packed", [False, True], ids=["endless", "bomb"])
async def test_no_body_fills_the_memory(packed: bool) -> None:
    """An endless body, or one that unpacks to 50 MB, is let go soon after the cap."""
    gzipped = {"Content-Encoding": "gzip"}
    reply = Page(200, _bomb(50), "application/json", gzipped) if packed else Endless()
    with StubApi(reply) as stub:
        answer = await answered(stub.url)
    assert answer.whole is False
    assert MAX_BODY_BYTES < len(answer.body) < 2 * MAX_BODY_BYTES


def _bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(wbits=31)
    pieces = [packer.compress(bytes(1 << 20)) for _ in range(megabytes)]
    return b"".join([*pieces, packer.flush()])


async def test_a_slow_answer_is_waited_for() -> None:
    """Dribbling is no fault as long as it ends in time."""
    with StubApi(Slow(GOOD, pieces=8, delay_seconds=0.01)) as stub:
        assert (await answered(stub.url)).body == GOOD.body


@pytest.mark.parametrize("behave", [Hang(), Slow(GOOD, pieces=50, delay_seconds=0.2)])
async def test_no_answer_in_time(behave: Reply) -> None:
    """The time limit holds for the whole request, and what was sent may be stored."""
    with StubApi(behave) as stub:
        begun = time.monotonic()
        reply = await put(stub.url, timeout_seconds=0.3)
    assert reply == NoAnswer(reached=True, what="none within 0.3 seconds")
    assert time.monotonic() - begun < 2


async def test_the_time_limit_holds_for_the_body_too() -> None:
    """A head in time and a body that does not end is an answer that is not whole."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"

    async def stall(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head + b"{")
        await asyncio.sleep(3600)

    async with _serving(stall) as port:
        answer = await answered(f"http://127.0.0.1:{port}", timeout_seconds=0.3)
    assert (answer.status, answer.whole) == (200, False)


async def test_a_refused_connection_reached_nobody() -> None:
    """Nothing can have been stored where nobody listened."""
    with refusing_url() as url:
        assert told(await put(url)) == (False, "the connection was refused")


# -- TLS --------------------------------------------------------------------------------------


async def test_tls_to_a_plain_port_reached_nobody() -> None:
    """A server that speaks no TLS never sees the keys."""
    heard: list[bytes] = []

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1 << 16))
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with _serving(plain) as port:
        reply = await put(f"https://127.0.0.1:{port}")
    assert told(reply) == (False, "that port of the host does not speak TLS")
    assert b"web-key-1" not in b"".join(heard)


async def test_a_silent_port_reached_nobody() -> None:
    """A handshake that does not end is given up before anything was sent."""

    async def silent(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3600)

    async with _serving(silent) as port:
        reply = await put(f"https://127.0.0.1:{port}", timeout_seconds=0.4)
    assert told(reply) == (False, "no connection in time")


async def test_a_certificate_that_nobody_signed_is_refused() -> None:
    """Without a sound certificate nothing is sent."""
    async with _serving(_hello, secure=True) as port:
        reply = await put(f"https://127.0.0.1:{port}")
    assert told(reply) == (
        False,
        "this machine does not know who signed the host's certificate",
    )


async def test_the_users_own_authority_is_trusted(tmp_path: Path) -> None:
    """``api.ca_file`` makes a host of one's own reachable."""
    async with _serving(_hello, secure=True) as port:
        ca_file = str(tls.ca_file(tmp_path))
        answer = await answered(f"https://127.0.0.1:{port}", ca_file=ca_file)
    assert answer == Answer(200, b"{}")


@pytest.mark.parametrize("text", [None, "no certificate"])
async def test_an_authority_that_cannot_be_read_is_named(tmp_path: Path, text: str | None) -> None:
    """A wrong ``api.ca_file`` is a configuration error that names the key."""
    file = tmp_path / "ca.pem"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError, match=r"api\.ca_file"):
        await put(API, ca_file=str(file))


# -- proxies ----------------------------------------------------------------------------------


async def test_a_proxy_of_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sets a variable must not get to see the keys."""
    with StubApi() as proxy, StubApi() as stub:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        assert (await answered(stub.url)).status == 200
    assert proxy.requests == []


async def test_a_configured_proxy_gets_no_key_of_a_secure_host() -> None:
    """``api.proxy`` is asked for a tunnel; where it refuses, nothing was sent."""
    with StubApi(Json(407, {})) as proxy:
        reply = await put("https://api.example.test", proxy=proxy.url)
    assert told(reply) == (False, "the proxy wants a user name and a password, HTTP 407")
    (asked,) = proxy.requests
    assert (asked.method, asked.path) == ("CONNECT", "api.example.test:443")
    assert not {"web_api_key", "app_key"} & {name.lower() for name, _ in asked.headers}


async def test_a_proxy_that_is_away_reached_nobody() -> None:
    """Without the proxy there is no way to the API."""
    with refusing_url() as url:
        reply = await put("https://api.example.test", proxy=url)
    assert told(reply) == (False, "the proxy cannot be reached: the connection was refused")


# -- many at once -----------------------------------------------------------------------------


async def test_calls_do_not_wait_for_each_other() -> None:
    """The number of workers is the only bound: no pool of connections below it."""
    together = 40
    behave: Step = ok
    with StubApi(behave, latency_seconds=0.1) as stub:
        async with ApiClient(options(stub.url)) as client:
            bodies = [json.dumps({"order_id": n}).encode() for n in range(together)]
            replies = await asyncio.gather(*(client.put_customer(body) for body in bodies))
    assert all(isinstance(reply, Answer) for reply in replies)
    assert stub.max_open() == together


async def _hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
    writer.close()


@contextlib.asynccontextmanager
async def _serving(talk: Any, *, secure: bool = False) -> AsyncIterator[int]:
    """Serve ``talk`` on loopback in this very loop; errors of a torn connection are no matter."""
    context = tls.context() if secure else None
    talks: set[asyncio.Task[None]] = set()

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            try:
                await talk(reader, writer)
            except asyncio.CancelledError:
                pass
            finally:
                writer.close()

    server = await asyncio.start_server(guarded, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


def test_the_library_still_repeats_by_itself() -> None:
    """The private switch that turns aiohttp's repeat off is still there; if not, look again."""
    assert "_retry_connection" in aiohttp.ClientSession.ATTRS
