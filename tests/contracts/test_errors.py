"""Errors: those of the libraries below are all translated, ours each end with their own code."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import Any

import aiohttp
import aiohttp.client_exceptions
import pytest
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.http import HttpProcessingError

from pipeline.core import errors
from pipeline.core.outcome import ExitCode
from pipeline.core.reply import NoAnswer
from pipeline.sending import ApiClient, ClientOptions
from pipeline.sending.no_answer import NOT_REACHED, Unconnected

NEVER_SENT = {
    "ClientConnectorCertificateError",
    "ClientConnectorDNSError",
    "ClientConnectorError",
    "ClientConnectorSSLError",
    "ClientHttpProxyError",
    "ClientProxyConnectionError",
    "ClientSSLError",
    "ConnectionTimeoutError",
    "Unconnected",
}
"""Only after these nothing can have been stored: each is raised before the request is written."""


def _kinds_below(kind: type[Exception]) -> set[type[Exception]]:
    return {kind}.union(*(_kinds_below(sub) for sub in kind.__subclasses__()))


RAISED = sorted(
    {
        kind
        for name in aiohttp.client_exceptions.__all__
        if issubclass(kind := getattr(aiohttp.client_exceptions, name), aiohttp.ClientError)
    }
    | {TimeoutError, ConnectionResetError, BrokenPipeError, OSError, socket.gaierror, ssl.SSLError}
    | _kinds_below(HttpProcessingError)
    | {ValueError, UnicodeError, Unconnected},
    key=lambda kind: kind.__name__,
)
NO_PROXY: dict[str, Any] = {"proxy": None, "proxy_auth": None, "proxy_headers_hash": None}
EXIT_CODES = {
    "ConfigError": 2,
    "SheetError": 3,
    "StopRun": 5,
    "CredentialsRefused": 4,
    "LedgerUnusable": 5,
    "StoppedEarly": 5,
    "Busy": 6,
    "Interrupted": 130,
}


def _made(kind: type[Exception]) -> Exception:
    """Make an error the way the library makes it."""
    key = ConnectionKey("api.example.test", 443, is_ssl=True, ssl=True, **NO_PROXY)
    if issubclass(kind, aiohttp.ClientConnectorError):
        return kind(key, OSError(errno.EIO, "cause"))
    if issubclass(kind, aiohttp.ClientResponseError):
        return kind(None, (), status=502)  # type: ignore[arg-type]
    if issubclass(kind, aiohttp.ServerFingerprintMismatch):
        return kind(b"a", b"b", "api.example.test", 443)
    if issubclass(kind, aiohttp.InvalidURL):
        return kind("url")
    if issubclass(kind, HttpProcessingError):
        return kind.__new__(kind)
    return kind("cause")


@pytest.mark.parametrize("proxy", [None, "http://proxy.example.test:3128"], ids=["direct", "proxy"])
@pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.__name__)
async def test_an_error_of_the_library_becomes_no_answer(
    monkeypatch: pytest.MonkeyPatch, kind: type[Exception], proxy: str | None
) -> None:
    """Whatever the network raises is an answer that did not come, and doubt is the rule."""

    async def fail(*_: object, **__: object) -> None:
        raise _made(kind)

    monkeypatch.setattr(aiohttp.ClientSession, "request", fail)
    options = ClientOptions("https://api.example.test", "w", "a", proxy=proxy)
    async with ApiClient(options) as client:
        reply = await client.put_customer(b"{}")
    assert isinstance(reply, NoAnswer)
    assert reply.reached is (kind.__name__ not in NEVER_SENT)
    assert reply.what
    assert reply.todo or reply.reached
    assert "cause" not in reply.what + reply.todo


@pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.__name__)
async def test_what_breaks_before_the_connection_stands_sent_nothing(
    monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    """The same error is no doubt where it comes from connecting, as from a proxy's tunnel."""

    async def fail(*_: object) -> None:
        raise _made(kind)

    monkeypatch.setattr(aiohttp.TCPConnector, "connect", fail)
    async with ApiClient(ClientOptions("https://api.example.test", "w", "a")) as client:
        reply = await client.put_customer(b"{}")
    assert isinstance(reply, NoAnswer)
    assert not reply.reached


def test_no_error_is_listed_that_is_not_there() -> None:
    """The table is about errors that the library has, and is the one that the client goes by."""
    assert {kind.__name__ for kind in RAISED if issubclass(kind, NOT_REACHED)} == NEVER_SENT


def _kinds(of: type[errors.PipelineError]) -> set[type[errors.PipelineError]]:
    return {kind for sub in of.__subclasses__() for kind in (sub, *_kinds(sub))}


def test_each_error_of_ours_has_its_exit_code() -> None:
    """Schedulers rely on the numbers: a new kind of error must be given one here."""
    got = {kind.__name__: int(kind.exit_code) for kind in _kinds(errors.PipelineError)}
    assert got == EXIT_CODES


def test_the_exit_codes_are_as_promised() -> None:
    """The names may change, the numbers may not."""
    assert {code.value for code in ExitCode} == {0, 1, 2, 3, 4, 5, 6, 70, 130, 143}
