"""The misbehaving server: an own thread with an own loop, on loopback.

So a test in the same process can talk to it, and a command that the test runs or kills as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from pipeline.sandbox import replies as api
from pipeline.sandbox.bucket import TokenBucket
from tests.stub_api.behaviours import Step, credentials_ok, decide, ok
from tests.stub_api.replies import CloseBeforeReply, Reply, said
from tests.stub_api.wire import Seen, SpeaksTls, Wire, read_request

__all__ = ["Limit", "StubApi", "refusing_url"]

T = TypeVar("T")

PLAIN_400 = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
_CREDENTIALS_PATH = "/v3/test_my_credentials"
_UPDATE_PATH = "/v3/update_customer"


@dataclass(frozen=True)
class Limit:
    """A rate limit of the stub; None sends no Retry-After with its 429."""

    per_second: float
    burst: int = 10
    retry_after: str | None = None


class StubApi:
    """Serve ``behave`` while ``with StubApi(...) as stub`` lasts.

    ``behave`` answers everything but test_my_credentials, which ``credentials`` answers. Every
    answer waits ``latency_seconds`` first. With ``tls`` it speaks https; without, ``to_tls`` is
    said to a client that tries. An error inside ``behave`` is raised at the end.
    """

    def __init__(
        self,
        behave: Step = ok,
        *,
        credentials: Step = credentials_ok,
        latency_seconds: float = 0.0,
        limit: Limit | None = None,
        tls: ssl.SSLContext | None = None,
        to_tls: bytes = PLAIN_400,
        host: str = "127.0.0.1",
    ) -> None:
        self.behave = behave
        self.url = ""
        self.port = 0
        self.requests: list[Seen] = []
        self._tls = tls
        self._to_tls = to_tls
        self._host = host
        self._puts: list[Seen] = []
        self._credentials = credentials
        self._latency_seconds = latency_seconds
        self._limit = limit
        self._bucket = None if limit is None else TokenBucket(limit.per_second, limit.burst)
        self._bugs: list[Exception] = []
        self._news = threading.Condition()
        self._open: Counter[int | None] = Counter()
        self._most_open: Counter[int | None] = Counter()
        self._open_together = 0
        self._most_open_together = 0
        self._connections = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.port = self._in_loop(self._listen)
        shown = f"[{self._host}]" if ":" in self._host else self._host
        self.url = f"{'https' if self._tls else 'http'}://{shown}:{self.port}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._in_loop(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        if self._bugs and error is None:
            raise RuntimeError("the stub itself failed") from self._bugs[0]

    def puts(self, order_id: int | None = None) -> list[Seen]:
        """Give the corrections that came, in order of arrival; only this order's if one is named.

        Includes those that were turned away or never answered.
        """
        return [seen for seen in tuple(self._puts) if order_id in (None, seen.order_id)]

    def confirmed(self) -> dict[int, dict[str, Any]]:
        """Give the address last confirmed for each order: what a server that stores would hold.

        It counts from the answer's last byte on, whether or not the client was there to read it.
        """
        good = [
            (seen.ended_at, seen.order_id, seen.json["customer_info"])
            for seen in self.puts()
            if isinstance(seen.reply, Reply) and seen.reply.confirms and seen.ended_at is not None
        ]
        good.sort(key=lambda entry: entry[0])
        return {order_id: info for _, order_id, info in good if order_id is not None}

    def max_open_per_order(self) -> int:
        """Give the most requests that were open at once for any one order."""
        return max((n for order, n in self._most_open.items() if order is not None), default=0)

    def max_open(self) -> int:
        """Give the most requests that were open at once in all."""
        return self._most_open_together

    def wait_for_puts(self, count: int, timeout_seconds: float = 20.0) -> list[Seen]:
        """Wait until so many corrections have come; AssertionError if they do not."""
        came = self.wait_until(lambda: len(self._puts) >= count, timeout_seconds)
        assert came, f"{len(self._puts)} of {count} corrections came in {timeout_seconds} s"
        return self.puts()

    def wait_until(self, holds: Callable[[], bool], timeout_seconds: float = 20.0) -> bool:
        """Ask again whenever a request begins or ends; True once it holds, False if too late."""
        with self._news:
            return self._news.wait_for(holds, timeout_seconds)

    def _in_loop(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return asyncio.run_coroutine_threadsafe(work(), self._loop).result()

    async def _listen(self) -> int:
        self._server = await asyncio.start_server(self._connected, self._host, 0, ssl=self._tls)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _end(self) -> None:
        self._server.close()
        await asyncio.sleep(0)  # what was accepted last gets to begin, so that it can end
        conversations = asyncio.all_tasks() - {asyncio.current_task()}
        for task in conversations:
            task.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        try:
            await self._converse(reader, writer, self._connections)
        except asyncio.CancelledError:
            pass  # the stub ends while a client is still connected: no error
        except SpeaksTls:
            writer.write(self._to_tls)
        except Exception as error:  # noqa: BLE001 - raised again in the test's own thread
            self._bugs.append(error)
        writer.close()
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await writer.wait_closed()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int
    ) -> None:
        keep, drop = True, False
        while keep and (seen := await read_request(reader, connection)) is not None:
            self._begin(seen)
            wire = Wire(reader, writer, seen, self._over)
            try:
                await self._serve(seen, wire, drop=drop)
            except ConnectionError:
                wire.keep = False  # the client went first
            finally:
                wire.end()
            keep, drop = wire.keep and seen.header("Connection") != "close", wire.drop_next

    async def _serve(self, seen: Seen, wire: Wire, *, drop: bool) -> None:
        reply = CloseBeforeReply() if drop else self._decided(seen)
        seen.reply = reply
        if self._latency_seconds:
            await asyncio.sleep(self._latency_seconds)
        await reply.play(wire)

    def _decided(self, seen: Seen) -> Reply:
        if self._limit and self._bucket and self._bucket.wait_seconds(seen.started_at):
            return said(api.too_many(self._limit.retry_after))
        own = seen.path == _CREDENTIALS_PATH
        return decide(self._credentials if own else self.behave, seen)

    def _begin(self, seen: Seen) -> None:
        order = seen.order_id
        self._open[order] += 1
        self._most_open[order] = max(self._most_open[order], self._open[order])
        self._open_together += 1
        self._most_open_together = max(self._most_open_together, self._open_together)
        with self._news:
            seen.number = len(self.requests)
            self.requests.append(seen)
            if (seen.method, seen.path) == ("PUT", _UPDATE_PATH):
                self._puts.append(seen)
            self._news.notify_all()

    def _over(self, seen: Seen) -> None:
        self._open[seen.order_id] -= 1
        self._open_together -= 1
        with self._news:
            self._news.notify_all()


@contextlib.contextmanager
def refusing_url() -> Iterator[str]:
    """Give a URL whose port is taken but refuses every connection."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
