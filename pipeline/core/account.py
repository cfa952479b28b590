"""The account of a run: all that its Summary worksheet and its report tell, as plain values.

It holds counts, row numbers, order ids and facts about the run; never a cell, a message of the API
or anything else that a person typed, but for the name of the sheet and its worksheet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.core.outcome import NextStep, Outcome

__all__ = ["Account", "Group", "GroupRow", "Moment"]


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A row of a group: its number in the sheet, and its order's id where that is known."""

    row: int
    order_id: int | None


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of which the same is to be said.

    ``title`` says what is wrong in a few words, without a full stop; ``todo`` what to do about it,
    as a sentence. ``first`` are the first rows in the order of the sheet; ``rows`` counts all, and
    an order that stands in several rows counts once, with the row that speaks for it. ``outcome``
    is empty where the rows are sent all the same (warnings).
    """

    title: str
    todo: str
    outcome: Outcome | None
    next_step: NextStep | None
    rows: int
    first: tuple[GroupRow, ...]

    @property
    def more(self) -> int:
        """How many rows are not among the first."""
        return self.rows - len(self.first)


@dataclass(frozen=True, slots=True)
class Moment:
    """What happened in one second of a run: the tries that ended then.

    ``at`` is Unix time. ``sent`` counts all tries; ``retried`` those that were not an order's
    first; ``throttled`` those turned away as too many (429, 503); ``failed`` those that asked for
    another try for any other cause.
    """

    at: int
    sent: int
    retried: int
    throttled: int
    failed: int


@dataclass(frozen=True, slots=True)
class Account:
    """What became of one sheet.

    ``check``: nothing was sent, and ``ready`` counts among the outcomes. ``target_words`` is the
    target as people are told of it (``SANDBOX``). ``outcomes`` and ``order_outcomes`` have every
    outcome, most with 0. ``error`` says why the run stopped before its end. Times are Unix time.
    ``go_on`` is the one command that goes on, or empty. ``latency`` counts tries by
    :data:`pipeline.core.ticks.LATENCY_BANDS`. ``cleared`` are the fields that have no column, so
    that what FinerWorks has stored there is cleared.
    """

    run_id: str
    check: bool
    target: str
    target_words: str
    host: str
    source: str
    source_sha256: str
    source_bytes: int
    worksheet: str
    rows: int
    orders: int
    outcomes: Mapping[str, int]
    order_outcomes: Mapping[str, int]
    to_fix: tuple[Group, ...]
    to_send: tuple[Group, ...]
    warnings: tuple[Group, ...]
    repairs: tuple[tuple[str, int], ...]
    findings: tuple[str, ...]
    cleared: tuple[str, ...]
    error: str | None
    go_on: str
    begun_at: float
    sending_at: float | None
    ended_at: float | None
    exit_code: int | None
    requests: int
    retries: int
    throttled: int
    learned_per_second: float | None
    os_user: str
    machine: str
    version: str
    approved: str
    moments: tuple[Moment, ...] = field(default=(), repr=False)
    latency: tuple[int, ...] = ()

    @property
    def live(self) -> bool:
        """True where real orders were changed."""
        return self.target == "live" and not self.check

    @property
    def seconds(self) -> float | None:
        """How long it took from the first second of sending to the end."""
        if self.ended_at is None or self.sending_at is None:
            return None
        return max(0.0, self.ended_at - self.sending_at)
