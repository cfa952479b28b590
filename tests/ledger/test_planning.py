"""What the plan learns from earlier runs."""

from __future__ import annotations

from pathlib import Path

from pipeline.core.outcome import OUTCOMES, Outcome
from pipeline.core.sheet_findings import SheetFinding
from pipeline.ledger import Ledger, runs
from pipeline.ledger.claims import Claims, Report
from pipeline.ledger.planning import (
    hold_back,
    mark_superseded,
    mark_unchanged,
    mark_unedited,
    puts_back,
    shared_orders,
)
from pipeline.ledger.rows import StagedLine, lines_of, stage
from pipeline.ledger.runs import Begun, end, mark_sending
from tests.fakes.staged import NOW, staged, target


def sent(
    ledger: Ledger,
    orders: list[tuple[int, str]],
    number: int,
    *,
    content: str = "x",
    now: float = NOW,
    outcome: Outcome = Outcome.UPDATED,
) -> Begun:
    """Stage a run and settle all of it with one outcome."""
    begun = staged(ledger, orders, target_no=number, content=content, now=now)
    claims = Claims(ledger, [begun.run_no], number, linger_seconds=0, alive=lambda _: False)
    claimed = claims.settle_and_claim([], 100, now)
    step = OUTCOMES[outcome].next_step
    reports = [
        Report(claim, outcome, step, "", 1, 0, 200, f"ref-{claim.order_id}", now, None)
        for claim in claimed
    ]
    claims.settle_and_claim(reports, 0, now)
    end(ledger, begun.run_no, finished=True)
    begun.lock.release(remove=True)
    return begun


def outcomes(ledger: Ledger, begun: Begun) -> list[Outcome | None]:
    return [line.outcome for line in lines_of(ledger, begun.run_no)]


def test_the_same_payload_is_unchanged_with_its_reference(ledger: Ledger) -> None:
    """Not sent; reason gives the date and the run, reference_id is repeated."""
    number = target(ledger)
    first = sent(ledger, [(1, "a"), (2, "b")], number)
    again = staged(ledger, [(1, "a"), (2, "other")], target_no=number)
    mark_unchanged(ledger, again.run_no, number)
    same, changed = lines_of(ledger, again.run_no)
    assert (same.outcome, same.reference_id) == (Outcome.UNCHANGED, "ref-1")
    assert first.run_id in same.reason
    assert "1970-01-12" in same.reason
    assert changed.outcome is None


def test_only_what_was_confirmed_is_unchanged(ledger: Ledger) -> None:
    """A payload whose outcome is unknown is sent again."""
    number = target(ledger)
    sent(ledger, [(1, "a")], number, outcome=Outcome.UNKNOWN)
    again = staged(ledger, [(1, "a")], target_no=number)
    mark_unchanged(ledger, again.run_no, number)
    assert outcomes(ledger, again) == [None]


def superseded(ledger: Ledger, begun: Begun, number: int, content: str, modified_at: float) -> None:
    mark_superseded(ledger, begun.run_no, number, source_sha256=content, modified_at=modified_at)


def test_a_sheet_taken_before_does_not_undo_a_later_run(ledger: Ledger) -> None:
    """A, then B with another address, then A again: B stays; and so at every repeat."""
    number = target(ledger)
    sent(ledger, [(1, "a"), (2, "b")], number, content="A", now=NOW)
    later = sent(ledger, [(1, "new")], number, content="B", now=NOW + 100)
    for _ in range(2):
        again = staged(ledger, [(1, "a"), (2, "b")], target_no=number, content="A", now=NOW + 200)
        superseded(ledger, again, number, "A", NOW - 50)
        first, second = lines_of(ledger, again.run_no)
        assert first.outcome is Outcome.SUPERSEDED
        assert later.run_id in first.reason
        assert second.outcome is None
        end(ledger, again.run_no, finished=True)


def test_a_sheet_saved_again_after_the_later_run_is_meant(ledger: Ledger) -> None:
    """Same content, but modified since: it is sent, with a warning."""
    number = target(ledger)
    sent(ledger, [(1, "a")], number, content="A", now=NOW)
    sent(ledger, [(1, "new")], number, content="B", now=NOW + 100)
    again = staged(ledger, [(1, "a")], target_no=number, content="A", now=NOW + 200)
    superseded(ledger, again, number, "A", NOW + 150)
    assert outcomes(ledger, again) == [None]


def test_a_new_sheet_that_puts_an_old_address_back_is_warned_of(ledger: Ledger) -> None:
    """A new sheet is sent, but the plan names the rows and the run whose address goes."""
    number = target(ledger)
    sent(ledger, [(1, "a"), (2, "b")], number, content="A", now=NOW)
    later = sent(ledger, [(1, "new")], number, content="B", now=NOW + 100)
    new = staged(ledger, [(1, "a"), (2, "b2")], target_no=number, content="C", now=NOW + 200)
    superseded(ledger, new, number, "C", NOW - 50)
    assert outcomes(ledger, new) == [None, None]
    assert puts_back(ledger, new.run_no, number) == {later.run_id: [2]}
    assert "puts back" in next(iter(lines_of(ledger, new.run_no))).warnings


def test_a_check_looks_back_at_another_ledger(ledger: Ledger, tmp_path: Path) -> None:
    """What earlier runs confirmed is seen from a ledger that is thrown away."""
    number = target(ledger)
    first = sent(ledger, [(1, "a")], number)
    with Ledger(tmp_path / "scratch") as scratch:
        scratch.look_back_at(ledger)
        begun = staged(scratch, [(1, "a")], target_no=number)
        mark_unchanged(scratch, begun.run_no, number)
        (line,) = lines_of(scratch, begun.run_no)
        assert line.outcome is Outcome.UNCHANGED
        assert first.run_id in line.reason


def test_orders_that_several_rows_name_are_found_across_runs(ledger: Ledger) -> None:
    """Groups come in sheet order, and orders that stand alone are left out."""
    number = target(ledger)
    one = staged(ledger, [(1, "a"), (2, "b"), (1, "a")], target_no=number)
    two = staged(ledger, [(3, "c"), (2, "x")], target_no=number, content="y")
    groups = [
        [(member.key >> 32, member.key & 0xFFFF) for member in group]
        for group in shared_orders(ledger, [one.run_no, two.run_no])
    ]
    assert groups == [
        [(one.run_no, 2), (one.run_no, 4)],
        [(one.run_no, 3), (two.run_no, 3)],
    ]


def test_what_is_unchanged_is_this_runs_from_the_start(ledger: Ledger) -> None:
    """An older run that is still sending must not change an order after we said it is right."""
    number = target(ledger)
    sent(ledger, [(7, "right")], number, content="monday")
    old = staged(ledger, [(7, "stale")], target_no=number, content="big")
    fix = staged(ledger, [(7, "right")], target_no=number, content="fix")
    mark_unchanged(ledger, fix.run_no, number)
    assert mark_sending(ledger, [fix.run_no], NOW, "--yes") == 0
    assert outcomes(ledger, fix) == [Outcome.UNCHANGED]
    claims = Claims(ledger, [old.run_no], number, linger_seconds=0, alive=lambda _: True)
    assert claims.settle_and_claim([], 10, NOW) == []
    assert outcomes(ledger, old) == [Outcome.SUPERSEDED]


def test_what_is_no_longer_unchanged_is_sent_after_all(ledger: Ledger) -> None:
    """Between plan and approval another run may have claimed the order for something else."""
    number = target(ledger)
    sent(ledger, [(7, "right"), (8, "b")], number, content="monday")
    fix = staged(ledger, [(7, "right"), (8, "b")], target_no=number, content="fix")
    mark_unchanged(ledger, fix.run_no, number)
    other = staged(ledger, [(7, "stale")], target_no=number, content="big")
    claims = Claims(ledger, [other.run_no], number, linger_seconds=0, alive=lambda _: True)
    assert len(claims.settle_and_claim([], 10, NOW)) == 1
    assert mark_sending(ledger, [fix.run_no], NOW, "--yes") == 1
    first, second = lines_of(ledger, fix.run_no)
    assert (first.state, first.outcome, first.reason) == ("pending", None, "")
    assert second.outcome is Outcome.UNCHANGED


def test_an_unedited_row_of_a_results_sheet_does_not_undo_a_later_run(ledger: Ledger) -> None:
    """The same payload as in the run and row it names, and a later run holds the order."""
    number = target(ledger)
    first = sent(ledger, [(1, "a"), (2, "b")], number, content="A", now=NOW)
    sent(ledger, [(1, "new"), (2, "new")], number, content="B", now=NOW + 100)
    back = staged(ledger, [], target_no=number, content="A.results", now=NOW + 200)
    rows = [(2, 1, "a"), (3, 2, "edited")]
    stage(
        ledger,
        back.run_no,
        [
            StagedLine(
                row,
                "order",
                (str(order), address),
                order_key=str(order),
                order_id=order,
                fp=ledger.fingerprint(address),
                payload="{}",
                origin_run=first.run_id,
                origin_row=row,
            )
            for row, order, address in rows
        ],
    )
    mark_unedited(ledger, back.run_no, number)
    assert outcomes(ledger, back) == [Outcome.SUPERSEDED, None]


def test_an_address_that_was_only_to_be_replaced_is_not_put_back(ledger: Ledger) -> None:
    """A later run that FinerWorks refused replaced nothing, so there is nothing to warn of."""
    number = target(ledger)
    sent(ledger, [(1, "a")], number, content="A", now=NOW)
    sent(ledger, [(1, "new")], number, content="B", now=NOW + 100, outcome=Outcome.REJECTED)
    new = staged(ledger, [(1, "a")], target_no=number, content="C", now=NOW + 200)
    assert puts_back(ledger, new.run_no, number) == {}


def test_a_held_back_run_sends_nothing_whatever_changes_meanwhile(ledger: Ledger) -> None:
    """What was unchanged when the plan was made is not looked at again, or it would be sent."""
    number = target(ledger)
    begun = staged(ledger, [(1, "a"), (2, "b")], target_no=number)
    with ledger.atomic() as db:
        db.execute("UPDATE rows SET state = 'settled', outcome = 'unchanged' WHERE order_id = 1")
    hold_back(ledger, {begun.run_no: "Look at the sheet."})
    assert runs.mark_sending(ledger, [begun.run_no], NOW, "unattended") == 0
    found = {line.row: (line.state, line.outcome) for line in lines_of(ledger, begun.run_no)}
    assert found == {
        2: ("settled", Outcome.UNCHANGED),
        3: ("settled", Outcome.NOT_SENT),
    }


def test_a_finding_of_very_many_stretches_stays_alive(ledger: Ledger) -> None:
    """Only the first of them are kept, so it may not be dropped by looking at those."""
    begun = staged(ledger, [(1, "a")], target_no=target(ledger))
    ranges = tuple((row, row) for row in range(2, 2 + 4 * runs.KEPT_RANGES, 2))
    runs.keep_findings(ledger, begun.run_no, [SheetFinding("one_address", "x", ranges)])
    run = runs.find(ledger, begun.run_no)
    assert run is not None
    (kept,) = run.findings
    assert (len(kept.ranges), kept.rows, kept.cut) == (runs.KEPT_RANGES, len(ranges), True)
