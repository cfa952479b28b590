"""Progress on stderr, with a clock that the test turns."""

from __future__ import annotations

import os
import shutil
import time

import pytest

from pipeline.cli.progress import ProgressLine
from pipeline.core.events import Progress


class Turned:
    """Stands in for the clock and the terminal's width."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, columns: int = 100) -> None:
        self.now = 0.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        size = os.terminal_size((columns, 24))
        monkeypatch.setattr(shutil, "get_terminal_size", lambda: size)


def at(done: int, seconds: float = 10.0) -> Progress:
    return Progress(done, 100, done, 0, seconds)


def test_a_plain_line_every_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A log file gets a line now and then, not a bar."""
    clock, show = Turned(monkeypatch), ProgressLine(live=False)
    for second in range(25):
        clock.now = float(second)
        show(at(second, second or 1.0))
    show.close()
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "10/100   1.0/s   0 retries   2 min left",
        "20/100   1.0/s   0 retries   1 min left",
    ]


def test_a_live_line_redraws_itself_and_ends_with_a_new_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At most ten times a second, and the last order is always shown."""
    Turned(monkeypatch)
    show = ProgressLine(live=True)
    for done in (1, 2, 3, 100):
        show(at(done))
    show.close()
    drawn = capsys.readouterr().err
    assert drawn.count("\r") == 2
    assert "100/100" in drawn
    assert drawn.endswith("\n")


@pytest.mark.parametrize("columns", [30, 60, 80, 100, 200])
def test_a_live_line_never_wraps(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int
) -> None:
    """On a narrow terminal the hint goes first, then the bar; the numbers stay."""
    Turned(monkeypatch, columns)
    ProgressLine(live=True)(at(50))
    drawn = capsys.readouterr().err.replace("\r\x1b[K", "")
    assert len(drawn) < columns
    assert "50/100" in drawn
    assert ("Ctrl-C" in drawn) == (columns >= 80)
    assert ("━" in drawn) == (columns >= 60)


def test_nothing_is_said_where_nothing_happened(capsys: pytest.CaptureFixture[str]) -> None:
    """Closing an empty line prints nothing."""
    ProgressLine(live=True).close()
    assert capsys.readouterr().err == ""
