"""A person at a terminal who types one answer."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys

from tests.functional.command import Ended, Place

__all__ = ["Terminal", "typed"]


def typed(place: Place, answer: str, *arguments: str) -> Ended:
    """Run the command on a terminal where ``answer`` is typed; stdout is no terminal."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", *arguments],
        cwd=place.work,
        env=place.process_environ(),
        stdin=its,
        stdout=subprocess.PIPE,
        stderr=its,
        encoding="utf-8",
    )
    os.close(its)
    os.write(ours, f"{answer}\n".encode())
    shown = b""
    try:
        while piece := os.read(ours, 1 << 16):
            shown += piece
    except OSError:  # what Linux says when the other side is closed
        pass
    finally:
        os.close(ours)
    stdout, _ = process.communicate(timeout=20)
    return Ended(process.returncode, stdout, shown.decode())


class Terminal:
    """A terminal of its own for one command, with the person who looks at it.

    ``program``: what is run instead of the command (see :mod:`tests.functional.troubled`).
    """

    def __init__(self, place: Place, program: str, *arguments: str) -> None:
        self._ours, its = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            cwd=place.work,
            env=place.process_environ(),
            stdin=its,
            stdout=subprocess.PIPE,
            stderr=its,
            encoding="utf-8",
            start_new_session=True,
        )
        os.close(its)
        self._shown = ""

    def until(self, words: str) -> None:
        """Read what is shown until these words stand there."""
        while words not in self._shown:
            ready, _, _ = select.select([self._ours], [], [], 20)
            assert ready, f"{words!r} was not shown, but: {self._shown}"
            self._shown += os.read(self._ours, 1 << 16).decode()

    def type(self, answer: str) -> None:
        """Type an answer and Enter."""
        os.write(self._ours, f"{answer}\n".encode())

    def close(self) -> None:
        """Close the window."""
        if self._ours >= 0:
            os.close(self._ours)
            self._ours = -1

    def ended(self) -> Ended:
        """Look on until the command has ended, or the window is closed; then wait for it."""
        while self._ours >= 0:
            try:
                piece = os.read(self._ours, 1 << 16)
            except OSError:  # what Linux says when the other side is closed
                piece = b""
            if not piece:
                self.close()
            self._shown += piece.decode()
        stdout, _ = self.process.communicate(timeout=20)
        return Ended(self.process.returncode, stdout, self._shown)
