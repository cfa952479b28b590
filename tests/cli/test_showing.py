"""What is said to do next can be typed as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.cli.showing import Again, written_lines
from pipeline.job.finish import Written


def test_the_next_command_repeats_what_was_said() -> None:
    """Target, ids, mapping and worksheet; and a name with a space is quoted."""
    again = Again("--live", Path("my ids.csv"), ("zip=Post code",), "May 1")
    assert again.command("my orders.xlsx") == (
        "address-pipeline apply 'my orders.xlsx' --ids 'my ids.csv' --map 'zip=Post code'"
        " --worksheet 'May 1' --live"
    )
    assert Again().command("a.csv") == "address-pipeline apply a.csv"


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
