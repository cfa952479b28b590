"""A process that does the work of one sheet: a crash or a memory bomb ends only itself."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO, Final

from pipeline.watching.told import Told, Work

__all__ = ["Worker", "start_worker"]

COMMAND: Final = ("-m", "pipeline.cli.child")
MOST_OUTPUT: Final = 16_000_000
LAST_WORDS_SECONDS: Final = 5.0


class Worker:
    """The process and its leash: our end of its stdin. When that ends, it stops politely."""

    def __init__(self, work: Work, *, debug: bool = False) -> None:
        self.work = work
        # -P: a folder that happens to be called pipeline where we stand is not taken for ours.
        self._process = subprocess.Popen(  # noqa: S603  # ourselves
            [sys.executable, "-P", *COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if debug else subprocess.DEVNULL,
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


def start_worker(work: Work, *, debug: bool = False) -> Worker:
    """Start a process for this work."""
    return Worker(work, debug=debug)
