"""Personal data goes after its time, a bounded piece in each command, and the rest holds."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pipeline.core.outcome import NextStep, Outcome
from pipeline.ledger import Ledger, purge, runs
from pipeline.ledger.erasing import is_unswept
from pipeline.ledger.origins import Origins
from pipeline.ledger.planning import mark_superseded, mark_unchanged
from pipeline.ledger.purge import due_runs, held_rows, holdings, purge_before, purge_due
from pipeline.ledger.rows import lines_of, outcome_counts, row_id, span
from pipeline.ledger.runs import Begun
from tests.fakes.staged import NOW, staged, target

DAY = 86_400.0
LATER = NOW + 91 * DAY
KEPT = (
    "id, kind, order_id, order_key, fp, leader, reference_id, http_status, attempts, sent_at, marks"
)


def ended(ledger: Ledger, orders: int, *, now: float = NOW, mark: str = "marker") -> Begun:
    """A run of some orders that was sent and has ended."""
    addresses = [(number, f"{mark} {number} {'x' * 300}") for number in range(1, orders + 1)]
    begun = staged(ledger, addresses, target_no=target(ledger), now=now)
    runs.mark_sending(ledger, [begun.run_no], now, "--yes")
    ledger.connection.execute(
        "UPDATE rows SET state = 'settled', outcome = 'updated', next_step = 'nothing',"
        " reason = 'marker in a reason', repairs = 'marker', warnings = 'marker', attempts = 1,"
        " sent_at = 5.0, reference_id = 'ref', http_status = 200 WHERE id BETWEEN ? AND ?",
        span(begun.run_no),
    )
    runs.sum_up(ledger, begun.run_no, exit_code=0, error=None, now=now)
    runs.end(ledger, begun.run_no, finished=True)
    begun.lock.release(remove=True)
    return begun


def kept(ledger: Ledger, run_no: int) -> list[tuple[object, ...]]:
    return ledger.connection.execute(
        f"SELECT {KEPT} FROM rows WHERE id BETWEEN ? AND ?", span(run_no)
    ).fetchall()


def in_the_file(folder: Path, marker: bytes) -> int:
    return sum(path.read_bytes().count(marker) for path in folder.rglob("*") if path.is_file())


def test_what_is_old_goes_and_what_is_known_stays(ledger: Ledger) -> None:
    """Cells, payload and words are gone; ids, fingerprints, outcomes and counts are as before."""
    old = ended(ledger, 30)
    young = ended(ledger, 3, now=LATER - 89 * DAY)
    before, others = kept(ledger, old.run_no), list(lines_of(ledger, young.run_no))
    counts = outcome_counts(ledger, old.run_no)
    assert purge_due(ledger, 90, LATER) == 30
    assert kept(ledger, old.run_no) == before
    assert outcome_counts(ledger, old.run_no) == counts
    assert {
        (line.cells, line.repairs, line.warnings, line.reason)
        for line in lines_of(ledger, old.run_no)
    } == {((), "", "", "")}
    assert list(lines_of(ledger, young.run_no)) == others
    found = [runs.find(ledger, run.run_no) for run in (old, young)]
    assert [run and run.purged_at for run in found] == [LATER, None]


def test_nothing_of_it_is_left_in_the_bytes(ledger: Ledger) -> None:
    """Not in free pages, overflow pages or copies left by moved rows: whole pages go."""
    ended(ledger, 300, mark="marker" * 1_000)
    ended(ledger, 3_000)
    assert purge_due(ledger, 90, LATER) == 3_300
    ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert in_the_file(ledger.folder, b"marker") == 0
    assert is_unswept(ledger)


def test_a_day_on_which_nothing_is_due_costs_one_look(ledger: Ledger) -> None:
    """Two statements by primary key, however much the ledger holds."""
    ended(ledger, 3)
    assert purge_due(ledger, 90, NOW) == 0
    statements: list[str] = []
    ledger.connection.set_trace_callback(statements.append)
    assert purge_due(ledger, 90, NOW + 89 * DAY) == 0
    ledger.connection.set_trace_callback(None)
    assert ["FROM previews WHERE" in one for one in statements] == [True, False]
    assert "FROM meta WHERE name" in statements[1]
    assert purge_due(ledger, 90, LATER) == 3


def test_keep_days_0_keeps_for_ever(ledger: Ledger) -> None:
    """Nothing goes by itself."""
    ended(ledger, 3)
    assert purge_due(ledger, 0, NOW + 10_000 * DAY) == 0
    assert purge_due(ledger, 1, LATER) == 3


def test_a_shorter_time_counts_at_once(ledger: Ledger) -> None:
    """What was looked at with another ``keep_days`` is no excuse."""
    ended(ledger, 3)
    assert purge_due(ledger, 90, NOW + 40 * DAY) == 0
    assert purge_due(ledger, 30, NOW + 40 * DAY) == 3


def test_each_command_does_a_piece(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bounded number of rows, twice what it brings at least; the next one goes on there."""
    monkeypatch.setattr(purge, "LEAST_ROWS", 10)
    monkeypatch.setattr(purge, "CHUNK", 4)
    numbers = [ended(ledger, 15, now=NOW + i).run_no for i in range(3)]
    done, left = [], []
    while piece := purge_due(ledger, 90, LATER, 2):
        done.append(piece)
        left.append([held_rows(ledger, [number]) for number in numbers])
    assert done == [14, 14, 14, 3]
    assert left == [[1, 15, 15], [0, 2, 15], [0, 0, 3], [0, 0, 0]]


@pytest.mark.parametrize("orders", [0, 1, 4, 8, 9])
def test_a_run_of_any_size_is_done_once(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, orders: int
) -> None:
    """Also one that ends where a piece ends, and one without rows."""
    monkeypatch.setattr(purge, "CHUNK", 4)
    begun = ended(ledger, orders)
    assert purge_before(ledger, LATER, LATER) == orders
    assert purge_before(ledger, LATER, LATER) == 0
    run = runs.find(ledger, begun.run_no)
    assert run is not None
    assert run.purged_at == LATER


def test_many_small_runs_go_together(ledger: Ledger) -> None:
    """A run of one row is not a transaction of its own."""
    for i in range(12):
        ended(ledger, i % 2, now=NOW + i)
    statements: list[str] = []
    ledger.connection.set_trace_callback(statements.append)
    assert purge_due(ledger, 90, LATER) == 6
    assert sum("COMMIT" in statement for statement in statements) == 2
    ledger.connection.set_trace_callback(None)


def test_a_run_that_is_at_work_is_left_alone(ledger: Ledger) -> None:
    """However old it is; when its process has died it is as any other."""
    begun = staged(ledger, [(1, "a"), (2, "b")], target_no=target(ledger))
    runs.mark_sending(ledger, [begun.run_no], NOW, "--yes")
    assert purge_due(ledger, 90, LATER) == 0
    assert due_runs(ledger, LATER) == []
    begun.lock.release()
    assert purge_due(ledger, 90, LATER) == 2


def test_what_was_not_settled_is_settled(ledger: Ledger) -> None:
    """Without its payload a row can never be sent: it says so, and doubt stays doubt."""
    begun = staged(ledger, [(1, "a"), (2, "b"), (3, "c")], target_no=target(ledger))
    runs.mark_sending(ledger, [begun.run_no], NOW, "--yes")
    execute = ledger.connection.execute
    execute("UPDATE rows SET state = 'claimed' WHERE id = ?", (row_id(begun.run_no, 3),))
    execute("UPDATE rows SET doubt = 1 WHERE id = ?", (row_id(begun.run_no, 4),))
    begun.lock.release()
    purge_before(ledger, LATER, LATER)
    assert [
        (line.state, line.outcome, line.next_step) for line in lines_of(ledger, begun.run_no)
    ] == [
        ("settled", Outcome.NOT_SENT, NextStep.SEND_AGAIN),
        ("settled", Outcome.UNKNOWN, NextStep.SEND_AGAIN),
        ("settled", Outcome.UNKNOWN, NextStep.SEND_AGAIN),
    ]


def test_a_run_is_as_old_as_the_last_that_happened_in_it(ledger: Ledger) -> None:
    """A run that ended, or was continued, yesterday is a day old."""
    begun = ended(ledger, 1)
    runs.sum_up(ledger, begun.run_no, exit_code=0, error=None, now=LATER - DAY)
    runs.end(ledger, begun.run_no, finished=True)
    assert purge_due(ledger, 90, LATER) == 0
    assert purge_due(ledger, 90, LATER + 90 * DAY) == 1


def test_what_was_kept_of_old_checks_goes_too(ledger: Ledger) -> None:
    """Fingerprints of a check are dropped by age, whatever runs there are; 0 keeps for ever."""
    rows = [("check-a", 2, b"a", NOW), ("check-a", 3, b"b", NOW), ("check-b", 2, b"c", LATER)]
    with ledger.atomic() as db:
        db.executemany("INSERT INTO previews VALUES (?, ?, ?, ?, NULL)", rows)
    assert purge_due(ledger, 0, LATER) == 0
    assert not Origins(ledger).is_edited("check-a", 3, b"b")
    purge_due(ledger, 90, LATER)
    assert Origins(ledger).is_edited("check-a", 3, b"b")
    assert not Origins(ledger).is_edited("check-b", 2, b"c")


def test_unchanged_superseded_and_unedited_hold_without_the_cells(ledger: Ledger) -> None:
    """They rest on fingerprints, which stay."""
    number = target(ledger)
    old = ended(ledger, 2)
    fp = kept(ledger, old.run_no)[0][4]
    assert isinstance(fp, bytes)
    ledger.connection.executemany(
        "INSERT INTO orders (target_no, order_id, newest_run, sent_fp, ok_fp, ok_run, ok_at)"
        " VALUES (?, ?, ?, ?, ?, ?, 5)",
        [(number, i, old.run_no, fp, fp, old.run_no) for i in (1, 2)],
    )
    purge_before(ledger, LATER, LATER)
    run = runs.find(ledger, old.run_no)
    assert run is not None
    assert not Origins(ledger).is_edited(run.run_id, 2, fp)
    assert Origins(ledger).is_edited(run.run_id, 2, b"other")
    address = f"marker 1 {'x' * 300}"
    again = staged(ledger, [(1, address), (2, "new")], target_no=number, now=LATER)
    mark_unchanged(ledger, again.run_no, number)
    newer = ended(ledger, 2, now=LATER)
    ledger.connection.execute("UPDATE orders SET newest_run = ?", (newer.run_no,))
    ledger.connection.execute(
        "UPDATE runs SET source_sha256 = 'other' WHERE run_no = ?", (newer.run_no,)
    )
    mark_superseded(ledger, again.run_no, number, source_sha256="x", modified_at=0.0)
    assert [line.outcome for line in lines_of(ledger, again.run_no)] == [
        Outcome.UNCHANGED,
        Outcome.SUPERSEDED,
    ]


def test_what_the_ledger_holds_is_told(ledger: Ledger) -> None:
    """Runs, rows with personal data, and since when."""
    empty = holdings(ledger)
    ended(ledger, 3)
    ended(ledger, 2, now=LATER)
    assert (empty.runs, empty.rows, empty.since) == (0, 0, None)
    assert (holdings(ledger).rows, holdings(ledger).since) == (5, NOW)
    purge_due(ledger, 90, LATER)
    held = holdings(ledger)
    assert (held.runs, held.rows, held.since) == (2, 2, LATER)


def test_two_that_purge_at_once_share_the_work(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each goes on where the other has come to; nothing is done twice or left."""
    monkeypatch.setattr(purge, "LEAST_ROWS", 10)
    ended(ledger, 24)
    with Ledger(ledger.folder) as other:
        assert [purge_due(one, 90, LATER) for one in (ledger, other, ledger, other)] == [
            10,
            10,
            4,
            0,
        ]
    assert holdings(ledger).rows == 0


def test_a_kill_in_the_middle_leaves_a_purge_to_go_on(ledger: Ledger) -> None:
    """A piece is all or nothing."""
    begun = ended(ledger, 5)
    ledger.connection.execute(
        "CREATE TEMP TRIGGER stop BEFORE DELETE ON rows WHEN old.id & 1 BEGIN"
        " SELECT RAISE(ABORT, 'killed'); END"
    )
    with pytest.raises(sqlite3.IntegrityError):
        purge_before(ledger, LATER, LATER)
    run = runs.find(ledger, begun.run_no)
    assert (held_rows(ledger, [begun.run_no]), run and run.purged_at) == (5, None)
    ledger.connection.execute("DROP TRIGGER stop")
    assert purge_before(ledger, LATER, LATER) == 5
