"""The nine outcomes as the four things they mean to a reader, and what to call the whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.core.account import Account
from pipeline.core.outcome import OUTCOMES, NextStep, Outcome

__all__ = ["Family", "OutcomeLine", "families_of", "headline", "outcome_lines"]

_LEAST_WIDTH: Final = 1.2
"""In percent: what is there is seen, however little it is."""


@dataclass(frozen=True, slots=True)
class Family:
    """Orders of which a reader thinks the same; ``x`` and ``width`` in percent of the bar."""

    kind: str
    count: int
    name: str
    words: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """One outcome that occurred, with its orders and rows."""

    outcome: Outcome
    kind: str
    orders: int
    rows: int
    meaning: str


_KINDS: Final = {
    Outcome.UPDATED: "good",
    Outcome.UNCHANGED: "quiet",
    Outcome.SUPERSEDED: "quiet",
    Outcome.INVALID: "person",
    Outcome.CONFLICT: "person",
    Outcome.REJECTED: "person",
    Outcome.FAILED: "again",
    Outcome.UNKNOWN: "again",
    Outcome.NOT_SENT: "again",
}


def families_of(account: Account) -> tuple[Family, ...]:
    """Give the four families, in the order of the bar; a family may be empty."""
    counts = {"good": 0, "quiet": 0, "person": 0, "again": 0}
    for outcome, kind in _KINDS.items():
        counts[kind] += account.order_outcomes.get(outcome, 0)
    held = min(_held_back(account), counts["again"])
    counts["person"] += held
    counts["again"] -= held
    words = {
        "good": ("updated", "FinerWorks took the address"),
        "quiet": ("nothing to send", "unchanged, or changed by a newer run or row"),
        "person": ("to fix", "wait for a person"),
        "again": ("to send again", "not confirmed, or not sent yet"),
    }
    if not account.live and account.target != "test":
        words["good"] = ("updated", "the server took the address")
    widths = _widths([counts[kind] for kind in counts])
    spots, x = [], 0.0
    for width in widths:
        spots.append((x, width))
        x += width
    return tuple(
        Family(kind, count, *words[kind], x, width)
        for (kind, count), (x, width) in zip(counts.items(), spots, strict=True)
    )


def _held_back(account: Account) -> int:
    """Orders not sent because the sheet looks damaged as a whole wait for a person."""
    return sum(
        group.rows
        for group in account.to_fix
        if group.outcome is Outcome.NOT_SENT and group.next_step is NextStep.FIX
    )


def _widths(counts: Sequence[int]) -> list[float]:
    """Share 100 percent; what is little takes a little from what is much."""
    total = sum(counts)
    if not total:
        return [0.0] * len(counts)
    wanted = [max(_LEAST_WIDTH, 100 * count / total) if count else 0.0 for count in counts]
    return [100 * width / sum(wanted) for width in wanted]


def outcome_lines(account: Account) -> Iterator[OutcomeLine]:
    """Give the outcomes that occurred, each with what it means."""
    for outcome, kind in _KINDS.items():
        orders, rows = (c.get(outcome, 0) for c in (account.order_outcomes, account.outcomes))
        if orders or rows:
            yield OutcomeLine(outcome, kind, orders, rows, OUTCOMES[outcome].meaning)


def headline(account: Account, families: Sequence[Family]) -> str:
    """Say in one sentence how it stands."""
    counts = {family.kind: family.count for family in families}
    total, person, again = account.orders, counts["person"], counts["again"]
    if not total:
        return "No order was found in this sheet."
    if not person and not again:
        if total == 1:
            return "The order is settled: nothing is left to do."
        return f"All {total:,} orders are settled: nothing is left to do."
    if total == 1:
        return "The order needs a person." if person else "The order is to be sent again."
    parts = []
    if person:
        parts.append(f"{_of(person, total)} {'needs' if person == 1 else 'need'} a person")
    if again:
        which = f"{again:,}" if person else _of(again, total)
        parts.append(f"{which} {'is' if again == 1 else 'are'} to be sent again")
    return ", ".join(parts) + "."


def _of(some: int, total: int) -> str:
    return f"All {total:,} orders" if some == total else f"{some:,} of {total:,} orders"
