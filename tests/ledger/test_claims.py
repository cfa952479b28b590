"""Who may send to an order: the newest run, one request at a time, claimed before it is sent."""

from __future__ import annotations

import json

from pipeline.core.outcome import OUTCOMES, Outcome
from pipeline.core.ticks import Tick
from pipeline.ledger import Ledger
from pipeline.ledger.claims import Claimed, Claims, Report
from pipeline.ledger.rows import lines_of
from tests.fakes.staged import NOW, staged, target


def claims(ledger: Ledger, run_no: int, target_no: int, *, alive: set[int] | None = None) -> Claims:
    return Claims(
        ledger,
        [run_no],
        target_no,
        linger_seconds=30,
        alive=lambda number: number in (alive or set()),
    )


def report(
    claim: Claimed, outcome: Outcome = Outcome.UPDATED, *, open_until: float | None = None
) -> Report:
    return Report(
        claim, outcome, OUTCOMES[outcome].next_step, "", 1, 0, 200, "ref", NOW, open_until
    )


def states(ledger: Ledger, run_no: int) -> list[tuple[str, Outcome | None]]:
    return [(line.state, line.outcome) for line in lines_of(ledger, run_no)]


def test_rows_are_claimed_in_order_and_each_once(ledger: Ledger) -> None:
    """A chunk is the next pending rows; what is claimed is not claimed again."""
    number = target(ledger)
    begun = staged(ledger, [(1, "a"), (2, "b"), (3, "c")], target_no=number)
    mine = claims(ledger, begun.run_no, number)
    first = mine.settle_and_claim([], 2, NOW)
    second = mine.settle_and_claim([], 2, NOW)
    assert [claim.order_id for claim in first + second] == [1, 2, 3]
    assert mine.settle_and_claim([], 2, NOW) == []


def test_settling_is_idempotent_and_makes_the_payload_known(ledger: Ledger) -> None:
    """A confirmed payload is the last one confirmed for its order, with its reference."""
    number = target(ledger)
    begun = staged(ledger, [(1, "a")], target_no=number)
    mine = claims(ledger, begun.run_no, number)
    (claim,) = mine.settle_and_claim([], 5, NOW)
    for _ in range(2):
        mine.settle_and_claim([report(claim)], 5, NOW)
    assert states(ledger, begun.run_no) == [("settled", Outcome.UPDATED)]
    order = ledger.connection.execute(
        "SELECT holder_run, ok_fp = sent_fp, ok_ref, ok_run FROM orders"
    ).fetchone()
    assert order == (None, 1, "ref", begun.run_no)


def test_an_unconfirmed_payload_makes_the_confirmed_one_uncertain(ledger: Ledger) -> None:
    """Once another payload may be on its way, nothing counts as last confirmed."""
    number = target(ledger)
    first = staged(ledger, [(1, "a")], target_no=number)
    mine = claims(ledger, first.run_no, number)
    (claim,) = mine.settle_and_claim([], 5, NOW)
    mine.settle_and_claim([report(claim)], 0, NOW)
    second = staged(ledger, [(1, "b")], target_no=number, content="y")
    claims(ledger, second.run_no, number).settle_and_claim([], 5, NOW + 60)
    assert ledger.connection.execute("SELECT ok_fp FROM orders").fetchone() == (None,)


def test_the_newest_run_wins(ledger: Ledger) -> None:
    """An older run that comes late to an order is superseded there."""
    number = target(ledger)
    old = staged(ledger, [(1, "a")], target_no=number)
    new = staged(ledger, [(1, "b")], target_no=number, content="y")
    newer = claims(ledger, new.run_no, number)
    (claim,) = newer.settle_and_claim([], 5, NOW)
    newer.settle_and_claim([report(claim)], 0, NOW)
    assert claims(ledger, old.run_no, number).settle_and_claim([], 5, NOW) == []
    (line,) = lines_of(ledger, old.run_no)
    assert line.outcome is Outcome.SUPERSEDED
    assert new.run_id in line.reason


def test_an_order_held_by_a_living_run_waits_and_warns_the_holder(ledger: Ledger) -> None:
    """No two requests for one order are open; the older run gives up at its next try."""
    number = target(ledger)
    old = staged(ledger, [(1, "a")], target_no=number)
    new = staged(ledger, [(1, "b")], target_no=number, content="y")
    older = claims(ledger, old.run_no, number)
    newer = claims(ledger, new.run_no, number, alive={old.run_no})
    (held,) = older.settle_and_claim([], 5, NOW)
    assert newer.settle_and_claim([], 5, NOW) == []
    assert not older.touch(held, NOW)
    older.settle_and_claim([report(held, Outcome.SUPERSEDED)], 0, NOW)
    assert newer.rewind()
    assert [claim.order_id for claim in newer.settle_and_claim([], 5, NOW)] == [1]


def test_the_claim_of_a_dead_run_is_taken_over(ledger: Ledger) -> None:
    """kill -9 frees the lock, and the next run goes on; another payload waits for the linger."""
    number = target(ledger)
    dead = staged(ledger, [(1, "a"), (2, "b")], target_no=number)
    claims(ledger, dead.run_no, number).settle_and_claim([], 5, NOW)
    again = staged(ledger, [(1, "a"), (2, "other")], target_no=number, content="y")
    mine = claims(ledger, again.run_no, number)
    assert [claim.order_id for claim in mine.settle_and_claim([], 5, NOW + 1)] == [1]
    assert mine.rewind()
    assert mine.settle_and_claim([], 5, NOW + 29) == []
    assert mine.rewind()
    assert [claim.order_id for claim in mine.settle_and_claim([], 5, NOW + 31)] == [2]


def test_a_request_without_an_answer_keeps_other_payloads_away(ledger: Ledger) -> None:
    """An unknown row's request may still arrive: a different address waits until it cannot."""
    number = target(ledger)
    first = staged(ledger, [(1, "a")], target_no=number)
    mine = claims(ledger, first.run_no, number)
    (claim,) = mine.settle_and_claim([], 5, NOW)
    mine.settle_and_claim([report(claim, Outcome.UNKNOWN, open_until=NOW + 90)], 0, NOW)
    second = staged(ledger, [(1, "b")], target_no=number, content="y")
    later = claims(ledger, second.run_no, number)
    assert later.settle_and_claim([], 5, NOW + 60) == []
    assert later.rewind()
    assert len(later.settle_and_claim([], 5, NOW + 91)) == 1


def test_a_claim_given_back_leaves_no_trace(ledger: Ledger) -> None:
    """What was claimed and never sent is pending again, and what was confirmed stays known."""
    number = target(ledger)
    first = staged(ledger, [(1, "a")], target_no=number)
    mine = claims(ledger, first.run_no, number)
    (claim,) = mine.settle_and_claim([], 5, NOW)
    mine.settle_and_claim([report(claim)], 0, NOW)
    confirmed = ledger.connection.execute("SELECT ok_fp FROM orders").fetchone()
    second = staged(ledger, [(1, "b")], target_no=number, content="y")
    later = claims(ledger, second.run_no, number)
    later.give_back(later.settle_and_claim([], 5, NOW + 60))
    assert states(ledger, second.run_no) == [("pending", None)]
    order = ledger.connection.execute("SELECT ok_fp, holder_run, open_until FROM orders").fetchone()
    assert order == (*confirmed, None, None)


def test_targets_and_keys_do_not_know_each_other(ledger: Ledger) -> None:
    """A confirmation at one target or key never counts for another."""
    one, other = target(ledger, "one"), target(ledger, "other")
    begun = staged(ledger, [(1, "a")], target_no=one)
    claims(ledger, begun.run_no, one).settle_and_claim([], 5, NOW)
    second = staged(ledger, [(1, "b")], target_no=other, content="y")
    mine = claims(ledger, second.run_no, other, alive={begun.run_no})
    assert len(mine.settle_and_claim([], 5, NOW)) == 1


def test_counts_of_requests_are_the_runs_own(ledger: Ledger) -> None:
    """requests, retries and throttled add up over the settled rows."""
    number = target(ledger)
    begun = staged(ledger, [(1, "a"), (2, "b")], target_no=number)
    mine = claims(ledger, begun.run_no, number)
    one, two = mine.settle_and_claim([], 5, NOW)
    step = OUTCOMES[Outcome.UPDATED].next_step
    mine.settle_and_claim(
        [
            Report(one, Outcome.UPDATED, step, "", 3, 2, 200, None, NOW, None),
            Report(two, Outcome.UPDATED, step, "", 1, 0, 200, None, NOW, None),
        ],
        0,
        NOW,
    )
    counts = ledger.connection.execute("SELECT requests, retries, throttled FROM runs").fetchone()
    assert counts == (4, 2, 2)


def test_a_confirmed_repeat_keeps_the_window_of_the_lost_request(ledger: Ledger) -> None:
    """The lost request may still arrive after its repeat: another address waits all the same."""
    number = target(ledger)
    first = staged(ledger, [(1, "a")], target_no=number)
    mine = claims(ledger, first.run_no, number)
    (claim,) = mine.settle_and_claim([], 5, NOW)
    mine.settle_and_claim([report(claim, Outcome.UNKNOWN, open_until=NOW + 60)], 0, NOW)
    second = staged(ledger, [(1, "a")], target_no=number, content="y")
    again = claims(ledger, second.run_no, number)
    (claim,) = again.settle_and_claim([], 5, NOW + 1)
    again.settle_and_claim([report(claim)], 0, NOW + 2)
    third = staged(ledger, [(1, "other")], target_no=number, content="z")
    assert claims(ledger, third.run_no, number).settle_and_claim([], 5, NOW + 50) == []
    assert len(claims(ledger, third.run_no, number).settle_and_claim([], 5, NOW + 61)) == 1


def test_a_run_that_never_sent_is_not_the_newest(ledger: Ledger) -> None:
    """Claimed and given back, or stopped at the gate: the order's line is as it was before."""
    number = target(ledger)
    for orders in ([(1, "a")], [(1, "b")]):
        begun = staged(ledger, orders, target_no=number, content=str(orders))
        mine = claims(ledger, begun.run_no, number)
        (claim,) = mine.settle_and_claim([], 5, NOW)
        unsent = Report(
            claim,
            Outcome.NOT_SENT,
            OUTCOMES[Outcome.NOT_SENT].next_step,
            "",
            0,
            0,
            None,
            None,
            None,
            None,
        )
        mine.settle_and_claim([unsent], 0, NOW)
        assert ledger.connection.execute("SELECT * FROM orders").fetchall() == []


def test_a_newer_runs_wish_outlives_a_claim_given_back(ledger: Ledger) -> None:
    """The older run stops unsent; the newer one that waits stays the newest, and goes at once."""
    number = target(ledger)
    old = staged(ledger, [(1, "a")], target_no=number)
    new = staged(ledger, [(1, "b")], target_no=number, content="y")
    older = claims(ledger, old.run_no, number)
    newer = claims(ledger, new.run_no, number, alive={old.run_no})
    held = older.settle_and_claim([], 5, NOW)
    assert newer.settle_and_claim([], 5, NOW) == []
    older.give_back(held)
    assert newer.rewind()
    assert len(newer.settle_and_claim([], 5, NOW)) == 1
    assert older.settle_and_claim([], 5, NOW) == []
    assert states(ledger, old.run_no) == [("settled", Outcome.SUPERSEDED)]


def test_a_clock_that_was_set_back_costs_one_linger_at_most(ledger: Ledger) -> None:
    """An order that seems open until tomorrow waits thirty seconds."""
    number = target(ledger)
    first = staged(ledger, [(1, "a")], target_no=number)
    mine = claims(ledger, first.run_no, number)
    (claim,) = mine.settle_and_claim([], 5, NOW)
    tomorrow = NOW + 86_400
    mine.settle_and_claim([report(claim, Outcome.UNKNOWN, open_until=tomorrow)], 0, NOW)
    second = staged(ledger, [(1, "b")], target_no=number, content="y")
    later = claims(ledger, second.run_no, number)
    assert later.settle_and_claim([], 5, NOW) == []
    assert later.rewind()
    assert len(later.settle_and_claim([], 5, NOW + 31)) == 1


def test_what_the_last_try_got_is_kept_where_a_later_claim_sends_nothing(ledger: Ledger) -> None:
    """``http_status`` and ``sent_at`` are the last attempt's, though the row was claimed again."""
    number = target(ledger)
    begun = staged(ledger, [(1, "a"), (2, "b")], target_no=number)
    mine = claims(ledger, begun.run_no, number)
    tried = mine.settle_and_claim([], 2, NOW)
    mine.settle_and_claim([report(claim, Outcome.NOT_SENT) for claim in tried], 0, NOW + 1)
    again = mine.settle_and_claim([], 2, NOW + 1)
    ends = (Outcome.NOT_SENT, Outcome.SUPERSEDED)
    untried = [
        Report(claim, end, OUTCOMES[end].next_step, "why", 0, 0, None, None, None, None)
        for claim, end in zip(again, ends, strict=True)
    ]
    mine.settle_and_claim(untried, 0, NOW + 2)
    lines = list(lines_of(ledger, begun.run_no))
    assert [(line.http_status, line.reference_id, line.sent_at) for line in lines] == [
        (200, "ref", NOW)
    ] * 2
    assert [(line.attempts, line.reason) for line in lines] == [(1, "why")] * 2


def test_what_happened_in_a_second_adds_up(ledger: Ledger) -> None:
    """A second that two transactions tell of, as when a run goes on at once, is one line."""
    number = target(ledger)
    begun = staged(ledger, [(1, "a")], target_no=number)
    mine = claims(ledger, begun.run_no, number)
    tick = Tick(sent=3, retried=1, throttled=1, failed=0)
    tick.latency[2] = 3
    for _ in range(2):
        mine.settle_and_claim([], 0, NOW, {(begun.run_no, 7): tick})
    (found,) = ledger.connection.execute("SELECT * FROM ticks").fetchall()
    assert found[:6] == (begun.run_no, 7, 6, 2, 2, 0)
    assert json.loads(found[6])[:4] == [0, 0, 6, 0]
