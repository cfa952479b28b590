"""``doctor``: look at everything a run needs, and say what to do; never shows a key."""

from __future__ import annotations

import shutil
import sqlite3
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, Literal

from pipeline import wiring
from pipeline.cli.flags import Asked
from pipeline.cli.loop import run_in_loop
from pipeline.cli.session import Session
from pipeline.cli.words import counted
from pipeline.config import KEY_NAMES
from pipeline.core.errors import CredentialsRefused, PipelineError
from pipeline.core.outcome import ExitCode, combined_exit_code
from pipeline.core.reply import Answer, Decision, NoAnswer, judge
from pipeline.core.target import Target
from pipeline.ledger import Ledger
from pipeline.ledger.purge import Holdings, holdings
from pipeline.ledger.store import FILE_NAME
from pipeline.sending import ApiClient

__all__ = ["Finding", "run_doctor"]

LEAST_FREE_MEGABYTES: Final = 200
MOST_CLOCK_SECONDS: Final = 120

Level = Literal["ok", "note", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's: what was looked at, how it is, what to do."""

    name: str
    level: Level
    words: str
    code: ExitCode = ExitCode.OK


def run_doctor(asked: Asked) -> ExitCode:
    """Look at all of it; ends with the gravest of what was found."""
    session = Session(asked)
    findings = [_config(session), *_keys(session), *_state(session)]
    findings += run_in_loop(lambda: _reach(session)) if session.known_target() else [_no_target()]
    session.screen.give_json(
        {
            "schema": 1,
            "findings": [
                {"name": one.name, "level": one.level, "words": one.words} for one in findings
            ],
        }
    )
    marks = {"ok": "ok  ", "note": "note", "bad": "BAD "}
    session.screen.sum_up(f"  {marks[one.level]}  {one.name:9}  {one.words}" for one in findings)
    bad = [one for one in findings if one.level == "bad"]
    session.screen.sum_up(
        ["", f"{len(bad)} to see to." if bad else "All is well. Next: address-pipeline check SHEET"]
    )
    return combined_exit_code(one.code for one in findings)


def _config(session: Session) -> Finding:
    changed = sorted(
        f"{key} ({origin})"
        for key, origin in session.loaded.origins.items()
        if origin != "default" and not origin.startswith("file ")
    )
    where = str(session.loaded.file) if session.loaded.file else "no file, defaults"
    return Finding(
        "config", "ok", where + (f"; set elsewhere: {', '.join(changed)}" * bool(changed))
    )


def _keys(session: Session) -> list[Finding]:
    try:
        found = session.keys(Target.live())
    except CredentialsRefused as error:
        return [Finding("keys", "bad", str(error), ExitCode.CREDENTIALS)]
    return [Finding("keys", "ok", f"{name} from {found.origins[name]}") for name in KEY_NAMES]


def _state(session: Session) -> list[Finding]:
    folder = wiring.state_folder(session.config)
    try:
        with Ledger(folder) as ledger:
            healthy = ledger.connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
            held = holdings(ledger) if healthy else None
        free = shutil.disk_usage(folder).free // 1_000_000
    except (PipelineError, OSError, sqlite3.Error) as error:
        return [Finding("state", "bad", str(error), ExitCode.USAGE)]
    if held is None:
        words = f"{folder}: the ledger is damaged; restore a backup."
        return [Finding("state", "bad", words, ExitCode.USAGE)]
    kept = _kept(held, session.config.ledger.keep_days)
    if free < LEAST_FREE_MEGABYTES:
        words = f"{folder}: only {free} MB are free; make room."
        return [Finding("state", "bad", words, ExitCode.USAGE), kept]
    return [Finding("state", "ok", f"{folder}, {free:,} MB free"), *_open_to_others(folder), kept]


def _kept(held: Holdings, keep_days: int) -> Finding:
    words = f"{counted(held.runs, 'run')}, {counted(held.rows, 'row')} with personal data"
    if held.rows and held.since is not None:
        words += f", the oldest of {datetime.fromtimestamp(held.since).astimezone():%Y-%m-%d}"
    how_long = f"for {counted(keep_days, 'day')}" if keep_days else "for ever"
    return Finding("ledger", "ok", f"{words}; kept {how_long} (ledger.keep_days)")


def _open_to_others(folder: Path) -> list[Finding]:
    """Say where the ledger is not closed to others, as on a disk that keeps no modes."""
    if sys.platform == "win32":
        return []
    if (folder / FILE_NAME).stat().st_mode & 0o077:
        words = f"{folder}: others can read the ledger; name another folder with --state-dir."
        return [Finding("state", "bad", words, ExitCode.USAGE)]
    if folder.stat().st_mode & 0o077:
        words = f"{folder} is open to others: they cannot read the ledger, but may remove it"
        return [Finding("state", "note", words)]
    return []


def _no_target() -> Finding:
    return Finding(
        "network",
        "note",
        "not looked at: name a target (--live, --test, --base-url) and set the keys",
    )


async def _reach(session: Session) -> list[Finding]:
    known = session.known_target()
    if known is None:
        return [_no_target()]
    target, keys = known
    proxy = session.config.api.proxy
    through = "through the configured proxy" if proxy and not target.loopback else "directly"
    options = wiring.client_options(session.config, target, keys)
    async with ApiClient(options) as client:
        reply = await client.test_credentials()
    if isinstance(reply, NoAnswer):
        todo = reply.todo or "look at the network"
        words = f"{target.host} does not answer ({reply.what}), {through}; {todo}."
        return [Finding("network", "bad", words, ExitCode.STOPPED)]
    return [
        Finding("network", "ok", f"{target.host} answers, {through}"),
        _taken(reply, target),
        *_clock(reply),
    ]


def _taken(reply: Answer, target: Target) -> Finding:
    verdict = judge(reply)
    if verdict.decision is Decision.DONE:
        return Finding("keys", "ok", f"taken by {target.host}")
    if verdict.decision is Decision.STOP_KEYS:
        return Finding(
            "keys",
            "bad",
            f"{target.host} does not take them (HTTP {reply.status}).",
            ExitCode.CREDENTIALS,
        )
    return Finding("keys", "note", f"{target.host} did not say whether it takes them")


def _clock(reply: Answer) -> list[Finding]:
    if reply.date is None:
        return []
    try:
        apart = abs(parsedate_to_datetime(reply.date).timestamp() - time.time())
    except ValueError:
        return []
    if apart > MOST_CLOCK_SECONDS:
        words = f"this machine's clock is {apart:.0f} s apart from the server's; set it."
        return [Finding("clock", "note", words)]
    return [Finding("clock", "ok", "agrees with the server's")]
