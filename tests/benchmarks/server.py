"""A loopback server that answers every PUT as fast as it can, in a process of its own."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

BODY = (
    b'{"success":true,"status_code":200,"message":"","debug":null,'
    b'"reference_id":"0f3c5e0d9b7a4c21a6de41b2f7708c55"}'
)
REPLY = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
    + str(len(BODY)).encode()
    + b"\r\n\r\n"
    + BODY
)


class _Fast(asyncio.Protocol):
    """Counts whole requests by their Content-Length; nothing else of HTTP."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            whole = end + 4 + _content_length(self._buffer[:end])
            if len(self._buffer) < whole:
                return
            self._buffer = self._buffer[whole:]
            self._transport.write(REPLY)


def _content_length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


async def _serve(pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Fast, "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    async with server:
        await server.serve_forever()


def _main(pipe: Connection) -> None:
    asyncio.run(_serve(pipe))


@dataclass(frozen=True, slots=True)
class Served:
    """The running server; ``process_id`` is for those who want to see how busy it is."""

    url: str
    process_id: int

    def cpu_seconds(self) -> float:
        """Give the processor time that the server has used so far (Linux)."""
        fields = Path(f"/proc/{self.process_id}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def fast_server() -> Iterator[Served]:
    """Serve; it dies with the block."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_main, args=(there,), daemon=True)
    process.start()
    try:
        yield Served(f"http://127.0.0.1:{here.recv()}", process.pid or 0)
    finally:
        process.kill()
        process.join()
