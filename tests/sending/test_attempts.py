"""The tries of one order, with a clock that nobody waits for."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.claim import Claimed, Report
from pipeline.core.outcome import Outcome
from pipeline.core.pace import Pace
from pipeline.core.reply import Answer, NoAnswer
from pipeline.core.retrying import RetryPolicy
from pipeline.sending import Attempts, Gate
from tests.fakes.clock import FakeClock
from tests.fakes.sender import LOST, NO_WAY, FakeSender, done, status

POLICY = RetryPolicy(attempts=3, max_wait_seconds=60)
MODELSTATE = status(400, {"Message": "no", "ModelState": {"request.customer_info.city": ["bad"]}})


def claimed() -> Claimed:
    return Claimed(1, 7, json.dumps({"order_id": 7}).encode())


async def send(
    *replies: Answer | NoAnswer,
    clock: FakeClock | None = None,
    policy: RetryPolicy = POLICY,
    adaptive: bool = False,
) -> tuple[Report, FakeSender, FakeClock]:
    clock = clock or FakeClock()
    sender = FakeSender({7: replies})
    gate = Gate(Pace(5, 5, adaptive=adaptive), clock)
    attempts = Attempts(sender, gate, policy, clock, lambda _job, _tries: None)
    return await attempts.send(claimed(), await gate.admit()), sender, clock


@pytest.mark.parametrize(
    ("replies", "outcome", "tries"),
    [
        ([done()], Outcome.UPDATED, 1),
        ([status(500), done()], Outcome.UPDATED, 2),
        ([LOST, done()], Outcome.UPDATED, 2),
        ([status(429), status(429), done()], Outcome.UPDATED, 3),
        ([status(200, {"success": False})], Outcome.REJECTED, 1),
        ([MODELSTATE], Outcome.REJECTED, 1),
        ([status(404, {"success": False})], Outcome.REJECTED, 1),
        ([LOST, MODELSTATE], Outcome.REJECTED, 2),
        ([status(429)], Outcome.FAILED, 3),
        ([NO_WAY], Outcome.FAILED, 3),
        ([NO_WAY, status(429), NO_WAY], Outcome.FAILED, 3),
        ([status(500)], Outcome.UNKNOWN, 3),
        ([LOST], Outcome.UNKNOWN, 3),
        ([status(408)], Outcome.UNKNOWN, 3),
        ([status(200, {})], Outcome.UNKNOWN, 3),
        ([status(200, {"success": "true"})], Outcome.UNKNOWN, 3),
        ([LOST, status(429), status(429)], Outcome.UNKNOWN, 3),
        ([LOST, NO_WAY, NO_WAY], Outcome.UNKNOWN, 3),
        ([status(401)], Outcome.NOT_SENT, 1),
        ([LOST, status(401)], Outcome.NOT_SENT, 2),
        ([status(302)], Outcome.NOT_SENT, 1),
    ],
)
async def test_each_story_has_its_outcome(
    replies: Sequence[Answer | NoAnswer], outcome: Outcome, tries: int
) -> None:
    """Doubt stays, refusals are final, and ``attempts`` is what the sender saw."""
    settled, sender, _ = await send(*replies)
    assert (settled.outcome, settled.attempts) == (outcome, tries)
    assert sender.seen == [7] * tries


async def test_asking_at_a_shut_gate_uses_up_no_try_but_ends() -> None:
    """Where the server lets nothing in for a while, an order may ask ten times more."""
    settled, sender, _ = await send(status(429), adaptive=True)
    assert settled.outcome is Outcome.FAILED
    assert POLICY.attempts <= settled.attempts == len(sender.seen) <= POLICY.attempts + 10


async def test_waits_grow_with_jitter_between_tries() -> None:
    """Full jitter on exponential back-off: here half of 0.5, 1, 2 seconds."""
    policy = RetryPolicy(attempts=4, max_wait_seconds=60)
    _, _, clock = await send(status(500), policy=policy)
    back_off = [wait for wait in clock.slept if wait in (0.25, 0.5, 1.0)]
    assert back_off == [0.25, 0.5, 1.0]


async def test_retry_after_holds_the_whole_pool() -> None:
    """A 429 with Retry-After shuts the gate for everybody."""
    clock = FakeClock()
    begun = clock.now
    gate = Gate(Pace(5, 5), clock)
    sender = FakeSender({7: [status(429, retry_after="20"), done()]})
    attempts = Attempts(sender, gate, POLICY, clock, lambda _job, _tries: None)
    settled = await attempts.send(claimed(), await gate.admit())
    assert settled.outcome is Outcome.UPDATED
    assert clock.now - begun >= 20
    assert settled.throttled == 1


async def test_one_poison_order_does_not_slow_the_pool() -> None:
    """A 500 is no complaint."""
    clock = FakeClock()
    gate = Gate(Pace(5, 5), clock)
    attempts = Attempts(
        FakeSender({7: [status(500)]}), gate, POLICY, clock, lambda _job, _tries: None
    )
    await attempts.send(claimed(), await gate.admit())
    assert gate.per_second == 5


async def test_a_lost_answer_is_remembered_even_after_success() -> None:
    """The lost request may still arrive: ``lost_at`` says when we stopped waiting for it."""
    settled, _, _ = await send(LOST, done())
    assert settled.outcome is Outcome.UPDATED
    assert settled.open_until is not None
    settled, _, _ = await send(status(500), done())
    assert settled.open_until is None


async def test_may_go_is_asked_before_every_try() -> None:
    """A newer run, or a stop, ends an order between two tries; doubt is kept."""
    for first, doubt in ((status(429), False), (LOST, True)):
        clock = FakeClock()
        sender = FakeSender({7: [first]})
        gate = Gate(Pace(5, 5), clock)
        attempts = Attempts(
            sender,
            gate,
            POLICY,
            clock,
            lambda _job, tries: (Outcome.NOT_SENT, "The run stopped.") if tries else None,
        )
        settled = await attempts.send(claimed(), await gate.admit())
        found = (settled.outcome, settled.attempts, settled.doubt)
        assert found == (Outcome.NOT_SENT, 1, doubt)


replies = st.sampled_from(
    [done(), LOST, NO_WAY, MODELSTATE, *(status(code) for code in (200, 408, 429, 500, 503, 401))]
)


@given(st.lists(replies, min_size=1, max_size=6), st.integers(1, 5))
async def test_no_outcome_is_guessed(script: list[Answer | NoAnswer], most: int) -> None:
    """Updated only after a true success; failed only if no try can have been stored."""
    policy = RetryPolicy(attempts=most)
    settled, sender, _ = await send(*script, policy=policy)
    seen = [script[min(i, len(script) - 1)] for i in range(len(sender.seen))]
    assert settled.attempts == len(seen) <= most
    stored = [
        (isinstance(r, NoAnswer) and r.reached)
        or (isinstance(r, Answer) and r.status in (200, 408, 500, 503))
        for r in seen
    ]
    if settled.outcome is Outcome.UPDATED:
        assert seen[-1] == done()
    if settled.outcome is Outcome.FAILED:
        assert not any(stored)
    if settled.outcome is Outcome.UNKNOWN:
        assert any(stored)
        assert done() not in seen
