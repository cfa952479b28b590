"""The HTTP client: one request in, one :class:`Answer` or :class:`NoAnswer` out.

It never repeats, never follows a redirect, keeps no cookies, reads no proxy from the environment,
and reads at most :data:`MAX_BODY_BYTES` of a reply. Errors of the library below are translated
here and nowhere else, by :data:`NOT_REACHED` and what is left over.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import Final, Self

import aiohttp

from pipeline.core.errors import ConfigError
from pipeline.core.reply import Answer, NoAnswer

__all__ = ["ApiClient", "ClientOptions"]

MAX_BODY_BYTES: Final = 1 << 20
CONNECT_SECONDS: Final = 10.0

# Raised before a byte of the request was on its way: nothing can have been stored.
NOT_REACHED: Final = (
    aiohttp.ClientConnectorError,  # DNS, refused, TLS, proxy unreachable
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
)


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
        keys = (options.web_api_key, options.app_key)
        self._keys = re.compile("|".join(map(re.escape, keys)).encode(), re.IGNORECASE)

    async def __aenter__(self) -> Self:
        options = self._options
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=_tls(options.ca_file)),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=options.timeout_seconds,
                connect=min(CONNECT_SECONDS, options.timeout_seconds / 2),
            ),
            # Not the keys: aiohttp gives a session's headers to a proxy too, in clear text.
            headers={"Accept": "application/json", "User-Agent": _user_agent()},
            trust_env=False,
        )
        # aiohttp repeats a PUT by itself when a kept-alive connection drops: past the gate,
        # uncounted and unclaimed (its issue 10790). There is no public switch.
        self._session._retry_connection = False  # noqa: SLF001
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def put_customer(self, body: bytes) -> Answer | NoAnswer:
        """Send one correction (JSON bytes) as ``PUT /v3/update_customer``."""
        return await self._call("PUT", "/v3/update_customer", body)

    async def fetch_order_status(self, body: bytes) -> Answer | NoAnswer:
        """Ask for orders (JSON bytes) by ``POST /v3/fetch_order_status``; changes nothing."""
        return await self._call("POST", "/v3/fetch_order_status", body)

    async def test_credentials(self) -> Answer | NoAnswer:
        """Ask ``GET /v3/test_my_credentials``; its reply holds personal data: only judge it."""
        return await self._call("GET", "/v3/test_my_credentials", None)

    async def _call(self, method: str, path: str, body: bytes | None) -> Answer | NoAnswer:
        if self._session is None:
            raise RuntimeError("ApiClient is used before 'async with'")
        try:
            async with self._session.request(
                method,
                self._options.base_url + path,
                data=body,
                headers=self._headers(body),
                allow_redirects=False,
                proxy=self._options.proxy,
            ) as response:
                return await self._read(response)
        except NOT_REACHED as error:
            return NoAnswer(reached=False, what=_not_reached(error))
        except TimeoutError:
            return NoAnswer(
                reached=True, what=f"none within {self._options.timeout_seconds:g} seconds"
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return NoAnswer(reached=True, what=_broken_off(error))

    def _headers(self, body: bytes | None) -> dict[str, str]:
        keys = {"web_api_key": self._options.web_api_key, "app_key": self._options.app_key}
        return keys if body is None else {**keys, "Content-Type": "application/json"}

    async def _read(self, response: aiohttp.ClientResponse) -> Answer:
        """Read up to the cap. A body that breaks off is an answer that cannot be trusted.

        A key that the server echoes is struck out here, before anybody quotes the message.
        """
        body = bytearray()
        whole = True
        try:
            async for piece in response.content.iter_chunked(1 << 16):
                body += piece
                if len(body) > MAX_BODY_BYTES:
                    whole = False
                    response.close()
                    break
        except (aiohttp.ClientError, OSError):  # TimeoutError is an OSError
            whole = False
        headers = response.headers
        return Answer(
            response.status,
            self._keys.sub(b"[key]", body),
            headers.get("Retry-After"),
            whole=whole,
            date=headers.get("Date"),
        )


def _not_reached(error: Exception) -> str:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return "no connection in time"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the host's name is not known here"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "the host's certificate is not to be trusted"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return "no secure connection could be made"
    if isinstance(error, aiohttp.ClientHttpProxyError | aiohttp.ClientProxyConnectionError):
        return "the proxy does not connect"
    return "no connection"


def _broken_off(error: Exception) -> str:
    if isinstance(error, aiohttp.ServerDisconnectedError | OSError):
        return "the connection was cut"
    return "what came was not HTTP"


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
