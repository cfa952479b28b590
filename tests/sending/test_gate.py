"""The gate, with a clock that nobody waits for."""

from __future__ import annotations

import asyncio

import pytest

from pipeline.core.pace import Pace
from pipeline.core.reply import Answer, NoAnswer, judge
from pipeline.core.retrying import RetryPolicy
from pipeline.sending import Gate
from pipeline.sending.retries import Retries
from tests.fakes.clock import FakeClock
from tests.fakes.sender import LOST, done, status


class StillClock(FakeClock):
    """Here sleepers sleep for ever: only news wakes them."""

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.Event().wait()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_attempts_pass_evenly_in_the_order_of_coming() -> None:
    """Each of those that came together passes a slot after the one before it."""
    clock = FakeClock(0.0)
    gate = Gate(Pace(5, 5), clock)
    assert await asyncio.gather(*(gate.admit() for _ in range(4))) == pytest.approx(
        [0.0, 0.2, 0.4, 0.6]
    )


async def test_without_pacing_nobody_waits() -> None:
    """A ceiling of 0 asks the clock for no sleep at all."""
    clock = FakeClock(0.0)
    gate = Gate(Pace(5, 0), clock)
    assert [await gate.admit() for _ in range(100)] == [0.0] * 100
    gate.answered(0.0)
    assert clock.slept == []


async def test_who_comes_later_does_not_overtake() -> None:
    """A slot that comes due belongs to the first in the queue, not to a newcomer."""
    clock = StillClock(0.0)
    gate = Gate(Pace(5, 5), clock)
    await gate.admit()
    first = asyncio.create_task(gate.admit())
    await settled()
    clock.now = 0.2
    newcomer = asyncio.create_task(gate.admit())
    await settled()
    assert not newcomer.done()
    gate.open()
    assert await first <= await newcomer


async def shut(clock: FakeClock) -> tuple[Gate, float]:
    """Let the server turn all away until a probe is out; give its moment."""
    pace = Pace(10, 10)
    gate = Gate(pace, clock)
    for _ in range(2):
        at = await gate.admit()
        clock.now += 1
        gate.complained(at, None)
        clock.now += 1
    probe = await gate.admit()
    assert pace.probing
    return gate, probe


@pytest.mark.parametrize(
    ("reply", "passes"), [(done(), True), (status(500), True), (status(429), False), (LOST, False)]
)
async def test_the_end_of_a_probe_is_news(reply: Answer | NoAnswer, passes: bool) -> None:
    """Those who wait for a probe go on when it is answered, and only then."""
    clock = StillClock(0.0)
    gate, probe = await shut(clock)
    waiting = asyncio.create_task(gate.admit())
    await settled()
    assert not waiting.done()
    clock.now += 0.5
    Retries(gate, RetryPolicy(), clock).tell_gate(reply, judge(reply), probe)
    await settled()
    assert waiting.done() is passes
    gate.open()
    await waiting


async def test_a_probe_that_is_not_sent_after_all_holds_nobody() -> None:
    """A superseded order gives its place at the gate away."""
    clock = StillClock(0.0)
    gate, probe = await shut(clock)
    Retries(gate, RetryPolicy(), clock).not_sent(probe)
    clock.now += 0.2
    assert await gate.admit() == clock.now


async def test_an_open_gate_ends_every_wait() -> None:
    """A run that stops waits for no slot."""
    clock = StillClock(0.0)
    gate = Gate(Pace(0.1, 0.1), clock)
    await gate.admit()
    waits = [asyncio.create_task(gate.admit()) for _ in range(2)]
    await settled()
    assert not any(wait.done() for wait in waits)
    gate.open()
    await asyncio.gather(*waits)


async def test_the_ceiling_is_shared() -> None:
    """With two runs each goes half as fast, from the next admission on."""
    clock = FakeClock(0.0)
    gate = Gate(Pace(20, 20), clock)
    gate.share_among(2)
    assert gate.per_second == 10
    assert [await gate.admit() for _ in range(3)] == pytest.approx([0.0, 0.1, 0.2])
    assert gate.learned is None
