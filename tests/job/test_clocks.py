"""The clocks of a laptop: it sleeps for hours, or somebody sets its time, while a run sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest

from pipeline.core.outcome import Outcome, outcome_of
from pipeline.core.pace import Pace
from pipeline.core.reply import Answer
from pipeline.core.retrying import RetryPolicy
from pipeline.job.send import Sending, SendOptions
from pipeline.ledger import Ledger, runs
from pipeline.ledger.claims import Claims
from pipeline.ledger.rows import lines_of
from pipeline.sending import Gate
from tests.fakes.clock import FakeClock
from tests.fakes.sender import FakeSender, done
from tests.fakes.staged import NOW, staged, target

ORDERS = [(number, f"a{number}") for number in range(1, 61)]
RATE = 20.0
LINGER = 30.0
HOURS = 3 * 3600.0


class Clocks(FakeClock):
    """A machine's two clocks: the one on the wall may be set, or go on while the other sleeps."""

    set_by = 0.0

    def time(self) -> float:
        return self.now + self.set_by


Turn = Callable[[Clocks], None]


def _both(clocks: Clocks) -> None:
    clocks.now += HOURS


def _wall_on(clocks: Clocks) -> None:
    clocks.set_by += HOURS


def _wall_back(clocks: Clocks) -> None:
    clocks.set_by -= HOURS


class Watched:
    """A run of sixty orders whose clocks turn while the twentieth is answered."""

    def __init__(self, ledger: Ledger, turn: Turn) -> None:
        self.clock = Clocks()
        self._ledger = ledger
        self._turn = turn
        self._target = target(ledger)
        self.begun = staged(ledger, ORDERS, target_no=self._target)
        self.sent_at: list[float] = []
        self.short: list[int] = []
        sender = FakeSender(default=self._answer)
        self.sender = sender
        self.sending = Sending(
            Claims(
                ledger,
                [self.begun.run_no],
                self._target,
                linger_seconds=LINGER,
                alive=lambda _: False,
            ),
            sender,
            Gate(Pace(RATE, RATE), self.clock),
            self.clock,
            SendOptions(8, RetryPolicy(attempts=2, linger_seconds=LINGER)),
            total=len(ORDERS),
        )

    def _answer(self, order_id: int) -> Answer:
        self.sent_at.append(self.clock.monotonic())
        if len(self.sent_at) == 20:
            self._turn(self.clock)
        (open_until,) = self._ledger.connection.execute(
            "SELECT open_until FROM orders WHERE target_no = ? AND order_id = ?",
            (self._target, order_id),
        ).fetchone()
        if len(self.sent_at) != 20 and open_until - self.clock.time() < LINGER - 6:
            self.short.append(order_id)
        return done(f"ref-{order_id}")

    def outcomes(self) -> set[Outcome]:
        return {
            outcome_of(line.state, line.outcome, line.next_step)[0]
            for line in lines_of(self._ledger, self.begun.run_no)
        }


@pytest.mark.parametrize(
    "turn", [_both, _wall_on, _wall_back], ids=["slept", "slept, clock stood", "set back"]
)
async def test_a_clock_that_jumps_costs_nothing(ledger: Ledger, turn: Turn) -> None:
    """No burst makes up for the hours, every order is sent once, and whenever a request leaves the
    ledger says for long enough that it may be open.
    """
    run = Watched(ledger, turn)
    async with asyncio.timeout(20):
        assert await run.sending.run() is None
    assert run.outcomes() == {Outcome.UPDATED}
    assert sorted(run.sender.seen) == [number for number, _ in ORDERS]
    assert run.short == []
    after = run.sent_at[20:]
    gaps = [later - sooner for sooner, later in pairwise(after)]
    assert sorted(gaps)[1] >= 1 / RATE - 1e-6  # one missed slot may be made up


async def test_a_run_begun_in_the_future_is_not_the_newest(ledger: Ledger) -> None:
    """With the clock set back between two runs, the one that was begun last wins all the same."""
    number = target(ledger)
    future = staged(ledger, [(1, "old")], target_no=number, now=NOW + HOURS)
    present = staged(ledger, [(1, "new")], target_no=number, now=NOW)
    assert [run.run_no for run in runs.listed(ledger)] == [present.run_no, future.run_no]

    def claims(run_no: int) -> Claims:
        return Claims(ledger, [run_no], number, linger_seconds=LINGER, alive=lambda _: False)

    assert [one.key >> 32 for one in claims(present.run_no).settle_and_claim([], 9, NOW)] == [
        present.run_no
    ]
    assert claims(future.run_no).settle_and_claim([], 9, NOW + HOURS) == []
    assert [line.outcome for line in lines_of(ledger, future.run_no)] == [Outcome.SUPERSEDED]
