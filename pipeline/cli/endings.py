"""How an error reaches a person, or a program that called us: one sentence and an exit code."""

from __future__ import annotations

import sqlite3
import traceback

from pipeline.cli.limits import out_of_files
from pipeline.core.errors import PipelineError, no_more_files
from pipeline.core.full_disk import is_full
from pipeline.core.outcome import ExitCode

__all__ = ["told", "trace_of"]


def told(error: Exception) -> tuple[str, ExitCode]:
    """Give the sentence that an error becomes, and the exit code that goes with it."""
    if out_of_files(error):
        error = no_more_files()
    if isinstance(error, PipelineError):
        return str(error), error.exit_code
    if isinstance(error, sqlite3.OperationalError) or is_full(error):
        return (
            f"The disk cannot be written ({error}): make room, then run the same command again.",
            ExitCode.STOPPED,
        )
    if hasattr(error, "format_message"):  # click's own: a flag that is not there, say
        return f"{error.format_message()} (-h shows how.)", ExitCode.USAGE
    if type(error).__name__ == "Abort":
        return "Stopped.", ExitCode.SIGINT
    sentence = (
        f"This is our bug ({type(error).__name__}); nothing that was settled is lost. "
        "Run again with --debug and report what it shows."
    )
    return sentence, ExitCode.BUG


def trace_of(error: BaseException) -> str:
    """Give the way to an error and its causes: places and types; a message might hold a cell."""
    lines = []
    cause: BaseException | None = error
    while cause is not None:
        lines += ["Traceback (most recent call last):\n", *traceback.format_tb(cause.__traceback__)]
        lines.append(f"{type(cause).__module__}.{type(cause).__qualname__}\n")
        cause = cause.__cause__ or cause.__context__
    return "".join(lines)
