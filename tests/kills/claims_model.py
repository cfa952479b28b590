"""What the ledger may say of one order, after DESIGN.md §5: small enough to be read at a glance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["LINGER", "LONG_AGO", "Line", "Request", "Verdict"]

LINGER = 30.0
LONG_AGO = float("-inf")
Verdict = Literal["granted", "superseded", "held", "open"]


@dataclass(frozen=True)
class Line:
    """An order's line: who wants it, who sends, what was sent and confirmed last."""

    newest: int = 0
    holder: int | None = None
    sent: str | None = None
    ok: str | None = None
    open_until: float = LONG_AGO

    def asked(self, run_no: int, payload: str, now: float, *, held: bool) -> tuple[Verdict, Line]:
        """A run asks for the order; ``held``: by another run that lives."""
        if self.newest > run_no:
            return "superseded", replace(
                self, holder=None if self.holder == run_no else self.holder
            )
        if held:
            return "held", replace(self, newest=run_no)
        if self.open_until > now and self.sent != payload:
            return "open", replace(self, open_until=min(self.open_until, now + LINGER))
        kept = self.ok if self.ok == payload else None
        return "granted", Line(run_no, run_no, payload, kept, now + LINGER)

    def touched(self, run_no: int, now: float) -> tuple[bool, Line]:
        """The holder asks before a further try."""
        if self.newest != run_no:
            return False, self
        return True, replace(self, open_until=now + LINGER)

    def settled(self, before: Line, *, confirmed: bool, open_until: float) -> Line:
        """The holder tells of its end; a request lost by an earlier run is still on its way."""
        return replace(
            self,
            holder=None,
            ok=self.sent if confirmed else self.ok,
            open_until=max(open_until, before.open_until),
        )

    def undone(self, run_no: int, before: Line) -> Line:
        """Nothing was sent: as before, but for the wish of a newer run."""
        return replace(before, holder=None, newest=max(before.newest, self._wish(run_no)))

    def _wish(self, run_no: int) -> int:
        return self.newest if self.newest != run_no else 0


@dataclass
class Request:
    """A claim in the hand of a process, seen from the server: it may be sent at any time.

    ``may_arrive_until`` is kept apart from the line, so that the two can disagree.
    """

    run_no: int
    order_id: int
    payload: str
    before: Line
    may_arrive_until: float
    known_until: float
    """One linger after the ledger was last told that it may be sent."""
