"""``forget``: delete personal data from the ledger, and say which files still hold it.

Nothing that was typed is repeated anywhere: neither an email nor an order's number.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pipeline import wiring
from pipeline.cli.flags import Asked
from pipeline.cli.session import Session
from pipeline.cli.signals import interrupted
from pipeline.cli.words import counted, shown_path
from pipeline.core.errors import ConfigError, Interrupted, PipelineError
from pipeline.core.forgetting import Sought, seconds_of_age
from pipeline.core.outcome import ExitCode
from pipeline.job.forget import Forget, Looked
from pipeline.ledger import Ledger
from pipeline.ledger.forgetting import Place

__all__ = ["FORGET_JSON_KEYS", "Wanted", "run_forget"]

FORGET_JSON_KEYS: Final = (
    "schema",
    "dry_run",
    "rows",
    "runs",
    "deleted",
    "files",
    "exit_code",
    "error",
)
FILES_SHOWN: Final = 20
_STOPPED: Final = "Stopped; what was deleted stays deleted, the same command deletes the rest."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be forgotten, as it was typed."""

    older_than: str | None = field(default=None, repr=False)
    orders: Sequence[str] = field(default=(), repr=False)
    pos: Sequence[str] = field(default=(), repr=False)
    emails: Sequence[str] = field(default=(), repr=False)
    surplus: Sequence[str] = field(default=(), repr=False)


def run_forget(asked: Asked, wanted: Wanted, *, dry_run: bool) -> ExitCode:
    """Look, ask, delete and tell; what goes wrong is told in the command's own JSON."""
    session = Session(asked)
    told = _Told(dry_run)
    try:
        _forget(session, wanted, told)
    except (PipelineError, KeyboardInterrupt) as raised:
        error = raised if isinstance(raised, PipelineError) else interrupted(raised, _STOPPED)
        if not session.screen.as_json:
            raise error from None
        session.screen.fail(str(error))
        told.exit_code, told.error = error.exit_code, str(error)
    session.screen.give_json(told.as_json())
    return told.exit_code


@dataclass(slots=True)
class _Told:
    """What the JSON object says, as far as the command got."""

    dry_run: bool
    rows: int = 0
    runs: Sequence[str] = ()
    deleted: bool = False
    files: Sequence[Place] = ()
    exit_code: ExitCode = ExitCode.OK
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        values = {"schema": 1, **{name: getattr(self, name) for name in FORGET_JSON_KEYS[1:]}}
        return {
            **values,
            "files": [
                {"path": place.path, "kind": "written" if place.ours else "sheet"}
                for place in self.files
            ],
            "exit_code": int(self.exit_code),
        }


def _forget(session: Session, wanted: Wanted, told: _Told) -> None:
    now = time.time()
    what = _understood(session, wanted, now)
    if not wiring.has_ledger(session.config):
        raise ConfigError(
            f"There is no ledger in {wiring.state_folder(session.config)}, so it holds nothing; "
            "name the right folder with --state-dir."
        )
    with Ledger(wiring.state_folder(session.config)) as ledger:
        forget = Forget(ledger, what, now)
        looked = forget.look()
        told.rows, told.runs, told.files = looked.rows, looked.run_ids, looked.places
        if not told.dry_run:
            _approve(session, looked)
            forget.carry_out()
            told.deleted = True
    session.screen.sum_up(_lines(looked, dry_run=told.dry_run))


def _understood(session: Session, wanted: Wanted, now: float) -> float | Sought:
    if wanted.surplus:
        raise ConfigError("forget takes flags only: --older-than, --order, --po or --email.")
    named = [*wanted.orders, *wanted.pos, *wanted.emails]
    if wanted.older_than is not None and named:
        raise ConfigError("--older-than stands alone; name orders or emails in a second call.")
    if wanted.older_than is not None:
        return now - seconds_of_age(wanted.older_than)
    if not named:
        raise ConfigError(
            "Say what to forget: --older-than 90d, --order ID, --po NUMBER or --email ADDRESS."
        )
    emails = [_typed(session) if email == "-" else email for email in wanted.emails]
    return Sought.of(wanted.orders, wanted.pos, emails)


def _typed(session: Session) -> str:
    """Take an email from stdin, so that it stands in no shell's history."""
    return session.screen.ask("Email: ") if session.screen.terminal else sys.stdin.readline()


def _approve(session: Session, looked: Looked) -> None:
    if not looked.rows or not session.interactive:
        return
    answer = session.screen.ask(
        f"Delete the personal data of {_amount(looked)} from the ledger? It cannot be undone. "
        "[y/N] "
    )
    if answer.lower() not in ("y", "yes"):
        raise Interrupted("Nothing was deleted.")


def _amount(looked: Looked) -> str:
    return f"{counted(looked.rows, 'row')} in {counted(len(looked.run_ids), 'run')}"


def _lines(looked: Looked, *, dry_run: bool) -> list[str]:
    if looked.rows:
        does = "Would delete" if dry_run else "Deleted"
        lines = [f"{does} the personal data of {_amount(looked)} from the ledger."]
        lines += [] if dry_run else ["Order ids, outcomes and fingerprints stay."]
    else:
        lines = ["The ledger holds nothing of it" + (" any more." if looked.run_ids else ".")]
    if looked.places:
        lines += ["", "These files may still hold it; delete them yourself, or the rows in them:"]
        lines += [
            f"  {shown_path(place.path)}{'   (written by address-pipeline)' if place.ours else ''}"
            for place in looked.places[:FILES_SHOWN]
        ]
        more = len(looked.places) - FILES_SHOWN
        lines += [f"  and {more:,} more: --json lists all"] if more > 0 else []
    return [*lines, "Backups and copies of sheets and of the ledger are not known here."]
