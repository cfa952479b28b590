"""The rows of a group as they stand on a page: stretches, the first ones at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.core.account import Group
from pipeline.core.outcome import NextStep, Outcome

__all__ = ["GroupShown", "shown", "stretches"]

SHOWN_AT_ONCE: Final = 24
"""So many numbers or stretches are seen at once; the next ones open."""


@dataclass(frozen=True, slots=True)
class GroupShown:
    """A group with its id on the page; ``width``: its bar, in percent of the largest group's.

    ``rows`` and ``order_ids`` are texts: those seen at once, and those that open. Order ids are
    named where FinerWorks must be asked or where nobody knows what is stored there.
    """

    anchor: str
    group: Group
    width: float
    rows: tuple[str, str]
    order_ids: tuple[str, str]


def shown(groups: Sequence[Group], kind: str) -> tuple[GroupShown, ...]:
    """Number groups as ``KIND-1``, ``KIND-2`` …, in their order."""
    largest = max((group.rows for group in groups), default=1)
    return tuple(
        GroupShown(
            f"{kind}-{number}",
            group,
            max(2.0, 100 * group.rows / largest),
            _in_two(stretches(row.row for row in group.first)),
            _in_two(_order_ids(group)),
        )
        for number, group in enumerate(groups, 1)
    )


def stretches(rows: Iterable[int]) -> list[str]:
    """``14``, ``77``, ``200–277``: rows that stand together as one."""
    found: list[list[int]] = []
    for row in rows:
        if found and row == found[-1][1] + 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    return [
        f"{first}"
        if first == last
        else f"{first}, {last}"
        if last == first + 1
        else f"{first}–{last}"
        for first, last in found
    ]


def _order_ids(group: Group) -> list[str]:
    if group.next_step is not NextStep.ASK and group.outcome is not Outcome.UNKNOWN:
        return []
    named = (row.order_id for row in group.first if row.order_id is not None)
    return [str(order_id) for order_id in dict.fromkeys(named)]


def _in_two(words: Sequence[str]) -> tuple[str, str]:
    at_once = SHOWN_AT_ONCE if len(words) > SHOWN_AT_ONCE + 2 else len(words)
    return ", ".join(words[:at_once]), ", ".join(words[at_once:])
