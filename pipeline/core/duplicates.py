"""Several rows that name one order: which one speaks for it.

Rules (from the product's page): a row without an address continues the order; two rows with
addresses are sent once where they are equal, and not at all where they differ, unless the user
said that the last one wins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.core.outcome import OUTCOMES, NextStep, Outcome

__all__ = ["Decided", "Member", "Policy", "decide"]

Policy = Literal["refuse", "last"]


@dataclass(frozen=True, slots=True)
class Member:
    """A row of an order. ``content`` is the fingerprint of its address; ``None``: no address."""

    key: int
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Decided:
    """What a row becomes: led by another (whose outcome it shares), or ended right here."""

    key: int
    leader: int | None = None
    outcome: Outcome | None = None
    reason: str = ""

    @property
    def next_step(self) -> NextStep | None:
        """The usual next step of the outcome, where there is one."""
        return OUTCOMES[self.outcome].next_step if self.outcome else None


def decide(members: Sequence[Member], policy: Policy, label: Callable[[int], str]) -> list[Decided]:
    """Decide about the rows of one order, given in the order of the sheets.

    ``label`` names a row for a person (``row 12``). Rows that go on as they are, are left out.
    """
    addressed = [member for member in members if member.content is not None]
    bare = [member for member in members if member.content is None]
    if not addressed:
        return _no_address(bare)
    if len({member.content for member in addressed}) == 1:
        speaker, decided = addressed[0], _follow(addressed[1:], addressed[0])
    elif policy == "last":
        speaker, decided = _last_wins(addressed, label)
    else:
        speaker, decided = addressed[0], _refuse(addressed, label)
    return decided + _follow(bare, speaker)


def _follow(members: Sequence[Member], leader: Member) -> list[Decided]:
    return [Decided(member.key, leader=leader.key) for member in members]


def _last_wins(
    addressed: Sequence[Member], label: Callable[[int], str]
) -> tuple[Member, list[Decided]]:
    last = addressed[-1]
    reason = f"{label(last.key).capitalize()} has a later address for this order and won."
    return last, [
        Decided(member.key, last.key)
        if member.content == last.content
        else Decided(member.key, last.key, Outcome.SUPERSEDED, reason)
        for member in addressed[:-1]
    ]


def _refuse(addressed: Sequence[Member], label: Callable[[int], str]) -> list[Decided]:
    first = addressed[0]
    return [
        Decided(
            member.key,
            None if member is first else first.key,
            Outcome.CONFLICT,
            f"{_others(member, addressed, label)} another address for this order; "
            "keep one of them and delete the others.",
        )
        for member in addressed
    ]


def _others(member: Member, addressed: Sequence[Member], label: Callable[[int], str]) -> str:
    others = [label(other.key) for other in addressed if other.content != member.content]
    shown = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
    return f"{shown[0].upper()}{shown[1:]} {'has' if len(others) == 1 else 'have'}"


def _no_address(bare: Sequence[Member]) -> list[Decided]:
    first = bare[0]
    reason = (
        "No row of this order has an address: name, street, city, ZIP and country are empty; "
        "fill them in."
    )
    return [
        Decided(first.key, None, Outcome.INVALID, reason),
        *_follow(bare[1:], first),
    ]
