"""Outages in virtual time: sat out at the cost of a few probes, and left when they last."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field

import pytest

from pipeline.core.errors import Interrupted, PipelineError, StoppedEarly
from pipeline.core.events import Progress
from pipeline.core.outage import OutageRules
from pipeline.core.outcome import Outcome, outcome_of
from pipeline.core.pace import Pace
from pipeline.core.reply import Answer, NoAnswer
from pipeline.core.retrying import RetryPolicy
from pipeline.job.send import Sending, SendOptions
from pipeline.ledger import Ledger
from pipeline.ledger.claims import Claims
from pipeline.ledger.rows import lines_of
from pipeline.sending import Gate
from tests.fakes.sender import LOST, NO_WAY, done, status
from tests.fakes.staged import staged, target
from tests.fakes.virtual import LoopClock, run_virtually

Reply = Answer | NoAnswer
PAGE = Answer(400, b"<html>blocked</html>")


@dataclass
class Api:
    """An API that is away from one second of the run to another, and answers in 50 ms else."""

    away: tuple[float, float]
    instead: Reply
    seconds_to_fail: float = 0.05
    poison: frozenset[int] = frozenset()
    tries: list[tuple[float, int]] = field(default_factory=list)
    silent: frozenset[int] = frozenset()
    asked: list[float] = field(default_factory=list)
    begun: float | None = None

    async def test_credentials(self) -> Reply:
        now = asyncio.get_running_loop().time()
        assert self.begun is not None
        self.asked.append(now - self.begun)
        return self.instead if self.away[0] <= now - self.begun < self.away[1] else done()

    async def put_customer(self, body: bytes) -> Reply:
        now = asyncio.get_running_loop().time()
        self.begun = now if self.begun is None else self.begun
        at = now - self.begun
        order_id = int(json.loads(body)["order_id"])
        self.tries.append((at, order_id))
        if self.away[0] <= at < self.away[1]:
            await asyncio.sleep(self.seconds_to_fail)
            return self.instead
        await asyncio.sleep(0.05)
        if order_id in self.silent:
            return LOST
        return status(500) if order_id in self.poison else done()

    def within(self, first: float, last: float) -> int:
        return sum(first <= at < last for at, _ in self.tries)


@dataclass
class Sent:
    """How a run ended."""

    stopped: PipelineError | None
    outcomes: list[Outcome]
    attempts: int
    seconds: float
    progress: list[Progress]
    held: int
    claimed: int


def send(
    ledger: Ledger,
    api: Api,
    *,
    orders: int = 400,
    rate: float = 20,
    workers: int = 16,
    rules: OutageRules | None = None,
    interrupt_at: float | None = None,
) -> Sent:
    number = target(ledger)
    begun = staged(ledger, [(n, f"a{n}") for n in range(1, orders + 1)], target_no=number)
    progress: list[Progress] = []

    async def run() -> tuple[PipelineError | None, float]:
        clock = LoopClock()
        claims = Claims(ledger, [begun.run_no], number, linger_seconds=30, alive=lambda _: False)
        options = SendOptions(workers, RetryPolicy(), rules or OutageRules())
        gate = Gate(Pace(rate, rate), clock)
        sending = Sending(
            claims, api, gate, clock, options, total=orders, on_progress=progress.append
        )
        at = clock.monotonic()
        if interrupt_at is not None:
            error = Interrupted("Stopped.")
            asyncio.get_running_loop().call_later(interrupt_at, sending.interrupt, error)
        return await sending.run(), clock.monotonic() - at

    stopped, seconds = run_virtually(run())
    lines = list(lines_of(ledger, begun.run_no))
    count = ledger.connection.execute
    return Sent(
        stopped,
        [outcome_of(line.state, line.outcome, line.next_step)[0] for line in lines],
        sum(line.attempts for line in lines),
        seconds,
        progress,
        count("SELECT COUNT(*) FROM orders WHERE holder_run IS NOT NULL").fetchone()[0],
        count("SELECT COUNT(*) FROM rows WHERE state = 'claimed'").fetchone()[0],
    )


AWAY = [
    pytest.param(NO_WAY, 0.001, id="refused"),
    pytest.param(LOST, 0.05, id="cut"),
    pytest.param(LOST, 4.0, id="timeouts"),
    pytest.param(status(503), 0.05, id="503"),
    pytest.param(status(502), 0.05, id="502"),
    pytest.param(status(500), 0.05, id="500"),
    pytest.param(PAGE, 0.05, id="a page that is not the API's"),
]


@pytest.mark.parametrize(("instead", "seconds_to_fail"), AWAY)
@pytest.mark.parametrize("orders", [400, 60])
def test_twenty_seconds_cost_no_row(
    ledger: Ledger, instead: Reply, seconds_to_fail: float, orders: int
) -> None:
    """In the middle of a run: every order is updated, and a handful of probes is all it costs."""
    middle = orders / 20 / 2
    api = Api((middle, middle + 20), instead, seconds_to_fail)
    sent = send(ledger, api, orders=orders)
    assert sent.stopped is None
    assert set(sent.outcomes) == {Outcome.UPDATED}
    assert sent.attempts == len(api.tries)
    assert sent.held == 0
    known = middle + seconds_to_fail + 3
    assert api.within(middle, known) <= 20 * (seconds_to_fail + 3) + 1
    assert api.within(known, middle + 20) <= 6
    assert any(one.outage_seconds is not None for one in sent.progress)


@pytest.mark.parametrize("instead", [NO_WAY, LOST, status(502), status(503)])
def test_the_last_rows_of_a_sheet_are_not_used_up(ledger: Ledger, instead: Reply) -> None:
    """Where no order can be to blame, two orders left are enough to see that the API is away."""
    sent = send(ledger, Api((0.01, 20), instead), orders=3)
    assert (sent.stopped, sent.outcomes) == (None, [Outcome.UPDATED] * 3)


@pytest.mark.parametrize("instead", [NO_WAY, LOST, status(503), status(500), PAGE])
def test_an_outage_that_lasts_stops_the_run(ledger: Ledger, instead: Reply) -> None:
    """After ``outage_seconds`` the run ends with exit 5, and everything can be sent later."""
    api = Api((5, 10_000), instead)
    sent = send(ledger, api, rules=OutageRules(outage_seconds=300))
    assert isinstance(sent.stopped, StoppedEarly)
    assert "run the same command again" in str(sent.stopped)
    assert 300 <= sent.seconds <= 345
    assert api.within(10, 400) <= 16
    doubtful = Outcome.UNKNOWN if instead in (LOST, status(503), status(500)) else Outcome.NOT_SENT
    assert set(sent.outcomes) == {Outcome.UPDATED, Outcome.NOT_SENT} | {doubtful}
    assert (sent.held, sent.claimed) == (0, 0)


def test_a_host_that_never_answers_is_left_sooner(ledger: Ledger) -> None:
    """Its address, or the network here, is more likely wrong than that it comes back."""
    sent = send(ledger, Api((0, 10_000), NO_WAY))
    assert isinstance(sent.stopped, StoppedEarly)
    assert 30 <= sent.seconds < 45
    assert set(sent.outcomes) == {Outcome.NOT_SENT}


@pytest.mark.uncounted
@pytest.mark.parametrize("orders", [10_000, pytest.param(100_000, marks=pytest.mark.nightly)])
def test_very_many_rows_wait_out_minutes(ledger: Ledger, orders: int) -> None:
    """Nothing is claimed, tried or kept in memory for them meanwhile."""
    api = Api((2, 10_000), NO_WAY)
    sent = send(ledger, api, orders=orders, rules=OutageRules(outage_seconds=240))
    assert isinstance(sent.stopped, StoppedEarly)
    assert sent.outcomes.count(Outcome.UPDATED) + sent.outcomes.count(Outcome.NOT_SENT) == orders
    assert api.within(6, 300) <= 12
    assert (sent.held, sent.claimed) == (0, 0)


def test_poison_orders_do_not_hold_up_the_others(ledger: Ledger) -> None:
    """Orders that the API always fails on end as unknown; every other one is updated."""
    api = Api((0, 0), NO_WAY, poison=frozenset(range(10, 400, 20)))
    sent = send(ledger, api)
    assert sent.stopped is None
    assert sent.outcomes.count(Outcome.UNKNOWN) == 20
    assert sent.outcomes.count(Outcome.UPDATED) == 380


@pytest.mark.parametrize("workers", [1, 16])
def test_orders_that_the_api_never_answers_are_no_outage(ledger: Ledger, workers: int) -> None:
    """Silence for these alone ends as unknown after the usual tries; the others are updated."""
    api = Api((0, 0), NO_WAY, silent=frozenset((1, 2, 3, 60, 399, 400)))
    sent = send(ledger, api, workers=workers)
    assert sent.stopped is None
    assert sent.outcomes.count(Outcome.UNKNOWN) == 6
    assert sent.outcomes.count(Outcome.UPDATED) == 394
    usual = 394 + 6 * RetryPolicy().attempts
    assert usual <= sent.attempts == len(api.tries) <= usual + 6  # a probe uses up no try
    assert sent.seconds < 60
    assert len(api.asked) <= 3


def test_half_of_all_tries_failing_counts_as_down(ledger: Ledger) -> None:
    """A share of failures pauses the run, though single successes come between."""
    api = Api((0, 0), NO_WAY, poison=frozenset(n for n in range(1, 101) if n % 3))
    rules = OutageRules(after_failures=1_000, failure_share=0.5, outage_seconds=20)
    sent = send(ledger, api, orders=100, rules=rules)
    assert any(one.outage_seconds is not None for one in sent.progress)


def test_a_signal_in_an_outage_stops_at_once(ledger: Ledger) -> None:
    """Nobody waits for an API that is away when a person wants to stop."""
    sent = send(ledger, Api((2, 10_000), NO_WAY), interrupt_at=60.0)
    assert isinstance(sent.stopped, Interrupted)
    assert sent.seconds <= 61
    assert sent.held == 0


def test_zero_seconds_do_not_wait(ledger: Ledger) -> None:
    """``outage_seconds`` 0: whoever repeats the command is elsewhere."""
    sent = send(ledger, Api((2, 10_000), NO_WAY), rules=OutageRules(outage_seconds=0))
    assert isinstance(sent.stopped, StoppedEarly)
    assert sent.seconds < 6


def test_an_api_that_turns_everything_away_stops_the_run(ledger: Ledger) -> None:
    """429 slows the run down, but not for ever: after ``outage_seconds`` it can be continued."""
    api = Api((5, 10_000), status(429), 0.05)
    sent = send(ledger, api, rules=OutageRules(outage_seconds=120))
    assert isinstance(sent.stopped, StoppedEarly)
    assert "too many" in str(sent.stopped)
    assert sent.seconds < 5 + 120 + 60
    assert api.within(10, 1_000) <= 30
    assert Outcome.UNKNOWN not in sent.outcomes


@pytest.mark.parametrize("seconds", [20, 60])
def test_orders_outlive_a_while_in_which_nothing_is_let_in(ledger: Ledger, seconds: int) -> None:
    """Refusals at a shut gate use up no order's tries."""
    sent = send(ledger, Api((5, 5 + seconds), status(429), 0.05))
    assert (sent.stopped, set(sent.outcomes)) == (None, {Outcome.UPDATED})
