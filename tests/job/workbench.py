"""Stage, plan and finish a sheet that a test writes as text; nothing is sent."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.checking import RowChecker
from pipeline.core.order_ids import OrderIds
from pipeline.core.rules import RuleOptions
from pipeline.job.apply import Apply
from pipeline.job.choosing import SheetOptions
from pipeline.job.finish import ResultsOptions
from pipeline.job.plan import Plan, PlanOptions
from pipeline.job.summary import Summary
from pipeline.job.taking import Taking
from pipeline.ledger import Ledger
from pipeline.ledger.runs import RunFacts
from pipeline.sheets import open_sheet
from tests.fakes.clock import FakeClock

HEAD = "order_id,first_name,last_name,address_1,city,state_code,zip_postal_code,country_code,note"
ADA = "Ada,Byron,12 Analytical Way,Austin,TX,78701,us"
BO = "Bo,Ek,5 Engine St,Boston,MA,02134,us"


@dataclass
class Checked:
    """What a check made of its sheets: the plan, the summary, and the result rows by row number."""

    plan: Plan
    summary: Summary
    rows: dict[int, dict[str, str]]
    lines: list[list[str]]

    def outcomes(self) -> dict[int, str]:
        return {number: row["outcome"] for number, row in self.rows.items()}


def checked(
    ledger: Ledger,
    *sheets: Path,
    options: PlanOptions | None = None,
    sheet_options: SheetOptions | None = None,
) -> Checked:
    """Check sheets; rows of the last one are given."""
    facts, clock = RunFacts("t", "check", "", None, "me", "here", "0"), FakeClock()
    taken = Taking(
        ledger,
        RowChecker(RuleOptions()),
        sheet_options or SheetOptions(),
        facts,
        clock,
        lock_sheets=False,
    )
    taken.take(sheets, open_sheet)
    if taken.failed:
        taken.close()
        raise taken.failed[0].error
    apply = Apply(ledger, taken, facts, clock)
    plan = apply.plan(options or PlanOptions())
    summary, written = apply.finish(ResultsOptions(check=True, kind="csv"), None)
    taken.close()
    path = written[-1].path
    assert path is not None
    with open_sheet(sheets[-1]) as source:
        lines = read(path, source.info.delimiter or ",")
    return Checked(plan, summary, by_row(lines), lines)


def read(path: Path, delimiter: str = ",") -> list[list[str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file, delimiter=delimiter))


def by_row(lines: list[list[str]]) -> dict[int, dict[str, str]]:
    head = next(line for line in lines if "run_id" in line)
    records = (dict(zip(head, line, strict=False)) for line in lines)
    return {int(r["row"]): r for r in records if r.get("row", "row").isdigit()}


def write(folder: Path, *lines: str, name: str = "orders.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def ids(pairs: Mapping[str, str]) -> SheetOptions:
    return SheetOptions(ids=OrderIds.from_rows(("order_po", "order_id"), list(pairs.items())))
