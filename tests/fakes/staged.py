"""Runs in a real ledger, staged without a sheet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pipeline.ledger import Ledger, runs
from pipeline.ledger.rows import StagedLine, stage
from pipeline.ledger.runs import Begun, RunFacts, Source

NOW = 1_000_000.0


def begin(
    ledger: Ledger,
    *,
    target_no: int,
    sheet: str = "orders.csv",
    content: str = "x",
    modified_at: float = 0.0,
    now: float = NOW,
) -> Begun:
    facts = RunFacts("t", "custom", "127.0.0.1", target_no, "me", "here", "0")
    source = Source(str(Path("/tmp") / sheet), content, 1, modified_at, "csv", ",", "")
    return runs.begin(ledger, facts, source, {}, now)


def target(ledger: Ledger, identity: str = "one") -> int:
    return runs.target_number(ledger, kind="custom", host="127.0.0.1", identity=identity)


def line(ledger: Ledger, row: int, order_id: int, address: str = "a") -> StagedLine:
    body = json.dumps({"order_id": order_id, "customer_info": {"first_name": address}})
    return StagedLine(
        row,
        "order",
        (str(order_id), address),
        order_key=str(order_id),
        order_id=order_id,
        fp=ledger.fingerprint(address),
        payload=body,
    )


def staged(
    ledger: Ledger,
    orders: Sequence[tuple[int, str]],
    *,
    target_no: int,
    content: str = "x",
    modified_at: float = 0.0,
    now: float = NOW,
) -> Begun:
    """Begin a run and stage one row an order, from row 2 on."""
    begun = begin(ledger, target_no=target_no, content=content, modified_at=modified_at, now=now)
    stage(
        ledger,
        begun.run_no,
        [line(ledger, row, *order) for row, order in enumerate(orders, start=2)],
    )
    runs.mark_staged(ledger, begun.run_no, width=2, widths=[5, 5])
    return begun
