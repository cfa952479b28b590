"""What is said to do next can be typed as it stands."""

from __future__ import annotations

from pathlib import Path

from pipeline.cli.showing import Again


def test_the_next_command_repeats_what_was_said() -> None:
    """Target, ids, mapping and worksheet; and a name with a space is quoted."""
    again = Again("--live", Path("my ids.csv"), ("zip=Post code",), "May 1")
    assert again.command("my orders.xlsx") == (
        "address-pipeline apply 'my orders.xlsx' --ids 'my ids.csv' --map 'zip=Post code'"
        " --worksheet 'May 1' --live"
    )
    assert Again().command("a.csv") == "address-pipeline apply a.csv"
