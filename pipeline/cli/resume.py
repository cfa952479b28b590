"""``resume``: go on with a cut-off run; its sheet need not be there any more."""

from __future__ import annotations

import time

from pipeline import wiring
from pipeline.cli.apply import Command, still_right
from pipeline.cli.flags import Asked
from pipeline.cli.naming import named_run
from pipeline.cli.observed import observed
from pipeline.cli.session import Session, open_ledger
from pipeline.config import Keys, choose_target
from pipeline.core.errors import Busy, ConfigError, CredentialsRefused
from pipeline.core.outcome import ExitCode
from pipeline.core.target import Target, may_hold_keys
from pipeline.delivery import delivering
from pipeline.job.choosing import SheetOptions
from pipeline.job.summary import Summary
from pipeline.ledger import Ledger, runs
from pipeline.ledger.cut_off import (
    FRESH_SECONDS,
    cut_off_since,
    is_cut_off,
    is_fresh,
    may_go_on,
    together_with,
)
from pipeline.ledger.runs import Run

__all__ = ["run_resume"]


def run_resume(asked: Asked, run_id: str | None) -> ExitCode:
    """Continue the run that was named, or the newest cut-off one of the last 24 hours."""
    session = Session(asked)
    with open_ledger(session) as ledger:
        runs.sweep(ledger)
        run = _newest(ledger) if run_id is None else _named(ledger, session, run_id)
        if run is None or not is_cut_off(ledger, run):
            return _nothing(session, run)
        together = together_with(ledger, run)
        if any(one.purged_at is not None for one in together):
            raise ConfigError(
                f"What run {run.run_id} would send was deleted from the ledger; "
                "apply its sheet again."
            )
        target = _target(session, run)
        keys = session.keys(target)
        _refuse_others(ledger, run, target, keys)
        with (
            observed(session, target) as watched,
            delivering(ledger, session.loaded, target, keys, SheetOptions()) as job,
        ):
            command = Command(session, job)
            summary = command.run(lambda: job.sheets.resume(together))
            watched.ended(summary)
        return summary.exit_code


def _newest(ledger: Ledger) -> Run | None:
    """Find the newest run that can go on and that no later run of its sheet has replaced."""
    found = cut_off_since(ledger, time.time() - FRESH_SECONDS)
    return next((run for run in found if may_go_on(ledger, run)), None)


def _named(ledger: Ledger, session: Session, name: str) -> Run:
    run = named_run(ledger, name)
    run_id = run.run_id
    if run.state != "finished" and runs.is_alive(ledger, run.run_no):
        raise Busy(f"Run {run_id} is at work in another process; wait until it has ended.")
    if run.target_kind == "sandbox" and is_cut_off(ledger, run):
        raise ConfigError(
            f"Run {run_id} went to a sandbox that ended with it, so there is nothing to continue; "
            "apply its sheet again."
        )
    old = is_cut_off(ledger, run) and not is_fresh(run, time.time())
    if old and not still_right(session, run):
        raise ConfigError(
            f"Run {run_id} was begun more than 24 hours ago and nobody said that its addresses "
            "are still right; resume it at a terminal, or apply its sheet again."
        )
    return run


def _nothing(session: Session, run: Run | None) -> ExitCode:
    """Say that nothing is left to send; a finished run ends as it ended."""
    if run is None:
        sentence = "Nothing to continue: no run of the last 24 hours was cut off."
        code = ExitCode.OK
    else:
        sentence = (
            f"Nothing to continue: run {run.run_id} has ended.   "
            f"Results again: address-pipeline results {run.run_id} {session.asked.place}".rstrip()
        )
        code = ExitCode(run.exit_code or ExitCode.OK)
    now = time.time()
    empty = Summary("", "", (), now, now, stopped=code)
    session.screen.give_json(empty.as_json())
    session.screen.sum_up(sentence)
    return code


def _target(session: Session, run: Run) -> Target:
    """Give the run's own target.

    A host where keys may not go by themselves must be named once more: the ledger may lie in a
    folder that others can write to.
    """
    asked = session.asked
    if asked.live or asked.test or asked.base_url:
        return session.target()
    url = run.mapping.get("base_url", "")
    if not url and run.target_kind in ("live", "test"):
        return Target.live("ledger") if run.target_kind == "live" else Target.test("ledger")
    target = Target.from_base_url(url, "ledger") if url else None
    if target is not None and may_hold_keys(target, trusted=False):
        return target
    configured = _configured(session)
    if configured is None or wiring.host_of(configured) != run.host:
        raise ConfigError(
            f"Run {run.run_id} was sent to {run.host}; name that target again: "
            f"address-pipeline resume {run.run_id} --base-url {url or 'URL'}"
        )
    return configured


def _configured(session: Session) -> Target | None:
    try:
        return choose_target(
            session.loaded, live=False, test=False, sandbox=False, base_url=None, unattended=True
        )
    except ConfigError:
        return None


def _refuse_others(ledger: Ledger, run: Run, target: Target, keys: Keys) -> None:
    """Another target or other keys have nothing to do with this run."""
    if (target.kind, wiring.host_of(target)) != (run.target_kind, run.host):
        raise ConfigError(
            f"Run {run.run_id} was sent to {run.host}, not to {wiring.host_of(target)}; "
            "leave the target out, or name the run's own."
        )
    if wiring.target_no(ledger, target, keys) != run.target_no:
        raise CredentialsRefused(
            f"Run {run.run_id} was begun with other keys than those that are set now; "
            "set its own keys, or apply its sheet again with these."
        )
