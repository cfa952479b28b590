"""Which runs are cut off, what is left of them, and how they are taken up again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import Busy
from pipeline.core.outcome import OUTCOMES, Outcome
from pipeline.ledger import Ledger, runs
from pipeline.ledger.claims import Claims
from pipeline.ledger.cut_off import (
    Left,
    carry_on,
    count_retries,
    is_cut_off,
    left_of,
    may_go_on,
    maybe_cut_off,
    take_up,
    will_go_on,
)
from pipeline.ledger.rows import outcome_counts, row_id
from pipeline.ledger.runs import Begun, Run
from tests.examples import examples
from tests.fakes.staged import NOW, staged, target

ORDERS = [(number, f"address {number}") for number in range(1, 7)]


def _run(ledger: Ledger, begun: Begun) -> Run:
    found = runs.find(ledger, begun.run_no)
    assert found is not None
    return found


def _begun(ledger: Ledger, number: int, *, content: str = "x") -> Begun:
    begun = staged(ledger, ORDERS, target_no=number, content=content)
    runs.mark_sending(ledger, [begun.run_no], NOW, "--yes")
    return begun


def _set(ledger: Ledger, begun: Begun, row: int, state: str, outcome: Outcome | None) -> None:
    step = None if outcome is None else OUTCOMES[outcome].next_step
    with ledger.atomic() as db:
        db.execute(
            "UPDATE rows SET state = ?, outcome = ?, next_step = ?, attempts = 1 WHERE id = ?",
            (state, outcome, step, row_id(begun.run_no, row)),
        )


def _states(ledger: Ledger, begun: Begun) -> list[tuple[str, str | None, int]]:
    return ledger.connection.execute(
        "SELECT state, outcome, doubt FROM rows WHERE id >> 32 = ? ORDER BY id", (begun.run_no,)
    ).fetchall()


@pytest.fixture
def number(ledger: Ledger) -> int:
    return target(ledger)


def test_a_run_is_cut_off_when_its_process_is_gone(ledger: Ledger, number: int) -> None:
    """As long as the lock is held it is at work; afterwards it is cut off until it has ended."""
    begun = _begun(ledger, number)
    assert not is_cut_off(ledger, _run(ledger, begun))
    begun.lock.release()
    assert is_cut_off(ledger, _run(ledger, begun))
    runs.sum_up(ledger, begun.run_no, exit_code=5, error="why", now=NOW)
    runs.end(ledger, begun.run_no, finished=False)
    assert is_cut_off(ledger, _run(ledger, begun))
    runs.sum_up(ledger, begun.run_no, exit_code=0, error=None, now=NOW)
    runs.end(ledger, begun.run_no, finished=True)
    assert not is_cut_off(ledger, _run(ledger, begun))


def test_what_stopped_with_nothing_left_is_not_cut_off(ledger: Ledger, number: int) -> None:
    """Only what can be sent keeps a stopped run open; who must be fixed by hand does not."""
    begun = _begun(ledger, number)
    begun.lock.release()
    for row, outcome in enumerate([Outcome.UPDATED] * 5 + [Outcome.REJECTED], start=2):
        _set(ledger, begun, row, "settled", outcome)
    runs.sum_up(ledger, begun.run_no, exit_code=5, error="why", now=NOW)
    runs.end(ledger, begun.run_no, finished=False)
    assert not is_cut_off(ledger, _run(ledger, begun))
    _set(ledger, begun, 4, "settled", Outcome.FAILED)
    assert is_cut_off(ledger, _run(ledger, begun))


def test_what_is_left_is_pending_again_and_doubt_stays(ledger: Ledger, number: int) -> None:
    """Claimed and unknown rows may have arrived; failed ones did not; settled ones stay."""
    begun = _begun(ledger, number)
    begun.lock.release()
    _set(ledger, begun, 2, "settled", Outcome.UPDATED)
    _set(ledger, begun, 3, "settled", Outcome.REJECTED)
    _set(ledger, begun, 4, "settled", Outcome.UNKNOWN)
    _set(ledger, begun, 5, "settled", Outcome.FAILED)
    _set(ledger, begun, 6, "claimed", None)
    run = _run(ledger, begun)
    assert left_of(ledger, run) == Left(to_send=4, doubted=2, overtaken=0)
    assert carry_on(ledger, [run], NOW + 9, "unattended") == 4
    assert _states(ledger, begun) == [
        ("settled", "updated", 0),
        ("settled", "rejected", 0),
        ("pending", None, 1),
        ("pending", None, 0),
        ("pending", None, 1),
        ("pending", None, 0),
    ]
    shown = outcome_counts(ledger, begun.run_no).rows
    assert shown[("claimed", None, None)] == shown[("pending", None, None)] == 2
    after = _run(ledger, begun)
    assert (after.state, after.approved) == ("sending", "--yes; continued: unattended")
    assert (after.begun_at, after.sending_at, after.error) == (run.begun_at, run.sending_at, None)


def test_a_run_stays_as_old_as_it_is(ledger: Ledger, number: int) -> None:
    """What a run begun later has claimed is superseded, at once and with its name."""
    old, new = _begun(ledger, number), _begun(ledger, number, content="y")
    old.lock.release()
    claims = Claims(ledger, [new.run_no], number, linger_seconds=30, alive=lambda _: False)
    claims.settle_and_claim([], 2, NOW)
    run = _run(ledger, old)
    assert left_of(ledger, run) == Left(to_send=4, doubted=0, overtaken=2)
    assert carry_on(ledger, [run], NOW, "unattended") == 4
    assert [outcome for _, outcome, _ in _states(ledger, old)] == ["superseded"] * 2 + [None] * 4
    (reason,) = ledger.connection.execute(
        "SELECT reason FROM rows WHERE id = ?", (row_id(old.run_no, 2),)
    ).fetchone()
    assert reason == (
        f"Run {new.run_id}, begun later on 1970-01-12, holds this order; if this row is right, "
        "apply its sheet with --resend."
    )


def test_a_run_is_taken_up_once(ledger: Ledger, number: int) -> None:
    """The lock of a run that goes on is held; who comes second, or too late, is told."""
    begun = _begun(ledger, number)
    begun.lock.release()
    run = _run(ledger, begun)
    (taken,) = take_up(ledger, [run])
    assert runs.is_alive(ledger, begun.run_no)
    with pytest.raises(Busy, match=run.run_id):
        take_up(ledger, [run])
    taken.lock.release()
    runs.sum_up(ledger, begun.run_no, exit_code=0, error=None, now=NOW + 1)
    runs.end(ledger, begun.run_no, finished=True)
    with pytest.raises(Busy, match=run.run_id):
        take_up(ledger, [run])
    assert not runs.is_alive(ledger, begun.run_no)


def test_a_later_run_of_the_sheet_takes_the_place(ledger: Ledger, number: int) -> None:
    """Then nobody looks at the cut-off one any more, unless by its name."""
    old = _begun(ledger, number)
    old.lock.release()
    run = _run(ledger, old)
    assert maybe_cut_off(ledger, run.source.path, 0)
    assert maybe_cut_off(ledger, "/elsewhere", run.source.size_bytes)
    assert not maybe_cut_off(ledger, "/elsewhere", 99)
    assert may_go_on(ledger, run)
    with ledger.atomic() as db:
        db.execute("UPDATE runs SET together = run_id")
    new = _begun(ledger, number, content="y")
    assert not may_go_on(ledger, run)
    with ledger.atomic() as db:
        db.execute("UPDATE runs SET state = 'finished' WHERE run_no = ?", (new.run_no,))
    assert not maybe_cut_off(ledger, run.source.path, 0)


def test_retries_are_counted_anew(ledger: Ledger, number: int) -> None:
    """The first try after the cut may be an order's second."""
    begun = _begun(ledger, number)
    with ledger.atomic() as db:
        db.execute("UPDATE rows SET attempts = id & 3 WHERE id >> 32 = ?", (begun.run_no,))
    count_retries(ledger, [begun.run_no])
    tries = [row & 3 for row in range(2, 8)]
    assert _run(ledger, begun).retries == sum(count - 1 for count in tries if count > 1)


ENDS: Sequence[tuple[str, Outcome | None]] = [
    ("pending", None),
    ("claimed", None),
    *(("settled", outcome) for outcome in Outcome if outcome is not Outcome.NOT_SENT),
]


@pytest.fixture(scope="module")
def anew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Ledger]]:
    opened: list[Ledger] = []

    def make() -> Ledger:
        opened.append(Ledger(tmp_path_factory.mktemp("state"), scratch=True))
        return opened[-1]

    yield make
    for ledger in opened:
        ledger.close()


@settings(max_examples=examples(25), deadline=None)
@given(ends=st.lists(st.sampled_from(ENDS), min_size=6, max_size=6), cuts=st.integers(1, 3))
def test_a_row_that_is_settled_for_good_stays_so(
    anew: Callable[[], Ledger], ends: list[tuple[str, Outcome | None]], cuts: int
) -> None:
    """However often a run is taken up, it counts every row once and changes no settled one."""
    ledger = anew()
    begun = _begun(ledger, target(ledger))
    begun.lock.release()
    for row, (state, outcome) in enumerate(ends, start=2):
        _set(ledger, begun, row, state, outcome)
    for _ in range(cuts):
        run = _run(ledger, begun)
        left = left_of(ledger, run)
        assert carry_on(ledger, [run], NOW, "unattended") == left.to_send
    again = {None, Outcome.UNKNOWN, Outcome.FAILED}
    for (state, outcome), (now, shown, doubt) in zip(ends, _states(ledger, begun), strict=True):
        kept = outcome not in again
        assert (now, shown) == ((state, outcome) if kept else ("pending", None))
        assert doubt == (state == "claimed" or outcome is Outcome.UNKNOWN)
    assert sum(outcome_counts(ledger, begun.run_no).rows.values()) == 6


def test_a_snapshot_is_of_one_moment(ledger: Ledger, number: int) -> None:
    """What others write meanwhile is not seen, and they need not wait."""
    begun = _begun(ledger, number)
    with Ledger(ledger.folder) as other:
        with other.snapshot():
            before = outcome_counts(other, begun.run_no)
            _set(ledger, begun, 2, "settled", Outcome.UPDATED)
            assert outcome_counts(other, begun.run_no) == before
        assert outcome_counts(other, begun.run_no) != before


def test_an_order_that_was_taken_over_is_free_for_the_run_that_took_it(
    ledger: Ledger, number: int
) -> None:
    """What died with an order in its hand lets go of it as it goes on, not when it ends."""
    older = _begun(ledger, number)
    theirs = Claims(ledger, [older.run_no], number, linger_seconds=0, alive=lambda _: False)
    assert len(theirs.settle_and_claim([], 6, NOW)) == 6
    newer = staged(ledger, [(1, "new")], target_no=number, content="y")
    mine = Claims(ledger, [newer.run_no], number, linger_seconds=0, alive=lambda _: True)
    assert mine.settle_and_claim([], 1, NOW + 1) == []  # it waits
    older.lock.release()
    carry_on(ledger, [_run(ledger, older)], NOW + 2, "--yes")
    assert mine.rewind()
    assert [claim.order_id for claim in mine.settle_and_claim([], 1, NOW + 3)] == [1]


def test_a_run_that_tells_of_its_own_end_says_what_will_be(ledger: Ledger, number: int) -> None:
    """Its results are written while it lives, and are to say the same when they are asked later."""
    begun = _begun(ledger, number)
    assert not will_go_on(ledger, _run(ledger, begun))
    runs.sum_up(ledger, begun.run_no, exit_code=4, error="The keys were refused.", now=NOW)
    told = will_go_on(ledger, _run(ledger, begun))
    runs.end(ledger, begun.run_no, finished=False)
    begun.lock.release()
    assert told is may_go_on(ledger, _run(ledger, begun)) is True


def test_a_run_that_ends_whole_does_not_go_on(ledger: Ledger, number: int) -> None:
    """What it leaves in doubt is sent by the same command again, not by ``resume``."""
    begun = _begun(ledger, number)
    runs.sum_up(ledger, begun.run_no, exit_code=1, error=None, now=NOW)
    told = will_go_on(ledger, _run(ledger, begun))
    runs.end(ledger, begun.run_no, finished=True)
    begun.lock.release()
    assert told is may_go_on(ledger, _run(ledger, begun)) is False
