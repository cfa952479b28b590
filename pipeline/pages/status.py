"""``_STATUS.html``: what anyone may double-click to see whether a hot folder is looked after.

It names files and counts, and nothing that stands in them. It is read without scripts; its one
script compares the page's time with the reader's, so that a page which nobody writes anew says by
itself that the watcher is off. What is told in another way then stands in the page in both ways.
The head also tells other machines who works the folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Final

from pipeline.core.target import TARGET_WORDS
from pipeline.pages.words import counted

__all__ = [
    "ALIVE_SECONDS",
    "Ended",
    "NeedsAttention",
    "Status",
    "Trouble",
    "Waiting",
    "Who",
    "status_page",
    "who_of",
]

ALIVE_SECONDS: Final = 300.0
"""A page older than this was left behind by a watcher that is off."""
SHOWN: Final = 50
"""So many sheets of a kind are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who works the folder: ``identity`` tells ledgers apart, ``at`` is when the page was written.

    ``since``: when the watcher was started. ``off``: it ended in order.
    """

    identity: str
    host: str
    name: str
    at: float
    since: float
    off: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong and is about no single sheet; ``since`` in Unix time."""

    words: str
    since: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sheet that is not done, and why; ``since`` in Unix time.

    ``off``: what is true of it once the watcher is off, where that is another thing.
    """

    name: str
    why: str
    since: float | None = None
    off: str = ""


@dataclass(frozen=True, slots=True)
class NeedsAttention:
    """A file in needs-attention/, and what happened, with what to do; empty where nobody knows."""

    name: str
    what: str = ""
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """A sheet that ended, with its rows by outcome."""

    name: str
    place: str
    at: float
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Status:
    """All that the page tells.

    ``scheduled``: it is looked through now and then, not all the time. ``command`` starts it again.
    """

    who: Who
    target: str
    confirm: str
    command: str = ""
    trouble: Sequence[Trouble] = ()
    attention: Sequence[NeedsAttention] = ()
    to_approve: Sequence[Waiting] = ()
    working: Sequence[Waiting] = ()
    waiting: Sequence[Waiting] = ()
    recent: Sequence[Ended] = ()
    scheduled: bool = False

    @property
    def is_off(self) -> bool:
        """Tell that nobody looks after the folder, nor is about to."""
        return self.who.off and not self.scheduled

    @property
    def for_a_person(self) -> int:
        """Count the sheets that wait for somebody."""
        return len(self.attention) + len(self.to_approve)


def status_page(status: Status) -> str:
    """Give the whole page as HTML."""
    from pipeline.pages.engine import render  # no other command waits for the templates

    who = {name: getattr(status.who, name) for name in status.who.__slots__}
    return render(
        "status.html.j2",
        ("status.css",),
        ("status.js",),
        status=status,
        who=json.dumps(who),
        limit=0 if status.who.off else int(ALIVE_SECONDS),
        live=status.target.startswith(TARGET_WORDS["live"]),
        headline=_headline(status),
        tiles=_tiles(status),
        most=SHOWN,
    )


def who_of(text: str) -> Who | None:
    """Read who wrote a page; ``None`` where it is none of ours."""
    found = re.search(r'<meta name="address-pipeline-watcher" content="([^"]*)">', text)
    if found is None:
        return None
    try:
        values = json.loads(unescape(found[1]))
        return Who(
            str(values["identity"]),
            str(values["host"]),
            str(values["name"]),
            float(values["at"]),
            float(values["since"]),
            off=bool(values["off"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True, slots=True)
class _Tile:
    """A number at the top; ``kind`` is its colour and pattern."""

    kind: str
    count: int
    name: str
    words: str


def _tiles(status: Status) -> tuple[_Tile, ...]:
    return (
        _Tile(
            "person", len(status.attention), "need attention", "something in them is to be fixed"
        ),
        _Tile("again", len(status.to_approve), "wait for your yes", "look at the check file"),
        _Tile("good", len(status.working), "in work", "taken, and not at their end yet"),
        _Tile("quiet", len(status.waiting), "wait", "dropped, and not taken yet"),
    )


def _headline(status: Status) -> str:
    """Say in one sentence how it stands while somebody looks after the folder."""
    count = status.for_a_person
    asked = f"{counted(count, 'sheet')} {'waits' if count == 1 else 'wait'} for a person"
    if status.trouble:
        return f"Something is wrong, and {asked}." if count else "Something is wrong."
    if count:
        return f"{asked}."
    if status.working:
        one = len(status.working) == 1
        return f"{counted(len(status.working), 'sheet')} {'is' if one else 'are'} in work."
    if status.waiting:
        one = len(status.waiting) == 1
        return (
            f"{counted(len(status.waiting), 'sheet')} {'waits its' if one else 'wait their'} turn."
        )
    return "All is done: nothing waits here."
