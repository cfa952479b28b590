"""What goes wrong below HTTP's words: interim answers, answers too many, bytes without end.

They stand beside :mod:`tests.stub_api.replies` and are used like them.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import zlib
from dataclasses import dataclass, field

from tests.stub_api.replies import Page, Reply
from tests.stub_api.wire import Wire

__all__ = ["Bytes", "CloseAfter", "Pieces", "Pour", "Stall", "Tunnel", "Twice", "gzip_bomb"]


@dataclass(frozen=True)
class Bytes(Reply):
    """These very bytes, and the connection is kept."""

    data: bytes

    async def play(self, wire: Wire) -> None:
        """Write them."""
        await wire.send(self.data)

    @property
    def confirms(self) -> bool:
        """As far as the stub's own books go, it does where it says so."""
        return b'"success":true' in self.data.replace(b" ", b"")


@dataclass(frozen=True)
class Pieces(Reply):
    """Bytes in several packets, after which the connection is kept or closed."""

    data: bytes
    cuts: tuple[int, ...] = ()
    close: bool = False

    async def play(self, wire: Wire) -> None:
        """Write piece by piece."""
        begun = 0
        for cut in self.cuts:
            await wire.send(self.data[begun:cut], last=False)
            await asyncio.sleep(0.001)
            begun = cut
        await wire.send(self.data[begun:])
        if self.close:
            wire.close()


@dataclass(frozen=True)
class Pour(Reply):
    """A beginning, and then the same piece over and over until the client goes."""

    beginning: bytes
    piece: bytes
    pause_seconds: float = 0.0

    async def play(self, wire: Wire) -> None:
        """Write until nobody reads."""
        with contextlib.suppress(ConnectionError):
            await wire.send(self.beginning, last=False)
            while not wire.writer.is_closing():
                await wire.send(self.piece, last=False)
                await asyncio.sleep(self.pause_seconds)
        wire.close()


@dataclass(frozen=True)
class Stall(Reply):
    """A beginning, and then nothing more although more was promised."""

    beginning: bytes

    async def play(self, wire: Wire) -> None:
        """Write, then wait for the client to go."""
        await wire.send(self.beginning, last=False)
        await wire.client_gone()
        wire.close()


@dataclass(frozen=True)
class Twice(Reply):
    """A whole answer, and once the client has read it another one that nobody asked for.

    ``written`` grows by one whenever the other one is on its way.
    """

    reply: Page
    other: Page
    after_seconds: float = 0.01
    written: list[int] = field(default_factory=list, compare=False)

    async def play(self, wire: Wire) -> None:
        """Answer, wait, answer again."""
        await wire.send(self.reply.head(len(self.reply.body)) + self.reply.body)
        await asyncio.sleep(self.after_seconds)
        try:
            await wire.send(self.other.head(len(self.other.body)) + self.other.body)
        finally:
            self.written.append(1)

    async def lies_there(self, count: int) -> None:
        """Wait until so many have been written, and so can be read on the client's side."""
        while len(self.written) < count:  # noqa: ASYNC110 - the stub writes in its own thread
            await asyncio.sleep(0.002)
        await asyncio.sleep(0.01)

    @property
    def confirms(self) -> bool:
        """As the first answer does."""
        return self.reply.confirms


@dataclass(frozen=True)
class CloseAfter(Reply):
    """A whole answer that promises to keep the connection, which is closed all the same."""

    reply: Page

    async def play(self, wire: Wire) -> None:
        """Answer and close."""
        await self.reply.play(wire)
        wire.close()

    @property
    def confirms(self) -> bool:
        """As the answer does."""
        return self.reply.confirms


@dataclass(frozen=True)
class Tunnel(Reply):
    """What a proxy does with CONNECT: it joins the client with a port of this machine.

    ``heard`` is what went through from the client, as the proxy could read it.
    """

    port: int
    heard: bytearray = field(default_factory=bytearray, compare=False)

    async def play(self, wire: Wire) -> None:
        """Say that it stands, then carry bytes both ways until one side ends."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        await wire.send(b"HTTP/1.1 200 Connection established\r\n\r\n", last=False)
        ways = [
            asyncio.create_task(_carry(wire.reader, writer, self.heard)),
            asyncio.create_task(_carry(reader, wire.writer, None)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            writer.close()
            wire.close()


async def _carry(
    source: asyncio.StreamReader, to: asyncio.StreamWriter, heard: bytearray | None
) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await source.read(1 << 16):
            if heard is not None:
                heard += data
            to.write(data)
            await to.drain()


def gzip_bomb(megabytes: int, *, layers: int = 1) -> Page:
    """A small body that unpacks to so much."""
    packer = zlib.compressobj(wbits=31)
    packed = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(megabytes))])
    packed += packer.flush()
    for _ in range(layers - 1):
        packed = gzip.compress(packed)
    encoding = ", ".join(["gzip"] * layers)
    return Page(200, packed, "application/json", {"Content-Encoding": encoding})
