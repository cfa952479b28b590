"""Errors, grouped by what a caller does next.

    PipelineError                 one sentence for a person: what, where, what to do
    ├── ConfigError               mend the call or the configuration      exit 2
    ├── SheetError                mend the sheet; nothing of it was sent  exit 3
    ├── StopRun                   the run stopped; it can be continued
    │   ├── CredentialsRefused    mend the keys                           exit 4
    │   └── StoppedEarly          wait, or mend the address of the API    exit 5
    │       └── LedgerUnusable    mend the ledger; waiting does not help  exit 5
    ├── Busy                      another process has it; repeat later    exit 6
    └── Interrupted               a person or the system said stop        exit 130, 143

A row's own failure is never raised: it is an outcome (:mod:`pipeline.core.outcome`).
"""

from __future__ import annotations

import errno
from typing import Final

from pipeline.core.outcome import ExitCode

__all__ = [
    "OUT_OF_FILES",
    "Busy",
    "ConfigError",
    "CredentialsRefused",
    "Interrupted",
    "LedgerUnusable",
    "PipelineError",
    "SheetError",
    "StopRun",
    "StoppedEarly",
    "no_more_files",
]

OUT_OF_FILES: Final = frozenset({errno.EMFILE, errno.ENFILE})
"""Errors of the system that say nothing about the file they name."""


class PipelineError(Exception):
    """Something a person can act on; ``str(error)`` is the sentence to show."""

    exit_code: ExitCode = ExitCode.BUG


class ConfigError(PipelineError):
    """The call or the configuration is wrong; nothing was sent."""

    exit_code = ExitCode.USAGE


class SheetError(PipelineError):
    """A sheet cannot be read or understood as a whole; nothing of it was sent."""

    exit_code = ExitCode.SHEET


class StopRun(PipelineError):
    """The run stopped before its end; what is settled stays settled."""

    exit_code = ExitCode.STOPPED


class CredentialsRefused(StopRun):
    """The API does not take the two keys, or they are missing."""

    exit_code = ExitCode.CREDENTIALS


class StoppedEarly(StopRun):
    """The API is down, is not the API, or fails too often."""

    exit_code = ExitCode.STOPPED


class LedgerUnusable(StoppedEarly):
    """The ledger's file is damaged, shut or gone; before anything was sent it is ConfigError."""


class Busy(PipelineError):
    """Another process is working on this sheet or folder."""

    exit_code = ExitCode.BUSY


class Interrupted(PipelineError):
    """A signal, or a person's ``no``, ended the run."""

    exit_code = ExitCode.SIGINT


def no_more_files() -> StoppedEarly:
    """Give the error for a process that may open no more files or connections."""
    return StoppedEarly(
        "This machine lets the program open no more files, so it stopped; allow more "
        "(ulimit -n 1024), then run the same command again."
    )
