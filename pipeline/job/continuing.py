"""Whether the cut-off run of a sheet goes on where it stopped, and if not, why.

It does where nothing can have changed of what it would send: the same content, read in the same
way, to the same target by the same keys, and begun less than a day ago.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pipeline.core.mapping import SheetMapping
from pipeline.job.choosing import Chosen
from pipeline.ledger import Ledger
from pipeline.ledger.cut_off import (
    is_cut_off,
    is_fresh,
    is_replaced,
    newest_of_content,
    newest_of_sheet,
    overtaken_by,
    together_with,
)
from pipeline.ledger.runs import Run, RunFacts
from pipeline.sheets import Sheet

__all__ = [
    "AS_USUAL",
    "PLAIN",
    "Found",
    "Looked",
    "Shape",
    "StillRight",
    "Wish",
    "find_cut_off",
    "options_fp",
]

PRINT_BYTES: Final = 8
StillRight = Callable[[Run], bool]
"""Asked about a run begun over a day ago: are its addresses still right?"""


@dataclass(frozen=True, slots=True)
class Shape:
    """What was decided for all sheets of a command and shapes what is sent, each as one text."""

    ids: str = ""
    duplicates: str = ""
    rules: str = ""


PLAIN: Final = Shape()


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller wants done about cut-off runs.

    ``accepts_findings``: sheets that look damaged are meant, or somebody is there to be asked.
    ``approved``: where it is given, only a run that was approved in these words goes on.
    """

    resend: bool = False
    accepts_findings: bool = False
    still_right: StillRight = lambda _: False
    approved: str = ""


AS_USUAL: Final = Wish()


@dataclass(frozen=True, slots=True)
class Looked:
    """A sheet that was opened and understood, and is not staged yet."""

    path: Path
    kind: str
    sha256: str
    modified_at: float
    mapping: SheetMapping
    options_fp: bytes
    encoding: str | None = None
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The runs that go on, one a sheet, or none; ``why_not`` names those that do not."""

    runs: Sequence[Run] = ()
    why_not: Sequence[str] = field(default=())


_OTHER: Final = (
    "its columns are read in another way now",
    "--ids holds something else now",
    "another choice was made about duplicates",
    "the rules are set otherwise now",
    "it was begun by another version of address-pipeline",
)


def options_fp(
    ledger: Ledger, sheet: Sheet, chosen: Chosen, shape: Shape, facts: RunFacts
) -> bytes:
    """Give the keyed fingerprints of all that shapes a payload, one part behind the other."""
    mapping = chosen.mapping
    columns = [
        chosen.worksheet,
        sheet.info.encoding,
        sheet.info.delimiter,
        mapping.heading_row,
        mapping.headings,
        sorted(mapping.fields.items()),
        mapping.order_by,
        chosen.own is not None,
        [further.worksheet for further in chosen.further],
    ]
    parts = (json.dumps(columns), shape.ids, shape.duplicates, shape.rules, facts.version)
    return b"".join(
        ledger.fingerprint(f"{at}\n{part}")[:PRINT_BYTES] for at, part in enumerate(parts)
    )


def find_cut_off(
    ledger: Ledger, sheets: Sequence[Looked], facts: RunFacts, wish: Wish, now: float
) -> Found:
    """Find the cut-off run of every sheet, where all of them may go on."""
    if facts.target_no is None:
        return Found()
    found = (newest_of_content(ledger, sheet.sha256, facts.target_no) for sheet in sheets)
    newest = {run.run_no: run for run in found if run is not None}
    cut_off = _cut_off(ledger, newest.values(), {sheet.sha256 for sheet in sheets})
    if not cut_off:
        return Found(why_not=_elsewhere(ledger, sheets, facts))
    why_not = {run.run_id: _why_not(ledger, run, set(newest), sheets, wish) for run in cut_off}
    old = not all(is_fresh(run, now) for run in cut_off)
    if old and not any(why_not.values()) and not wish.still_right(cut_off[0]):
        why_not = dict.fromkeys(why_not, "it was begun more than 24 hours ago")
    if any(why_not.values()):
        return Found(why_not=[_sentence(run_id, why) for run_id, why in why_not.items() if why])
    return Found(together_with(ledger, cut_off[0]))


def _cut_off(ledger: Ledger, newest: Iterable[Run], contents: Collection[str]) -> list[Run]:
    """Give the cut-off runs among these; two sheets of one content have several of one command."""
    together = {one.run_no: one for run in newest for one in together_with(ledger, run)}
    return [
        run
        for run in together.values()
        if run.source.sha256 in contents
        and is_cut_off(ledger, run)
        and not is_replaced(ledger, run)
    ]


def _why_not(
    ledger: Ledger,
    run: Run,
    newest: Collection[int],
    sheets: Sequence[Looked],
    wish: Wish,
) -> str:
    if wish.resend:
        return "--resend sends everything"
    together = together_with(ledger, run)
    same = [one.source.sha256 for one in together] == [sheet.sha256 for sheet in sheets]
    if not same or set(newest) - {one.run_no for one in together}:
        others = ", ".join(one.source.name for one in together if one.run_no != run.run_no)
        return f"it was begun together with {others}" if others else "it was begun by itself"
    for one, sheet in zip(together, sheets, strict=True):
        if other := _never_again(one, wish) or _differing(one.options_fp, sheet.options_fp):
            return other
        later = overtaken_by(ledger, one, sheet.modified_at)
        if later is not None:
            return f"the sheet was saved again after run {later} took over some of its orders"
    return ""


def _never_again(run: Run, wish: Wish) -> str:
    """Say what a run could not send any more, though it is wanted now."""
    if run.purged_at is not None:
        return "what it would send was deleted since"
    if run.held_back and wish.accepts_findings:
        return f"it sends nothing of {run.source.name}, which looked damaged"
    if wish.approved not in run.approved:
        return "it was approved in another way"
    return ""


def _differing(before: bytes | None, now: bytes) -> str:
    """Name the first part that is another one."""
    if before == now:
        return ""
    for at, words in enumerate(_OTHER):
        part = slice(at * PRINT_BYTES, (at + 1) * PRINT_BYTES)
        if before is not None and before[part] != now[part]:
            return words
    return _OTHER[-1]


def _elsewhere(ledger: Ledger, sheets: Sequence[Looked], facts: RunFacts) -> list[str]:
    """Name the cut-off runs that sheets of this place or content had otherwise."""
    why_not: Mapping[str, str] = {}
    for sheet in sheets:
        path = "" if sheet.kind == "rows" else str(sheet.path.absolute())
        run = newest_of_sheet(ledger, sheet.sha256, path)
        if run is not None and is_cut_off(ledger, run):
            why_not = {**why_not, run.run_id: _other_run(run, sheet, facts)}
    return [_sentence(run_id, why) for run_id, why in why_not.items()]


def _other_run(run: Run, sheet: Looked, facts: RunFacts) -> str:
    if run.target_kind == "sandbox":
        return "its sandbox has ended"
    if run.source.sha256 != sheet.sha256:
        return "the sheet has changed since"
    where = (run.target_kind, run.host, run.mapping.get("base_url"))
    if where != (facts.target_kind, facts.host, facts.base_url):
        return f"it went to another target, {run.host}"
    return "it was begun with other keys"


def _sentence(run_id: str, why: str) -> str:
    return f"Run {run_id} of this sheet was cut off and is not continued: {why}."
