"""The two streams of the command: what is said where, and when nothing is."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TextIO

__all__ = ["Screen"]

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
        sys.stderr.write(question)
        sys.stderr.flush()
        return sys.stdin.readline().strip()

    def _write(self, stream: TextIO, lines: str | Iterable[str], style: str) -> None:
        each = [lines] if isinstance(lines, str) else lines
        try:
            stream.writelines(f"{self._styled(stream, line, style)}\n" for line in each)
            stream.flush()
        except OSError:
            # Whoever read this went away; the run and its results are none the worse for it.
            _to_nowhere(stream)

    def _styled(self, stream: TextIO, line: str, style: str) -> str:
        plain = self.no_color or "NO_COLOR" in os.environ or not _is_terminal(stream)
        return line if plain or not style else f"\x1b[{_CODES[style]}m{line}\x1b[0m"


def _to_nowhere(stream: TextIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False
