"""Why no answer came: errors of the HTTP library, told in words that a person can act on.

What matters most is ``reached``: False only where not a byte of the request can have arrived at
the API. Everything else is doubt.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Mapping
from typing import Final

import aiohttp
from aiohttp.http import HttpProcessingError

from pipeline.core.errors import OUT_OF_FILES
from pipeline.core.reply import NoAnswer

__all__ = ["BROKEN", "NOT_REACHED", "Unconnected", "broken_off", "not_in_time", "not_reached"]


class Unconnected(aiohttp.ClientConnectionError):
    """The way to the API broke before a connection stood: whatever it was, nothing was sent.

    Behind a proxy the library raises the same errors for the tunnel as for the request itself;
    this one tells them apart.
    """


BROKEN: Final = (aiohttp.ClientError, HttpProcessingError, OSError, ValueError)
"""Everything that the network can make the library raise; the second is its parser's."""

# Raised before a byte of the request was on its way: nothing can have been stored.
NOT_REACHED: Final = (
    aiohttp.ClientConnectorError,  # DNS, refused, TLS, proxy unreachable
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    Unconnected,
)

_Why = tuple[str, str]
"""The cause, and what to do about it."""

_LOOK: Final = "look at this machine's network"
_CLOCK: Final = "look at this machine's clock; if it is right, the host's owner must renew it"
_ISSUER: Final = (
    "where your company's network signs it, name the PEM file of that authority by api.ca_file"
)
_OTHER_HOST: Final = (
    "check the target's name; a sign-in page or a filter of the network may stand in between"
)

# Numbers of OpenSSL's x509_vfy.h; Python has names for none of them.
_CERTIFICATES: Final[Mapping[int, _Why]] = {
    9: ("the host's certificate is not valid yet", "look at this machine's clock"),
    10: ("the host's certificate has expired", _CLOCK),
    18: ("the host's certificate is signed by nobody but itself", _ISSUER),
    19: ("this machine does not know who signed the host's certificate", _ISSUER),
    20: ("this machine does not know who signed the host's certificate", _ISSUER),
    21: ("this machine does not know who signed the host's certificate", _ISSUER),
    62: ("the host's certificate is made out to another name", _OTHER_HOST),
    64: ("the host's certificate is made out to another name", _OTHER_HOST),
}
_NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"})
_OLD_TLS: Final = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION"})

_LOOKUPS_LATER: Final = frozenset({socket.EAI_AGAIN, getattr(socket, "EAI_SYSTEM", None)})
_SYSTEM: Final[Mapping[int, _Why]] = {
    errno.ECONNREFUSED: ("the connection was refused", "look whether the API is up"),
    errno.ENETUNREACH: ("there is no way to the host", _LOOK),
    errno.EHOSTUNREACH: ("there is no way to the host", _LOOK),
    errno.EADDRNOTAVAIL: ("this machine has no port left", "lower rate.workers"),
}

_PROXY_SAYS: Final[Mapping[int, _Why]] = {
    407: (
        "the proxy wants a user name and a password",
        "give api.proxy as http://USER:PASSWORD@HOST:PORT",
    ),
    **dict.fromkeys((502, 503, 504), ("the proxy does not reach the host", _LOOK)),
}
_PROXY_AWAY: Final = "the proxy cannot be reached"
_CHECK_PROXY: Final = "check api.proxy"
_TLS_RECORD: Final = r"\x15\x03"
"""How an alert of TLS begins, as it stands in the library's own message."""


def not_reached(error: Exception, proxy_host: str | None) -> NoAnswer:
    """Tell of an error of :data:`NOT_REACHED`; ``proxy_host`` where the way leads through one."""
    what, todo = _why_not_reached(error, proxy_host)
    return NoAnswer(reached=False, what=what, todo=todo)


def not_in_time(seconds: float) -> NoAnswer:
    """Tell of a request that went out and was not answered within its time."""
    return NoAnswer(reached=True, what=f"none within {seconds:g} seconds")


def broken_off(error: Exception) -> NoAnswer:
    """Tell of any other error: the request may have arrived."""
    if isinstance(error, aiohttp.ServerDisconnectedError | OSError):
        return NoAnswer(reached=True, what="the connection was cut")
    if _TLS_RECORD in getattr(error, "message", ""):
        return NoAnswer(
            reached=True, what="what came was not HTTP but TLS", todo="give the URL with https://"
        )
    return NoAnswer(reached=True, what="what came was not HTTP")


def _why_not_reached(error: Exception, proxy_host: str | None) -> _Why:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return "no connection in time", _LOOK
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return _why_proxy(error.status)
    if isinstance(error, aiohttp.ClientConnectorError):
        about_proxy = proxy_host is not None and error.host == proxy_host
        what, todo = _why_no_connection(error)
        return (f"{_PROXY_AWAY}: {what}", _CHECK_PROXY) if about_proxy else (what, todo)
    if proxy_host is not None:
        return "the proxy gave no tunnel to the host", _CHECK_PROXY
    return "no connection", _LOOK


def _why_proxy(status: int) -> _Why:
    what, todo = _PROXY_SAYS.get(
        status, ("the proxy lets nothing through to the host", "ask who runs the proxy")
    )
    return f"{what}, HTTP {status}", todo


def _why_no_connection(error: aiohttp.ClientConnectorError) -> _Why:
    below = error.os_error
    number = below.errno or 0
    if number in OUT_OF_FILES:
        return "no more files can be opened here", "allow more (ulimit -n) or lower rate.workers"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return _why_no_name(number)
    if isinstance(below, ssl.SSLError):
        return _why_no_tls(below)
    if isinstance(below, ConnectionResetError | ConnectionAbortedError):
        return "the host cut the connection at once", _LOOK
    return _SYSTEM.get(number, ("no connection", _LOOK))


def _why_no_name(number: int) -> _Why:
    if number in _LOOKUPS_LATER:
        return "no name server answers", _LOOK
    return "the host's name is not known here", f"check the target's name, and {_LOOK}"


def _why_no_tls(error: ssl.SSLError) -> _Why:
    if isinstance(error, ssl.SSLCertVerificationError):
        unknown = ("the host's certificate is not to be trusted", _OTHER_HOST)
        return _CERTIFICATES.get(error.verify_code, unknown)
    if error.reason in _NO_TLS:
        return "that port of the host does not speak TLS", "check the target's URL and port"
    if error.reason in _OLD_TLS:
        return "the host speaks no TLS 1.2 or later", "ask who runs the host"
    return "no secure connection could be made", _LOOK
