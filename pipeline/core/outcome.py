"""What became of a row, and what a whole run ends with.

The tables here are the one source of the words in the results sheet, of the exit codes and of
``docs/outcomes.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

__all__ = [
    "NEXT_STEPS",
    "OUTCOMES",
    "READY",
    "ExitCode",
    "NextStep",
    "Outcome",
    "OutcomeRule",
    "combined_exit_code",
    "exit_code_of",
    "needs_a_person",
    "outcome_of",
]


class ExitCode(IntEnum):
    """What the command ends with; schedulers rely on the numbers."""

    OK = 0
    ROWS_TO_SEE_TO = 1
    USAGE = 2
    SHEET = 3
    CREDENTIALS = 4
    STOPPED = 5
    BUSY = 6
    BUG = 70
    SIGINT = 130
    SIGTERM = 143


class Outcome(StrEnum):
    """What became of a row."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"
    INVALID = "invalid"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SUPERSEDED = "superseded"
    NOT_SENT = "not_sent"


class NextStep(StrEnum):
    """What the reader of a results sheet does about a row."""

    NOTHING = "nothing"
    FIX = "fix"
    SEND_AGAIN = "send again"
    ASK = "ask FinerWorks"


NEXT_STEPS = tuple(NextStep)


READY: Final = "ready"
"""What a check sheet says of a row that would be sent."""


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """One line of the outcome table."""

    success: bool
    next_step: NextStep
    ends_well: bool
    meaning: str


OUTCOMES: Mapping[Outcome, OutcomeRule] = {
    Outcome.UPDATED: OutcomeRule(
        True,
        NextStep.NOTHING,
        True,
        "FinerWorks answered that it took the address "
        "(this is no proof that the parcel has not left).",
    ),
    Outcome.UNCHANGED: OutcomeRule(
        True,
        NextStep.NOTHING,
        True,
        "Not sent: this very address is the last one confirmed for the order.",
    ),
    Outcome.INVALID: OutcomeRule(False, NextStep.FIX, False, "The row has errors; not sent."),
    Outcome.CONFLICT: OutcomeRule(
        False, NextStep.FIX, False, "Another row wants something else for this order; not sent."
    ),
    Outcome.REJECTED: OutcomeRule(False, NextStep.FIX, False, "FinerWorks refused it for good."),
    Outcome.FAILED: OutcomeRule(
        False,
        NextStep.SEND_AGAIN,
        False,
        "No success after all tries; every try was turned away before it could be stored.",
    ),
    Outcome.UNKNOWN: OutcomeRule(
        False,
        NextStep.SEND_AGAIN,
        False,
        "At least one try may have been stored, and none was confirmed or refused for good.",
    ),
    Outcome.SUPERSEDED: OutcomeRule(
        False, NextStep.NOTHING, True, "A newer run or row holds this order; not sent again."
    ),
    Outcome.NOT_SENT: OutcomeRule(
        False,
        NextStep.SEND_AGAIN,
        False,
        "The run stopped first, or this very answer stopped it.",
    ),
}


def needs_a_person(next_step: NextStep) -> bool:
    """Tell whether a row with this ``next_step`` waits for somebody's hand."""
    return next_step in (NextStep.FIX, NextStep.ASK)


def outcome_of(
    state: str, outcome: Outcome | None, next_step: NextStep | None
) -> tuple[Outcome, NextStep]:
    """Give what a row is to be shown as: what is still pending was not sent, what is still
    claimed may have been. ``state`` is that of the row in the ledger.
    """
    if outcome is None:
        outcome = Outcome.UNKNOWN if state == "claimed" else Outcome.NOT_SENT
    return outcome, next_step or OUTCOMES[outcome].next_step


def exit_code_of(outcomes: Iterable[Outcome]) -> ExitCode:
    """Give the exit code of a run that reached its end, from the outcomes that occurred."""
    well = all(OUTCOMES[outcome].ends_well for outcome in outcomes)
    return ExitCode.OK if well else ExitCode.ROWS_TO_SEE_TO


# The first of these that occurred is what several sheets end with together.
_GRAVEST_FIRST = (
    ExitCode.BUG,
    ExitCode.SIGTERM,
    ExitCode.SIGINT,
    ExitCode.CREDENTIALS,
    ExitCode.STOPPED,
    ExitCode.USAGE,
    ExitCode.BUSY,
    ExitCode.SHEET,
    ExitCode.ROWS_TO_SEE_TO,
    ExitCode.OK,
)


def combined_exit_code(codes: Iterable[ExitCode]) -> ExitCode:
    """Give the one exit code of several sheets; no sheets at all end well."""
    return min(codes, key=_GRAVEST_FIRST.index, default=ExitCode.OK)
