"""The parts of ``ids``: asking with workers, stopping, and the sheet that is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipeline.core.errors import Interrupted, SheetError
from pipeline.core.events import Progress
from pipeline.core.order_lookup import Lookup, Pair
from pipeline.core.pace import Pace
from pipeline.core.reply import Answer, NoAnswer
from pipeline.core.retrying import RetryPolicy
from pipeline.job.choosing import SheetOptions
from pipeline.job.ids import Asking, ids_name, read_numbers, write_pairs
from pipeline.job.send import SendOptions
from pipeline.sending import ApiClient, ClientOptions, Gate
from pipeline.sheets import open_sheet
from pipeline.sheets.table_out import write_table
from tests.fakes.clock import FakeClock
from tests.functional.command import read_results


class Api(ApiClient):
    """Knows an order of every number that is all digits; remembers what was asked."""

    def __init__(self) -> None:
        super().__init__(ClientOptions("https://api.example.test", "web-key-1", "app-key-2"))
        self.asked: list[list[str]] = []

    async def test_credentials(self) -> Answer | NoAnswer:
        return Answer(200, b'{"status": {"success": true}}')

    async def fetch_order_status(self, body: bytes) -> Answer | NoAnswer:
        pos = json.loads(body)["order_pos"]
        self.asked.append(pos)
        orders = [{"order_po": po, "order_id": int(po)} for po in pos if po.isdigit()]
        return Answer(200, json.dumps({"status": {"success": True}, "orders": orders}).encode())


async def run(asking: Asking, api: Api, clock: FakeClock) -> Any:
    return await asking.run(api, Gate(Pace(50, 50), clock), RetryPolicy())


async def test_every_number_is_asked_for_in_calls_of_25() -> None:
    """60 numbers are three calls, and three more for those that are found by digits only."""
    clock, api, seen = FakeClock(), Api(), list[Progress]()
    lookup = Lookup([f"#{number}" for number in range(1, 61)])
    asking = Asking(lookup, SendOptions(workers=4), clock, seen.append)
    assert await run(asking, api, clock) is None
    assert [len(pos) for pos in api.asked] == [25, 25, 10] * 2
    assert lookup.counts() == {"found": 60, "not_found": 0, "several": 0}
    assert (seen[-1].done, seen[-1].total, seen[-1].requests) == (120, 120, 6)
    assert asking.requests == 6


async def test_an_observer_that_breaks_stops_nothing() -> None:
    """A closed terminal is not told again."""
    calls = []

    def broken(progress: Progress) -> None:
        calls.append(progress)
        raise OSError

    clock = FakeClock()
    lookup = Lookup([str(number) for number in range(1, 61)])
    assert await run(Asking(lookup, SendOptions(), clock, broken), Api(), clock) is None
    assert (len(calls), lookup.counts()["found"]) == (1, 60)


async def test_stopped_before_it_began_it_asks_nothing() -> None:
    """A signal while the connection is made ends it there."""
    clock, api, stop = FakeClock(), Api(), Interrupted("stop")
    asking = Asking(Lookup(["1"]), SendOptions(), clock)
    asking.interrupt(stop)
    assert (await run(asking, api, clock), api.asked, asking.requests) == (stop, [], 0)


async def test_stopped_in_the_middle_it_gives_the_reason() -> None:
    """What was answered so far is of no use; the caller is told why it ended."""
    clock, api, stop = FakeClock(), Api(), Interrupted("stop")
    lookup = Lookup([str(number) for number in range(1, 100)])
    asking = Asking(lookup, SendOptions(workers=1), clock, lambda _: asking.interrupt(stop))
    assert await run(asking, api, clock) is stop
    assert len(api.asked) < 4


@pytest.mark.parametrize(
    ("target", "name"),
    [("live", "o.rders.ids.csv"), ("test", "o.rders.test-ids.csv")],
)
def test_the_name_says_where_the_ids_are_from(target: str, name: str, tmp_path: Path) -> None:
    """Only ids of the live host stand in a file without a mark."""
    assert ids_name(tmp_path / "o.rders.xlsx", target) == tmp_path / name


def test_more_lines_than_excel_takes_are_a_csv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said in a note; without a memory of ours nothing that is there is replaced."""
    monkeypatch.setattr("pipeline.job.ids.MAX_EXCEL_ROWS", 1)
    source = tmp_path / "orders.csv"
    source.write_text("x")
    pairs = [Pair("1", 5), Pair("2", None)]
    notes = []
    for name in ("ids.csv", "ids (2).csv"):
        landed = write_pairs(pairs, tmp_path / "ids.xlsx", source=source, memory=None)
        assert landed.path == tmp_path / name
        notes.append(landed.note)
    assert notes[0] == "There are more lines than Excel takes, so the sheet is ids.csv."
    assert "ids (2).csv" in notes[1]
    assert [line["order_id"] for line in read_results(tmp_path / "ids.csv")] == ["5", ""]


def test_a_workbook_that_breaks_off_leaves_no_open_file(tmp_path: Path) -> None:
    """The error is the one of the rows, and the file is empty."""

    def rows() -> Iterator[tuple[str]]:
        yield ("1",)
        raise ValueError("here")

    path = tmp_path / "x.xlsx"
    with pytest.raises(ValueError, match="here"):
        write_table(path, ("a",), rows(), kind="xlsx", widths=(9,), worksheet="x")
    assert path.read_bytes() == b""


def test_an_empty_workbook_is_a_sentence(tmp_path: Path) -> None:
    """A worksheet without a row holds no numbers."""
    openpyxl.Workbook().save(tmp_path / "empty.xlsx")
    nothing = pytest.raises(SheetError, match=r"empty\.xlsx is empty; nothing was asked")
    with open_sheet(tmp_path / "empty.xlsx") as sheet, nothing:
        read_numbers(sheet, SheetOptions())
