"""Configuration, and the places that log and metrics are written to."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.cli.doctoring.findings import Finding, bad, note, ok
from pipeline.cli.session import Session
from pipeline.config import Loaded

__all__ = ["look_at_settings"]


def look_at_settings(session: Session) -> list[Finding]:
    """Say which file counts, what stands elsewhere, and whether machines can be told."""
    return [_read(session.loaded), *_log(session), *_metrics(session), *_notify(session)]


def _read(loaded: Loaded) -> Finding:
    changed = sorted(
        f"{key} ({origin})"
        for key, origin in loaded.origins.items()
        if origin != "default" and not origin.startswith("file ")
    )
    where = str(loaded.file) if loaded.file else "no file, defaults"
    return ok("config", where + (f"; set elsewhere: {', '.join(changed)}" * bool(changed)))


def _log(session: Session) -> list[Finding]:
    log = session.config.log
    if log.file is None:
        if log.format == "text":
            return []
        return [ok("log", f"JSON on stderr, from {log.level} on")]
    refused = _cannot_append(log.file)
    if refused:
        return [bad("log", f"{log.file} {refused}; give its rights to this user, or change it.")]
    return [ok("log", f"{log.file}, {log.format}, from {log.level} on")]


def _cannot_append(path: Path) -> str:
    """Say why a file cannot be appended to; it is not made here."""
    if path.exists():
        if path.is_dir():
            return "is a folder"
        return "" if os.access(path, os.W_OK) else "cannot be written"
    above = next((one for one in path.parents if one.exists()), path)
    return "" if os.access(above, os.W_OK | os.X_OK) else f"cannot be made in {above}"


def _metrics(session: Session) -> list[Finding]:
    path = session.config.metrics.textfile
    if path is None:
        return []
    if not path.parent.is_dir():
        return [bad("metrics", f"{path.parent} is no folder; make it, or name another.")]
    if path.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
        return [bad("metrics", f"{path} cannot be written; give {path.parent} to this user.")]
    return [ok("metrics", str(path))]


def _notify(session: Session) -> list[Finding]:
    """Name the host only: the rest of the URL is as good as a password. Nothing is pinged."""
    url = session.config.notify.healthcheck_url
    if not url:
        return []
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        words = f"{parts.hostname} is pinged over http, so others on the way can ping it too"
        return [note("notify", words)]
    return [ok("notify", f"unattended runs ping {parts.hostname}")]
