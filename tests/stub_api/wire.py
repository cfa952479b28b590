"""The raw side of the stub: HTTP/1.1 read and written byte by byte, so that it can go wrong."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Seen", "SpeaksTls", "Wire", "read_request"]

TLS_HELLO = b"\x16"
"""No HTTP begins so."""


class SpeaksTls(Exception):
    """The client took this port for one of https."""


@dataclass(slots=True, eq=False)
class Seen:
    """One request as it arrived. Times are ``time.monotonic()`` of this machine.

    ``ended_at`` is stamped just before the last byte of the answer leaves, or when the connection
    is given up, so a request that the client believes answered never counts as open. ``reply`` is
    what the stub chose to do; None while it has not chosen.
    """

    connection: int
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    order_id: int | None
    """The order that the body names."""
    started_at: float
    number: int = 0
    """Its place in the order of arrival, from 0."""
    ended_at: float | None = None
    reply: object = None

    def header(self, name: str) -> str | None:
        """Give a header's value, the name's case aside."""
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)

    @property
    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        return _parsed(self.body)


@dataclass(slots=True)
class Wire:
    """What a reply plays on: one connection, for one request."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    seen: Seen
    on_end: Callable[[Seen], None]
    keep: bool = True
    """Go on with the next request of this connection."""
    drop_next: bool = False
    """Read the next request of this connection, and cut the connection without an answer."""

    def end(self) -> None:
        """The request is over: from now on the client may know it."""
        if self.seen.ended_at is None:
            self.seen.ended_at = time.monotonic()
            self.on_end(self.seen)

    async def send(self, data: bytes, *, last: bool = True) -> None:
        """Write, the last bytes after :meth:`end`."""
        if last:
            self.end()
        self.writer.write(data)
        await self.writer.drain()

    def close(self) -> None:
        """Close the connection in good order (FIN) after what was written."""
        self.end()
        self.keep = False

    def reset(self) -> None:
        """Tear the connection down (RST)."""
        self.end()
        self.keep = False
        raw: socket.socket = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def client_gone(self) -> None:
        """Wait until the client closes or tears its side."""
        try:
            while await self.reader.read(1 << 16):
                pass
        except ConnectionError:
            return


async def read_request(reader: asyncio.StreamReader, connection: int) -> Seen | None:
    """Read one request; None where the client has closed instead.

    SpeaksTls and ValueError for what is no HTTP, or has a body without Content-Length.
    """
    try:
        first = await reader.readexactly(1)
        if first == TLS_HELLO:
            raise SpeaksTls
        head = first + await reader.readuntil(b"\r\n\r\n")
        started_at = time.monotonic()
        request_line, *lines = head[:-4].decode("latin-1").split("\r\n")
        headers = tuple(_header(line) for line in lines)
        method, path, _version = request_line.split(" ")
        body = await reader.readexactly(_length(headers))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return Seen(connection, method, path, headers, body, _order_id(body), started_at)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _order_id(body: bytes) -> int | None:
    said = _parsed(body)
    order_id = said.get("order_id") if isinstance(said, dict) else None
    return order_id if isinstance(order_id, int) else None


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.strip()


def _length(headers: tuple[tuple[str, str], ...]) -> int:
    named = {name.lower(): value for name, value in headers}
    if "transfer-encoding" in named:
        raise ValueError("the stub reads bodies with Content-Length only")
    return int(named.get("content-length", "0"))
