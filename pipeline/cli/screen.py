"""The two streams of the command: what is said where, and when nothing is."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TextIO

__all__ = ["Screen", "put", "with_streams"]

_CODES = {"bold": "1", "green": "32", "yellow": "33", "red": "31", "dim": "2"}


@dataclass(frozen=True, slots=True)
class Screen:
    """Plan, question and progress go to stderr, the summary to stdout.

    ``quiet`` silences all on stderr but problems; with ``as_json`` stdout holds one JSON object and
    nothing else. Colour only adds to what the words say.
    """

    quiet: bool = False
    as_json: bool = False
    no_color: bool = False

    @property
    def terminal(self) -> bool:
        """True where a person can be shown something and asked: stdin and stderr."""
        return _is_terminal(sys.stdin) and _is_terminal(sys.stderr)

    def tell(self, lines: str | Iterable[str], style: str = "") -> None:
        """Say something on stderr."""
        if not self.quiet:
            self._write(sys.stderr, lines, style)

    def warn(self, lines: str | Iterable[str]) -> None:
        """Say on stderr what must be seen, quiet or not."""
        self._write(sys.stderr, lines, "yellow")

    def fail(self, sentence: str) -> None:
        """Say on stderr why the command ends badly."""
        self._write(sys.stderr, sentence, "red")

    def sum_up(self, lines: str | Iterable[str]) -> None:
        """Put the summary on stdout, unless that belongs to the JSON object."""
        if not self.as_json:
            self._write(sys.stdout, lines, "")

    def give_json(self, value: dict[str, Any]) -> None:
        """Put the one JSON object on stdout."""
        if self.as_json:
            self._write(sys.stdout, json.dumps(value), "")

    def ask(self, question: str) -> str:
        """Ask on stderr and read a line from stdin; nothing more to read is an empty answer."""
        put(sys.stderr, question)
        try:
            return sys.stdin.readline().strip()
        except (OSError, ValueError):  # the terminal was closed, or what was typed is no text
            return ""

    def _write(self, stream: TextIO, lines: str | Iterable[str], style: str) -> None:
        each = [lines] if isinstance(lines, str) else lines
        refusal = put(stream, "".join(f"{self._styled(stream, line, style)}\n" for line in each))
        if refusal is not None and stream is sys.stdout and refusal.errno not in _READER_LEFT:
            self.fail(
                f"stdout cannot be written ({refusal.strerror}), so the summary is not there; "
                "nothing else is lost: address-pipeline runs tells what was sent."
            )

    def _styled(self, stream: TextIO, line: str, style: str) -> str:
        plain = self.no_color or "NO_COLOR" in os.environ or not _is_terminal(stream)
        return line if plain or not style else f"\x1b[{_CODES[style]}m{line}\x1b[0m"


_READER_LEFT = frozenset({errno.EPIPE, errno.EIO})
"""Whoever read this went away of their own will: ``| head``, or a terminal that was closed."""


def put(stream: TextIO, text: str) -> OSError | None:
    """Write ``text`` and flush; what cannot be written is given back and goes nowhere from now on.

    The run and its results are none the worse for it, and the interpreter's own flush at the end
    finds nothing that could fail.
    """
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        _to_nowhere(stream)
        return error
    return None


def with_streams() -> None:
    """Give the three standard streams that were closed at the start (``>&-``) a place to go.

    Otherwise the next file that is opened would get the number of stdout: the ledger, say.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", closefd=False))


def _to_nowhere(stream: TextIO) -> None:
    with suppress(OSError, ValueError):  # a stream of the caller's own has no number
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except (OSError, ValueError):  # closed
        return False
