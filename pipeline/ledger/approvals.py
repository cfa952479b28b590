"""Plans that were shown in a hot folder and wait for a yes, each by its keyed fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Final

from pipeline.ledger.rows import span
from pipeline.ledger.runs import Run
from pipeline.ledger.store import Ledger

__all__ = ["digest_of", "forget_shown", "shown", "was_shown"]

KEPT_SECONDS: Final = 180 * 86_400.0


def digest_of(ledger: Ledger, run: Run, *, target_no: int | None, missing: Sequence[str]) -> bytes:
    """Give the keyed fingerprint of what would be sent, and of all that was said about it.

    It holds the sheet's content, how it was read, the findings, the columns that are cleared, and
    of every row what would become of it and what its order was last sent. So whatever another run
    changed meanwhile makes another fingerprint. To be called on a plan that is not yet sent.
    """
    digest = hashlib.blake2b(digest_size=32, key=ledger.secret)
    findings = [(one.rule, one.sentence, one.ranges) for one in run.findings]
    head = [run.source.sha256, (run.options_fp or b"").hex(), sorted(missing), findings]
    digest.update(json.dumps(head).encode())
    rows = ledger.connection.execute(
        "SELECT r.id & 4294967295, r.kind, r.state, r.outcome, r.order_id, hex(r.fp),"
        f" r.leader & 4294967295, hex(o.sent_fp), hex(o.ok_fp) FROM rows r"
        f" LEFT JOIN {ledger.past}.orders o ON o.target_no = ? AND o.order_id = r.order_id"
        " WHERE r.id BETWEEN ? AND ? ORDER BY r.id",
        (target_no, *span(run.run_no)),
    )
    for row in rows:
        digest.update(repr(row).encode())
    return digest.digest()


def shown(ledger: Ledger, sha256: str, target_no: int, digest: bytes, now: float) -> None:
    """Keep the plan that a person is about to be shown; an earlier one of the sheet is void."""
    with ledger.atomic() as db:
        db.execute("DELETE FROM approvals WHERE shown_at < ?", (now - KEPT_SECONDS,))
        db.execute(
            "INSERT INTO approvals VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " digest = excluded.digest, shown_at = excluded.shown_at",
            (sha256, target_no, digest, now),
        )


def was_shown(ledger: Ledger, sha256: str, target_no: int | None = None) -> bytes | None:
    """Give the fingerprint of the plan that was shown of a sheet of this content, if one was."""
    found = ledger.connection.execute(
        "SELECT digest FROM approvals WHERE source_sha256 = ?1 AND (?2 IS NULL OR target_no = ?2)",
        (sha256, target_no),
    ).fetchone()
    return None if found is None else bytes(found[0])


def forget_shown(ledger: Ledger, sha256: str) -> None:
    """A yes counts once."""
    with ledger.atomic() as db:
        db.execute("DELETE FROM approvals WHERE source_sha256 = ?", (sha256,))
