"""Looking names up: what the system says, in a thread that nobody waits for."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest

from pipeline.sending.names import Names


async def test_this_machine_is_found_without_a_network() -> None:
    """``localhost`` has its addresses, as numbers, with the port that was asked for."""
    found = await Names().resolve("localhost", 8080, socket.AF_UNSPEC)
    assert {one["host"] for one in found} <= {"127.0.0.1", "::1"}
    assert {(one["hostname"], one["port"]) for one in found} == {("localhost", 8080)}
    assert found


async def test_the_zone_of_a_local_address_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A link-local IPv6 address is none without the interface it is on."""
    local = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::1", 80, 0, 1))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [local])
    (found,) = await Names().resolve("printer.example.test", 80, socket.AF_UNSPEC)
    assert found["host"].startswith("fe80::1%")


@pytest.mark.parametrize("error", [socket.gaierror(-2, "no name"), UnicodeError("label too long")])
async def test_what_the_system_says_is_raised(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Errors of the thread reach who asked."""

    def fail(*_: object, **__: object) -> list[Any]:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(type(error)):
        await Names().resolve("api.example.test", 443)


async def test_no_thread_is_an_error_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no thread can be started, it is the machine's doing, not a bug."""

    def fail(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", fail)
    with pytest.raises(OSError, match="no thread"):
        await Names().resolve("api.example.test", 443)


@pytest.mark.filterwarnings("error")
def test_an_answer_after_the_end_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop ends without the look-up, and what it says later disturbs nobody."""
    hanging = threading.Event()

    def slow(*_: object, **__: object) -> list[Any]:
        hanging.wait(20)
        return []

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await Names().resolve("api.example.test", 443)

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", slow)
        asyncio.run(give_up())
        (looking,) = [thread for thread in threading.enumerate() if thread.name == "look-up"]
        hanging.set()
        looking.join(10)
    assert not looking.is_alive()
