"""The HTTP client: one request in, one :class:`Answer` or :class:`NoAnswer` out.

It never repeats, never follows a redirect, keeps no cookies, reads no proxy from the environment,
and reads at most :data:`MAX_BODY_BYTES` of a reply. Errors of the library below are caught here
and nowhere else, and told in words by :mod:`pipeline.sending.no_answer`.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp import BytesPayload
from yarl import URL

from pipeline.core.errors import ConfigError
from pipeline.core.reply import Answer, NoAnswer
from pipeline.sending.deadlines import Deadlines
from pipeline.sending.names import Names
from pipeline.sending.no_answer import (
    BROKEN,
    NOT_REACHED,
    Unconnected,
    broken_off,
    not_in_time,
    not_reached,
)

if TYPE_CHECKING:
    from aiohttp.client import ClientTimeout
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

__all__ = ["ApiClient", "ClientOptions"]

MAX_BODY_BYTES: Final = 1 << 20
CONNECT_SECONDS: Final = 10.0
_UPDATE: Final = "/v3/update_customer"
_FETCH: Final = "/v3/fetch_order_status"
_TEST: Final = "/v3/test_my_credentials"
_JSON: Final = "application/json"
_ENCODING: Final = "Content-Encoding"
MOST_STALE: Final = 20
"""So many kept connections are thrown away for one request; then it is tried again later."""


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """Where and how to call. The two keys are in no ``repr``."""

    base_url: str
    web_api_key: str = field(repr=False)
    app_key: str = field(repr=False)
    timeout_seconds: float = 30.0
    proxy: str | None = None
    ca_file: str | None = None


class ApiClient:
    """Calls FinerWorks; use it as ``async with ApiClient(options) as client``."""

    def __init__(self, options: ClientOptions) -> None:
        self._options = options
        self._session: aiohttp.ClientSession | None = None
        self._urls = {path: URL(options.base_url + path) for path in (_UPDATE, _FETCH, _TEST)}
        self._key_headers = {"web_api_key": options.web_api_key, "app_key": options.app_key}
        self._deadlines = Deadlines(options.timeout_seconds)
        self._proxy_host = urlsplit(options.proxy).hostname if options.proxy else None
        keys = (options.web_api_key, options.app_key)
        self._small_keys = (keys[0].lower().encode(), keys[1].lower().encode())
        self._keys = _echoes(map(re.escape, keys))
        self._escaped_keys = _echoes("".join(map(_maybe_escaped, key)) for key in keys)

    async def __aenter__(self) -> Self:
        options = self._options
        self._session = aiohttp.ClientSession(
            connector=_Connector(limit=0, ssl=_tls(options.ca_file), resolver=Names()),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=None,  # see Deadlines
                connect=min(CONNECT_SECONDS, options.timeout_seconds / 2),
            ),
            headers=self._session_headers(),
            trust_env=False,
        )
        # aiohttp repeats a PUT by itself when a kept-alive connection drops: past the gate,
        # uncounted and unclaimed (its issue 10790).
        self._session._retry_connection = False  # noqa: SLF001  # there is no public switch
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._deadlines.close()
        if self._session is not None:
            await self._session.close()

    def put_customer(self, body: bytes) -> Coroutine[Any, Any, Answer | NoAnswer]:
        """Send one correction (JSON bytes) as ``PUT /v3/update_customer``."""
        return self._call("PUT", _UPDATE, body)

    async def fetch_order_status(self, body: bytes) -> Answer | NoAnswer:
        """Ask for orders (JSON bytes) by ``POST /v3/fetch_order_status``; changes nothing."""
        return await self._call("POST", _FETCH, body)

    async def test_credentials(self) -> Answer | NoAnswer:
        """Ask ``GET /v3/test_my_credentials``; its reply holds personal data: only judge it."""
        return await self._call("GET", _TEST, None)

    async def _call(self, method: str, path: str, body: bytes | None) -> Answer | NoAnswer:
        if self._session is None:
            raise RuntimeError("ApiClient is used before 'async with'")
        task = self._deadlines.enter()
        try:
            response = await self._session.request(
                method,
                self._urls[path],
                # A payload made here spares the library the search for one that fits.
                data=None if body is None else BytesPayload(body, content_type=_JSON),
                headers=self._key_headers if self._options.proxy else None,
                allow_redirects=False,
                proxy=self._options.proxy,
            )
            try:
                return await self._read(response, task)
            finally:
                response.release()  # one that was not read to its end takes its connection along
        except asyncio.CancelledError:
            if not self._deadlines.was_late(task):
                raise
            return not_in_time(self._options.timeout_seconds)
        except NOT_REACHED as error:
            return not_reached(error, self._proxy_host)
        except TimeoutError:
            return not_in_time(self._options.timeout_seconds)
        except BROKEN as error:
            return broken_off(error)
        finally:
            self._deadlines.leave(task)

    def _session_headers(self) -> dict[str, str]:
        """Give what every request has. aiohttp gives a session's headers to a proxy too, in clear
        text, so where there is one the keys are put to each request.
        """
        headers = {"Accept": _JSON, "User-Agent": _user_agent()}
        return headers if self._options.proxy else headers | self._key_headers

    async def _read(self, response: aiohttp.ClientResponse, task: asyncio.Task[object]) -> Answer:
        """Read up to the cap. A body that breaks off is an answer that cannot be trusted.

        A key that the server echoes is struck out here, before anybody quotes the message.
        """
        headers = response.headers
        whole = True
        body: bytes | bytearray = b""
        try:
            length = response.content_length
            if length is not None and length <= MAX_BODY_BYTES and _ENCODING not in headers:
                body = await response.read()  # at once: the parser lets no more through
            else:
                body, whole = await self._read_pieces(response)
        except asyncio.CancelledError:
            if not self._deadlines.was_late(task):
                raise
            response.close()
            whole = False
        except BROKEN:
            whole = False
        return Answer(
            response.status,
            self._without_keys(body),
            headers.get("Retry-After"),
            whole=whole,
            date=headers.get("Date"),
        )

    async def _read_pieces(self, response: aiohttp.ClientResponse) -> tuple[bytearray, bool]:
        body = bytearray()
        async for piece in response.content.iter_chunked(1 << 16):
            body += piece
            if len(body) > MAX_BODY_BYTES:
                response.close()
                return body, False
        return body, True

    def _without_keys(self, body: bytes | bytearray) -> bytes:
        small = body.lower()
        one, other = self._small_keys
        if one not in small and other not in small and b"\\" not in small:
            return bytes(body)  # as nearly always, and quicker than to look for patterns
        clean = self._keys.sub(b"[key]", body)
        return self._escaped_keys.sub(b"[key]", clean) if b"\\" in clean else clean


class _Connector(aiohttp.TCPConnector):
    """Gives out connections on which the next answer can only be that to the next request.

    Whatever breaks here broke before the request was written, also where a proxy's tunnel fails
    with the very errors that a request fails with.
    """

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: ClientTimeout,  # noqa: ASYNC109  # the library's own shape
    ) -> Connection:
        """Give a connection, an old one only if nothing lies on it."""
        try:
            for _ in range(MOST_STALE):
                connection = await super().connect(req, traces, timeout)
                protocol = connection.protocol
                if protocol is None or not protocol.should_close:
                    return connection
                # A server that answered once too often: the library would take what lies there
                # for the answer to this request, which has not even been sent.
                connection.close()
        except (*NOT_REACHED, TimeoutError):
            raise
        except BROKEN as error:
            raise Unconnected from error
        raise Unconnected


def _echoes(spellings: Iterable[str]) -> re.Pattern[bytes]:
    return re.compile("|".join(spellings).encode(), re.IGNORECASE)


def _maybe_escaped(character: str) -> str:
    """Match a character as it is and in the ways in which JSON may write it."""
    units = character.encode("utf-16-be").hex()
    coded = "".join(rf"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
    return rf"(?:\\?{re.escape(character)}|{coded})"


def _tls(ca_file: str | None) -> ssl.SSLContext | bool:
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"api.ca_file {ca_file} cannot be read as certificates; give a PEM file."
        ) from error


def _user_agent() -> str:
    try:
        return f"address-pipeline/{version('address-pipeline')}"
    except PackageNotFoundError:
        return "address-pipeline"
