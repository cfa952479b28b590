"""The log for machines: what a line holds, and where lines go."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import typing
from pathlib import Path

import pytest

from pipeline.core import events
from pipeline.core.errors import ConfigError
from pipeline.core.events import EVENTS, CommandEnded, Event, OrderSettled, Paused, RunBegun
from pipeline.core.outcome import ExitCode, NextStep, Outcome
from pipeline.observing.lines import AppendedFile
from pipeline.observing.log import EventLog

BEGUN = RunBegun(7, "20261123-k3f9q2", "orders é.csv", "live", "api.finerworks.com", False)
SETTLED = OrderSettled(7, 12, 500101, Outcome.UPDATED, NextStep.NOTHING, 200, 1)


def lines_of(*told: Event, form: typing.Literal["text", "json"] = "json", level: str) -> list[str]:
    """Log these events."""
    lines: list[str] = []
    log = EventLog(lines.append, form, typing.cast("events.Level", level))
    for event in told:
        log(event)
    return lines


def test_a_line_is_one_json_object() -> None:
    """Time, weight and name first; the run's number is shown as its id; ids and codes are plain."""
    _, line = lines_of(BEGUN, SETTLED, level="debug")
    told = json.loads(line)
    assert told.pop("time").endswith("Z")
    assert list(json.loads(line))[:4] == ["time", "level", "event", "run_id"]
    assert told == {
        "level": "debug",
        "event": "order_settled",
        "run_id": "20261123-k3f9q2",
        "row": 12,
        "order_id": 500101,
        "outcome": "updated",
        "next_step": "nothing",
        "http_status": 200,
        "attempts": 1,
    }


def test_text_is_one_line_too() -> None:
    """Names and values, quoted where there is a space."""
    (line,) = lines_of(BEGUN, form="text", level="info")
    assert line.partition(" ")[2] == (
        "level=info event=run_begun run_id=20261123-k3f9q2"
        ' sheet="orders é.csv" target=live host=api.finerworks.com continued=false'
    )


@pytest.mark.parametrize(
    ("level", "names"),
    [
        ("debug", ["run_begun", "order_settled", "paused", "command_ended", "command_ended"]),
        ("info", ["run_begun", "paused", "command_ended", "command_ended"]),
        ("warning", ["paused", "command_ended"]),
        ("error", ["command_ended"]),
    ],
)
def test_the_level_is_the_least_weight(level: str, names: list[str]) -> None:
    """What weighs less is not written; the sender is told whether orders are wanted at all."""
    failed, well = CommandEnded(ExitCode.STOPPED, 1.0), CommandEnded(ExitCode.ROWS_TO_SEE_TO, 1.0)
    lines = lines_of(BEGUN, SETTLED, Paused(2.0), failed, well, level=level)
    assert [json.loads(line)["event"] for line in lines] == names
    log = EventLog(lines.append, "json", typing.cast("events.Level", level))
    assert log.every_order is (level == "debug")


HOLDS_NO_CELL = {int, float, bool, type(None), Outcome, NextStep, ExitCode}
TEXT = {"run_id", "sheet", "file", "target", "host", "ping", "place", "task", "watcher"}
"""Fields of text: names of files and hosts, ids of ours, words of a table."""


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name())
def test_no_field_can_hold_a_cell(event: type[Event]) -> None:
    """Every field is a number, a word of our own tables, or the name of a file or host."""
    assert dataclasses.is_dataclass(event)
    hints = typing.get_type_hints(event)
    for field in dataclasses.fields(event):
        kinds = set(typing.get_args(hints[field.name])) or {hints[field.name]}
        assert kinds <= HOLDS_NO_CELL or field.name in TEXT


def test_every_event_is_listed() -> None:
    """The list that the page is made from holds all of them."""
    names = [event.__name__ for event in EVENTS]
    assert sorted(names) == sorted({one.__name__ for one in Event.__subclasses__()})
    assert set(names) <= set(events.__all__)


def test_a_file_that_is_moved_away_is_begun_anew(tmp_path: Path) -> None:
    """As logrotate does it: no signal, no restart; a new file is the user's alone."""
    path = tmp_path / "logs" / "log.jsonl"
    file = AppendedFile(path)
    file.write("one")
    path.rename(tmp_path / "old")
    file.write("two")
    path.unlink()
    file.write("three \udc80")
    file.close()
    again = AppendedFile(path)
    again.write("four")
    again.close()
    assert (tmp_path / "old").read_text() == "one\n"
    assert path.read_text() == "three \\udc80\nfour\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_full_disk_costs_lines_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log must not stop a run."""
    file = AppendedFile(tmp_path / "log")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        file.write("lost")
    file.write("kept")
    file.close()
    assert (tmp_path / "log").read_text() == "kept\n"


def test_a_log_that_cannot_be_begun_is_said(tmp_path: Path) -> None:
    """Otherwise nobody would ever read a line of it; a pipe without a reader holds up nobody."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path, pipe):
        with pytest.raises(ConfigError, match=r"^log\.file: .* cannot be written \("):
            AppendedFile(path)
