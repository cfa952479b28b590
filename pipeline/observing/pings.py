"""Pings of a service such as healthchecks.io: begun, ended well, ended otherwise.

Each goes in a thread that nobody waits for longer than its time, by the standard library: a name
server or a host that hangs holds up neither the run nor its end. No redirect is followed, and
nothing is sent but the exit code and counts of rows.
"""

from __future__ import annotations

import ssl
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Final, Literal
from urllib.error import HTTPError

__all__ = ["MOST_SECONDS", "Ping", "PingOptions", "Pings"]

MOST_SECONDS: Final = 5.0
"""So long pings may hold up the end of a command, whatever the other side does."""

Ping = Literal["start", "success", "fail"]
_PATHS: Final[dict[Ping, str]] = {"start": "/start", "success": "", "fail": "/fail"}


@dataclass(frozen=True, slots=True)
class PingOptions:
    """Where to ping, and how to get there.

    Whoever knows the URL can ping, so it is in no ``repr``.
    """

    url: str = field(repr=False)
    proxy: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    most_seconds: float = MOST_SECONDS


class Pings:
    """The pings of one command: :meth:`begun`, then :meth:`ended`; of one that stays, :meth:`alive`
    again and again. None raises.
    """

    def __init__(
        self, options: PingOptions, failed: Callable[[Ping], None] = lambda _: None
    ) -> None:
        self._options = options
        self._failed = failed
        self._begun: _Sent | None = None
        self._alive: _Sent | None = None
        self._missed = False

    def begun(self) -> None:
        """Say that the command has begun, and wait for nothing."""
        self._begun = _Sent(self._options, "start", b"")

    def alive(self) -> None:
        """Say that what has no end is well, and wait for nothing.

        What became of the ping before comes out now; of several that fail in a row the first is
        told. While one is still on its way there is no second.
        """
        if self._alive is not None:
            missed, self._missed = self._missed, not self._alive.went_well(0.0)
            if self._missed and not missed:
                self._failed("success")
            if self.on_its_way:
                return
        self._alive = _Sent(self._options, "success", b"")

    @property
    def on_its_way(self) -> bool:
        """Tell whether a ping of :meth:`alive` has no answer yet."""
        return self._alive is not None and self._alive.goes_on

    def ended(self, exit_code: int, told: str) -> None:
        """Say how the command ended, in order: after the ping before is through, or half the time
        is over. ``told``: a few words of counts.
        """
        until = time.monotonic() + self._options.most_seconds
        earlier = self._begun or self._alive
        missed = earlier and not earlier.went_well(self._options.most_seconds / 2)
        if missed and not self._missed:
            self._failed("start" if earlier is self._begun else "success")
        ping: Ping = "success" if exit_code == 0 else "fail"
        sent = _Sent(self._options, ping, f"exit code {exit_code}\n{told}".encode())
        if not sent.went_well(until - time.monotonic()):
            self._failed(ping)


class _Sent:
    """A ping on its way."""

    def __init__(self, options: PingOptions, ping: Ping, body: bytes) -> None:
        self._options = options
        self._taken = False
        self._thread = threading.Thread(
            target=self._send, args=(options.url + _PATHS[ping], body), name=ping, daemon=True
        )
        try:
            self._thread.start()
        except RuntimeError:  # no thread can be started
            self._thread = threading.Thread()

    def went_well(self, most_seconds: float) -> bool:
        """Wait so long at most, and tell whether it was taken."""
        if self._thread.ident is not None:
            self._thread.join(max(0.0, most_seconds))
        return self._taken

    @property
    def goes_on(self) -> bool:
        """Tell whether no answer came yet, nor an error."""
        return self._thread.is_alive()

    def _send(self, url: str, body: bytes) -> None:
        request = urllib.request.Request(  # noqa: S310  # http or https: the configuration saw to it
            url, data=body, headers={"User-Agent": "address-pipeline", "Content-Type": "text/plain"}
        )
        try:
            with self._opener().open(request, timeout=self._options.most_seconds) as answer:
                self._taken = 200 <= answer.status < 300
        except HTTPError as error:
            error.close()
        except (OSError, HTTPException, ValueError):
            return

    def _opener(self) -> urllib.request.OpenerDirector:
        proxy = self._options.proxy
        context = ssl.create_default_context(cafile=self._options.ca_file)
        return urllib.request.build_opener(
            urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else {}),
            urllib.request.HTTPSHandler(context=context),
            _NoRedirect,
        )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Whoever answers with another address is not asked there."""

    def redirect_request(self, *_: object) -> None:
        """Give no request to follow it with: the answer is then an error."""
