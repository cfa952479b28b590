"""The sentences that the ledger itself writes as ``reason``, as SQL that fills in run and day.

Each names the run and the day on which it was begun, and ends in what to do if the row is right
all the same. The days are UTC, as those in the runs' ids.
"""

from __future__ import annotations

from typing import Final

__all__ = ["AFTER_RESULTS", "AFTER_SHEET", "BEGUN_LATER", "OVERTAKEN", "unchanged"]

_RUN: Final = "'Run ' || n.run_id || "
_DAY: Final = " || date(n.begun_at, 'unixepoch') || "

BEGUN_LATER: Final = (
    f"{_RUN}', begun later on '{_DAY}', holds this order; if this row is right, apply its sheet"
    " with --resend.'"
)
"""``n`` is the run that holds the order now."""
OVERTAKEN: Final = (
    "A run begun later holds this order; if this row is right, apply its sheet with --resend."
)
"""The same where nobody can tell which run it is."""
AFTER_SHEET: Final = (
    f"{_RUN}' took over this order on '{_DAY}', after this sheet was first taken; if this row is"
    " right, send it with --resend.'"
)
AFTER_RESULTS: Final = (
    f"{_RUN}' took over this order on '{_DAY}' with a newer address, and this row was not edited"
    " since; if it is right, send it with --resend.'"
)


def unchanged(past: str) -> str:
    """Say when an order's ``o`` address was confirmed, and by which run of the database ``past``.

    What is not seen since must be told: the API gives no address back.
    """
    return (
        "'This very address was confirmed on ' || date(o.ok_at, 'unixepoch') || ' (run ' ||"
        f" COALESCE((SELECT run_id FROM {past}.runs WHERE run_no = o.ok_run), 'unknown') || ');"
        " edits made since in FinerWorks'' own pages are not seen, so if there were any, send it"
        " again with --resend.'"
    )
