"""What is said to do next can be typed as it stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from pipeline.cli.showing import Again
from pipeline.cli.summing_up import count_words, summary_lines, written_lines
from pipeline.core.outcome import ExitCode, Outcome
from pipeline.core.said import Said
from pipeline.job.finish import Written
from pipeline.job.summary import SheetSummary, Summary


def test_the_next_command_repeats_what_was_said() -> None:
    """Target, ids, mapping and worksheet; and a name with a space is quoted."""
    said = Said(("--map", "zip=Post code"), "May 1")
    again = Again("--live", Path("my ids.csv"), said)
    assert again.command("my orders.xlsx", anew=True) == (
        "address-pipeline apply 'my orders.xlsx' --ids 'my ids.csv' --map 'zip=Post code'"
        " --worksheet 'May 1' --live"
    )
    assert again.command("-a.csv", "b.csv") == (
        "address-pipeline apply ./-a.csv b.csv --ids 'my ids.csv' --map 'zip=Post code' --live"
    )
    assert Again().command("a.csv") == "address-pipeline apply a.csv"
    assert Again("--live", place="--state-dir 'my state'").command("a.csv") == (
        "address-pipeline apply a.csv --live --state-dir 'my state'"
    )


EVERY = {str(outcome): 1_234 for outcome in Outcome}
_NONE = dict.fromkeys(EVERY, 0)
NOW = datetime(2026, 11, 23, 13, 43).astimezone()


def _summary(*sheets: SheetSummary, stopped: ExitCode = ExitCode.OK) -> Summary:
    return Summary("live", "api.finerworks.com", sheets, 0, 0, stopped=stopped)


def _sheet(name: str, *, held_back: int = 0) -> SheetSummary:
    sheet = SheetSummary(name, "20261123-k3f9q2", order_outcomes=EVERY, outcomes=EVERY)
    return replace(sheet, to_fix=3_702, held_back=held_back)


def test_a_summary_fits_a_terminal() -> None:
    """Every outcome at once, with a stop: no line is wider than 80 columns."""
    summary = _summary(_sheet("orders.xlsx", held_back=12), stopped=ExitCode.STOPPED)
    written = [Written(Path("orders.results.xlsx"))]
    lines = summary_lines(summary, written, Again("--live"), NOW)
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("Stopped 13:43.   1,234 orders updated   1,234 unchanged")


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("orders.results.xlsx", 'open "To fix" in orders.results.xlsx, correct, save, then:'),
        (
            "orders.results.csv",
            "filter next_step by fix in orders.results.csv, correct, save, then:",
        ),
    ],
)
def test_what_is_to_fix_is_told_with_its_place(name: str, where: str) -> None:
    """A workbook has a worksheet of its own for it; a CSV has the column."""
    lines = summary_lines(
        _summary(_sheet("orders.xlsx")), [Written(Path(name))], Again("--live"), NOW
    )
    at = lines.index(f"  to fix    {where}")
    assert lines[at + 1] == f"            address-pipeline apply {name} --live"


def test_a_sheet_without_anything_to_fix_is_not_opened() -> None:
    """Of several sheets only those are named that have something to fix."""
    sheets = (_sheet("a.xlsx"), replace(_sheet("b.xlsx"), to_fix=0, outcomes=_NONE))
    written = [Written(Path(f"{name}.results.xlsx")) for name in "ab"]
    lines = summary_lines(_summary(*sheets), written, Again(), NOW)
    assert [line for line in lines if "To fix" in line and "b.results" in line] == []
    assert lines[-2:] == ["Results a.results.xlsx", "        b.results.xlsx"]


def test_held_back_orders_count_once() -> None:
    """They are among those that were not sent."""
    counts = dict.fromkeys(map(str, Outcome), 0) | {"not_sent": 5, "updated": 1}
    assert count_words(counts, 0, 5) == ["1 order updated", "5 held back"]
    assert count_words(counts, 2, 3) == ["1 order updated", "2 not sent", "3 held back", "2 to fix"]


def _landed(name: str) -> Written:
    return Written(Path(f"{name}.results.xlsx"), report=Path(f"{name}.report.html"))


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ([_landed("orders")], ["Results orders.results.xlsx   Report orders.report.html"]),
        (
            [_landed("orders-of-" + "x" * 30)],
            [
                f"Results orders-of-{'x' * 30}.results.xlsx",
                f"Report  orders-of-{'x' * 30}.report.html",
            ],
        ),
        (
            [_landed("a"), _landed("b")],
            [
                "Results a.results.xlsx",
                "        b.results.xlsx",
                "Report  a.report.html",
                "        b.report.html",
            ],
        ),
        ([Written(Path("a.results.csv"))], ["Results a.results.csv"]),
        ([Written(None)], []),
    ],
)
def test_the_last_lines_name_what_was_written(written: list[Written], lines: list[str]) -> None:
    """In one line where there is one of each and room; else one below the other."""
    assert written_lines(written) == lines
