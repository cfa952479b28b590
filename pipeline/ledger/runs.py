"""Runs: one pass over one sheet each, from the first staged row to the exit code."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pipeline.core.sheet_findings import SheetFinding
from pipeline.ledger.locks import Lock
from pipeline.ledger.store import Ledger

__all__ = [
    "Begun",
    "Run",
    "RunFacts",
    "Source",
    "begin",
    "discard",
    "end",
    "find",
    "is_alive",
    "keep_findings",
    "listed",
    "mark_learned",
    "mark_results",
    "mark_sending",
    "mark_staged",
    "remember_written",
    "run_lock",
    "sum_up",
    "sweep",
    "target_number",
    "unfinished",
    "written_by_us",
]

KEPT_RANGES: Final = 10_000
"""So many stretches of rows are kept of a finding about the sheet."""
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Source:
    """The sheet of a run, enough to write its results without it."""

    path: str
    sha256: str
    size_bytes: int
    modified_at: float
    kind: str
    delimiter: str | None
    worksheet: str

    @property
    def name(self) -> str:
        """The file's name."""
        return Path(self.path).name


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known of a run before its first row."""

    together: str
    target_kind: str
    host: str
    target_no: int | None
    os_user: str
    machine: str
    version: str
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the ledger tells it."""

    run_no: int
    run_id: str
    together: str
    target_kind: str
    host: str
    target_no: int | None
    state: str
    source: Source
    width: int
    widths: tuple[int, ...]
    mapping: Mapping[str, Any]
    findings: tuple[SheetFinding, ...]
    begun_at: float
    sending_at: float | None
    ended_at: float | None
    exit_code: int | None
    error: str | None
    requests: int
    retries: int
    throttled: int
    os_user: str
    machine: str
    version: str
    approved: str
    results_path: str | None
    report_path: str | None
    learned_per_second: float | None
    options_fp: bytes | None = field(repr=False)
    purged_at: float | None
    held_back: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that has begun; ``lock`` says that it lives, and dies with this process."""

    run_no: int
    run_id: str
    lock: Lock


def target_number(ledger: Ledger, *, kind: str, host: str, identity: str) -> int:
    """Number a target and key. ``identity`` names both; only its keyed fingerprint is kept."""
    key = ledger.fingerprint(identity)
    with ledger.atomic() as db:
        db.execute(
            "INSERT INTO targets (target_key, kind, host) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (key, kind, host),
        )
        found = db.execute("SELECT target_no FROM targets WHERE target_key = ?", (key,)).fetchone()
    return int(found[0])


def begin(
    ledger: Ledger,
    facts: RunFacts,
    source: Source,
    mapping: Mapping[str, Any],
    now: float,
    *,
    options_fp: bytes | None = None,
) -> Begun:
    """Begin a run in state ``staging`` and take its lock.

    ``options_fp``: keyed fingerprints of all that shapes a payload; only a run with the very same
    ones may go on when it is cut off.
    """
    run_id = _run_id(facts.target_kind, now)
    with ledger.atomic() as db:
        cursor = db.execute(
            "INSERT INTO runs (run_id, together, target_no, target_kind, host, state, source_path,"
            " source_sha256, source_bytes, source_modified_at, sheet_kind, delimiter, worksheet,"
            " width, mapping, begun_at, os_user, machine, version, options_fp)"
            " VALUES (?, ?, ?, ?, ?, 'staging', ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?)",
            (
                run_id,
                facts.together,
                facts.target_no,
                facts.target_kind,
                facts.host,
                source.path,
                source.sha256,
                source.size_bytes,
                source.modified_at,
                source.kind,
                source.delimiter,
                source.worksheet,
                json.dumps({**mapping, "base_url": facts.base_url}),
                now,
                facts.os_user,
                facts.machine,
                facts.version,
                options_fp,
            ),
        )
        run_no = int(cursor.lastrowid or 0)
        lock = run_lock(ledger, run_no)
        lock.take()
    return Begun(run_no, run_id, lock)


def mark_staged(
    ledger: Ledger,
    run_no: int,
    *,
    width: int,
    widths: Sequence[int],
    findings: Sequence[SheetFinding] = (),
) -> None:
    """All rows of the sheet are staged: the run could be continued without it."""
    with ledger.atomic() as db:
        db.execute(
            "UPDATE runs SET state = 'staged', width = ?, widths = ?, findings = ?"
            " WHERE run_no = ?",
            (width, json.dumps(list(widths)), _findings_text(findings), run_no),
        )


def keep_findings(ledger: Ledger, run_no: int, findings: Sequence[SheetFinding]) -> None:
    """Keep these findings about the sheet, and no other."""
    with ledger.atomic() as db:
        db.execute(
            "UPDATE runs SET findings = ? WHERE run_no = ?", (_findings_text(findings), run_no)
        )


def _findings_text(findings: Sequence[SheetFinding]) -> str:
    return json.dumps(
        [
            {
                "rule": one.rule,
                "sentence": one.sentence,
                "ranges": one.ranges[:KEPT_RANGES],
                "rows": one.rows,
            }
            for one in findings
        ]
    )


def mark_sending(ledger: Ledger, run_nos: Sequence[int], now: float, approved: str) -> int:
    """The plan was approved (``approved`` says how) and the first claim may be made.

    What was ``unchanged`` when the plan was made is looked at again: still confirmed, the order is
    this run's from now on, so that an older run that is sending does not change it after us; else
    the row is pending after all. Gives how many those are.
    """
    reopened = 0
    with ledger.atomic() as db:
        for run_no in run_nos:
            db.execute(
                "UPDATE runs SET state = 'sending', sending_at = ?, approved = ? WHERE run_no = ?",
                (now, approved, run_no),
            )
            reopened += _look_again(db, run_no)
    return reopened


def _look_again(db: sqlite3.Connection, run_no: int) -> int:
    if db.execute("SELECT held_back FROM runs WHERE run_no = ?", (run_no,)).fetchone()[0]:
        return 0  # nothing of it is sent, whatever has changed meanwhile
    first, last = run_no << 32, ((run_no + 1) << 32) - 1
    unchanged = "SELECT 1 FROM rows WHERE id BETWEEN ? AND ? AND outcome = 'unchanged' LIMIT 1"
    if db.execute(unchanged, (first, last)).fetchone() is None:
        return 0
    target = "(SELECT target_no FROM runs WHERE run_no = ?)"
    doubtful = db.execute(
        "UPDATE rows SET state = 'pending', outcome = NULL, next_step = NULL, reason = '',"
        " reference_id = NULL WHERE id BETWEEN ? AND ? AND outcome = 'unchanged' AND kind = 'order'"
        " AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.order_id = rows.order_id"
        f" AND o.target_no = {target} AND o.ok_fp = rows.fp)",
        (first, last, run_no),
    )
    db.execute(
        f"UPDATE orders SET newest_run = ? WHERE target_no = {target} AND newest_run < ?"
        " AND order_id IN (SELECT order_id FROM rows WHERE id BETWEEN ? AND ?"
        " AND outcome = 'unchanged' AND kind = 'order')",
        (run_no, run_no, run_no, first, last),
    )
    db.execute(
        "UPDATE rows SET payload = NULL WHERE id BETWEEN ? AND ? AND outcome = 'unchanged'",
        (first, last),
    )
    return doubtful.rowcount


def mark_results(ledger: Ledger, run_no: int, path: Path, report: Path | None) -> None:
    """Remember where a run's results and its report are."""
    with ledger.atomic() as db:
        db.execute(
            "UPDATE runs SET results_path = ?, report_path = ? WHERE run_no = ?",
            (str(path), str(report) if report else None, run_no),
        )


def mark_learned(ledger: Ledger, run_nos: Sequence[int], per_second: float) -> None:
    """Remember the rate that the target was seen to take in these runs."""
    with ledger.atomic() as db:
        db.executemany(
            "UPDATE runs SET learned_per_second = ? WHERE run_no = ?",
            [(per_second, run_no) for run_no in run_nos],
        )


def sum_up(ledger: Ledger, run_no: int, *, exit_code: int, error: str | None, now: float) -> None:
    """Write down how a run ended, before its results are written: they tell of it.

    Only :func:`end` says that it is over, so that a kill meanwhile leaves a run that goes on.
    """
    with ledger.atomic() as db:
        db.execute(
            "UPDATE runs SET exit_code = ?, error = ?, ended_at = ? WHERE run_no = ?",
            (exit_code, error, now, run_no),
        )


def remember_written(ledger: Ledger, path: Path, source_path: str, sha256: str) -> None:
    """Remember a results or check sheet that we wrote, to know it again."""
    with ledger.atomic() as db:
        db.execute(
            "INSERT INTO written VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET"
            " sha256 = excluded.sha256, source_path = excluded.source_path",
            (str(path), sha256, source_path),
        )


def written_by_us(ledger: Ledger, path: Path, source_path: str, sha256: str) -> bool:
    """Tell whether this very file is what we wrote there for this same sheet."""
    return bool(
        ledger.connection.execute(
            "SELECT 1 FROM written WHERE path = ? AND sha256 = ? AND source_path = ?",
            (str(path), sha256, source_path),
        ).fetchone()
    )


def end(ledger: Ledger, run_no: int, *, finished: bool) -> None:
    """Say that a run is over; ``finished`` where nothing of it is left to do."""
    with ledger.atomic() as db:
        db.execute(
            "UPDATE runs SET state = ? WHERE run_no = ?",
            ("finished" if finished else "stopped", run_no),
        )


def discard(ledger: Ledger, run_no: int) -> None:
    """Forget a run of which nothing was sent; one that has begun to send stays."""
    with ledger.atomic() as db:
        forgotten = db.execute(
            "DELETE FROM runs WHERE run_no = ? AND state IN ('staging', 'staged')", (run_no,)
        )
        if forgotten.rowcount:
            db.execute(
                "DELETE FROM rows WHERE id BETWEEN ? AND ?",
                (run_no << 32, ((run_no + 1) << 32) - 1),
            )


def sweep(ledger: Ledger) -> None:
    """Discard stages whose process died before their plan was approved."""
    unfinished = ledger.connection.execute(
        "SELECT run_no FROM runs WHERE state IN ('staging', 'staged')"
    ).fetchall()
    for (run_no,) in unfinished:
        if not is_alive(ledger, run_no):
            discard(ledger, run_no)


def unfinished(ledger: Ledger) -> list[int]:
    """Number the runs that have not ended: those at work, and those that were cut off."""
    found = ledger.connection.execute(
        "SELECT run_no FROM runs WHERE state IN ('staging', 'staged', 'sending')"
    )
    return [run_no for (run_no,) in found]


def is_alive(ledger: Ledger, run_no: int) -> bool:
    """Tell whether the process of a run still lives."""
    return run_lock(ledger, run_no).held_elsewhere


def find(ledger: Ledger, name: str | int) -> Run | None:
    """Find a run by its number or its id."""
    column = "run_no" if isinstance(name, int) else "run_id"
    found = _select(ledger, f"WHERE {column} = ?", (name,))
    return found[0] if found else None


def listed(ledger: Ledger, most: int = 20) -> list[Run]:
    """Give the newest runs first."""
    return _select(ledger, "WHERE state <> 'staging' ORDER BY run_no DESC LIMIT ?", (most,))


def _select(ledger: Ledger, where: str, values: tuple[object, ...]) -> list[Run]:
    cursor = ledger.connection.execute(f"SELECT * FROM runs {where}", values)
    cursor.row_factory = sqlite3.Row
    return [_run(row) for row in cursor]


def _run(row: sqlite3.Row) -> Run:
    source = Source(
        path=row["source_path"],
        sha256=row["source_sha256"],
        size_bytes=row["source_bytes"],
        modified_at=row["source_modified_at"],
        kind=row["sheet_kind"],
        delimiter=row["delimiter"],
        worksheet=row["worksheet"],
    )
    columns = set(row.keys())
    facts = {name: row[name] for name in Run.__dataclass_fields__ if name in columns}
    facts["mapping"] = json.loads(row["mapping"])
    facts["widths"] = tuple(json.loads(row["widths"]))
    facts["findings"] = tuple(
        SheetFinding(one["rule"], one["sentence"], tuple(map(tuple, one["ranges"])), one["rows"])
        for one in json.loads(row["findings"])
    )
    return Run(source=source, **facts)


def run_lock(ledger: Ledger, run_no: int) -> Lock:
    """Give the lock that says of a run that its process lives."""
    return Lock(ledger.folder / "locks" / f"run-{run_no}.lock")


def _run_id(target_kind: str, now: float) -> str:
    """``20261123-k3f9q2``, with the target in front unless it is live."""
    day = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d")
    tail = "".join(secrets.choice(_LETTERS) for _ in range(6))
    return f"{day}-{tail}" if target_kind == "live" else f"{target_kind}-{day}-{tail}"
