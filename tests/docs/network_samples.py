"""What goes wrong on the way to the API, and what the program makes of it."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.http import HttpProcessingError

from pipeline.core.reply import NoAnswer
from pipeline.sending.no_answer import Unconnected, broken_off, not_in_time, not_reached

__all__ = ["NETWORK"]

_HOST, _PROXY = "api.example.com", "proxy.example.com"
_NO_PROXY: Final[dict[str, Any]] = {"proxy": None, "proxy_auth": None, "proxy_headers_hash": None}


def _key(host: str) -> ConnectionKey:
    return ConnectionKey(host, 443, is_ssl=True, ssl=True, **_NO_PROXY)


def _away(number: int, host: str = _HOST) -> NoAnswer:
    error = aiohttp.ClientConnectorError(_key(host), OSError(number, ""))
    return not_reached(error, _PROXY if host == _PROXY else None)


def _no_name(number: int) -> NoAnswer:
    error = aiohttp.ClientConnectorDNSError(_key(_HOST), socket.gaierror(number, ""))
    return not_reached(error, None)


def _certificate(number: int) -> NoAnswer:
    cause = ssl.SSLCertVerificationError(1, "")
    cause.verify_code = number
    return not_reached(aiohttp.ClientConnectorCertificateError(_key(_HOST), cause), None)


def _no_tls(reason: str) -> NoAnswer:
    cause = ssl.SSLError(1, "")
    cause.reason = reason
    return not_reached(aiohttp.ClientConnectorSSLError(_key(_HOST), cause), None)


def _refusing(status: int) -> NoAnswer:
    error = aiohttp.ClientHttpProxyError(None, (), status=status)  # type: ignore[arg-type]
    return not_reached(error, _PROXY)


def _not_http(what: str) -> NoAnswer:
    return broken_off(aiohttp.ClientResponseError(None, (), message=what))  # type: ignore[arg-type]


NETWORK: Final[Mapping[str, NoAnswer]] = {
    "the name of the host is not known": _no_name(socket.EAI_NONAME),
    "no name server can be asked": _no_name(socket.EAI_AGAIN),
    "nothing listens there": _away(errno.ECONNREFUSED),
    "no route to the host": _away(errno.ENETUNREACH),
    "a firewall swallows everything": not_reached(aiohttp.ConnectionTimeoutError(), None),
    "a firewall cuts it off": not_reached(
        aiohttp.ClientConnectorError(_key(_HOST), ConnectionResetError()), None
    ),
    "any other error of the system": _away(errno.EIO),
    "too many files are open": _away(errno.EMFILE),
    "too many connections of this machine": _away(errno.EADDRNOTAVAIL),
    "certificate: expired": _certificate(10),
    "certificate: not valid yet": _certificate(9),
    "certificate: of another host": _certificate(62),
    "certificate: of an authority that is not known": _certificate(20),
    "certificate: signed by itself": _certificate(18),
    "certificate: anything else": _certificate(1),
    "https to a port of http": _no_tls("WRONG_VERSION_NUMBER"),
    "only TLS 1.1 or older": _no_tls("TLSV1_ALERT_PROTOCOL_VERSION"),
    "TLS: anything else": _no_tls("SSLV3_ALERT_HANDSHAKE_FAILURE"),
    "the proxy is not there": _away(errno.ECONNREFUSED, _PROXY),
    "the proxy wants a password (407)": _refusing(407),
    "the proxy refuses (403 and others)": _refusing(403),
    "the proxy is alone (502, 503, 504)": _refusing(502),
    "the proxy speaks no HTTP, or cuts": not_reached(Unconnected(), _PROXY),
    "nothing comes back": not_in_time(30),
    "the connection ends before the answer": broken_off(aiohttp.ServerDisconnectedError()),
    "what comes is no HTTP, or breaks its rules": broken_off(HttpProcessingError()),
    "http to a port of https": _not_http(r"b'\x15\x03\x03'"),
}
"""By what is wrong, in the words of docs/outcomes.md."""
