"""The state folder and the ledger in it."""

from __future__ import annotations

import sqlite3
import sys
from datetime import datetime
from pathlib import Path

from pipeline import wiring
from pipeline.cli.doctoring.findings import Finding, bad, free_space, note, ok
from pipeline.cli.session import Session
from pipeline.cli.words import counted
from pipeline.core.errors import PipelineError
from pipeline.ledger import Ledger, runs
from pipeline.ledger.cut_off import is_cut_off, may_go_on
from pipeline.ledger.purge import Holdings, holdings
from pipeline.ledger.store import FILE_NAME

__all__ = ["look_at_state"]


def look_at_state(session: Session) -> list[Finding]:
    """Look at the folder's rights and room, and at the ledger: whole, of which version, at work."""
    folder = wiring.state_folder(session.config)
    try:
        with Ledger(folder) as ledger:
            # Opening it has seen to a local disk, to rights, and to a version that is known.
            healthy = ledger.connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
            if not healthy:
                return [bad("state", f"{folder}: the ledger is damaged; restore a backup.")]
            version = ledger.connection.execute("PRAGMA user_version").fetchone()[0]
            kept = _kept(holdings(ledger), session.config.ledger.keep_days)
            room = free_space("state", folder)
            if room.level == "bad":
                return [room, kept]
            whole = ok("ledger", f"whole (version {version})")
            return [room, *_open_to_others(folder), whole, kept, *_at_work(ledger)]
    except (PipelineError, OSError, sqlite3.Error) as error:
        return [bad("state", str(error))]


def _kept(held: Holdings, keep_days: int) -> Finding:
    words = f"{counted(held.runs, 'run')}, {counted(held.rows, 'row')} with personal data"
    if held.rows and held.since is not None:
        words += f", the oldest of {datetime.fromtimestamp(held.since).astimezone():%Y-%m-%d}"
    how_long = f"for {counted(keep_days, 'day')}" if keep_days else "for ever"
    return ok("ledger", f"{words}; kept {how_long} (ledger.keep_days)")


def _open_to_others(folder: Path) -> list[Finding]:
    """Say where the ledger is not closed to others, as on a disk that keeps no modes."""
    if sys.platform == "win32":
        return []
    if (folder / FILE_NAME).stat().st_mode & 0o077:
        return [bad("state", f"{folder}: others can read the ledger; {_ELSEWHERE}")]
    if folder.stat().st_mode & 0o077:
        words = f"{folder} is open to others: they cannot read the ledger, but may remove it"
        return [note("state", words)]
    return []


_ELSEWHERE = "name another folder with --state-dir."


def _at_work(ledger: Ledger) -> list[Finding]:
    """Name the newest run that is at work now, and the newest that was cut off and can go on."""
    found = []
    listed = runs.listed(ledger)
    alive = [run for run in listed if runs.is_alive(ledger, run.run_no)]
    if alive:
        words = f"{counted(len(alive), 'run')} at work now, the newest {alive[0].run_id}"
        found.append(note("runs", words))
    cut = next((run for run in listed if is_cut_off(ledger, run) and may_go_on(ledger, run)), None)
    if cut is not None:
        words = f"{cut.run_id} was cut off: address-pipeline resume {cut.run_id} goes on"
        found.append(note("runs", words))
    return found
