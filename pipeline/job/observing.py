"""What happens while a run sends, told to an observer."""

from __future__ import annotations

from pipeline.core.claim import Claimed, Report
from pipeline.core.clock import Clock
from pipeline.core.events import (
    SILENT,
    Observer,
    OrderRetry,
    OrderSettled,
    OutageBegun,
    OutageEnded,
    Paused,
)
from pipeline.core.outcome import Outcome
from pipeline.core.reply import Verdict
from pipeline.ledger.rows import row_number, run_number

__all__ = ["SendingTeller"]


class SendingTeller:
    """Makes events of what the sender meets. ``every_order``: each settled order is one too."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._observer = SILENT
        self._down_since = 0.0
        self._paused_until = 0.0
        self.every_order = False

    def tell_to(self, observer: Observer) -> None:
        """Tell it to this one from now on."""
        self._observer = observer
        self.every_order = observer.every_order

    def settled(self, report: Report) -> None:
        """An order came back; one that was not sent is not settled."""
        claim, verdict = report.claim, report.verdict
        if report.outcome is Outcome.NOT_SENT:
            return
        self._observer(
            OrderSettled(
                run_number(claim.key),
                row_number(claim.key),
                claim.order_id,
                report.outcome,
                report.next_step,
                verdict.http_status if verdict else None,
                claim.earlier + report.attempts,
            )
        )

    def waits(self, claim: Claimed, verdict: Verdict | None, attempts: int, seconds: float) -> None:
        """An order is tried again after so many seconds."""
        status = verdict.http_status if verdict else None
        where = run_number(claim.key), row_number(claim.key), claim.order_id
        self._observer(OrderRetry(*where, status, claim.earlier + attempts, seconds))

    def paused(self, seconds: float) -> None:
        """Nothing passes the gate for so long; of the answers that ask for one pause, one tells."""
        until = self._clock.monotonic() + seconds
        if until > self._paused_until + 1.0:
            self._paused_until = until
            self._observer(Paused(seconds))

    def outage(self, verdict: Verdict | None, *, down: bool) -> None:
        """The API went away, or came back."""
        now = self._clock.monotonic()
        if down:
            self._down_since = now
            self._observer(OutageBegun(verdict.http_status if verdict else None))
        else:
            self._observer(OutageEnded(now - self._down_since))
