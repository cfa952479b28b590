"""Look host names up in threads that nobody waits for.

The event loop's own look-up is a thread that the program cannot end without: where name servers do
not answer, results and Ctrl-C would wait for it for half a minute after all else was over.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

__all__ = ["Names"]

_AS_NUMBERS: Final = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
_NUMBERS: Final = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class Names(AbstractResolver):
    """Asks the system, as the library's own resolver does. One thread a name at a time."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Give the addresses of ``host``; OSError where it has none."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[ResolveResult]] = loop.create_future()

        def tell(way: Callable[[], None]) -> None:
            with suppress(RuntimeError):  # the loop has ended meanwhile: nobody wants to know
                loop.call_soon_threadsafe(lambda: None if found.done() else way())

        def ask() -> None:
            try:
                addresses = _look_up(host, port, family)
            except Exception as error:  # noqa: BLE001  # raised again where it is awaited
                tell(partial(found.set_exception, error))
            else:
                tell(partial(found.set_result, addresses))

        try:
            threading.Thread(target=ask, name="look-up", daemon=True).start()
        except RuntimeError as error:
            raise OSError(errno.EAGAIN, "no thread can be started") from error
        return await found

    async def close(self) -> None:
        """Nothing is kept open."""


def _look_up(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    # A machine without any network still has itself.
    flags = 0 if host.removesuffix(".").casefold() == "localhost" else socket.AI_ADDRCONFIG
    return [
        ResolveResult(
            hostname=host,
            host=socket.getnameinfo(address, _AS_NUMBERS)[0],  # with the zone of a local IPv6
            port=port,
            family=kind,
            proto=proto,
            flags=_NUMBERS,
        )
        for kind, _, proto, _, address in socket.getaddrinfo(
            host, port, family, socket.SOCK_STREAM, flags=flags
        )
    ]
