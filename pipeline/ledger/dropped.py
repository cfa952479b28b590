"""Sheets of hot folders: what a watcher took, how often it was tried, where it went.

What is written down here before a file is moved makes every move safe to repeat after a kill.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pipeline.ledger.locks import Lock
from pipeline.ledger.store import Ledger

__all__ = [
    "Dropped",
    "FinishedRun",
    "Task",
    "begin_moves",
    "change",
    "claim",
    "end",
    "ended_before",
    "finished_run",
    "forget_files",
    "identity",
    "is_our_file",
    "is_untouched_result",
    "keep_name",
    "kept_name",
    "landed_since",
    "lock_for_file",
    "move_paths",
    "name_of",
    "names",
    "open_ones",
    "prune",
    "recent",
    "release",
    "resting",
    "sheet_of",
    "slot_lock",
]

Task = Literal["check", "apply", "approved"]
KEPT: Final = 5_000
"""So many ended sheets are remembered of a folder, and those of the last 90 days at least."""
KEPT_SECONDS: Final = 90 * 86_400.0


@dataclass(frozen=True, slots=True)
class Dropped:
    """A sheet that was taken: ``name`` is what people called it, ``file`` where it lies now.

    ``place`` and ``ended_at`` are empty while it is worked on; ``counts`` are rows by outcome.
    """

    dropped_no: int
    folder: str
    name: str
    came_from: str
    file: Path
    task: Task
    claimed_at: float
    starts: int = 0
    crashes: int = 0
    stops: int = 0
    note: str = ""
    place: str | None = None
    moves: tuple[tuple[str, str], ...] = ()
    counts: Mapping[str, int] | None = None
    run_id: str | None = None
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that reached its end before its watcher could hear of it."""

    run_id: str
    exit_code: int
    results: str | None
    report: str | None
    source_sha256: str


def claim(
    ledger: Ledger, *, folder: Path, name: str, came_from: str, file: Path, task: Task, now: float
) -> Dropped:
    """Write down that a sheet is being taken, before it is moved to ``file``."""
    with ledger.atomic() as db:
        cursor = db.execute(
            "INSERT INTO dropped (folder, name, came_from, file, task, claimed_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (str(folder), name, came_from, str(file), task, now),
        )
    return Dropped(int(cursor.lastrowid or 0), str(folder), name, came_from, file, task, now)


def release(ledger: Ledger, dropped: Dropped) -> None:
    """Forget a sheet that was not taken after all."""
    with ledger.atomic() as db:
        db.execute("DELETE FROM dropped WHERE dropped_no = ?", (dropped.dropped_no,))


_CHANGED: Final = frozenset({"task", "starts", "crashes", "stops", "note", "name", "file"})


def change(ledger: Ledger, dropped: Dropped, **values: int | str) -> None:
    """Write down what changed about a sheet that is worked on."""
    names = sorted(_CHANGED & set(values))
    with ledger.atomic() as db:
        db.execute(
            f"UPDATE dropped SET {', '.join(f'{name} = ?' for name in names)} WHERE dropped_no = ?",
            (*(values[name] for name in names), dropped.dropped_no),
        )


def begin_moves(
    ledger: Ledger,
    dropped: Dropped,
    *,
    place: str,
    moves: Sequence[tuple[str, str]],
    note: str,
    counts: Mapping[str, int],
    run_id: str | None,
) -> None:
    """Write down how a sheet ends and what is to be moved where, before anything is."""
    with ledger.atomic() as db:
        db.execute(
            "UPDATE dropped SET place = ?, moves = ?, note = ?, counts = ?, run_id = ?"
            " WHERE dropped_no = ?",
            (place, json.dumps(moves), note, json.dumps(counts), run_id, dropped.dropped_no),
        )


def end(ledger: Ledger, dropped: Dropped, moved: Iterable[tuple[str, str]], now: float) -> None:
    """All is in its place: nothing of the sheet is left to do."""
    with ledger.atomic() as db:
        move_paths(db, moved)
        db.execute(
            "UPDATE dropped SET ended_at = ?, moves = ? WHERE dropped_no = ?",
            (now, json.dumps(list(moved)), dropped.dropped_no),
        )


def prune(ledger: Ledger, folder: Path, now: float, *, keep_done: bool) -> None:
    """Forget the sheets that ended long ago; ``keep_done``: not those whose files still lie in
    done/, for somebody is to delete them.
    """
    with ledger.atomic() as db:
        db.execute(
            "DELETE FROM dropped WHERE folder = ? AND ended_at < ? AND dropped_no <= (SELECT"
            " dropped_no FROM dropped WHERE folder = ? ORDER BY dropped_no DESC LIMIT 1 OFFSET ?)"
            " AND NOT (? AND place = 'done' AND moves <> '[]')",
            (str(folder), now - KEPT_SECONDS, str(folder), KEPT, keep_done),
        )


def forget_files(ledger: Ledger, dropped: Iterable[Dropped]) -> None:
    """The files of these sheets are there no more."""
    with ledger.atomic() as db:
        db.executemany(
            "UPDATE dropped SET moves = '[]' WHERE dropped_no = ?",
            [(one.dropped_no,) for one in dropped],
        )


def move_paths(db: sqlite3.Connection, moved: Iterable[tuple[str, str]]) -> None:
    """Let the ledger know where sheets and results lie now, so that it can still name them."""
    for before, after in moved:
        db.execute("UPDATE runs SET source_path = ? WHERE source_path = ?", (after, before))
        db.execute("UPDATE runs SET results_path = ? WHERE results_path = ?", (after, before))
        db.execute("UPDATE runs SET report_path = ? WHERE report_path = ?", (after, before))
        db.execute("UPDATE written SET source_path = ? WHERE source_path = ?", (after, before))
        db.execute("UPDATE OR REPLACE written SET path = ? WHERE path = ?", (after, before))


def open_ones(ledger: Ledger, folder: Path) -> list[Dropped]:
    """Give the sheets of a folder that are being worked on, oldest first."""
    return _select(ledger, "folder = ? AND ended_at IS NULL ORDER BY dropped_no", (str(folder),))


def recent(ledger: Ledger, folder: Path, most: int) -> list[Dropped]:
    """Give the sheets that ended last, newest first; those that wait for a yes are none."""
    return _select(
        ledger,
        "folder = ? AND ended_at IS NOT NULL AND place <> 'to-approve'"
        " ORDER BY ended_at DESC, dropped_no DESC LIMIT ?",
        (str(folder), most),
    )


def ended_before(ledger: Ledger, folder: Path, place: str, before: float) -> list[Dropped]:
    """Give the sheets that came to ``place`` before a moment, and whose files may lie there."""
    return _select(
        ledger,
        "folder = ? AND place = ? AND ended_at < ? AND moves <> '[]'",
        (str(folder), place, before),
    )


def landed_since(ledger: Ledger, folder: Path, since: float) -> set[str]:
    """Give the paths to which sheets, and what is beside them, were moved since a moment."""
    found = _select(ledger, "folder = ? AND ended_at >= ?", (str(folder), since))
    return {after for one in found for _, after in one.moves}


def names(ledger: Ledger) -> dict[str, str]:
    """Give what people called the sheets that are remembered, by the id of their last run."""
    return dict(
        ledger.connection.execute(
            "SELECT run_id, name FROM dropped WHERE run_id IS NOT NULL ORDER BY dropped_no"
        )
    )


def name_of(ledger: Ledger, file: Path | str) -> str | None:
    """Give what people called a sheet that is being worked on; ``None`` where none lies there."""
    found = ledger.connection.execute(
        "SELECT name FROM dropped WHERE file = ? AND ended_at IS NULL", (str(file),)
    ).fetchone()
    return None if found is None else str(found[0])


def resting(ledger: Ledger, folder: Path) -> dict[str, float]:
    """Give since when each file lies in to-approve/, by its path."""
    found = _select(
        ledger,
        "folder = ? AND place = 'to-approve' AND ended_at IS NOT NULL ORDER BY dropped_no",
        (str(folder),),
    )
    return {after: one.ended_at or 0.0 for one in found for _, after in one.moves}


def sheet_of(ledger: Ledger, folder: Path, file: Path) -> Path | None:
    """Give the sheet with which a file came to to-approve/ last, itself or the check file beside
    it; ``None`` where it is known under no such name.
    """
    found = _select(
        ledger,
        "folder = ? AND place = 'to-approve' AND ended_at IS NOT NULL AND instr(moves, ?)"
        " ORDER BY dropped_no DESC LIMIT 1",
        (str(folder), json.dumps(str(file))),
    )
    return Path(found[0].moves[0][1]) if found else None


def _select(ledger: Ledger, where: str, values: tuple[object, ...]) -> list[Dropped]:
    cursor = ledger.connection.execute(f"SELECT * FROM dropped WHERE {where}", values)
    cursor.row_factory = sqlite3.Row
    return [_dropped(row) for row in cursor]


def _dropped(row: sqlite3.Row) -> Dropped:
    return Dropped(
        **{
            **dict(row),
            "file": Path(row["file"]),
            "moves": tuple((a, b) for a, b in json.loads(row["moves"] or "[]")),
            "counts": json.loads(row["counts"]),
        }
    )


def finished_run(ledger: Ledger, file: Path, since: float) -> FinishedRun | None:
    """Find the run of a sheet in working/ that reached its end while nobody listened."""
    found = ledger.connection.execute(
        "SELECT run_id, exit_code, results_path, report_path, source_sha256 FROM runs"
        " WHERE source_path = ? AND begun_at >= ? AND state = 'finished'"
        " AND exit_code IS NOT NULL AND run_no = (SELECT MAX(run_no) FROM runs"
        " WHERE source_path = ?)",
        (str(file), since, str(file)),
    ).fetchone()
    return None if found is None else FinishedRun(*found)


def is_our_file(ledger: Ledger, sha256: str) -> bool:
    """Tell a results or check sheet that is byte for byte as we wrote it, wherever it lies."""
    found = ledger.connection.execute(
        "SELECT 1 FROM written WHERE sha256 = ? LIMIT 1", (sha256,)
    ).fetchone()
    return found is not None


def is_untouched_result(ledger: Ledger, sha256: str) -> bool:
    """Tell a results sheet of ours that nobody changed and that has nothing left to send.

    A check sheet is none: its rows were never sent. Nor is one of a run that stopped, for whoever
    drops it wants the rest sent.
    """
    found = ledger.connection.execute(
        "SELECT w.path, (SELECT MAX(run_no) FROM runs WHERE results_path = w.path)"
        " FROM written w WHERE w.sha256 = ?",
        (sha256,),
    ).fetchall()
    return any(
        run_no is not None and not _to_send_again(ledger, int(run_no)) for _, run_no in found
    )


def _to_send_again(ledger: Ledger, run_no: int) -> bool:
    return bool(
        ledger.connection.execute(
            "SELECT 1 FROM rows WHERE id BETWEEN ? AND ? AND (next_step = 'send again'"
            " OR state IN ('pending', 'claimed')) LIMIT 1",
            (run_no << 32, ((run_no + 1) << 32) - 1),
        ).fetchone()
    )


# -- who works a folder -------------------------------------------------------------------------


def identity(ledger: Ledger) -> str:
    """Give what tells this ledger from that of another machine, and says nothing else of it."""
    return ledger.fingerprint("watcher").hex()[:16]


def kept_name(ledger: Ledger) -> str | None:
    """Give the name under which watchers of this ledger work, once one was chosen."""
    found = ledger.connection.execute("SELECT value FROM meta WHERE name = 'watch.name'").fetchone()
    return None if found is None else bytes(found[0]).decode()


def keep_name(ledger: Ledger, name: str) -> None:
    """Keep the watchers' name: another name of the machine must not orphan what they work on."""
    with ledger.atomic() as db:
        db.execute(
            "INSERT INTO meta VALUES ('watch.name', ?)"
            " ON CONFLICT DO UPDATE SET value = excluded.value",
            (name.encode(),),
        )


def lock_for_file(ledger: Ledger, file: Path) -> Lock:
    """Give the lock of whoever looks after a file in working/; not yet taken."""
    name = ledger.fingerprint(f"file\n{file}").hex()[:24]
    return Lock(ledger.folder / "locks" / f"folder-{name}.lock")


def slot_lock(ledger: Ledger, folder: Path, slot: int | str) -> Lock:
    """Give the lock of one of the watchers of a folder, by its number; not yet taken."""
    name = ledger.fingerprint(f"folder\n{folder}").hex()[:24]
    return Lock(ledger.folder / "locks" / f"watch-{name}-{slot}.lock")
