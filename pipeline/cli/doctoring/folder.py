"""A folder that is watched, or is to be."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePosixPath

from pipeline.cli.doctoring.findings import Finding, bad, free_space, note, ok, tried
from pipeline.core.mounts import network_kind
from pipeline.folder.synced import provider_of
from pipeline.ledger.disks import mount_table

__all__ = ["look_at_folder"]


def look_at_folder(folder: Path) -> list[Finding]:
    """Look whether a watcher could work there: rights, room, and what kind of place it is."""
    if not folder.is_dir():
        return [bad("folder", f"{folder} is no folder; make it, or name another.")]
    if not os.access(folder, os.R_OK | os.X_OK):
        return [bad("folder", f"{folder} cannot be listed; give its rights to this user.")]
    refused = tried(folder)
    if refused:
        return [bad("folder", f"{folder}: this user {refused}; give its rights to this user.")]
    return [free_space("folder", folder), _rights(), *_network(folder), *_synced(folder)]


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
