"""The stand-in API itself: an aiohttp server on loopback that speaks as the real one does.

Order of the checks: rate limit, path, verb, keys, media type, body. It logs nothing at all, since
a log line could hold an address.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self

from aiohttp import web

from pipeline.core.errors import ConfigError
from pipeline.sandbox import replies
from pipeline.sandbox.bucket import TokenBucket
from pipeline.sandbox.endpoints import ENDPOINTS
from pipeline.sandbox.orders import OrderBook
from pipeline.sandbox.replies import ApiReply
from pipeline.sandbox.validation import Faults, parsed

__all__ = ["Sandbox"]

_HOST: Final = "127.0.0.1"
_JSON_TYPES: Final = frozenset({"application/json", "text/json"})
_SHUTDOWN_SECONDS: Final = 2.0
_SILENT: Final = logging.getLogger(__name__)
_SILENT.addFilter(lambda _record: False)  # aiohttp logs what it cannot parse, address and all


class Sandbox:
    """Serve the stand-in API while ``async with Sandbox() as sandbox`` lasts.

    ``port`` 0 takes a free one. ``latency_seconds`` is waited before every answer; beyond
    ``rate_per_second`` (after a burst of ``burst``) the answer is 429 with Retry-After.
    ``orders`` gives PO numbers known beforehand with their order ids; with ``make_up_ids`` other
    numbers have made-up ones. Any positive order id is accepted; the keys may be anything but
    missing, empty or equal.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        latency_seconds: float = 0.0,
        rate_per_second: float | None = None,
        burst: int = 10,
        orders: Mapping[str, int] | None = None,
        make_up_ids: bool = False,
    ) -> None:
        self.base_url = ""
        """Where it listens, once it does: ``http://127.0.0.1:PORT``."""
        self.requests = 0
        """How many requests have come, whatever was answered."""
        self._port = port
        self._latency_seconds = latency_seconds
        self._bucket = None if rate_per_second is None else TokenBucket(rate_per_second, burst)
        self._book = OrderBook(orders or {}, make_up=make_up_ids)
        self._runner: web.ServerRunner

    @property
    def orders(self) -> Mapping[int, dict[str, Any]]:
        """The ``customer_info`` last stored, by order id."""
        return MappingProxyType(self._book.addresses)

    def ids_of(self, po: str) -> tuple[int, ...]:
        """Give the order ids of a PO number: known beforehand, else from the last address sent."""
        return self._book.ids_of(po)

    async def __aenter__(self) -> Self:
        """Begin to listen; ConfigError where the port cannot be had."""
        server = web.Server(self._answer, access_log=None, logger=_SILENT)
        self._runner = web.ServerRunner(server, shutdown_timeout=_SHUTDOWN_SECONDS)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, _HOST, self._port).start()
        except (OSError, OverflowError) as error:
            await self._runner.cleanup()
            raise ConfigError(
                f"The sandbox cannot listen on port {self._port} of this machine; "
                "give another port, or 0 for any free one."
            ) from error
        self.base_url = f"http://{_HOST}:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        self.requests += 1
        now = asyncio.get_running_loop().time()
        wait = self._bucket.wait_seconds(now) if self._bucket else 0.0
        if self._latency_seconds:
            await asyncio.sleep(self._latency_seconds)
        if wait:
            reply = replies.too_many(str(math.ceil(wait)))
        else:
            reply = await self._reply(request)
        return web.Response(
            status=reply.status,
            body=reply.encoded(),
            headers=reply.headers,
            content_type="application/json",
            charset="utf-8",
        )

    async def _reply(self, request: web.BaseRequest) -> ApiReply:
        endpoint = ENDPOINTS.get(request.path)
        if endpoint is None:
            return replies.no_route()
        if request.method != endpoint.verb:
            return replies.verb_not_allowed(endpoint.verb)
        if not _has_two_keys(request.headers):
            return replies.credentials_refused()
        if endpoint.faults_of is None:
            return endpoint.answer(self._book, {})
        body = await _sound_body(request, endpoint.faults_of)
        return body if isinstance(body, ApiReply) else endpoint.answer(self._book, body)


async def _sound_body(
    request: web.BaseRequest, faults_of: Callable[[object], Faults]
) -> dict[str, Any] | ApiReply:
    """Give the body, or the reply that refuses it."""
    if request.content_type not in _JSON_TYPES:
        return replies.media_type_unsupported()
    try:
        body = parsed(await request.read())
    except web.HTTPRequestEntityTooLarge:
        return replies.body_too_large()
    except ValueError:
        return replies.invalid({"request": ["The request is not JSON."]})
    faults = faults_of(body)
    if faults or not isinstance(body, dict):
        return replies.invalid(faults)
    return body


def _has_two_keys(headers: Mapping[str, str]) -> bool:
    """One missing, or the same one twice, is refused (seen in clients)."""
    account, app = headers.get("web_api_key", ""), headers.get("app_key", "")
    return bool(account.strip() and app.strip()) and account.strip() != app.strip()
