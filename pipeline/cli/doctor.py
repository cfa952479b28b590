"""``doctor``: look at everything a run needs, and say what to do; never shows a key."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final, Literal

from pipeline import wiring
from pipeline.cli.flags import Asked
from pipeline.cli.session import Session
from pipeline.config import KEY_NAMES
from pipeline.core.errors import CredentialsRefused, PipelineError
from pipeline.core.outcome import ExitCode, combined_exit_code
from pipeline.core.reply import Answer, Decision, NoAnswer, judge
from pipeline.core.target import Target
from pipeline.ledger import Ledger
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
    findings = [_config(session), *_keys(session), _state(session)]
    findings += asyncio.run(_reach(session)) if session.known_target() else [_no_target()]
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
    return [
        Finding("keys", "ok", f"{name} {found.origins.get(name, '')}".strip()) for name in KEY_NAMES
    ]


def _state(session: Session) -> Finding:
    folder = wiring.state_folder(session.config)
    try:
        with Ledger(folder) as ledger:
            healthy = ledger.connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
        free = shutil.disk_usage(folder).free // 1_000_000
    except (PipelineError, OSError, sqlite3.Error) as error:
        return Finding("state", "bad", str(error), ExitCode.USAGE)
    if not healthy:
        return Finding(
            "state", "bad", f"{folder}: the ledger is damaged; restore a backup.", ExitCode.USAGE
        )
    if free < LEAST_FREE_MEGABYTES:
        return Finding(
            "state", "bad", f"{folder}: only {free} MB are free; make room.", ExitCode.USAGE
        )
    return Finding("state", "ok", f"{folder}, {free:,} MB free")


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
        words = f"{target.host} does not answer ({reply.what}), {through}; look at the network."
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
