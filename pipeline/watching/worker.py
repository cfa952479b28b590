"""A process that does the work of one sheet: a crash or a memory bomb ends only itself.

It takes half a second to get ready, so one is kept ready while there is something in sight.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO, Final

from pipeline.watching.told import Told, Work

__all__ = ["Worker", "Workers"]

COMMAND: Final = ("-m", "pipeline.cli.child")
DEBUG: Final = "--debug"
MOST_OUTPUT: Final = 16_000_000
LAST_WORDS_SECONDS: Final = 5.0
IDLE_SECONDS: Final = 20.0
"""So long a process is kept ready after there was something in sight."""


class Worker:
    """The process and its leash: our end of its stdin. When that ends, it stops politely.

    It gets ready by itself and waits for its :meth:`begin`. ``debug``: what it says on stderr is
    shown; ``logs``: only the lines of its log are.
    """

    def __init__(self, *, debug: bool = False, logs: bool = False) -> None:
        # -P: a folder that happens to be called pipeline where we stand is not taken for ours.
        self._process = subprocess.Popen(  # noqa: S603  # ourselves
            [sys.executable, "-P", *COMMAND, *([DEBUG] if debug else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if debug or logs else subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C is for the watcher, which passes it on once
        )
        self._output = bytearray()
        assert self._process.stdin is not None  # noqa: S101  # as asked for above
        assert self._process.stdout is not None  # noqa: S101
        self._leash: IO[bytes] = self._process.stdin
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stdout,), daemon=True
        )
        self._reader.start()

    def begin(self, work: Work) -> None:
        """Tell it what to do."""
        with suppress(OSError):  # it died at once, and poll() will tell
            self._leash.write(work.as_line())
            self._leash.flush()

    def _read(self, output: IO[bytes]) -> None:
        with suppress(OSError, ValueError):
            while part := output.read1(65_536):  # type: ignore[attr-defined]  # it is buffered
                if len(self._output) < MOST_OUTPUT:
                    self._output += part

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def poll(self) -> Told | None:
        """Give how it ended, or ``None`` while it is at work."""
        code = self._process.poll()
        if code is None:
            return None
        self._reader.join(LAST_WORDS_SECONDS)
        self.let_go()
        if self._process.stdout is not None:
            with suppress(OSError):
                self._process.stdout.close()
        return Told.of_output(code, bytes(self._output))

    def let_go(self) -> None:
        """Ask it to stop: what is on its way is settled, then it ends by itself."""
        with suppress(OSError):
            self._leash.close()

    def kill(self) -> None:
        """End it at once; the ledger still holds."""
        with suppress(OSError):
            self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(LAST_WORDS_SECONDS)
        self.poll()  # it closes what is open


class Workers:
    """Starts processes, and keeps one ready for the next sheet."""

    def __init__(self, *, debug: bool = False, logs: bool = False) -> None:
        self._debug = debug
        self._logs = logs
        self._ready: Worker | None = None
        self._wanted_at = 0.0

    def start(self, work: Work) -> Worker:
        """Start a process for this work, or take the one that is ready."""
        worker, self._ready = self._ready, None
        if worker is None or worker.poll() is not None:
            worker = Worker(debug=self._debug, logs=self._logs)
        worker.begin(work)
        return worker

    def prepare(self, *, wanted: bool, now: float) -> None:
        """Get one ready where there is something in sight; let it go when nothing came of it."""
        if wanted:
            self._wanted_at = now
            if self._ready is None:
                self._ready = Worker(debug=self._debug, logs=self._logs)
        elif self._ready is not None and now - self._wanted_at > IDLE_SECONDS:
            self.close()

    def close(self) -> None:
        """Let the one that is ready go; it has nothing to settle."""
        if self._ready is not None:
            self._ready.let_go()
            self._ready.kill()
            self._ready.poll()
            self._ready = None
