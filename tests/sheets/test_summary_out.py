"""The Summary worksheet: what it says of every kind of run, and its chart."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.account import Account, Group
from pipeline.core.outcome import NextStep, Outcome
from pipeline.core.results import HeadingLine
from pipeline.sheets.excel.results_out import telling
from pipeline.sheets.excel.results_out.looks import TINTS
from tests.fakes.accounts import an_account, rows
from tests.fakes.result_rows import a_result
from tests.sheets.test_workbook_out import LINES, opened, parts, sheet_of, write

TO_FIX = "correct the marked cells in the worksheet “To fix”, save, and apply this workbook."
STORED = "FinerWorks has stored there."


def summary(path: Path, account: Account, lines: Any = LINES) -> list[list[str]]:
    """Give the texts of the Summary, row by row, without what is empty."""
    sheet = sheet_of(write(path / "r.xlsx", lines, account=account), "Summary")
    told = ([str(cell.value) for cell in row if cell.value is not None] for row in sheet)
    return [line for line in told if line]


def a_check(**changes: Any) -> Account:
    counts = {"ready": 3_900, "invalid": 103} | dict.fromkeys((str(o) for o in Outcome), 0)
    counts["invalid"] = 103
    return an_account(check=True, outcomes=counts, order_outcomes=counts, to_send=(), **changes)


def test_counts_come_with_what_they_mean(tmp_path: Path) -> None:
    """Every outcome that occurred, in rows and orders, with its next step, and their sum."""
    told = summary(tmp_path, an_account())
    at = told.index(["Outcome", "Rows", "Orders", "Next step", "What it means"])
    assert told[at + 1][:4] == ["updated", "3806", "3806", "nothing"]
    assert told[at + 3] == ["invalid", "122", "122", "fix", "The row has errors; not sent."]
    assert told[at + 9] == ["All", "4003", "4003"]
    assert not any(line[0] == "not_sent" for line in told)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"target": "live", "target_words": "LIVE"}, None),
        ({"target": "sandbox", "target_words": "SANDBOX"}, "SANDBOX: no real order was changed"),
        (
            {"target": "test", "target_words": "TEST HOST: may or may not touch real orders"},
            "TEST HOST: may or may not touch real orders",
        ),
        (
            {"target": "custom", "target_words": "CUSTOM HOST", "host": "127.0.0.1:81"},
            "CUSTOM HOST 127.0.0.1:81: this is not FinerWorks",
        ),
        ({"check": True}, "CHECK: nothing was sent"),
    ],
)
def test_a_banner_says_that_the_target_was_not_live(
    tmp_path: Path, changes: dict[str, Any], words: str | None
) -> None:
    """Nobody takes a rehearsal for the real thing, on paper neither."""
    account = a_check() if changes.get("check") else an_account(**changes)
    told = summary(tmp_path, account)
    assert told[2] == [words] if words else told[2][0].startswith("2 rows need a person")
    table, to_fix, _ = opened(tmp_path / "r.xlsx")
    assert [page.oddHeader.center.text for page in (table, to_fix)] == [words] * 2


def test_what_to_do_next_stands_on_top(tmp_path: Path) -> None:
    """How many rows need a person and where they are; what is only to be sent again."""
    told = summary(tmp_path, an_account())
    assert told[2:4] == [
        [f"2 rows need a person: {TO_FIX}"],
        ["To be sent again: 5 orders. Run the same command again."],
    ]


def test_nothing_left_to_do_is_said(tmp_path: Path) -> None:
    """A run that went well ends with that."""
    account = an_account(to_fix=(), to_send=())
    lines = [HeadingLine(1, ("a",)), a_result(2, ("x",))]
    assert ["Nothing is left to do."] in summary(tmp_path, account, lines)


def test_a_run_that_stopped_says_why_and_how_to_go_on(tmp_path: Path) -> None:
    """The cause and the one command come before everything else."""
    told = summary(
        tmp_path,
        an_account(error="FinerWorks is down.", go_on="address-pipeline resume R", exit_code=5),
    )
    assert told[2:4] == [
        ["The run stopped early: FinerWorks is down."],
        ["To go on, run: address-pipeline resume R"],
    ]
    assert ["Exit code", "5 (stopped early)"] in told


def test_reasons_come_with_their_first_rows_and_what_to_do(tmp_path: Path) -> None:
    """Most rows first, then what is only to be sent again, repairs and warnings."""
    told = summary(tmp_path, an_account())
    assert [
        "US ZIP missing or not 5 digits",
        "81",
        "invalid",
        "14, 77, 102, 200, 201, 202, 203, 204 and 73 more",
        "Type the ZIP of 5 digits.",
    ] in told
    titles = ["To fix, most rows first", "To send again", "Repairs"]
    titles += ["Warnings: such rows were sent all the same", "Facts of the run"]
    assert [line[0] for line in told if line[0] in titles] == titles
    assert ["ZIPs got their lost zero back", "598"] in told
    assert ["phone cannot be right", "17"] in [line[:2] for line in told]


def test_very_many_kinds_of_errors_end_somewhere(tmp_path: Path) -> None:
    """25 kinds are shown; the rest is counted."""
    group = Group("kind", "Do it.", Outcome.INVALID, NextStep.FIX, 2, rows(5, 6))
    account = an_account(to_fix=tuple(replace(group, title=f"kind {n}") for n in range(30)))
    told = summary(tmp_path, account)
    assert ["and 5 more kinds", "10", "See “reason”."] in told
    assert sum(line[0].startswith("kind ") for line in told) == 25


def test_a_check_speaks_of_a_check(tmp_path: Path) -> None:
    """Who approves a preview sees what is ready, what was found and what would be cleared."""
    told = summary(tmp_path, a_check(findings=("Rows 4 to 9 are shifted.",)))
    assert told[0] == ["Check of orders.xlsx"]
    assert told[3][0].startswith("The sheet looks damaged as a whole, see below: nothing of it is")
    assert ["Ready to send: 3,900 orders. Apply the sheet to send what is ready."] in told
    at = told.index(["The sheet as a whole"])
    assert told[at + 1 : at + 3] == [
        ["Rows 4 to 9 are shifted."],
        [f"There is no column for address_order_po: sending clears what {STORED}"],
    ]
    names = {line[0] for line in told}
    assert "ready" in names
    assert not names & {"Requests", "Exit code", "Approved", "updated"}


def test_a_sheet_held_back_says_so(tmp_path: Path) -> None:
    """Its sound rows need no correction each, so nobody is sent to look at every one of them."""
    held = Group("held back", "Look.", Outcome.NOT_SENT, NextStep.FIX, 3_900, rows(4, 5))
    told = summary(tmp_path, an_account(to_fix=(held,), to_send=(), findings=("Shifted.",)))
    (sentence,) = told[2]
    assert sentence.startswith("The sheet looks damaged as a whole, see below: nothing of it was")
    assert not any("need a person" in line[0] for line in told)


def test_facts_of_the_run(tmp_path: Path) -> None:
    """Times in UTC, counts with their thousands, the whole SHA-256."""
    told = dict(line for line in summary(tmp_path, an_account()) if len(line) == 2)
    assert told["Run"] == "20261125-k3f9q2"
    assert told["SHA-256 of the sheet"] == an_account().source_sha256
    assert told["Begun"] == "2026-11-25 09:46:40 UTC"
    assert told["Time it took"] == "13 min 0 s"
    assert told["Requests"] == "3,902, of them 85 retries and 61 turned away as too many"
    assert told["By"] == "ada on laptop"
    assert told["Exit code"] == "1 (finished, with rows to see to)"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.25, "0.2 s"), (59, "59.0 s"), (61, "1 min 1 s"), (7260, "2 h 1 min")]
)
def test_how_long_it_took(seconds: float, words: str) -> None:
    """As people say it."""
    account = an_account()
    assert account.sending_at
    account = replace(account, ended_at=account.sending_at + seconds)
    assert dict(telling.facts(account))["Time it took"] == words


def test_what_is_not_known_yet_is_left_out(tmp_path: Path) -> None:
    """Results of a run that is still sending have no end and no exit code."""
    account = an_account(ended_at=None, exit_code=None, learned_per_second=None)
    names = {line[0] for line in summary(tmp_path, account)}
    assert not names & {"Ended", "Time it took", "Exit code", "Pace learned"}
    assert ["Exit code", "77"] in summary(tmp_path, replace(account, exit_code=77))


def test_the_chart_shows_the_counts_and_says_them(tmp_path: Path) -> None:
    """Native, with its numbers stored, each bar in its outcome's colour, and words for it."""
    held = parts(write(tmp_path / "r.xlsx"))
    chart = held["xl/charts/chart1.xml"].decode()
    assert re.search(r"<c:cat>.*<c:v>updated</c:v>.*<c:val>.*<c:v>3806</c:v>", chart)
    assert re.findall(r"<c:dPt>.*?srgbClr val=\"(\w+)\"", chart)[:2] == [
        TINTS["updated"].word[1:],
        TINTS["unchanged"].word[1:],
    ]
    drawing = held["xl/drawings/drawing1.xml"].decode()
    assert 'descr="Bar chart, rows by outcome: updated 3,806, unchanged 40, invalid 122' in drawing
    sheet = sheet_of(tmp_path / "r.xlsx", "Summary")
    values = re.search(r"<c:val><c:numRef><c:f>Summary!\$B\$(\d+):\$B\$(\d+)</c:f>", chart)
    assert values
    first, last = int(values[1]), int(values[2])
    assert [sheet.cell(first, 1).value, sheet.cell(last, 2).value] == ["updated", 20]
