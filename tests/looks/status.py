"""The page of a hot folder as a person sees it, in each of its states."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from pipeline.pages.status import (
    ALIVE_SECONDS,
    Ended,
    NeedsAttention,
    Status,
    Trouble,
    Waiting,
    status_page,
)
from tests.fakes.statuses import API_IS_DOWN, NOTHING, NOW, a_status, a_who
from tests.looks.browser import Looker

__all__ = ["KEPT", "look"]

KEPT: Final[Mapping[str, str]] = {"status-needs-attention-desktop-light.png": "status.png"}


_OFF: Final = frozenset({"off", "left-behind", "no-scripts", "schedule-broken-off"})
"""The states in which nobody looks after the folder, as its script finds out."""


def look(folder: Path) -> list[str]:
    """Draw and check every state; gives what is wrong.

    They are drawn with the script, for it tells one that is off from one that was left behind.
    """
    pages = folder / "pages"
    pages.mkdir(exist_ok=True)
    with Looker.at_work(folder, NOW) as looker:
        for name, status in _states().items():
            print(f"status: {name}", file=sys.stderr)
            file = pages / f"status-{name}.html"
            file.write_text(status_page(status), "utf-8", newline="\n")
            looker.draw(f"status-{name}", file, scripts=name != "no-scripts")
            looker.check(f"status-{name}", file)
            shown = looker.asked(name, file, "document.documentElement.dataset.state")
            if shown != ("off" if name in _OFF else "on"):
                looker.wrong.append(f"status-{name}: it says that the watcher is {shown}")
        loads = looker.loads_anew("idle", pages / "status-idle.html", 31, "#news")
        if loads != (1, 0):
            looker.wrong.append(
                f"status-idle: it loaded itself anew {loads[0]} times, then {loads[1]}"
            )
        return looker.wrong


def _states() -> dict[str, Status]:
    usual, quiet = a_status(), a_status(**NOTHING)
    off, silent = a_who(off=True), a_who(at=NOW - ALIVE_SECONDS - 20)
    stopped = tuple(replace(one, why=one.off) for one in usual.working)
    ended = "was being sent when the pass ended; the next one goes on with it"
    left = (Waiting("orders.csv", "is being sent", NOW - 40, ended),)
    return {
        "idle": quiet,
        "new": replace(quiet, recent=(), target="SANDBOX, 127.0.0.1"),
        "working": replace(usual, attention=(), to_approve=()),
        "waits-for-approval": replace(quiet, to_approve=usual.to_approve),
        "needs-attention": usual,
        "outage": replace(
            quiet,
            trouble=(API_IS_DOWN,),
            working=(Waiting("orders.csv", "waits until what is said above is over", NOW - 1_300),),
            waiting=usual.waiting[:1],
        ),
        "off": replace(usual, who=off, working=stopped),
        "left-behind": replace(usual, who=silent),
        "no-scripts": replace(usual, who=silent),
        "schedule": replace(usual, who=off, scheduled=True, working=()),
        "schedule-broken-off": replace(quiet, who=silent, scheduled=True, working=left),
        "awkward": _awkward(),
    }


def _awkward() -> Status:
    """Names that could break a page, and more of everything than anyone reads."""
    long = "a-very-long-name-without-a-single-space-" * 6
    return a_status(
        who=a_who(host="<script>alert(1)</script>", name="x" * 60, at=NOW),
        target="CUSTOM HOST, " + "a-long-host-name." * 6 + "example",
        trouble=(
            API_IS_DOWN,
            Trouble(f"There is no room for the ledger /srv/{long}/ledger.db: make room.", NOW),
        ),
        attention=(
            NeedsAttention(f"{long}.csv", long, NOW),
            NeedsAttention(
                '"><img src=x onerror=alert(1)>.csv', "Zürich – Łódź – 北京 – עברית.", NOW
            ),
        ),
        waiting=tuple(Waiting(f"{number:04}.csv", "its turn comes") for number in range(1_000)),
        recent=tuple(
            Ended(
                f"{number} {long}.csv",
                "done" if number % 3 else "needs-attention",
                NOW - number * 100,
                {"updated": 12_345, "unknown": number, "invalid": 3, "not_sent": 1_000},
            )
            for number in range(20)
        ),
    )
