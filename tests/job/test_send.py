"""Sending from a real ledger to a scripted sender: order, stops, interrupts, totals."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.core.errors import CredentialsRefused, Interrupted, StoppedEarly
from pipeline.core.events import Progress
from pipeline.core.outage import OutageRules
from pipeline.core.outcome import Outcome, outcome_of
from pipeline.core.pace import Pace
from pipeline.core.retrying import RetryPolicy
from pipeline.job.send import Sending, SendOptions
from pipeline.ledger import Ledger
from pipeline.ledger.claims import Claims
from pipeline.ledger.rows import lines_of
from pipeline.sending import Gate
from tests.examples import examples
from tests.fakes.clock import FakeClock
from tests.fakes.sender import LOST, NO_WAY, FakeSender, Reply, done, status
from tests.fakes.staged import staged, target

ORDERS = [(number, f"a{number}") for number in range(1, 41)]


def sends(
    workers: int,
    *,
    after_failures: int = 5,
    failure_share: float = 2,
    outage_seconds: float = 60,
) -> SendOptions:
    """Two tries an order; an outage begins after five failures in a row."""
    return SendOptions(
        workers,
        RetryPolicy(attempts=2, max_wait_seconds=1),
        OutageRules(after_failures, failure_share, outage_seconds),
    )


class Setup:
    """A run of forty orders that is about to send."""

    def __init__(
        self,
        ledger: Ledger,
        sender: FakeSender,
        *,
        rate: float = 0,
        options: SendOptions | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.ledger = ledger
        self.sender = sender
        self.clock = FakeClock()
        number = target(ledger)
        self.begun = staged(ledger, ORDERS, target_no=number)
        self.gate = Gate(Pace(rate or 1, rate), self.clock)
        self.claims = Claims(
            ledger, [self.begun.run_no], number, linger_seconds=30, alive=lambda _: False
        )
        self.progress: list[Progress] = []
        self.sending = Sending(
            self.claims,
            sender,
            self.gate,
            self.clock,
            options or sends(workers=4),
            total=len(ORDERS),
            on_progress=on_progress or self.progress.append,
        )

    def outcomes(self) -> list[Outcome]:
        return [
            outcome_of(line.state, line.outcome, line.next_step)[0]
            for line in lines_of(self.ledger, self.begun.run_no)
        ]

    def held(self) -> int:
        return int(
            self.ledger.connection.execute(
                "SELECT COUNT(*) FROM orders WHERE holder_run IS NOT NULL"
            ).fetchone()[0]
        )


async def test_every_order_is_sent_once_and_settled(ledger: Ledger) -> None:
    """The plain case: one PUT an order, nothing open afterwards, progress counts to the end."""
    run = Setup(ledger, FakeSender())
    assert await run.sending.run() is None
    assert sorted(run.sender.seen) == [number for number, _ in ORDERS]
    assert set(run.outcomes()) == {Outcome.UPDATED}
    assert run.held() == 0
    done = [one.done for one in run.progress]
    assert (done[0], done[-1], done) == (1, 40, sorted(done))


async def test_the_reference_stands_with_its_own_row(ledger: Ledger) -> None:
    """Rows are joined by id, whatever the order in which answers come."""
    run = Setup(ledger, FakeSender())
    await run.sending.run()
    for line in lines_of(ledger, run.begun.run_no):
        assert line.reference_id == f"ref-{line.cells[0]}"


@pytest.mark.parametrize("refusal", [status(401), status(403)])
async def test_refused_keys_stop_the_run_at_once(ledger: Ledger, refusal: Reply) -> None:
    """At most as many requests as workers; everything else is not sent and nothing stays held."""
    run = Setup(ledger, FakeSender(default=lambda _: refusal))
    stopped = await run.sending.run()
    assert isinstance(stopped, CredentialsRefused)
    assert len(run.sender.seen) <= 4
    assert set(run.outcomes()) == {Outcome.NOT_SENT}
    assert run.held() == 0


async def test_a_wrong_host_stops_the_run(ledger: Ledger) -> None:
    """A redirect is never followed: it means the address is wrong."""
    run = Setup(ledger, FakeSender(default=lambda _: status(302)))
    stopped = await run.sending.run()
    assert isinstance(stopped, StoppedEarly)
    assert set(run.outcomes()) == {Outcome.NOT_SENT}


async def test_failures_in_a_row_stop_the_run(ledger: Ledger) -> None:
    """A dead network does not burn through the sheet: what was not tried is not sent."""
    run = Setup(ledger, FakeSender(default=lambda _: NO_WAY))
    stopped = await run.sending.run()
    assert isinstance(stopped, StoppedEarly)
    assert set(run.outcomes()) == {Outcome.NOT_SENT}
    assert len(run.sender.seen) <= 12
    assert run.held() == 0


async def test_a_success_between_failures_goes_on(ledger: Ledger) -> None:
    """Only failures without one success in between stop the run."""
    sender = FakeSender(default=lambda order: status(500) if order % 3 else done())
    run = Setup(ledger, sender, options=sends(workers=1))
    assert await run.sending.run() is None
    assert run.outcomes().count(Outcome.UPDATED) == 13


async def test_pages_of_a_firewall_are_not_the_api(ledger: Ledger) -> None:
    """When suspicious refusals stop the run, those rows are pending again, not rejected."""
    page = status(400)
    page = type(page)(400, b"<html>blocked</html>")
    run = Setup(ledger, FakeSender(default=lambda _: page))
    assert isinstance(await run.sending.run(), StoppedEarly)
    assert set(run.outcomes()) == {Outcome.NOT_SENT}


async def test_an_interrupt_lets_answers_arrive(ledger: Ledger) -> None:
    """The first signal: nothing new is sent, what is on its way is judged."""
    sender = FakeSender()
    sender.hold = asyncio.Event()
    run = Setup(ledger, sender)
    task = asyncio.create_task(run.sending.run())
    await sender.saw(4)
    run.sending.interrupt(Interrupted("Stopped."))
    await asyncio.sleep(0)
    sender.hold.set()
    assert isinstance(await task, Interrupted)
    counted = run.outcomes()
    assert (counted.count(Outcome.UPDATED), counted.count(Outcome.NOT_SENT)) == (4, 36)
    assert run.held() == 0


async def test_a_second_interrupt_does_not_wait(ledger: Ledger) -> None:
    """Unanswered rows are unknown, and their orders count as open for a while."""
    sender = FakeSender()
    sender.hold = asyncio.Event()
    run = Setup(ledger, sender)
    task = asyncio.create_task(run.sending.run())
    await sender.saw(4)
    run.sending.interrupt(Interrupted("Stopped."))
    run.sending.interrupt(Interrupted("Stopped."))
    assert isinstance(await task, Interrupted)
    counted = run.outcomes()
    assert (counted.count(Outcome.UNKNOWN), counted.count(Outcome.NOT_SENT)) == (4, 36)
    still_open = ledger.connection.execute(
        "SELECT COUNT(*) FROM orders WHERE open_until > ?", (run.clock.now,)
    ).fetchone()
    assert still_open == (4,)


async def test_a_fault_of_our_own_is_raised_after_settling(ledger: Ledger) -> None:
    """A bug in a worker ends the run loudly and loses nothing that was answered."""

    class Buggy(FakeSender):
        async def put_customer(self, body: bytes) -> Reply:
            if len(self.seen) == 10:
                raise ZeroDivisionError
            return await super().put_customer(body)

    run = Setup(ledger, Buggy())
    with pytest.raises(ZeroDivisionError):
        await run.sending.run()
    counted = run.outcomes()
    assert counted.count(Outcome.UPDATED) == len(run.sender.seen)


async def test_a_ledger_that_cannot_be_written_stops_the_run(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk: a sentence, nothing more is sent, nothing committed is lost."""
    run = Setup(ledger, FakeSender(), options=sends(workers=2))
    real = run.claims.settle_and_claim
    calls = 0

    def failing(*args: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise StoppedEarly("The ledger cannot be written (database or disk is full).")
        return real(*args, **named)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(run.claims, "settle_and_claim", failing)
    stopped = await run.sending.run()
    assert isinstance(stopped, StoppedEarly)
    assert "disk is full" in str(stopped)


async def test_an_observer_that_breaks_does_not_hold_up_the_run(ledger: Ledger) -> None:
    """A closed terminal, or a program's own bug, costs the progress and nothing else."""
    calls = 0

    def broken(_: Progress) -> None:
        nonlocal calls
        calls += 1
        raise BrokenPipeError

    run = Setup(ledger, FakeSender(), on_progress=broken)
    async with asyncio.timeout(20):
        assert await run.sending.run() is None
    assert set(run.outcomes()) == {Outcome.UPDATED}
    assert calls == 1


async def test_a_ledger_that_fails_before_a_retry_stops_the_run(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is no bug of ours: the run stops, and what may be stored stays unknown."""
    run = Setup(ledger, FakeSender(default=lambda _: LOST))

    def full(*_: object) -> bool:
        raise StoppedEarly("The ledger cannot be written (database or disk is full).")

    monkeypatch.setattr(run.claims, "touch", full)
    stopped = await run.sending.run()
    assert isinstance(stopped, StoppedEarly)
    assert set(run.outcomes()) == {Outcome.UNKNOWN, Outcome.NOT_SENT}


REPLIES = [done(), LOST, NO_WAY, status(500), status(404, {"success": False}), status(429)]


@settings(
    max_examples=examples(25),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(
    st.lists(st.lists(st.sampled_from(REPLIES), min_size=1, max_size=3), min_size=40, max_size=40),
    st.integers(1, 9),
)
async def test_totals_agree_for_any_run_of_replies(
    tmp_path_factory: pytest.TempPathFactory, scripts: list[list[Reply]], workers: int
) -> None:
    """Rows = the sum of all outcomes; one request open per order; attempts are what was seen."""
    with Ledger(tmp_path_factory.mktemp("state")) as own:
        sender = FakeSender(dict(enumerate(scripts, start=1)))
        run = Setup(own, sender, options=sends(workers, after_failures=10_000))
        stopped = await run.sending.run()
        lines = list(lines_of(own, run.begun.run_no))
        assert len(lines) == 40
        if stopped is None:
            assert all(line.outcome is not None and line.state == "settled" for line in lines)
        assert sum(line.attempts for line in lines) == len(sender.seen)
        assert sender.most_open == 1
        assert run.held() == 0
