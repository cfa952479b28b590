"""Which rows are worth exit 1."""

from __future__ import annotations

import pytest

from pipeline.job.summary import FailOn, summarise
from pipeline.ledger import Ledger
from pipeline.ledger.runs import find
from tests.fakes.staged import staged, target


@pytest.mark.parametrize(
    ("fail_on", "ends", "code"),
    [
        ("any", [("invalid", "fix")], 1),
        ("new", [("invalid", "fix")], 1),
        ("again", [("invalid", "fix"), ("rejected", "ask FinerWorks")], 0),
        ("again", [("invalid", "fix"), ("failed", "send again")], 1),
        ("again", [("updated", "nothing")], 0),
    ],
)
def test_which_rows_count(
    ledger: Ledger, fail_on: FailOn, ends: list[tuple[str, str]], code: int
) -> None:
    """With ``again`` (of the demo) rows to fix count for nothing, and what broke for all."""
    run = staged(ledger, [(number, "a") for number in range(len(ends))], target_no=target(ledger))
    with ledger.atomic() as db:
        for row, (outcome, step) in enumerate(ends, start=2):
            db.execute(
                "UPDATE rows SET state = 'settled', outcome = ?, next_step = ?, fp = ?"
                " WHERE id & 4294967295 = ?",
                (outcome, step, row.to_bytes(16, "big"), row),
            )
    found = find(ledger, run.run_id)
    assert found is not None
    assert summarise(ledger, found, fail_on=fail_on).exit_code == code
