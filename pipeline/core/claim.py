"""What passes between the ledger and the sender: an order that may be sent, and what became of it.

Both are made once an order, on the hot path; so they are not frozen, which would cost more than
all the rest of making them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.core.outcome import NextStep, Outcome
from pipeline.core.reply import Verdict

__all__ = ["Claimed", "Report"]


@dataclass(slots=True, eq=False)
class Claimed:
    """An order this run may send now, by the row that stands for it.

    ``before`` is the ledger's own note of what to give back if it is never sent. ``earlier`` counts
    the tries of earlier claims, of which one may have been stored if there is ``doubt``; ``used``
    counts those of all claims that go against ``retry.attempts``. ``ran`` and ``told`` are the
    moment of the claim, on the clock that never goes back and as Unix time.
    """

    key: int
    order_id: int
    body: bytes = field(repr=False)
    before: object | None = None
    doubt: bool = False
    earlier: int = 0
    used: int = 0
    ran: float = 0.0
    told: float = 0.0


@dataclass(slots=True, eq=False)
class Report:
    """What became of a claim.

    ``NOT_SENT`` returns the row: it is to be sent later, in doubt if a try may have been stored.
    ``open_until`` (Unix time): a request of ours may be open until then. ``verdict`` is that of the
    last try. ``sent_at`` is the Unix time of the last try.
    """

    claim: Claimed
    outcome: Outcome
    next_step: NextStep
    reason: str
    attempts: int
    throttled: int
    http_status: int | None
    reference_id: str | None
    sent_at: float | None
    open_until: float | None
    doubt: bool = False
    verdict: Verdict | None = None
