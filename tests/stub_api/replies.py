"""What the stub can do to a request: sound answers, wrong ones, and none at all.

Each is a value; :meth:`Reply.play` carries it out on a :class:`Wire`.
"""

from __future__ import annotations

import abc
import asyncio
import http
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.sandbox.replies import ApiReply
from tests.stub_api.wire import Wire

__all__ = [
    "CloseBeforeReply",
    "Endless",
    "HalfBody",
    "Hang",
    "Held",
    "Json",
    "KeepAliveThenDrop",
    "Late",
    "Page",
    "Raw",
    "Redirect",
    "Reply",
    "Reset",
    "Slow",
    "said",
]


class Reply(abc.ABC):
    """Something the stub does to a request."""

    @abc.abstractmethod
    async def play(self, wire: Wire) -> None:
        """Carry it out."""

    @property
    def confirms(self) -> bool:
        """True where a careful client may take the order for updated."""
        return False


@dataclass(frozen=True)
class Page(Reply):
    """A whole answer with any body of any content type."""

    status: int
    body: bytes
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    async def play(self, wire: Wire) -> None:
        """Answer, and keep the connection."""
        await wire.send(self.head(len(self.body)) + self.body)

    def head(self, length: int | None) -> bytes:
        """Give status line and headers; without a length the body ends with the connection."""
        lines = [f"HTTP/1.1 {self.status} {_phrase(self.status)}"]
        if self.body:
            lines.append(f"Content-Type: {self.content_type}")
        lines.append("Connection: close" if length is None else f"Content-Length: {length}")
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    @property
    def confirms(self) -> bool:
        """2xx, a JSON object, and ``success`` exactly true (flat, else under ``status``)."""
        try:
            said = json.loads(self.body)
        except ValueError:
            return False
        if not isinstance(said, dict) or not 200 <= self.status < 300:
            return False
        inner = said if "success" in said else said.get("status")
        return isinstance(inner, dict) and inner.get("success") is True


def Json(  # noqa: N802 - it makes a value, and reads as one among its kin
    status: int, obj: Any, headers: Mapping[str, str] | None = None
) -> Page:
    """A whole answer in JSON."""
    return Page(status, json.dumps(obj).encode(), "application/json; charset=utf-8", headers or {})


def said(reply: ApiReply) -> Page:
    """What the sandbox would say, from here."""
    return Json(reply.status, reply.body, reply.headers)


def Redirect(to: str, status: int = 307) -> Page:  # noqa: N802 - as Json
    """Send the client elsewhere."""
    return Page(status, b"", headers={"Location": to})


@dataclass(frozen=True)
class Raw(Reply):
    """These very bytes, then the end of the connection."""

    data: bytes

    async def play(self, wire: Wire) -> None:
        """Write and close."""
        await wire.send(self.data)
        wire.close()


@dataclass(frozen=True)
class Reset(Reply):
    """The connection is torn (RST) before any answer."""

    async def play(self, wire: Wire) -> None:
        """Tear it."""
        wire.reset()


@dataclass(frozen=True)
class CloseBeforeReply(Reply):
    """The connection is closed (FIN) before any answer."""

    async def play(self, wire: Wire) -> None:
        """Close it."""
        wire.close()


@dataclass(frozen=True)
class Hang(Reply):
    """No answer, ever: the request stays open until the client gives up."""

    async def play(self, wire: Wire) -> None:
        """Wait for the client to go."""
        await wire.client_gone()
        wire.close()


@dataclass(frozen=True)
class HalfBody(Reply):
    """The head promises the whole body, half of it comes, then the connection ends."""

    reply: Page

    async def play(self, wire: Wire) -> None:
        """Write half and close."""
        body = self.reply.body
        await wire.send(self.reply.head(len(body)) + body[: len(body) // 2])
        wire.close()


@dataclass(frozen=True)
class Slow(Reply):
    """The answer dribbles in: head and body in ``pieces``, ``delay_seconds`` between them."""

    reply: Page
    pieces: int = 5
    delay_seconds: float = 0.02

    async def play(self, wire: Wire) -> None:
        """Write piece by piece."""
        data = self.reply.head(len(self.reply.body)) + self.reply.body
        step = -(-len(data) // self.pieces)
        while len(data) > step:
            await wire.send(data[:step], last=False)
            data = data[step:]
            await asyncio.sleep(self.delay_seconds)
        await wire.send(data)

    @property
    def confirms(self) -> bool:
        """As the answer does, for all of it comes."""
        return self.reply.confirms


@dataclass(frozen=True)
class Endless(Reply):
    """A body that never ends, until the client goes. It begins like a good answer."""

    status: int = 200

    async def play(self, wire: Wire) -> None:
        """Write until nobody reads."""
        page = Page(self.status, b'{"success": true, "message": "', "application/json")
        try:
            await wire.send(page.head(None) + page.body, last=False)
            while not wire.writer.is_closing():
                await wire.send(b"x" * (1 << 16), last=False)
        except ConnectionError:
            pass
        wire.close()


@dataclass(frozen=True)
class Late(Reply):
    """An answer after ``seconds``, whether the client is still there or not."""

    seconds: float
    reply: Reply

    async def play(self, wire: Wire) -> None:
        """Wait, then do it."""
        await asyncio.sleep(self.seconds)
        await self.reply.play(wire)

    @property
    def confirms(self) -> bool:
        """As the answer does."""
        return self.reply.confirms


@dataclass(frozen=True)
class Held(Reply):
    """An answer that the test lets go with ``gate.set()``."""

    gate: threading.Event
    reply: Reply

    async def play(self, wire: Wire) -> None:
        """Wait for the gate, then do it."""
        while not self.gate.is_set():  # noqa: ASYNC110 - the test opens it from its own thread
            await asyncio.sleep(0.002)
        await self.reply.play(wire)

    @property
    def confirms(self) -> bool:
        """As the answer does."""
        return self.reply.confirms


@dataclass(frozen=True)
class KeepAliveThenDrop(Reply):
    """A whole answer on a kept connection, whose next request is read and never answered.

    This is the moment in which some HTTP clients repeat a request by themselves.
    """

    reply: Reply

    async def play(self, wire: Wire) -> None:
        """Answer now, cut next time."""
        wire.drop_next = True
        await self.reply.play(wire)

    @property
    def confirms(self) -> bool:
        """As the answer does."""
        return self.reply.confirms


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Unheard Of"
