"""Several rows that name one order: which one speaks for it.

Rules (from the product's page): a row without an address continues the order; two rows with
addresses are sent once where they are equal, and not at all where they differ, unless the user
said that the last one wins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pipeline.core.outcome import OUTCOMES, NextStep, Outcome

__all__ = ["Decided", "DoubtKind", "Label", "Member", "Policy", "decide"]

_NAMED: Final = 3
"""So many rows are named in a sentence; the rest is counted."""

Policy = Literal["refuse", "last"]
DoubtKind = Literal["torn", "gone", "stale", "beaten"]
Label = Callable[[int, int], str]
"""``label(key, reader)`` names the row ``key`` in a sentence that stands in the row ``reader``."""


@dataclass(frozen=True, slots=True)
class Member:
    """A row of an order. ``content`` is the fingerprint of its address; ``None``: no address.

    ``doubt`` of a row that came back in a results workbook: ``torn``, it was edited in two ways;
    ``gone``, it was in conflict and somebody deleted it in one of two worksheets; ``stale``, nobody
    edited it and a later run holds the order. These are settled already: the first two as
    conflicts, the last as ``superseded``. ``beaten``: nobody edited it, and in its own run another
    row was taken.
    """

    key: int
    content: bytes | None
    doubt: DoubtKind | None = None


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


def decide(members: Sequence[Member], policy: Policy, label: Label) -> list[Decided]:
    """Decide about the rows of one order, given in the order of the sheets.

    ``label`` names a row for the reader of another. Rows that go on as they are, are left out.
    """
    stale = [member for member in members if member.doubt == "stale"]
    if stale:
        live = [member for member in members if member.doubt != "stale"]
        if any(member.content is not None for member in live):
            return decide(live, policy, label)
        return _follow(live, stale[0])
    addressed = [member for member in members if member.content is not None]
    bare = [member for member in members if member.content is None]
    if not addressed:
        return _no_address(bare)
    if any(member.doubt == "torn" for member in members):
        return _all_torn(members, label)
    staying = [member for member in addressed if member.doubt is None]
    if staying and len(staying) < len(addressed):
        given_up = [member for member in addressed if member.doubt is not None]
        kept = [member for member in members if member.content is None or not member.doubt]
        decided = decide(kept, policy, label)
        leaders = (one.leader for one in decided if one.key == staying[0].key)
        leader = next(leaders, None)
        speaks = staying[0].key if leader is None else leader
        return decided + _yield(given_up, speaks, label)
    if len({member.content for member in addressed}) == 1:
        speaker, decided = addressed[0], _follow(addressed[1:], addressed[0])
    elif policy == "last":
        speaker, decided = _last_wins(addressed, label)
    else:
        speaker, decided = addressed[0], _refuse(addressed, label)
    return decided + _follow(bare, speaker)


def _follow(members: Sequence[Member], leader: Member) -> list[Decided]:
    return [Decided(member.key, leader=leader.key) for member in members]


def _all_torn(members: Sequence[Member], label: Label) -> list[Decided]:
    """Nothing is sent for an order while it is uncertain which edit of one of its rows counts."""
    first = next(member for member in members if member.doubt == "torn")
    others = [member for member in members if member.doubt != "torn"]
    decided = _follow([member for member in others if member.content is None], first)
    for member in others:
        if member.content is not None:
            which = label(first.key, member.key)
            reason = _sentence(
                f"{which} is of this order too and was edited in two worksheets, each in another "
                "way; put that row right first."
            )
            decided.append(Decided(member.key, first.key, Outcome.CONFLICT, reason))
    return decided


_WHY_GIVEN_UP: Final = {
    "gone": "This row was deleted in one of the worksheets",
    "beaten": "This row gave way before and was not edited since",
}


def _yield(given_up: Sequence[Member], speaker: int, label: Label) -> list[Decided]:
    decided = []
    for member in given_up:
        speaks = label(speaker, member.key)
        why = _WHY_GIVEN_UP[member.doubt or "beaten"]
        reason = f"{why}, so {speaks} speaks for the order; if this one is right, correct that row."
        decided.append(Decided(member.key, speaker, Outcome.SUPERSEDED, reason))
    return decided


def _last_wins(addressed: Sequence[Member], label: Label) -> tuple[Member, list[Decided]]:
    last = addressed[-1]
    return last, [
        Decided(member.key, last.key)
        if member.content == last.content
        else Decided(
            member.key,
            last.key,
            Outcome.SUPERSEDED,
            _sentence(
                f"{label(last.key, member.key)} has a later address for this order and was taken; "
                "if this one is right, correct that row."
            ),
        )
        for member in addressed[:-1]
    ]


def _refuse(addressed: Sequence[Member], label: Label) -> list[Decided]:
    first = addressed[0]
    counts = Counter(member.content for member in addressed)
    samples = _samples(addressed)
    decided = []
    for member in addressed:
        number = len(addressed) - counts[member.content]
        others = [label(o.key, member.key) for o in samples if o.content != member.content]
        shown = ", ".join(others[:_NAMED])
        shown += f" and {number - _NAMED} more" if number > _NAMED else ""
        reason = _sentence(
            f"{shown} {'has' if number == 1 else 'have'} another address for this order; "
            "keep one of them and delete the others."
        )
        leader = None if member is first else first.key
        decided.append(Decided(member.key, leader, Outcome.CONFLICT, reason))
    return decided


def _samples(addressed: Sequence[Member]) -> list[Member]:
    """Give enough rows to name the first few that differ from any row, in the order of the sheet.

    A sheet may name one order a hundred thousand times, so no row looks at all others.
    """
    by_content: dict[bytes | None, list[Member]] = {}
    for member in addressed:
        if member.content in by_content or len(by_content) <= _NAMED:
            same = by_content.setdefault(member.content, [])
            if len(same) < _NAMED:
                same.append(member)
    return sorted((one for same in by_content.values() for one in same), key=lambda one: one.key)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


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
