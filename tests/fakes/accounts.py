"""An account as a run of a few thousand rows leaves it; tests change what they are about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pipeline.core.account import Account, Group, GroupRow, Moment
from pipeline.core.outcome import NextStep, Outcome
from pipeline.core.ticks import LATENCY_BANDS

__all__ = ["BEGUN", "an_account", "rows"]

BEGUN = 1_795_600_000.0
"""2026-11-25 09:46:40 UTC."""


def rows(*numbers: int) -> tuple[GroupRow, ...]:
    """Give rows of a group; row N is about the order 4100000 + N."""
    return tuple(GroupRow(number, 4_100_000 + number) for number in numbers)


def an_account(**changes: Any) -> Account:
    """Give the account of 4,003 orders sent to the live host, with rows of most outcomes."""
    counts = {
        "updated": 3_806,
        "unchanged": 40,
        "invalid": 122,
        "conflict": 4,
        "rejected": 6,
        "failed": 3,
        "unknown": 2,
        "superseded": 20,
        "not_sent": 0,
    }
    account = Account(
        run_id="20261125-k3f9q2",
        check=False,
        target="live",
        target_words="LIVE",
        host="api.finerworks.com",
        source="orders.xlsx",
        source_sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        source_bytes=812_345,
        worksheet="Orders",
        rows=4_003,
        orders=4_003,
        outcomes=counts,
        order_outcomes=counts,
        to_fix=(
            Group(
                "US ZIP missing or not 5 digits",
                "Type the ZIP of 5 digits.",
                Outcome.INVALID,
                NextStep.FIX,
                81,
                rows(14, 77, 102, *range(200, 278)),
            ),
            Group(
                "last_name is empty",
                "Fill in the last name.",
                Outcome.INVALID,
                NextStep.FIX,
                41,
                rows(9, 61, 88, *range(400, 438)),
            ),
            Group(
                "FinerWorks refused city",
                "Correct what reason quotes, and apply the sheet.",
                Outcome.REJECTED,
                NextStep.FIX,
                6,
                rows(31, 40, 41, 2001, 2002, 3007),
            ),
            Group(
                "different addresses for one order",
                "Keep one of the rows.",
                Outcome.CONFLICT,
                NextStep.FIX,
                4,
                rows(205, 911, 912, 3990),
            ),
        ),
        to_send=(
            Group(
                "FinerWorks could not be reached",
                "Run the same command again: only such rows are sent.",
                Outcome.FAILED,
                NextStep.SEND_AGAIN,
                3,
                rows(1500, 1501, 1502),
            ),
            Group(
                "may be stored or not (HTTP 500)",
                "Run the same command again: only such rows are sent.",
                Outcome.UNKNOWN,
                NextStep.SEND_AGAIN,
                2,
                rows(2718, 3141),
            ),
        ),
        warnings=(
            Group(
                "phone cannot be right", "Check the phone.", None, None, 17, rows(*range(30, 47))
            ),
        ),
        repairs=(("ZIPs got their lost zero back", 598), ("country names turned into codes", 14)),
        findings=(),
        cleared=("address_order_po",),
        error=None,
        go_on="",
        begun_at=BEGUN,
        sending_at=BEGUN + 12,
        ended_at=BEGUN + 12 + 780,
        exit_code=1,
        requests=3_902,
        retries=85,
        throttled=61,
        learned_per_second=5.2,
        os_user="ada",
        machine="laptop",
        version="0.1.0",
        approved="typed 3871",
        moments=tuple(
            Moment(
                at=int(BEGUN) + 12 + second,
                sent=5 + second % 3 % 2,
                retried=int(second % 40 < 3),
                throttled=int(second % 40 == 0),
                failed=int(second % 97 == 0),
            )
            for second in range(780)
            if not 300 <= second < 340
        ),
        latency=tuple(_LATENCY.get(band, 0) for band in range(len(LATENCY_BANDS) + 1)),
    )
    return replace(account, **changes)


_LATENCY = {4: 210, 5: 2_600, 6: 900, 7: 150, 8: 30, 9: 10, 14: 2}
