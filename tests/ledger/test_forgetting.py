"""Orders and people are forgotten in every run, in the tables and in the bytes; the rest stays."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import Busy
from pipeline.core.forgetting import Sought
from pipeline.core.outcome import NextStep, Outcome
from pipeline.ledger import Ledger, erasing, runs
from pipeline.ledger.erasing import compact, is_unswept
from pipeline.ledger.forgetting import Place, erase_found, places_of, seek
from pipeline.ledger.rows import StagedLine, lines_of, row_id, stage
from pipeline.ledger.runs import RunFacts, Source
from pipeline.ledger.store import FILE_NAME
from tests.examples import examples
from tests.fakes.staged import NOW, begin, staged, target

HEADINGS = ("Order", "PO", "Name", "Email", "Note")


def line(row: int, cells: Sequence[str], *, order_id: int | None, po: str = "") -> StagedLine:
    """A row as staging makes it: a payload where its order is known."""
    body = {"order_id": order_id, "customer_info": {"email": cells[3], "address_order_po": po}}
    return StagedLine(
        row,
        "order",
        cells,
        order_key=str(order_id) if order_id else f"po:{cells[1]}" if cells[1] else None,
        order_id=order_id,
        fp=b"f" * 16,
        payload=json.dumps(body, ensure_ascii=False) if order_id else None,
        outcome=None if order_id else Outcome.INVALID,
        next_step=None if order_id else NextStep.FIX,
    )


def run_of(ledger: Ledger, lines: Sequence[StagedLine], *, source: str = "/tmp/orders.csv") -> int:
    """A run over these lines, below a line of headings, whose process has gone."""
    mapping = {"fields": {"order_id": "Order", "order_po": "PO", "email": "Email"}}
    facts = RunFacts("t", "custom", "h", target(ledger), "me", "here", "0")
    begun = runs.begin(ledger, facts, Source(source, "s", 1, 0, "csv", ",", ""), mapping, NOW)
    stage(ledger, begun.run_no, [StagedLine(1, "heading", HEADINGS), *lines])
    runs.mark_staged(ledger, begun.run_no, width=5, widths=[5] * 5)
    runs.mark_sending(ledger, [begun.run_no], NOW, "--yes")
    begun.lock.release(remove=True)
    return begun.run_no


def held(ledger: Ledger, run_no: int) -> list[int]:
    """The rows of a run that have their cells yet, headings aside."""
    return [one.row for one in lines_of(ledger, run_no) if one.cells and one.kind != "heading"]


def forget(ledger: Ledger, sought: Sought) -> None:
    seek(ledger, sought)
    erase_found(ledger, "gone")
    compact(ledger)


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


ROW = st.tuples(
    st.integers(1, 4),  # order
    st.sampled_from([3, 300, 3_000, 9_000]),  # characters: several rows a page, and several pages
    st.sampled_from(["pending", "claimed", "settled", "led", "unresolved"]),
)
RUNS = st.lists(st.lists(ROW, min_size=1, max_size=8), min_size=1, max_size=3)


def _text(order: int, size: int) -> str:
    return f"mark-{order}- " * (size // 8 + 1)


def _staged(ledger: Ledger, rows: Sequence[tuple[int, int, str]]) -> int:
    lines = []
    for row, (order, size, state) in enumerate(rows, start=2):
        text = _text(order, size)
        known = order if state != "unresolved" else None
        cells = (str(order), f"mark-{order}-", text, f"mark-{order}-@example.com", text)
        lines.append(line(row, cells, order_id=known, po=text))
    run_no = run_of(ledger, lines)
    for row, (order, size, state) in enumerate(rows, start=2):
        key, text = row_id(run_no, row), _text(order, size)
        if state in ("claimed", "settled"):
            ledger.connection.execute(
                "UPDATE rows SET state = ?, outcome = ?, reason = ?, repairs = ?, warnings = ?,"
                " attempts = 1 WHERE id = ?",
                (state, "rejected" if state == "settled" else None, text, text, text, key),
            )
        if state == "led":
            ledger.connection.execute(
                "UPDATE rows SET leader = (SELECT MIN(id) FROM rows WHERE order_id = ?),"
                " order_id = NULL, order_key = NULL, payload = NULL, state = 'none' WHERE id = ?"
                " AND id <> (SELECT MIN(id) FROM rows WHERE order_id = ?)",
                (order, key, order),
            )
    return run_no


def _all_rows(ledger: Ledger) -> dict[int, tuple[object, ...]]:
    return {row[0]: row for row in ledger.connection.execute("SELECT * FROM rows ORDER BY id")}


@settings(max_examples=examples(15))
@given(RUNS, st.integers(1, 4), st.booleans())
def test_an_order_is_forgotten_in_tables_and_bytes(
    sheets: list[list[tuple[int, int, str]]], order: int, discard: bool
) -> None:
    """No marker of its rows is left in any file; all other rows read back the same."""
    with tempfile.TemporaryDirectory() as name, Ledger(Path(name) / "state") as ledger:
        numbers = [_staged(ledger, rows) for rows in sheets]
        if discard:
            runs.discard(ledger, staged(ledger, [(9, _text(order, 9_000))], target_no=1).run_no)
        before = _all_rows(ledger)
        assert all(f"mark-{o}-".encode() in everything(ledger.folder) for o, _, _ in sheets[0])
        forget(ledger, Sought.of(orders=[str(order)]))
        after = _all_rows(ledger)
        mine = {
            row_id(run_no, row)
            for run_no, rows in zip(numbers, sheets, strict=True)
            for row, (number, _, _) in enumerate(rows, start=2)
            if number == order
        }
        assert before.keys() == after.keys()
        for key, was in before.items():
            assert (after[key] == was) is (key not in mine)
        assert f"mark-{order}-".encode() not in everything(ledger.folder)
        states = "SELECT DISTINCT state FROM rows WHERE cells = '[]'"
        left = {state for (state,) in ledger.connection.execute(states)}
        assert left <= {"settled", "none"}


@pytest.fixture
def full(ledger: Ledger) -> tuple[Ledger, int, int]:
    """Two runs: of order 11 in both, and of what hangs together with it."""
    first = run_of(
        ledger,
        [
            line(2, ("11", "#1001", "Ann", "ann@example.com", ""), order_id=11),
            StagedLine(3, "line", ("", "", "", "", "mug"), leader=row_id(1, 2)),
            line(4, ("12", "#1002", "Bob", "bob@example.com", "1001"), order_id=12),
            line(5, ("x13", "#1003", "Cleo", "joann@example.com", ""), order_id=None),
        ],
    )
    second = run_of(
        ledger,
        [
            line(2, ("11", "", "Ann Lee", "", ""), order_id=11),
            line(3, ("14", "1003", "Cleo", "CLEO@EXAMPLE.com", "ask ANN@example.com"), order_id=14),
        ],
    )
    return ledger, first, second


@pytest.mark.parametrize(
    ("sought", "left"),
    [
        (Sought.of(orders=["11"]), ([4, 5], [3])),
        (Sought.of(pos=["1001"]), ([4, 5], [3])),
        (Sought.of(pos=["#1003"]), ([2, 3, 4], [2])),
        (Sought.of(orders=["11", "12"], pos=["1003"]), ([], [])),
        (Sought.of(emails=["Ann@Example.com"]), ([4, 5], [])),
        (Sought.of(emails=["joann@example.com"]), ([2, 3, 4], [2, 3])),
        (Sought.of(emails=["cleo@example.com"]), ([2, 3, 4, 5], [2])),
        (Sought.of(emails=["nobody@example.com"], orders=["99"]), ([2, 3, 4, 5], [2, 3])),
    ],
    ids=["order", "po", "po not resolved", "several", "email", "longer", "case", "nobody"],
)
def test_what_belongs_together_goes_together(
    full: tuple[Ledger, int, int], sought: Sought, left: tuple[list[int], list[int]]
) -> None:
    """An order's rows in all runs, with its further lines; nobody else's."""
    ledger, first, second = full
    forget(ledger, sought)
    assert (held(ledger, first), held(ledger, second)) == left
    said = {one.reason for one in lines_of(ledger, first) if not one.cells}
    assert said <= {"gone"}


def test_a_broken_row_is_searched_whole(ledger: Ledger) -> None:
    """Its cells may stand in any column."""
    broken = line(2, ("Ann", "x", "#1001", "", "12"), order_id=None)
    broken.marks = '{"e": [["surplus_cell", ""]], "w": [], "r": [], "h": 0}'
    run_no = run_of(ledger, [broken, line(3, ("13", "", "#1001", "", "12"), order_id=13)])
    forget(ledger, Sought.of(pos=["1001"], orders=["77"]))
    assert held(ledger, run_no) == [3]


def test_what_was_counted_is_what_goes(full: tuple[Ledger, int, int]) -> None:
    """Rows that were erased before are not counted again, but their runs are still named."""
    ledger, first, second = full
    sought = Sought.of(orders=["11"])
    found = seek(ledger, sought)
    assert (found.runs, found.rows) == ((first, second), 3)
    erase_found(ledger, "gone")
    again = seek(ledger, sought)
    assert (again.runs, again.rows) == ((first, second), 0)
    erase_found(ledger, "gone again")
    assert "gone again" not in {one.reason for one in lines_of(ledger, first)}


def test_the_files_that_may_hold_it_are_named(ledger: Ledger) -> None:
    """The sheets, their results, and whatever else we wrote from them; each once."""
    first = run_of(ledger, [line(2, ("11", "", "", "", ""), order_id=11)], source="/x/a.csv")
    second = run_of(ledger, [line(2, ("11", "", "", "", ""), order_id=11)], source="/x/a.csv")
    run_of(ledger, [line(2, ("12", "", "", "", ""), order_id=12)], source="/x/b.csv")
    runs.mark_results(ledger, first, Path("/x/a.results.csv"), None)
    for name, source in (("a.check.csv", "a.csv"), ("a.results.csv", "a.csv"), ("b.x", "b.csv")):
        runs.remember_written(ledger, Path("/x") / name, f"/x/{source}", "sha")
    assert places_of(ledger, [first, second]) == [
        Place("/x/a.csv", ours=False),
        Place("/x/a.results.csv", ours=True),
        Place("/x/a.check.csv", ours=True),
    ]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait long for another process."""
    monkeypatch.setattr(erasing, "COMPACT_SECONDS", 0.05)


@pytest.fixture
def other(full: tuple[Ledger, int, int]) -> Iterator[sqlite3.Connection]:
    """Another process's connection."""
    file = full[0].folder / FILE_NAME
    with closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as connection:
        yield connection


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("does", ["SELECT COUNT(*) FROM rows", "UPDATE meta SET value = value"])
def test_another_process_is_waited_for_and_then_named(
    full: tuple[Ledger, int, int], other: sqlite3.Connection, does: str
) -> None:
    """What is deleted is deleted; the traces go with the next call."""
    ledger, first, _ = full
    seek(ledger, Sought.of(emails=["ann@example.com"]))
    if does.startswith("SELECT"):  # reads what is there now, so it may not go yet
        other.execute("BEGIN")
        other.execute(does).fetchone()
        erase_found(ledger, "gone")
    else:
        erase_found(ledger, "gone")
        other.execute("BEGIN IMMEDIATE")
        other.execute(does)
    with pytest.raises(Busy, match=r"It is deleted, .* run the same command again"):
        compact(ledger)
    assert held(ledger, first) == [4, 5]
    assert is_unswept(ledger)
    other.execute("ROLLBACK")
    compact(ledger)
    assert not is_unswept(ledger)
    assert b"ann@example.com" not in everything(ledger.folder).replace(b"joann@", b"")


@pytest.mark.parametrize("before", [None, "/elsewhere"])
def test_the_copy_lies_in_the_state_folder(
    full: tuple[Ledger, int, int], monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    """What compacting writes holds everybody's addresses, so it lies where the ledger lies."""
    ledger, _, _ = full
    name = "SQLITE_TMPDIR"
    monkeypatch.delenv(name, raising=False)
    if before is not None:
        monkeypatch.setenv(name, before)
    seen: list[str | None] = []

    def look(statement: str) -> None:
        if statement == "VACUUM":
            seen.append(os.environ.get(name))

    ledger.connection.set_trace_callback(look)
    compact(ledger)
    assert seen == [str(ledger.folder)]
    assert os.environ.get(name) == before


def test_a_run_that_was_refused_leaves_nothing(ledger: Ledger) -> None:
    """What a ``no`` discards is overwritten, not only unlinked."""
    begun = begin(ledger, target_no=target(ledger))
    stage(ledger, begun.run_no, [StagedLine(n, "order", ("marker" * 900,)) for n in range(2, 99)])
    runs.discard(ledger, begun.run_no)
    begun.lock.release()
    ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"marker" not in everything(ledger.folder)
