"""The client against damaged replies: whatever the bytes, an answer or none, in time."""

from __future__ import annotations

import asyncio
import gzip
import random
from typing import Any

import aiohttp.client_proto
import pytest
from aiohttp import http_parser

from pipeline.core.reply import Answer, NoAnswer, judge
from pipeline.sending import ApiClient, ClientOptions
from tests.stub_api.behaviours import by_order
from tests.stub_api.faults import Pieces
from tests.stub_api.server import StubApi

BODY = b'{"success":true}'
PACKED = gzip.compress(BODY)
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n"
SOUND = [
    OK + b"Content-Length: 16\r\n\r\n" + BODY,
    CHUNKED + b"\r\n8\r\n" + BODY[:8] + b"\r\n8\r\n" + BODY[8:] + b"\r\n0\r\nX: y\r\n\r\n",
    CHUNKED + b"Content-Encoding: gzip\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(PACKED), PACKED),
    OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(PACKED), PACKED),
    b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 16\r\n\r\n" + BODY,
    b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 16\r\n\r\n" + BODY,
    b"HTTP/1.1 302 F\r\nLocation: http://x/\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
]
TELLING = b'\r\n :;,\x00\xff09afHh"{'
ENDS = [b"\r\n", b"x", b"0\r\n\r\n", BODY, SOUND[0]]
TIMEOUT_SECONDS = 0.3


def _damaged(chance: random.Random, sound: bytes) -> bytes:
    data = bytearray(sound)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0:
                data[at : at + 1] = bytes([chance.choice(TELLING)])
            case 1:
                data[at:at] = chance.randbytes(chance.randint(1, 5))
            case 2:
                del data[at : at + chance.randint(1, 6)]
            case 3:
                del data[at:]
            case 4:
                data[at:at] = data[chance.randrange(len(data) + 1) :][:40]
            case _:
                data += chance.choice(ENDS)
    return bytes(data)


def _reply(chance: random.Random) -> Pieces:
    data = _damaged(chance, chance.choice(SOUND))
    cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.randint(0, 3)))
    return Pieces(data, tuple(cuts), close=chance.random() < 0.5)


@pytest.mark.parametrize("parser", ["HttpResponseParser", "HttpResponseParserPy"])
@pytest.mark.parametrize(
    "count", [pytest.param(200), pytest.param(10_000, marks=pytest.mark.nightly)]
)
async def test_no_bytes_break_the_client(
    monkeypatch: pytest.MonkeyPatch, parser: str, count: int
) -> None:
    """Whatever comes is told as an answer or as none: nothing is raised, nothing waits for ever.

    The library has two parsers; the one in plain Python is there where no wheel was made.
    """
    monkeypatch.setattr(aiohttp.client_proto, "HttpResponseParser", getattr(http_parser, parser))
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, said: complaints.append(said))
    replies = {number: _reply(random.Random(number)) for number in range(count)}
    at_once = asyncio.Semaphore(20)
    with StubApi(by_order(dict(replies))) as stub:
        options = ClientOptions(stub.url, "web", "app", timeout_seconds=TIMEOUT_SECONDS)
        async with ApiClient(options) as client:

            async def ask(number: int) -> Answer | NoAnswer:
                async with at_once, asyncio.timeout(10 * TIMEOUT_SECONDS):
                    return await client.put_customer(b'{"order_id": %d}' % number)

            got = await asyncio.gather(*(ask(number) for number in range(count)))
    assert complaints == []
    for reply in got:
        judge(reply)
    assert {Answer, NoAnswer} == {type(reply) for reply in got}
