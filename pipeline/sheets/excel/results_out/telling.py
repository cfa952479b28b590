"""What the Summary worksheet says, in words: pure text, no workbook."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from pipeline.core.account import Account, Group
from pipeline.core.outcome import OUTCOMES, READY, ExitCode, NextStep, Outcome

__all__ = ["banner", "facts", "first_rows", "meaning", "missing", "next_steps", "step_of"]

_CODES: Final = {
    ExitCode.OK: "all is done",
    ExitCode.ROWS_TO_SEE_TO: "finished, with rows to see to",
    ExitCode.CREDENTIALS: "the keys were missing or refused",
    ExitCode.STOPPED: "stopped early",
    ExitCode.SIGINT: "interrupted",
    ExitCode.SIGTERM: "interrupted",
}
_SHOWN_ROWS: Final = 8


def banner(account: Account) -> str:
    """Give the line that nobody may overlook where no real order was changed, else nothing."""
    if account.check:
        return "CHECK: nothing was sent"
    words = account.target_words or account.target.upper()
    if account.target == "sandbox":
        return f"{words}: no real order was changed"
    if account.target == "custom":
        return f"{words} {account.host}: this is not FinerWorks"
    return "" if account.live else words


def next_steps(account: Account, *, to_fix: str, rows_to_fix: int) -> list[str]:
    """Say what to do now, one sentence or two a line; what comes first stands first."""
    steps = []
    if account.error:
        steps.append(f"The run stopped early: {account.error}")
    if account.go_on:
        steps.append(f"To go on, run: {account.go_on}")
    held_back = any(group.outcome == Outcome.NOT_SENT for group in account.to_fix)
    if held_back or (account.check and account.findings):
        steps.append(
            "The sheet looks damaged as a whole, see below: "
            f"nothing of it {'was' if held_back else 'is'} sent unless that is put right, or "
            "accepted with --accept-findings."
        )
    if rows_to_fix and not held_back:
        need = "1 row needs a person" if rows_to_fix == 1 else f"{rows_to_fix:,} rows need a person"
        steps.append(
            f"{need}: correct the marked cells in the worksheet “{to_fix}”, save, and "
            f"{'check' if account.check else 'apply'} this workbook."
        )
    again = sum(group.rows for group in account.to_send)
    if again and not account.error:
        steps.append(f"To be sent again: {_orders(again)}. Run the same command again.")
    ready = account.order_outcomes.get(READY, 0)
    if account.check and ready:
        steps.append(f"Ready to send: {_orders(ready)}. Apply the sheet to send what is ready.")
    return steps or ["Nothing is left to do."]


def meaning(outcome: str) -> str:
    """Say what an outcome means."""
    if outcome == READY:
        return "Nothing is wrong with it; it would be sent."
    return OUTCOMES[Outcome(outcome)].meaning


def step_of(account: Account, outcome: str) -> str:
    """Give what is to be done about the rows of an outcome."""
    if outcome == READY:
        return "apply"
    groups = (*account.to_fix, *account.to_send)
    steps = {group.next_step for group in groups if group.outcome == outcome}
    told = [step for step in NextStep if step in steps]
    return " or ".join(told or [OUTCOMES[Outcome(outcome)].next_step])


def first_rows(group: Group) -> str:
    """Name the first rows of a group: ``14, 77, 102 and 78 more``."""
    numbers = ", ".join(str(one.row) for one in group.first[:_SHOWN_ROWS])
    more = group.rows - min(len(group.first), _SHOWN_ROWS)
    return f"{numbers} and {more:,} more" if more else numbers


def missing(account: Account) -> str:
    """Say which columns are missing and what that does, or nothing."""
    if not account.cleared:
        return ""
    names = ", ".join(account.cleared)
    does = "sending clears" if account.check else "sending an order cleared"
    return f"There is no column for {names}: {does} what FinerWorks has stored there."


def facts(account: Account) -> list[tuple[str, str]]:
    """Give the facts of a run, each with its name."""
    told = [
        ("Run", account.run_id),
        ("Target", account.target_words),
        ("Host", account.host),
        ("Sheet", account.source),
        ("Worksheet", account.worksheet),
        ("Size", f"{account.source_bytes:,} bytes"),
        ("SHA-256 of the sheet", account.source_sha256),
        ("Begun", _moment(account.begun_at)),
    ]
    if not account.check:
        told += _of_sending(account)
    told.append(("By", f"{account.os_user} on {account.machine}"))
    told.append(("Program", f"address-pipeline {account.version}"))
    if not account.check:
        told += [("Approved", account.approved), ("Exit code", _exit(account.exit_code))]
    return [(name, text) for name, text in told if text]


def _of_sending(account: Account) -> list[tuple[str, str]]:
    learned = account.learned_per_second
    requests = (
        f"{account.requests:,}, of them {account.retries:,} retries and "
        f"{account.throttled:,} turned away as too many"
    )
    return [
        ("Sending began", _moment(account.sending_at)),
        ("Ended", _moment(account.ended_at)),
        ("Time it took", "" if account.seconds is None else _duration(account.seconds)),
        ("Requests", requests),
        ("Pace learned", "" if learned is None else f"{learned:.1f} requests a second"),
    ]


def _moment(at: float | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _duration(seconds: float) -> str:
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {left} s" if minutes else f"{seconds:.1f} s"


def _exit(code: int | None) -> str:
    if code is None:
        return ""
    words = _CODES.get(ExitCode(code)) if code in list(ExitCode) else None
    return f"{code} ({words})" if words else str(code)


def _orders(count: int) -> str:
    return "1 order" if count == 1 else f"{count:,} orders"
