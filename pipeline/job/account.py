"""The account of a run, read from the ledger: what its Summary and its report tell."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pipeline.core.account import Account, Group, GroupRow
from pipeline.core.outcome import OUTCOMES, NextStep, Outcome, needs_a_person
from pipeline.core.rules import RULES, SHEET_RULES, Rule
from pipeline.core.said import Said
from pipeline.core.target import TARGET_WORDS, flag_of
from pipeline.job.summary import SheetSummary
from pipeline.ledger import Ledger
from pipeline.ledger.accounts import Troubled, latency_of, moments_of, troubled
from pipeline.ledger.cut_off import will_go_on
from pipeline.ledger.runs import Run

__all__ = ["account_of", "apply_command", "fix_command"]

FIRST_ROWS: Final = 500
"""So many rows of a group are named; the results sheet has them all."""


def account_of(
    ledger: Ledger, run: Run, summary: SheetSummary, *, check: bool, place: str = ""
) -> Account:
    """Tell all of a run but its rows; ``summary`` is what was counted of them.

    ``place`` are the flags that say where the ledger is: the command that goes on needs them.
    """
    fixing, sending, warned, repaired = _Groups(), _Groups(), _Groups(), dict[str, int]()
    for row in troubled(ledger, run.run_no):
        _sort_in(row, fixing, sending, check=check)
        for rule in dict.fromkeys(row.warnings):
            warned.add(_rule_group(rule, None, None), row)
        for rule in row.repairs:
            title = _rule(rule).title
            repaired[title] = repaired.get(title, 0) + 1
    return Account(
        run_id=run.run_id,
        check=check,
        target=run.target_kind,
        target_words=TARGET_WORDS.get(run.target_kind, ""),
        host=run.host,
        source=run.source.name,
        source_sha256=run.source.sha256,
        source_bytes=run.source.size_bytes,
        worksheet=run.source.worksheet,
        rows=summary.rows,
        orders=summary.orders,
        outcomes=summary.outcomes,
        order_outcomes=summary.order_outcomes,
        to_fix=fixing.most_first(),
        to_send=sending.most_first(),
        warnings=warned.most_first(),
        repairs=tuple(sorted(repaired.items(), key=lambda one: -one[1])),
        findings=tuple(finding.sentence for finding in run.findings),
        cleared=tuple(run.mapping.get("missing", ())),
        error=run.error,
        go_on=_go_on(ledger, run, place, check=check),
        begun_at=run.begun_at,
        sending_at=run.sending_at,
        ended_at=run.ended_at,
        exit_code=run.exit_code,
        requests=run.requests,
        retries=run.retries,
        throttled=run.throttled,
        learned_per_second=run.learned_per_second,
        os_user=run.os_user,
        machine=run.machine,
        version=run.version,
        approved=run.approved,
        moments=tuple(moments_of(ledger, run.run_no)),
        latency=latency_of(ledger, run.run_no),
    )


def apply_command(
    sheets: Sequence[str],
    said: Said,
    *,
    ids: str | None,
    target: str,
    place: str = "",
    anew: bool = False,
) -> str:
    """Give the command that applies sheets with what was said before.

    ``target`` and ``place`` are flags to end it with. ``anew``: the very sheets as they were given,
    not results of them.
    """
    words = ["address-pipeline", "apply"]
    words += [f"./{sheet}" if sheet.startswith("-") else sheet for sheet in sheets]
    words += ["--ids", ids] if ids is not None else []
    words += said.shaping
    words += ["--worksheet", said.worksheet] if anew and said.worksheet is not None else []
    return " ".join(filter(None, (shlex.join(words), target, place)))


def fix_command(run: Run, *sheets: str, place: str = "", anew: bool = False) -> str:
    """Give the command that sends the rows that were corrected in a run's results.

    ``place`` are flags to end it with. ``anew``: its source again.
    """
    needs_ids = "order_id" not in run.mapping.get("fields", {"order_id": ""})
    return apply_command(
        sheets,
        _said(run),
        ids="FILE" if needs_ids else None,
        target=flag_of(run.target_kind, str(run.mapping.get("base_url", ""))),
        place=place,
        anew=anew,
    )


def _said(run: Run) -> Said:
    kept = run.mapping.get("said", {})
    return Said(tuple(kept.get("shaping", ())), kept.get("worksheet"))


def _go_on(ledger: Ledger, run: Run, place: str, *, check: bool) -> str:
    if check or not will_go_on(ledger, run):
        return ""
    return f"address-pipeline resume {run.run_id} {place}".rstrip()


@dataclass(slots=True)
class _Growing:
    """A group while rows are added to it."""

    rows: int = 0
    first: list[GroupRow] = field(default_factory=list)


_Head = tuple[str, str, Outcome | None, NextStep | None]
"""What makes rows a group: title, what to do, outcome, next step."""


class _Groups:
    """Rows by what is to be said of them."""

    def __init__(self) -> None:
        self._groups: dict[_Head, _Growing] = {}

    def add(self, head: _Head, row: Troubled) -> None:
        group = self._groups.setdefault(head, _Growing())
        group.rows += 1
        if len(group.first) < FIRST_ROWS:
            group.first.append(GroupRow(row.row, row.order_id))

    def most_first(self) -> tuple[Group, ...]:
        ordered = sorted(self._groups.items(), key=lambda one: -one[1].rows)
        return tuple(
            Group(title, todo, outcome, step, group.rows, tuple(group.first))
            for (title, todo, outcome, step), group in ordered
        )


def _sort_in(row: Troubled, fixing: _Groups, sending: _Groups, *, check: bool) -> None:
    outcome, step = row.outcome, row.next_step
    if outcome is None:
        if check or row.state == "none":  # ready, or it shares another row's outcome
            return
        outcome = Outcome.UNKNOWN if row.state == "claimed" else Outcome.NOT_SENT
        step = OUTCOMES[outcome].next_step
    step = step or OUTCOMES[outcome].next_step
    if needs_a_person(step):
        fixing.add(_to_fix(row, outcome, step), row)
    elif step is NextStep.SEND_AGAIN:
        sending.add(_to_send(row, outcome), row)


def _to_fix(row: Troubled, outcome: Outcome, step: NextStep) -> _Head:
    if outcome is Outcome.CONFLICT:
        return _rule_group("conflict", outcome, step)
    if outcome is Outcome.INVALID:
        return _rule_group(row.errors[0] if row.errors else "no_address", outcome, step)
    if outcome is Outcome.NOT_SENT:
        return (
            "held back because the sheet looks damaged as a whole",
            "Look at what was found about the sheet, and put it right or accept it.",
            outcome,
            step,
        )
    return (*_refused(row, step), outcome, step)


def _refused(row: Troubled, step: NextStep) -> tuple[str, str]:
    if row.http_status == 404:
        return (
            "FinerWorks does not know the order",
            "Check the order id; the confirmation id is another number.",
        )
    if row.refused_fields:
        fields = row.refused_fields.replace(",", ", ")
        return f"FinerWorks refused {fields}", "Correct what reason quotes, and apply the sheet."
    code = f" (HTTP {row.http_status})" if row.http_status else ""
    if step is NextStep.FIX:
        return f"FinerWorks refused it{code}", "Correct what reason quotes, and apply the sheet."
    return (
        f"FinerWorks refused it{code} without naming a field",
        "Ask FinerWorks, with the order id and what reason quotes.",
    )


def _to_send(row: Troubled, outcome: Outcome) -> tuple[str, str, Outcome, NextStep]:
    again = "Run the same command again: only such rows are sent."
    cause = f"HTTP {row.http_status}" if row.http_status else "no answer came"
    titles: Mapping[Outcome, str] = {
        Outcome.UNKNOWN: f"may be stored or not ({cause})",
        Outcome.FAILED: "turned away as too many (HTTP 429)"
        if row.http_status == 429
        else "FinerWorks could not be reached",
    }
    title = titles.get(outcome, "not sent, for the run stopped first")
    return title, again, outcome, NextStep.SEND_AGAIN


def _rule(rule: str) -> Rule:
    return RULES.get(rule) or SHEET_RULES[rule]


def _rule_group(rule: str, outcome: Outcome | None, step: NextStep | None) -> _Head:
    found = _rule(rule)
    return found.title, found.todo, outcome, step
