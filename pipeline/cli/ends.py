"""How a command ends that an error ended: one sentence for a person, and the exit code."""

from __future__ import annotations

import sqlite3
import sys
import time
import traceback

from pipeline.cli.limits import out_of_files
from pipeline.cli.screen import Screen, put
from pipeline.cli.signals import Terminated
from pipeline.core.errors import PipelineError, no_more_files
from pipeline.core.full_disk import is_full
from pipeline.core.outcome import ExitCode

__all__ = ["ended_badly", "exit_code_of_error", "say", "told", "trace_of"]


def exit_code_of_error(error: BaseException) -> ExitCode:
    """Give what the command ends with for an error."""
    if isinstance(error, Terminated):
        return ExitCode.SIGTERM
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.SIGINT
    if out_of_files(error):
        return ExitCode.STOPPED
    if isinstance(error, PipelineError):
        return error.exit_code
    return ExitCode.STOPPED if _not_writable(error) else ExitCode.BUG


def _not_writable(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) or is_full(error)


def ended_badly(error: Exception, arguments: list[str], started_at: float) -> int:
    """Tell an error to a person as one sentence, and give the exit code."""
    if "--debug" in arguments:
        put(sys.stderr, trace_of(error))
    if type(error).__name__ == "Exit":  # typer's own, and no error
        return int(getattr(error, "exit_code", 0))
    sentence, code = told(error)
    return say(sentence, code, arguments, started_at)


def told(error: Exception) -> tuple[str, ExitCode]:
    """Give the sentence that an error becomes, and the exit code that goes with it."""
    if out_of_files(error):
        error = no_more_files()
    if isinstance(error, PipelineError):
        return str(error), error.exit_code
    if _not_writable(error):
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


def say(sentence: str, code: ExitCode, arguments: list[str], started_at: float) -> int:
    """End with a sentence on stderr, and the JSON object where one is wanted; gives the code."""
    screen = Screen(as_json="--json" in arguments)
    screen.fail(sentence)
    if screen.as_json:
        from pipeline.job.summary import Summary

        empty = Summary("", "", (), started_at, time.time(), stopped=code, error=sentence)
        screen.give_json(empty.as_json())
    return int(code)
