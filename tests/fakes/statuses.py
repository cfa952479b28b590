"""Made-up states of a hot folder, as its page tells them."""

from __future__ import annotations

from typing import Any, Final

from pipeline.pages.status import Ended, NeedsAttention, Status, Trouble, Waiting, Who

__all__ = ["API_IS_DOWN", "NOTHING", "NOW", "a_status", "a_who"]

NOW: Final = 1_795_705_200.0
"""26 Nov 2026, 10:00 in New York."""
GOES_ON: Final = "when the watcher stopped; it goes on when one is started again"


def a_who(**changes: Any) -> Who:
    """Who works the folder: one machine, at this moment."""
    usual: dict[str, Any] = {"identity": "0f", "host": "office-1", "name": "office-1"}
    return Who(**{**usual, "at": NOW, "since": NOW - 86_400, **changes})


def a_status(**changes: Any) -> Status:
    """A usual morning: one sheet in work, some wait, one needs somebody; ``changes`` on top."""
    usual: dict[str, Any] = {
        "who": a_who(),
        "target": "LIVE, api.finerworks.com",
        "confirm": "every sheet waits for a yes",
        "command": "address-pipeline watch /srv/addresses --live",
        "attention": (
            NeedsAttention(
                "old.xlsx",
                "old.xlsx is a PDF, not a spreadsheet; give an xlsx or a CSV.",
                NOW - 300,
            ),
            NeedsAttention(
                "returns.csv",
                "2 rows did not end well; the results beside it say what to do.",
                NOW - 3_000,
            ),
            NeedsAttention("from before.csv"),
        ),
        "to_approve": (
            Waiting("monday.xlsx", "look at monday.check.xlsx", NOW - 90_000),
            Waiting("tuesday.xlsx", "look at tuesday.check.xlsx", NOW - 3_600),
        ),
        "working": (
            Waiting("orders.csv", "is being sent", NOW - 40, f"was being sent {GOES_ON}"),
            Waiting("shop.csv", "is being checked", NOW - 4, f"was being checked {GOES_ON}"),
        ),
        "waiting": (
            Waiting("a.csv", "its turn comes", None, "waits until the watcher is started again"),
            Waiting("b.csv", "cannot be taken: Permission denied (b.csv)."),
        ),
        "recent": (
            Ended("old.xlsx", "needs-attention", NOW - 300, {}),
            Ended("noon.csv", "done", NOW - 900, {"updated": 3_869, "unchanged": 12}),
            Ended("returns.csv", "needs-attention", NOW - 3_000, {"updated": 40, "not_sent": 2}),
        ),
    }
    return Status(**{**usual, **changes})


NOTHING: Final[dict[str, tuple[()]]] = {
    "attention": (),
    "to_approve": (),
    "working": (),
    "waiting": (),
}
"""What is changed of the usual morning where nothing is to be done."""
API_IS_DOWN: Final = Trouble(
    "FinerWorks did not answer for 5 min (connection refused).",
    NOW - 1_200,
)
