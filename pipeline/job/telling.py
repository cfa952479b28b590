"""What a staged row is told: its reason, repairs and warnings, in the words of its own sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pipeline.core.checking import CheckedRow, Finding
from pipeline.core.duplicates import DoubtKind
from pipeline.core.mapping import SheetMapping
from pipeline.core.outcome import NextStep, Outcome
from pipeline.core.platforms import plain
from pipeline.ledger.rows import Marks, StagedLine

__all__ = ["columns_by_field", "headings_by_field", "refuse", "tell", "tell_doubt"]

LONGEST_HEADING: Final = 40
_NO_HEADINGS: Final[Mapping[str, str]] = {}
_PARTS: Final = {"full_name": ("first_name", "last_name"), "region": ("state_code", "province")}


def refuse(
    line: StagedLine, errors: Sequence[Finding], headings: Mapping[str, str] = _NO_HEADINGS
) -> None:
    """Settle a row as invalid; its reason speaks of the sheet's own headings."""
    line.outcome, line.next_step = Outcome.INVALID, NextStep.FIX
    line.reason = " ".join(_said(error, headings.get(error.field, "")) for error in errors)


def _said(error: Finding, heading: str) -> str:
    sentence = error.sentence
    if heading and sentence.startswith(f"{error.field} "):
        sentence = f"{error.field} (“{_short(heading)}”){sentence.removeprefix(error.field)}"
    return f"{sentence.removesuffix('.')}, {error.advice}." if error.advice else sentence


def _short(heading: str) -> str:
    """Give a heading as it stands in a sentence: one line, and not all of a long one."""
    line = " ".join(heading.split())
    return line if len(line) <= LONGEST_HEADING else f"{line[:LONGEST_HEADING]}…"


def headings_by_field(mapping: SheetMapping) -> dict[str, str]:
    """Give for each field that bears another name in the sheet its heading there."""
    headings = {name: mapping.headings[at] for name, at in mapping.fields.items()}
    for whole, parts in _PARTS.items():
        headings |= {part: headings[whole] for part in parts if whole in headings}
    return {name: h for name, h in headings.items() if plain(h) != plain(name)}


def columns_by_field(mapping: SheetMapping) -> dict[str, int]:
    """Give the column that holds each field; one column may hold two."""
    columns = dict(mapping.fields)
    for whole, parts in _PARTS.items():
        if whole in columns:
            columns |= dict.fromkeys(parts, columns[whole])
    return columns


def tell(
    line: StagedLine,
    errors: Sequence[Finding],
    warnings: Sequence[Finding],
    checked: CheckedRow,
    headings: Mapping[str, str],
    *,
    hidden: bool,
) -> None:
    """Write down what the rules said of a row."""
    if errors:
        refuse(line, errors, headings)
    line.repairs = "\n".join(f"{r.field}: {r.before} → {r.after}" for r in checked.repairs)
    line.warnings = "\n".join(_told(warning) for warning in warnings)
    line.marks = Marks(
        errors=tuple((error.rule, error.field) for error in errors),
        warnings=tuple((warning.rule, warning.field) for warning in warnings),
        repairs=tuple((repair.rule, repair.field) for repair in checked.repairs),
        hidden=hidden,
    ).as_json()


def tell_doubt(line: StagedLine, kind: DoubtKind, reason: str) -> None:
    """Settle a row of results as one that contradicts another version of it; nothing is sent."""
    line.outcome, line.next_step, line.reason = Outcome.CONFLICT, NextStep.FIX, reason
    line.payload = None
    line.marks = Marks.with_doubt(line.marks, kind)


def _told(finding: Finding) -> str:
    return f"{finding.field}: {finding.sentence}" if finding.field else finding.sentence
