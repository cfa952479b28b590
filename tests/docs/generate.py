"""``make docs``: write the parts of the pages that are made from the program.

A page marks such a part by ``<!-- generated: NAME -->`` and ``<!-- end -->``; what stands between
is written anew. A test holds the committed pages to what this would write.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cmp_to_key
from pathlib import Path
from typing import Final

from pipeline.config.model import Rate
from pipeline.core.events import EVENTS, Event
from pipeline.core.outcome import (
    NEXT_STEPS,
    OUTCOMES,
    ExitCode,
    NextStep,
    combined_exit_code,
    needs_a_person,
)
from pipeline.core.platforms import platforms
from pipeline.core.reply import judge
from pipeline.core.rules import RULES, SHEET_RULES, Severity
from pipeline.core.sheet_findings import SHEET_FINDINGS
from pipeline.ledger.schema import MIGRATIONS
from pipeline.observing.metrics import METRICS
from tests.docs import cli_tree, places_table, sheet_examples
from tests.docs.network_samples import NETWORK
from tests.docs.reading import PROJECT
from tests.docs.reason_samples import samples
from tests.docs.reply_samples import REPLIES, next_step_of, outcome_of, then
from tests.docs.rule_examples import EXAMPLES, Example
from tests.docs.sheet_examples import sheet_findings

__all__ = ["main", "pages", "rendered"]


_PART: Final = re.compile(r"(<!-- generated: (?P<name>[^>]+?) -->\n).*?(<!-- end -->)", re.DOTALL)

EXIT_WORDS: Final[Mapping[ExitCode, str]] = {
    ExitCode.OK: (
        "every row is `updated`, `unchanged` or `superseded` (of `check`: no row has an error)"
    ),
    ExitCode.ROWS_TO_SEE_TO: (
        "finished, but some rows are `invalid`, `conflict`, `rejected`, `failed`, `unknown` or "
        "`not_sent`"
    ),
    ExitCode.USAGE: "wrong usage or configuration; nothing was sent",
    ExitCode.SHEET: "a sheet cannot be read or understood; nothing of it was sent",
    ExitCode.CREDENTIALS: "the keys are missing or were refused; the same command goes on",
    ExitCode.STOPPED: (
        "stopped early: the API does not answer, is not the API, or fails too often, "
        "or the disk is full; the same command goes on"
    ),
    ExitCode.BUSY: "another process is working on this sheet; repeat later",
    ExitCode.BUG: "our bug; nothing that was settled is lost",
    ExitCode.SIGINT: "stopped by Ctrl-C (SIGINT), or by an answer other than yes",
    ExitCode.SIGTERM: (
        "stopped by SIGTERM, or because the terminal was closed (SIGHUP); the same command goes on"
    ),
}
TO_DO: Final[Mapping[NextStep, str]] = {
    NextStep.NOTHING: "Nothing.",
    NextStep.FIX: "Put the cells right that `reason` names, save, and apply the results sheet.",
    NextStep.SEND_AGAIN: "Run the same command again; only such rows are sent.",
    NextStep.ASK: "Ask FinerWorks, with the row's `reference_id` if it has one.",
}


TABLE_WORDS: Final[Mapping[str, str]] = {
    "meta": "the secret that keys the fingerprints; where purging stands; totals over all runs",
    "targets": "each host together with its keys, by fingerprint",
    "runs": "one line a run: its sheet, who began it, how it ended, what it sent",
    "rows": "one line for each line of a sheet: its cells, its payload, what became of it",
    "paces": "the rate each target and key was seen to take",
    "ticks": "what happened in each second of a run: tries, complaints, latencies",
    "previews": "fingerprints of rows a check gave to a person, to know later which were edited",
    "dropped": "the sheets a watcher took: where each lies, how often it was tried, where it goes",
    "approvals": "the plans that were shown in a hot folder and wait for a yes, by fingerprint",
    "written": "the results sheets that were written, to know them again",
    "orders": "one line a target and order: who may send, what was sent and confirmed last",
}


def rendered(text: str) -> str:
    """Give a page with all its generated parts made anew; KeyError for a part nobody makes."""
    return _PART.sub(lambda part: f"{part[1]}{PARTS[part['name']]()}\n{part[3]}", text)


def pages() -> list[Path]:
    """Give the pages that have generated parts."""
    return [
        page
        for page in sorted((PROJECT / "docs").rglob("*.md"))
        if "<!-- generated:" in page.read_text(encoding="utf-8")
    ]


def main() -> None:
    """Write the pages anew, and say which of them changed."""
    for page in pages():
        before = page.read_text(encoding="utf-8")
        after = rendered(before)
        if after != before:
            page.write_text(after, encoding="utf-8")
            sys.stdout.write(f"{page.relative_to(PROJECT)}\n")


def _table(headings: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    rows = [headings, ["---"] * len(headings), *lines]
    return "\n".join("| " + " | ".join(map(_cell, row)) + " |" for row in rows)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", "<br>")


def _outcomes() -> str:
    return _table(
        ("outcome", "`success`", "usual `next_step`", "counts for exit 0", "meaning"),
        (
            (
                f"`{outcome}`",
                str(rule.success).upper(),
                rule.next_step,
                "yes" if rule.ends_well else "no",
                rule.meaning,
            )
            for outcome, rule in OUTCOMES.items()
        ),
    )


def _next_steps() -> str:
    return _table(
        ("`next_step`", "needs a person", "what to do"),
        (
            (f"`{step}`", "yes" if needs_a_person(step) else "no", TO_DO[step])
            for step in NEXT_STEPS
        ),
    )


def _exit_codes() -> str:
    return _table(("code", "meaning"), ((int(code), EXIT_WORDS[code]) for code in ExitCode))


def _gravest_first() -> str:
    def graver(one: ExitCode, other: ExitCode) -> int:
        return -1 if combined_exit_code([one, other]) == one else 1

    return ", ".join(str(int(code)) for code in sorted(ExitCode, key=cmp_to_key(graver))) + "."


def _replies() -> str:
    lines = []
    for what, reply in REPLIES.items():
        verdict = judge(reply)
        lines.append(
            (
                what,
                then(verdict),
                "yes" if verdict.doubt else "",
                f"`{outcome_of(verdict)}`",
                next_step_of(verdict),
            )
        )
    headings = ("what came", "what follows", "may be stored", "if it stays so", "`next_step`")
    return _table(headings, lines)


def _findings(severity: Severity) -> str:
    lines = []
    for rule, example in _examples(severity):
        checked = example.checked()
        told = checked.errors if severity == "error" else checked.warnings
        found = next(finding for finding in told if finding.rule == rule)
        shown = found.sentence if severity == "error" else f"{found.field}: {found.sentence}"
        lines.append((f"`{rule}`", RULES[rule].title, shown, RULES[rule].todo))
    column = "`reason`" if severity == "error" else "`warnings`"
    return _table(("id", "what", f"such as in {column}", "what to do"), lines)


def _repairs() -> str:
    lines = []
    for rule, example in _examples("repair"):
        made = [repair for repair in example.checked().repairs if repair.rule == rule]
        shown = "\n".join(f"`{one.field}: {one.before} → {one.after}`" for one in made)
        lines.append((f"`{rule}`", RULES[rule].title, shown, RULES[rule].todo))
    return _table(("id", "what", "such as", "what to do"), lines)


def _sheet_rules() -> str:
    return _table(
        ("id", "what", "it is", "what to do"),
        (
            (
                f"`{rule.id}`",
                rule.title,
                "a warning" if rule.severity == "warning" else "an error",
                rule.todo,
            )
            for rule in SHEET_RULES.values()
        ),
    )


def _reasons() -> str:
    return _table(
        ("outcome", "when", "`reason`", "`next_step`"),
        (
            (f"`{one.outcome}`", one.when, one.reason or "(empty: nothing is wrong)", one.next_step)
            for one in samples()
        ),
    )


def _examples(severity: Severity) -> list[tuple[str, Example]]:
    return [(rule, EXAMPLES[rule]) for rule, what in RULES.items() if what.severity == severity]


def _platforms() -> str:
    lines = []
    for platform in platforms():
        groups = [" + ".join(f"`{heading}`" for heading in group) for group in platform.signs]
        numbers = ", else ".join(f"`{heading}`" for heading in platform.numbers)
        lines.append((platform.name, platform.export, "\n".join(groups), numbers))
    headings = ("export of", "which", "known by any of these", "the order's number (`order_po`)")
    return _table(headings, lines)


def _tables() -> str:
    with contextlib.closing(sqlite3.connect(":memory:")) as empty:
        for migration in MIGRATIONS:
            empty.executescript(migration)
        named = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        tables = [name for (name,) in empty.execute(named)]
        columns = {name: empty.execute(f"PRAGMA table_info({name})").fetchall() for name in tables}
    return _table(
        ("table", "what it holds", "columns"),
        (
            (f"`{name}`", TABLE_WORDS[name], ", ".join(f"`{column[1]}`" for column in found))
            for name, found in columns.items()
        ),
    )


def _flags(command: str) -> Callable[[], str]:
    return lambda: "Flags: " + ", ".join(f"`{flag}`" for flag in cli_tree.flags_of(command)) + "."


def _sheet_findings() -> str:
    told = {
        rule: next(one.sentence for one in sheet_findings(rows) if one.rule == rule)
        for rule, rows in sheet_examples.EXAMPLES.items()
    }
    return _table(
        ("id", "what", "such as"),
        ((f"`{rule}`", words, told[rule]) for rule, words in SHEET_FINDINGS.items()),
    )


def _network() -> str:
    return _table(
        ("what is wrong", "`reason` says", "and what to do", "outcome"),
        (
            (wrong, reply.what, reply.todo, f"`{outcome_of(judge(reply))}`")
            for wrong, reply in NETWORK.items()
        ),
    )


def _events() -> str:
    def told(event: type[Event]) -> str:
        names = [spec.name.replace("run_no", "run_id") for spec in fields(event)]  # type: ignore[arg-type]  # each is one
        return ", ".join(f"`{name}`" for name in dict.fromkeys(names))

    return _table(
        ("event", "level", "fields", "when"),
        (
            (
                f"`{event.name()}`",
                event.level,
                told(event),
                " ".join((event.__doc__ or "").split()).replace("``", "`"),
            )
            for event in EVENTS
        ),
    )


def _metrics() -> str:
    def type_of(name: str) -> str:
        if name.endswith("_total"):
            return "counter"
        return "histogram" if name.endswith("_duration_seconds") and "last" not in name else "gauge"

    def labels_of(name: str) -> str:
        if "_last_" in name:
            return "`outcome`" if name.endswith("_rows") else ""
        return "`target`, `outcome`" if name.endswith("_rows_total") else "`target`"

    return _table(
        ("metric", "type", "labels", "what"),
        ((f"`{name}`", type_of(name), labels_of(name), words) for name, words in METRICS.items()),
    )


def _capacity() -> str:
    rate = Rate()
    named = {rate.start_per_second: " (the start)", rate.max_per_second: " (the ceiling)"}

    def line(per_second: float) -> tuple[object, ...]:
        return (
            f"{per_second:g}{named.get(per_second, '')}",
            f"{per_second * 3600:,.0f}",
            *(_lasting(orders / per_second) for orders in (1_000, 10_000, 100_000)),
            f"{rate.workers / per_second:.2g} s",
        )

    orders = ("orders an hour", "1,000 orders take", "10,000", "100,000")
    headings = ("requests a second", *orders, f"answers that {rate.workers} workers keep up with")
    return _table(
        headings, map(line, (1.0, 2.0, rate.start_per_second, 10.0, rate.max_per_second, 50.0))
    )


def _lasting(seconds: float) -> str:
    if seconds <= 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds <= 120 * 60 else f"{seconds / 3600:.1f} h"


PARTS: Final[Mapping[str, Callable[[], str]]] = {
    "outcomes": _outcomes,
    "reasons": _reasons,
    "sheet rules": _sheet_rules,
    "next steps": _next_steps,
    "exit codes": _exit_codes,
    "gravest first": _gravest_first,
    "replies": _replies,
    "network": _network,
    "errors": lambda: _findings("error"),
    "warnings": lambda: _findings("warning"),
    "repairs": _repairs,
    "platforms": _platforms,
    "sheet findings": _sheet_findings,
    "places": lambda: (
        f"{places_table.places_told()}\n\n"
        + _table(places_table.HEADINGS, places_table.place_lines())
    ),
    "tables": _tables,
    "events": _events,
    "metrics": _metrics,
    "capacity": _capacity,
    **{f"flags of {command}": _flags(command) for command in cli_tree.commands()},
}

if __name__ == "__main__":
    main()
