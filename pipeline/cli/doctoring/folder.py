"""A folder that is watched, or is to be."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import suppress
from pathlib import Path, PurePosixPath

from pipeline import wiring
from pipeline.cli.doctoring.findings import Finding, bad, free_space, note, ok, tried
from pipeline.cli.session import Session
from pipeline.core.errors import PipelineError
from pipeline.core.mounts import network_kind
from pipeline.folder.names import side_of
from pipeline.folder.places import Places, look_at
from pipeline.folder.synced import provider_of
from pipeline.ledger import Ledger
from pipeline.ledger.disks import mount_table
from pipeline.ledger.dropped import identity
from pipeline.watching.presence import LastSeen, last_seen

__all__ = ["look_at_folder"]


def look_at_folder(session: Session, folder: Path) -> list[Finding]:
    """Look whether a watcher could work there, or does: rights, room, what kind of place it is, who
    looks after it and what waits.
    """
    if not folder.is_dir():
        return [bad("folder", f"{folder} is no folder; make it, or name another.")]
    if not os.access(folder, os.R_OK | os.X_OK):
        return [bad("folder", f"{folder} cannot be listed; give its rights to this user.")]
    refused = tried(folder)
    if refused:
        return [bad("folder", f"{folder}: this user {refused}; give its rights to this user.")]
    kind = [*_network(folder), *_synced(folder)]
    return [
        free_space("folder", folder),
        _rights(),
        *kind,
        _watcher(session, folder),
        _sheets(folder),
    ]


def _rights() -> Finding:
    return ok("folder", "files can be made, renamed and moved there")


def _network(folder: Path) -> list[Finding]:
    if sys.platform == "win32":
        return []
    kind = network_kind(PurePosixPath(folder.resolve()), mount_table())
    if kind is None:
        return []
    words = f"is not on a disk of this machine ({kind}): one machine only may watch it"
    return [note("folder", words)]


def _synced(folder: Path) -> list[Finding]:
    provider = provider_of(folder)
    if not provider:
        return []
    words = f"is synced by {provider}: a sheet may come in pieces or twice, so let a person approve"
    return [note("folder", words)]


def _watcher(session: Session, folder: Path) -> Finding:
    seen = last_seen(folder)
    if seen is None:
        return ok("folder", "no watcher has been there yet")
    who = f"{seen.who.name} on {seen.who.host}"
    ago = _ago(seen.age_seconds)
    if seen.who.off:
        words = f"the watcher {who} ended in order {ago} ago; on a schedule it comes again"
        return note("folder", words)
    if not seen.alive:
        return bad(
            "folder",
            f"the watcher {who} has been silent for {ago}; start it again, or on another machine: "
            f"address-pipeline watch FOLDER --take-over {seen.who.name}",
        )
    if _is_of_another_ledger(session, seen):
        words = (
            f"the watcher {who} looks after it with another ledger (seen {ago} ago), so one that "
            "is started here ends with 6"
        )
        return note("folder", words)
    return ok("folder", f"the watcher {who} looks after it, seen {ago} ago")


def _is_of_another_ledger(session: Session, seen: LastSeen) -> bool:
    if not wiring.has_ledger(session.config):
        return True
    state = wiring.state_folder(session.config)
    with suppress(PipelineError, OSError, sqlite3.Error), Ledger(state) as ledger:
        return identity(ledger) != seen.who.identity
    return False


def _ago(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _sheets(folder: Path) -> Finding:
    """Count what waits, and for what."""
    places = Places(folder, "")
    counts = {
        "in the folder": _count(folder),
        "being worked on": sum(
            _count(places.all_working / name) for name in places.names_in_working()
        ),
        "waiting for a yes": _count(places.to_approve),
        "approved": _count(places.approved),
        "in needs-attention": _count(places.attention),
    }
    told = ", ".join(f"{count:,} {where}" for where, count in counts.items() if count)
    return note("folder", f"sheets: {told}") if told else ok("folder", "no sheet waits there")


def _count(folder: Path) -> int:
    with suppress(OSError):
        return sum(side_of(name) is None for name in look_at(folder))
    return 0
