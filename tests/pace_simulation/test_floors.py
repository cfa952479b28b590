"""What the law reaches against servers whose limit it does not know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.core.pace import Pace
from tests.pace_simulation.grid import CHANGES, Cell, Change, cells
from tests.pace_simulation.servers import Bucket, Window
from tests.pace_simulation.simulator import simulate

TRIES = 5
"""``retry.attempts``: an order that is turned away so often is lost."""
SEEDS = range(1, 11)
FLOORED = [
    cell
    for cell in cells()
    if 10 <= cell.limit <= 50
    and cell.latency <= 0.1
    and cell.server in ("bucket of 5", "bucket of 10", "bucket of 50", "window of 1 s")
]
WITH_RETRY_AFTER = [
    cell
    for cell in cells()
    if 10 <= cell.limit <= 50 and cell.latency <= 0.1 and cell.server.endswith("Retry-After")
]


def check_unknown_limit(seed: int) -> None:
    """50/s with a bucket of 10, 100 ms away, 2,000 rows, and again with what was learned."""
    first = simulate(Pace(5, 200), Bucket(50, 10), rows=2000, latency=0.1, workers=64, seed=seed)
    assert first.share >= 0.95
    assert first.refused_share <= 0.01
    assert first.learned == pytest.approx(50, rel=0.05)
    pace = Pace(5, 200, known=first.learned)
    second = simulate(pace, Bucket(50, 10), rows=2000, latency=0.1, workers=64, seed=seed)
    assert second.share >= 0.97
    assert second.refused_share <= 0.008


def check_floor(cell: Cell, seed: int, share: float = 0.9) -> None:
    """So much of the limit, and at most 20 turned away while learning plus 0.7 %."""
    ran = cell.run(seed=seed)
    assert ran.share >= share
    assert len(ran.refused) <= 20 + 0.007 * cell.rows
    assert ran.most_tries < TRIES


@pytest.mark.parametrize("seed", [1, 2])
def test_an_unknown_limit_is_reached(seed: int) -> None:
    """95 % of it from the first request on and 1 % turned away; then 97 % and 0.8 %."""
    check_unknown_limit(seed)


@pytest.mark.uncounted
@pytest.mark.parametrize("cell", FLOORED, ids=str)
def test_usual_limits_are_reached(cell: Cell) -> None:
    """At 10 to 50/s and up to 100 ms away: 90 %, windows of a second included."""
    check_floor(cell, seed=1)


@pytest.mark.parametrize("cell", WITH_RETRY_AFTER[::3], ids=str)
def test_pauses_cost_a_sixth_at_most(cell: Cell) -> None:
    """Where each complaint costs a pause of a second, 80 % is reached while learning."""
    check_floor(cell, seed=1, share=0.8)


@pytest.mark.nightly
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_floors_hold_by_any_chance(seed: int) -> None:
    """The same with other delays on the way."""
    check_unknown_limit(seed)
    for cell in FLOORED:
        check_floor(cell, seed)
    for cell in WITH_RETRY_AFTER:
        check_floor(cell, seed, share=0.8)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.what)
def test_a_limit_that_changes_is_found(change: Change) -> None:
    """A lower one within ten seconds, a higher one within two minutes, and few are turned away."""
    shares, ran = change.shares()
    if change.after < change.before:
        assert ran.share_between(20, 30, change.after) >= 0.7
        assert min(shares[1:]) >= 0.9
        assert sum(20 <= at < 30 for at in ran.refused) <= 30
    else:
        assert ran.share_between(100, 120, change.after) >= 0.9
    assert ran.most_tries < TRIES


@pytest.mark.parametrize("tells", [True, False], ids=["Retry-After", "none"])
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_a_window_of_a_minute_is_used_to_the_full(limit: int, tells: bool) -> None:
    """So many a minute: the rest of a used-up minute is sat out, with few probes."""
    server = Window(limit, seconds=60, tells=tells)
    ran = simulate(Pace(5, 20), server, rows=limit * 600, latency=0.1, workers=16)
    assert ran.share >= 0.9
    assert len(ran.refused) <= 100
    assert ran.most_tries < TRIES
    if tells:
        assert ran.learned == pytest.approx(limit, rel=0.05)


def test_without_a_limit_the_ceiling_is_reached_and_nothing_learned() -> None:
    """From 5 to 20 a second within two; what met no complaint is no limit."""
    ran = simulate(Pace(5, 20), Bucket(1000, 1000), rows=400, latency=0.1)
    assert ran.share_between(2, 18, 20) >= 0.98
    assert (ran.learned, ran.refused) == (None, [])


def test_too_few_workers_do_not_let_the_pace_run_away() -> None:
    """Where the workers are the limit, the pace stops rising though nothing complains."""
    pace = Pace(5, 1000)
    ran = simulate(pace, Bucket(1000, 1000), rows=600, latency=1.0, workers=4)
    assert ran.done[-1] >= 600 / 4 * 0.9
    assert pace.per_second <= 50


def test_an_outage_is_sat_out_with_a_handful_of_probes() -> None:
    """20 s of refusals in the middle of a run: few requests, no order lost, and on at once."""
    server = Bucket(20, 20, changes=((20.0, 1e-9), (40.0, 20.0)))
    ran = simulate(Pace(5, 20), server, rows=900, latency=0.1, workers=16)
    assert sum(22 <= at < 40 for at in ran.refused) <= 10
    assert ran.most_tries < TRIES
    assert ran.share_between(50, 60, 20) >= 0.95


def test_two_runs_share_a_known_limit() -> None:
    """Half of what was learned each; when one ends the other climbs back to all of it."""
    pace = Pace(5, 200, known=50)
    pace.share_among(2)
    half = simulate(pace, Bucket(25, 10), rows=500, latency=0.1)
    assert half.share >= 0.97
    assert half.refused_share <= 0.01
    assert half.learned is None or half.learned == pytest.approx(50, rel=0.1)
    again = Pace(5, 200, known=50)
    again.share_among(2)
    again.share_among(1)
    whole = simulate(again, Bucket(50, 10), rows=1000, latency=0.1)
    assert whole.share_between(5, 15, 50) >= 0.95
    assert whole.refused_share <= 0.01


def test_a_laptop_that_slept_begins_where_it_was() -> None:
    """A clock that jumped by a night neither bursts nor unlearns the limit."""
    ran = simulate(Pace(5, 200, known=50), Bucket(50, 10), rows=300, latency=0.1)
    assert ran.share >= 0.95
    pace = Pace(5, 200, known=50)
    now = 0.0
    for night in (0.0, 30_000.0):
        now += night
        before = pace.per_second
        for _ in range(100):
            now += pace.wait_seconds(now)
            pace.admit(now)
            pace.answered(now, now + 0.1)
        assert pace.per_second == pytest.approx(before, rel=0.02)
        pace.complained(now, now + 0.1, None)
        assert pace.per_second == pytest.approx(48, rel=0.1)


def test_orders_of_one_cell_are_the_same_every_time() -> None:
    """A seed gives one run: the table can be compared."""
    cell = Cell("bucket of 10", 20, 0.1)
    assert cell.run() == cell.run()
    assert replace(cell, limit=10).run() != cell.run()
