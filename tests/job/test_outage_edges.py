"""Outages met by what else may happen to a run: other runs, last tries, signals, a kill."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from pipeline.core.errors import Interrupted, PipelineError
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


@dataclass
class Api:
    """Answers try ``n`` (from 0) of an order at a second of the run as a test says."""

    answer: Callable[[int, int, float], tuple[float, Reply]]
    credentials: Callable[[], tuple[float, Reply]] = lambda: (0.05, done())
    tries: list[tuple[float, int]] = field(default_factory=list)
    begun: float | None = None

    async def test_credentials(self) -> Reply:
        seconds, reply = self.credentials()
        await asyncio.sleep(seconds)
        return reply

    async def put_customer(self, body: bytes) -> Reply:
        now = asyncio.get_running_loop().time()
        self.begun = now if self.begun is None else self.begun
        order_id = int(json.loads(body)["order_id"])
        n = sum(order == order_id for _, order in self.tries)
        self.tries.append((now - self.begun, order_id))
        seconds, reply = self.answer(order_id, n, now - self.begun)
        await asyncio.sleep(seconds)
        return reply

    def of(self, order_id: int) -> list[float]:
        return [at for at, order in self.tries if order == order_id]


@dataclass
class Sent:
    stopped: PipelineError | None
    outcomes: list[Outcome]
    seconds: float


def send(
    ledger: Ledger,
    api: Api,
    *,
    orders: int,
    attempts: int = 5,
    workers: int = 16,
    rate: float = 20,
    outage_seconds: float = 300,
    claims: Claims | None = None,
    at: tuple[float, Callable[[Sending], None]] | None = None,
) -> Sent:
    number = target(ledger)
    begun = staged(ledger, [(n, f"a{n}") for n in range(1, orders + 1)], target_no=number)

    async def run() -> tuple[PipelineError | None, float]:
        clock = LoopClock()
        mine = claims or Claims(
            ledger, [begun.run_no], number, linger_seconds=30, alive=lambda _: False
        )
        rules = OutageRules(outage_seconds=outage_seconds)
        options = SendOptions(workers, RetryPolicy(attempts), rules)
        sending = Sending(mine, api, Gate(Pace(rate, rate), clock), clock, options, total=orders)
        if at is not None:
            asyncio.get_running_loop().call_later(at[0], at[1], sending)
        start = clock.monotonic()
        return await sending.run(), clock.monotonic() - start

    stopped, seconds = run_virtually(run())
    lines = list(lines_of(ledger, begun.run_no))
    shown = [outcome_of(line.state, line.outcome, line.next_step)[0] for line in lines]
    return Sent(stopped, shown, seconds)


def test_tries_wait_between_each_other_after_an_outage_of_a_moment(ledger: Ledger) -> None:
    """An outage that is over before anybody went home does away with no wait between tries."""

    def answer(order: int, n: int, at: float) -> tuple[float, Reply]:
        if order <= 4 and n == 0:  # all end in one moment
            return 1.0 - at + order * 1e-11, LOST if order < 4 else done()
        return 0.05, status(500) if order == 20 and n < 4 else done()

    api = Api(answer)
    sent = send(ledger, api, orders=20)
    assert set(sent.outcomes) == {Outcome.UPDATED}
    tries = api.of(20)
    waits = [later - earlier for earlier, later in pairwise(tries)]
    assert waits[-1] >= 2.0  # half of 0.5 × 2³


def test_waiting_for_another_run_in_an_outage_lets_others_work(ledger: Ledger) -> None:
    """Where all that is left is held by another run, the ledger is asked now and then, no more."""
    number = target(ledger)
    other = staged(ledger, [(3, "other")], target_no=number)
    theirs = Claims(ledger, [other.run_no], number, linger_seconds=30, alive=lambda _: False)
    assert theirs.settle_and_claim([], 1, 1_000_000.0)
    asked = 0

    class Counting(Claims):
        def settle_and_claim(self, *args: object, **named: object) -> list:  # type: ignore[type-arg]
            nonlocal asked
            asked += 1
            assert asked < 1_000, "the ledger is asked without an end"
            return super().settle_and_claim(*args, **named)  # type: ignore[arg-type]

    claims = Counting(
        ledger, [other.run_no + 1], number, linger_seconds=30, alive=lambda no: no == other.run_no
    )
    api = Api(lambda *_: (0.05, NO_WAY))
    sent = send(ledger, api, orders=4, attempts=1, claims=claims, outage_seconds=20)
    assert sent.outcomes[2] is Outcome.NOT_SENT
    assert asked < 100


def test_a_signal_need_not_wait_for_the_other_call(ledger: Ledger) -> None:
    """In an outage the call that asks whether the API is there is given up for a signal."""
    api = Api(lambda *_: (0.05, LOST), credentials=lambda: (30.0, LOST))
    stop = Interrupted("Stopped.")
    sent = send(ledger, api, orders=3, at=(8.0, lambda sending: sending.interrupt(stop)))
    assert sent.stopped is stop
    assert sent.seconds <= 8.0 + 9.0


def test_what_was_answered_is_kept_while_an_outage_is_sat_out(ledger: Ledger) -> None:
    """A kill while requests hang finds what was confirmed before in the ledger."""
    seen: list[int] = []

    def answer(order: int, _n: int, at: float) -> tuple[float, Reply]:
        if order <= 5:
            return 0.3, done()
        return (0.6, LOST) if order <= 8 else (25.0, LOST) if at < 2 else (0.05, done())

    def look(_: Sending) -> None:
        query = "SELECT COUNT(*) FROM rows WHERE outcome = 'updated'"
        seen.append(ledger.connection.execute(query).fetchone()[0])

    send(ledger, Api(answer), orders=16, at=(4.0, look))
    assert seen == [5]
