"""What ``check`` and ``apply`` show: numbers first, then words, what to do next last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from textwrap import wrap

from pipeline.cli.words import about, clock_time, counted, filled, labelled, table
from pipeline.core.mapping import SheetMapping
from pipeline.core.row_words import named_rows
from pipeline.core.rules import RULES, SHEET_RULES
from pipeline.core.said import NOTHING_SAID, Said
from pipeline.core.sheet_findings import SheetFinding
from pipeline.core.target import Target
from pipeline.job.account import apply_command, fix_command
from pipeline.job.plan import Plan, SheetPlan
from pipeline.job.taking import Staged
from pipeline.ledger.runs import Run

__all__ = [
    "Again",
    "check_lines",
    "described_lines",
    "finding_lines",
    "head_line",
    "mapping_lines",
    "missing_lines",
    "plan_lines",
]

_MOST_GROUPS = 8
_MOST_REPAIRS = 4
_MOST_UNUSED = 6
_MOST_FINDINGS = 6
_TERMINAL = 80
_WIDTH = 68
"""What is left of a terminal of so many columns behind the label."""


@dataclass(frozen=True, slots=True)
class Again:
    """What the user typed, to be said again in a next step."""

    target_flag: str = ""
    ids: Path | None = None
    said: Said = NOTHING_SAID
    resend: bool = False
    place: str = ""
    resumed: Run | None = None
    """The run that goes on without its sheet: it knows what was said then."""

    def command(self, *sheets: str, anew: bool = False) -> str:
        """Give the command that goes on with other sheets, or ``anew`` with the same."""
        if self.resumed is not None:
            return fix_command(self.resumed, *sheets, place=self.place)
        ids = None if self.ids is None else str(self.ids)
        return apply_command(
            sheets, self.said, ids=ids, target=self.target_flag, place=self.place, anew=anew
        )


def mapping_lines(mapping: SheetMapping, *, verbose: bool) -> list[str]:
    """Say which heading became which field; those that bear the field's own name are counted."""
    by_heading: dict[int, list[str]] = defaultdict(list)
    for field, index in mapping.fields.items():
        by_heading[index].append(_SHOWN_FIELDS.get(field, field))
    told = [
        f"{mapping.headings[index]} → {', '.join(fields)}"
        for index, fields in sorted(by_heading.items())
        if verbose or _plain(mapping.headings[index]) not in {_plain(field) for field in fields}
    ]
    rest = len(by_heading) - len(told)
    lines = filled(told, _WIDTH)
    if rest:
        other = counted(rest, "other column" if told else "column")
        lines.append(f"{other} by {'its own name' if rest == 1 else 'their own names'}: see -v")
    return lines


_SHOWN_FIELDS = {
    "full_name": "first_name, last_name",
    "region": "state_code or province",
}


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def missing_lines(missing: Sequence[str]) -> list[str]:
    """Say which columns are absent and what that does."""
    if not missing:
        return []
    names = " and ".join([", ".join(missing[:-1]), missing[-1]] if missing[1:] else missing)
    return [f"no column for {names}:", "what FinerWorks has stored there is cleared"]


def encoding_lines(encoding: str | None) -> list[str]:
    """Say how a text file was read where that was a guess that a person should look at."""
    if encoding is None or encoding.replace("_", "-").startswith(("utf-8", "utf-16")):
        return []
    return [f"read as {encoding}; if names look wrong, set sheet.encoding, such as cp1252"]


def _grouped(told: Mapping[tuple[str, str], Sequence[int]]) -> list[tuple[str, str, str]]:
    """Count rows by what is said of them, most first; the first few rows are named."""
    rows_by_title: dict[str, list[int]] = defaultdict(list)
    for (rule, _), rows in told.items():
        rows_by_title[_title(rule)] += rows
    each_once = {title: sorted(set(rows)) for title, rows in rows_by_title.items()}
    ordered = sorted(each_once.items(), key=lambda group: -len(group[1]))
    lines = [(f"{len(rows):,}", title, named_rows(rows)) for title, rows in ordered[:_MOST_GROUPS]]
    if len(ordered) > _MOST_GROUPS:
        rest = sum(len(rows) for _, rows in ordered[_MOST_GROUPS:])
        lines.append((f"{rest:,}", "for other reasons", ""))
    return lines


def _title(rule: str) -> str:
    return (RULES.get(rule) or SHEET_RULES[rule]).title


def described_lines(staged: Staged, *, verbose: bool, missing: bool = True) -> list[str]:
    """Show how a sheet is read: its columns, what they lack, whose export it is, its encoding."""
    mapping = staged.mapping
    if mapping is None:  # the run goes on without its sheet
        return []
    hidden = f"hidden in the sheet, and read all the same: {', '.join(staged.hidden)}"
    lines = [
        *mapping_lines(mapping, verbose=verbose),
        *_unused_lines(mapping, verbose=verbose),
        *([_platform_words(mapping.platform)] if mapping.platform else []),
        *(wrap(hidden, _WIDTH) if staged.hidden else []),
        *(missing_lines(mapping.missing) if missing else []),
        *(_candidate_words(mapping, field, h) for field, h in mapping.candidates().items()),
        *encoding_lines(staged.encoding),
    ]
    return labelled("Columns", lines)


def _unused_lines(mapping: SheetMapping, *, verbose: bool) -> list[str]:
    """Name the columns that are not read, so that nobody takes them for granted."""
    unused = mapping.unused
    if not unused:
        return []
    shown = unused if verbose else unused[:_MOST_UNUSED]
    more = len(unused) - len(shown)
    told = f"not used: {', '.join(shown)}" + (f" and {more:,} more (-v)" if more else "")
    return wrap(told, _WIDTH, break_long_words=False)


def _candidate_words(mapping: SheetMapping, field: str, heading: str) -> str:
    known = heading not in mapping.unused
    question = "to send the order number there too:" if known else "is it this one?"
    return f'{question} --map {field}="{heading}"'


def _platform_words(platform: str) -> str:
    own = platform.startswith("FinerWorks")
    return f"read as {platform}" if own else f"read as an export of {platform}"


def finding_lines(
    findings: Sequence[SheetFinding], *, held_back: bool = False, name: str = ""
) -> list[str]:
    """Show what looks wrong in a sheet as a whole, and what that does to it.

    ``name`` tells which sheet, where there are several.
    """
    if not findings:
        return []
    sentences = [name] if name else []
    sentences += [one.sentence for one in findings[:_MOST_FINDINGS]]
    if len(findings) > _MOST_FINDINGS:
        sentences.append(f"{len(findings) - _MOST_FINDINGS:,} more findings of this kind.")
    if held_back:
        sentences.append("So nothing of it is sent. If it is right as it is: --accept-findings.")
    lines = [line for one in sentences for line in wrap(one, _WIDTH, break_on_hyphens=False)]
    return labelled("Sheet", lines)


def check_lines(sheet: SheetPlan, described: Sequence[str], *, ids: Path | None) -> list[str]:
    """Show what a check found in one sheet; ``described`` says how it was read."""
    run = sheet.run
    further = (
        f"   ({counted(sheet.line_rows, 'further row')} of the same orders)"
        if sheet.line_rows
        else ""
    )
    orders = f"{counted(sheet.orders, 'order')}{further}"
    lines = [f"{run.source.name}   {counted(sheet.rows, 'row')} → {orders}", ""]
    lines += described
    if ids is not None:
        not_found = len(sheet.told.errors.get(("po_not_found", "order_po"), ()))
        found = f"{sheet.known_orders:,} found by PO in {ids.name}"
        lines += labelled("Orders", [found + (f", {not_found:,} not" if not_found else "")])
    if sheet.run.findings:
        lines += ["", *finding_lines(sheet.run.findings)]
    lines += ["", *_count_lines(sheet)]
    if sheet.unknown_runs:
        lines += ["", *_unknown_lines([sheet])]
    return lines


def _count_lines(sheet: SheetPlan) -> list[str]:
    told = sheet.told
    counts = [
        (f"{sheet.to_send:,}", "ready to send", ""),
        (f"{sheet.unchanged:,}", "unchanged since they were last confirmed", ""),
        (f"{sheet.superseded:,}", "changed by a later run, not sent again", ""),
        (f"{sheet.to_fix:,}", _need(sheet.to_fix) + _in_rows(sheet), ""),
    ]
    lines = table([line for line in counts if line[0] != "0" or line[1] == "ready to send"])
    lines += table(_grouped(told.errors), indent=8)
    if told.repaired_rows:
        repaired = f"{_rows(told.repaired_rows)} repaired"
        lines += table([(f"{told.repaired_rows:,}", repaired, "")])
        lines += table(_repairs(sheet), indent=8)
    if told.warnings:
        doubted = {row for rows in told.warnings.values() for row in rows}
        lines += table([(f"{len(doubted):,}", "with a warning", "")])
        lines += table(_grouped(told.warnings), indent=8)
    if told.hidden_rows:
        lines += table(
            [(f"{told.hidden_rows:,}", "hidden in the sheet, and sent all the same", "")]
        )
    return lines


def _repairs(sheet: SheetPlan) -> list[tuple[str, str, str]]:
    counts: dict[str, int] = defaultdict(int)
    for (rule, _), count in sheet.told.repairs.items():
        counts[_title(rule)] += count
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    lines = [(f"{count:,}", title, "") for title, count in ordered[:_MOST_REPAIRS]]
    rest = sum(count for _, count in ordered[_MOST_REPAIRS:])
    return [*lines, (f"{rest:,}", "other repairs", "")] if rest else lines


def _need(orders: int) -> str:
    return "needs a person" if orders == 1 else "need a person"


def _rows(count: int) -> str:
    return "row" if count == 1 else "rows"


def _in_rows(sheet: SheetPlan) -> str:
    """An order may stand in several rows, and the lines below it count those."""
    rows = len({row for rows in sheet.told.errors.values() for row in rows})
    return f" ({rows:,} rows)" if rows > sheet.to_fix else ""


def head_line(plan: Plan, target: Target, host: str) -> str:
    """Say where the runs go, and what they are called."""
    names = ", ".join(sheet.run.run_id for sheet in plan.sheets)
    return f"{target.words}   {host}   {'continues ' if plan.continued else ''}run {names}"


def plan_lines(plan: Plan, target: Target, pace: tuple[float, float], now: datetime) -> list[str]:
    """Show what would be sent and until when, and what would not.

    ``pace`` is the slowest and the fastest rate to expect.
    """
    when = _until_when(plan.to_send, *pace, now) if plan.to_send else ""
    counts = [(f"{plan.to_send:,}", "will be sent", when)]
    if plan.continued:
        return _rest_lines(plan, counts)
    repaired = _told(plan, "repaired_rows")
    for words, number in (
        ("held back until the sheet is looked at", _sum(plan, "held_back")),
        (f"{_need(_sum(plan, 'to_fix'))}, not sent", _sum(plan, "to_fix")),
        ("unchanged since they were last confirmed, not sent", _sum(plan, "unchanged")),
        ("changed by a later run, not sent again (--resend sends them)", _sum(plan, "superseded")),
        ("hidden in the sheet, and sent all the same", _hidden(plan)),
        (f"{_rows(repaired)} repaired: see repairs in the results", repaired),
    ):
        if number:
            counts.append((f"{number:,}", words, ""))
    for sheet in plan.sheets:
        for run_id, rows in sheet.puts_back.items():
            words = f"put back an address that run {run_id} replaced: {named_rows(rows)}"
            counts.append((f"{len(rows):,}", words, ""))
    lines = table(counts)
    if any(sheet.unknown_runs for sheet in plan.sheets):
        lines += ["", *_unknown_lines(plan.sheets)]
    if plan.to_send and target.kind != "sandbox":
        lines += ["", "  There is no undo: FinerWorks does not give the old addresses."]
    return lines


def _unknown_lines(sheets: Sequence[SheetPlan]) -> list[str]:
    """Say of results that were made elsewhere that nothing is known of what was sent."""
    lines = []
    for sheet in sheets:
        if not sheet.unknown_runs:
            continue
        rows = sum(sheet.unknown_runs.values())
        first, *others = sheet.unknown_runs
        which = f"run {first}" + (f" and {counted(len(others), 'other')}" if others else "")
        words = (
            f"{counted(rows, 'row')} of {sheet.run.source.name} came back from {which}, which this "
            "ledger does not know (another machine, or another --state-dir): all of them count as "
            "new, whatever was sent there."
        )
        lines += wrap(words, _WIDTH + 8, break_on_hyphens=False)
    return [f"  {line}" for line in lines]


def _until_when(orders: int, slow: float, fast: float, now: datetime) -> str:
    if slow == float("inf"):
        return "without pacing"
    longest, shortest = about(orders / slow), about(orders / fast)
    spans = f"about {longest}" if longest == shortest else f"{shortest} to {longest}"
    rates = f"{slow:.3g}/s" if slow == fast else f"{slow:.3g} to {fast:.3g}/s"
    return f"{spans} at {rates}, done by {clock_time(now, orders / slow)}"


def _rest_lines(plan: Plan, counts: list[tuple[str, str, str]]) -> list[str]:
    """Show what is left of a cut-off run."""
    lines = []
    for sheet in plan.sheets:
        name = f" of {sheet.run.source.name}" if len(plan.sheets) > 1 else ""
        begun = datetime.fromtimestamp(sheet.run.begun_at).astimezone()
        done = f"{sheet.orders - sheet.to_send:,} of {counted(sheet.orders, 'order')} done"
        lines.append(f"  Continues run {sheet.run.run_id}{name}, begun {begun:%a %H:%M}: {done}")
    doubted = _sum(plan, "doubted")
    if doubted:
        words = "of them may have arrived already; the same address goes once more"
        counts.append((f"{doubted:,}", words, ""))
    overtaken = _sum(plan, "superseded")
    if overtaken:
        counts.append((f"{overtaken:,}", "changed by a later run, not sent", ""))
    return [*lines, "", *table(counts)]


def _sum(plan: Plan, name: str) -> int:
    return sum(getattr(sheet, name) for sheet in plan.sheets)


def _hidden(plan: Plan) -> int:
    return _told(plan, "hidden_rows")


def _told(plan: Plan, name: str) -> int:
    return sum(getattr(sheet.told, name) for sheet in plan.sheets)
