"""Errors: those of the libraries below are all translated, ours each end with their own code."""

from __future__ import annotations

import socket
import ssl

import aiohttp
import aiohttp.client_exceptions
import pytest

from pipeline.core import errors
from pipeline.core.outcome import ExitCode
from pipeline.core.reply import NoAnswer
from pipeline.sending import ApiClient, ClientOptions

NEVER_SENT = {
    "ClientConnectorCertificateError",
    "ClientConnectorDNSError",
    "ClientConnectorError",
    "ClientConnectorSSLError",
    "ClientHttpProxyError",
    "ClientProxyConnectionError",
    "ClientSSLError",
    "ConnectionTimeoutError",
}
"""Only after these nothing can have been stored: each is raised before the request is written."""

RAISED = sorted(
    {
        kind
        for name in aiohttp.client_exceptions.__all__
        if issubclass(kind := getattr(aiohttp.client_exceptions, name), aiohttp.ClientError)
    }
    | {TimeoutError, ConnectionResetError, BrokenPipeError, OSError, socket.gaierror, ssl.SSLError}
    | {ValueError},
    key=lambda kind: kind.__name__,
)
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


@pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.__name__)
async def test_an_error_of_the_library_becomes_no_answer(
    monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    """Whatever the network raises is an answer that did not come, and doubt is the rule."""

    class Failing:
        async def __aenter__(self) -> None:
            raise kind.__new__(kind)

        async def __aexit__(self, *_: object) -> None:
            return None

    monkeypatch.setattr(aiohttp.ClientSession, "request", lambda *_, **__: Failing())
    async with ApiClient(ClientOptions("https://api.example.test", "w", "a")) as client:
        reply = await client.put_customer(b"{}")
    assert isinstance(reply, NoAnswer)
    assert reply.reached is (kind.__name__ not in NEVER_SENT)
    assert reply.what


def test_no_error_is_listed_that_is_not_there() -> None:
    """The table is about errors that the library has."""
    assert {kind.__name__ for kind in RAISED} >= NEVER_SENT


def _kinds(of: type[errors.PipelineError]) -> set[type[errors.PipelineError]]:
    return {kind for sub in of.__subclasses__() for kind in (sub, *_kinds(sub))}


def test_each_error_of_ours_has_its_exit_code() -> None:
    """Schedulers rely on the numbers: a new kind of error must be given one here."""
    got = {kind.__name__: int(kind.exit_code) for kind in _kinds(errors.PipelineError)}
    assert got == EXIT_CODES


def test_the_exit_codes_are_as_promised() -> None:
    """The names may change, the numbers may not."""
    assert {code.value for code in ExitCode} == {0, 1, 2, 3, 4, 5, 6, 70, 130, 143}
