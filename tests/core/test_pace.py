"""The spacing of attempts, with a clock that the test turns."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.core.learning import LEAST_PER_SECOND
from pipeline.core.pace import Fixed, Pace, PaceOptions, RateKnown


def admissions(pace: Pace, moments: list[float]) -> list[float]:
    """Ask at each moment, wait as told, and give when each attempt was admitted."""
    admitted, now = [], 0.0
    for moment in moments:
        now = max(now, moment)
        while (wait := pace.wait_seconds(now)) > 0:
            now += wait
        pace.admit(now)
        admitted.append(now)
    return admitted


def refused(pace: Pace, now: float, pause: float | None = None) -> None:
    """Admit an attempt, and let the server turn it away a tenth of a second later."""
    pace.admit(now)
    pace.complained(now, now + 0.1, pause)


def test_attempts_are_spaced_evenly_from_the_first_on() -> None:
    """There is no burst at the start."""
    assert admissions(Pace(5, 20), [0.0] * 4) == pytest.approx([0.0, 0.2, 0.4, 0.6])


@pytest.mark.parametrize("adaptive", [True, False])
def test_the_start_pace_never_exceeds_the_ceiling(adaptive: bool) -> None:
    """A ceiling below the start pace, or below what was learned, holds from the first attempt."""
    assert Pace(5, 2, adaptive=adaptive).per_second == 2
    assert Pace(5, 2, adaptive=adaptive, known=30).per_second == 2


def test_a_pause_is_not_followed_by_a_burst() -> None:
    """At most one missed slot is made up."""
    admitted = admissions(Pace(10, 10), [0.0, 5.0, 5.0, 5.0])
    assert admitted == pytest.approx([0.0, 5.0, 5.0, 5.1])


def test_after_a_shut_gate_no_slot_is_made_up() -> None:
    """Retry-After shuts the gate; when it opens the spacing begins anew."""
    pace = Pace(10, 10, adaptive=False)
    refused(pace, 0.0, pause=3.0)
    assert pace.wait_seconds(0.1) == pytest.approx(3.0)
    (probe,) = admissions(pace, [0.1])
    assert probe == pytest.approx(3.1)
    pace.answered(probe, 3.2)
    gap = 1 / pace.per_second
    assert admissions(pace, [3.3, 3.3])[1] >= probe + gap * 0.99


@dataclass
class Client:
    """Carries out what a property thinks up, and remembers what the ceiling was when."""

    pace: Pace
    ceiling: float
    now: float = 0.0
    admitted: list[float] = field(default_factory=list)
    ceilings: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.most = self.ceiling
        self.ceilings.append((0.0, self.ceiling))

    def do(self, what: str, number: float) -> None:
        if what == "pass":  # after a wait, or after so long without work
            self.now += number * number
        elif what == "jump":
            self.now += 1000 * number
        elif what == "share":
            self.ceiling = self.most / (1 + int(number * 3))
            self.pace.share_among(1 + int(number * 3))
            self.ceilings.append((self.now, self.ceiling))
        elif what == "admit":
            for _ in range(1 + int(number * 30)):
                self.now += self.pace.wait_seconds(self.now)
                self.pace.admit(self.now)
                self.admitted.append(self.now)
        elif self.admitted:
            self.tell(what, number)

    def tell(self, what: str, number: float) -> None:
        at = self.admitted[-1 - int(number * (len(self.admitted) - 1))]
        self.now += number / 10
        if what == "answer":
            self.pace.answered(at, self.now)
        elif what == "lose":
            self.pace.lost(at, self.now)
        else:
            self.pace.complained(at, self.now, 5 * number if what == "pause" else None)

    def ceiling_within(self, begin: float, end: float) -> float:
        before = [ceiling for at, ceiling in self.ceilings if at <= begin]
        return max([before[-1], *(c for at, c in self.ceilings if begin < at <= end)])


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["admit"] * 6 + ["answer"] * 5 + ["complain", "pause", "lose", "jump", "pass", "share"]
        ),
        st.floats(0, 1),
    ),
    max_size=60,
)


@given(
    st.floats(0.5, 300),
    st.floats(0.5, 300) | st.sampled_from([1.0, 20.0, 200.0]),
    st.none() | st.floats(0.1, 500),
    st.booleans(),
    STEPS,
)
@example(2.0, 2.0, None, False, [("admit", 0.0), ("share", 1.0), ("admit", 0.0)])
def test_no_second_has_more_than_the_ceiling_and_one(
    start: float,
    ceiling: float,
    known: float | None,
    adaptive: bool,
    steps: list[tuple[str, float]],
) -> None:
    """Whatever the server says, the clock does and other runs take: never above the ceiling."""
    client = Client(Pace(start, ceiling, adaptive=adaptive, known=known), ceiling)
    for what, number in steps:
        client.do(what, number)
        assert client.pace.per_second <= client.ceiling + 1e-9
    for first, begin in enumerate(client.admitted):
        end = begin + 1 - 1e-6
        within = sum(moment < end for moment in client.admitted[first:])
        assert within <= client.ceiling_within(begin, end) + 1 + 1e-9


@given(st.floats(1, 300), STEPS)
def test_the_gate_never_closes_for_good(ceiling: float, steps: list[tuple[str, float]]) -> None:
    """However often the server complains or stays silent, something goes within 20 seconds."""
    client = Client(Pace(ceiling, ceiling), ceiling)
    for what, number in steps:
        client.do(what, number)
        assert client.pace.wait_seconds(client.now) <= 20


def test_a_fixed_pace_falls_and_creeps_back_to_the_start() -> None:
    """After a cut to 60 % a hundred good answers bring it back to where it started, no further."""
    pace = Pace(10, 50, adaptive=False)
    refused(pace, 1.0)
    assert pace.per_second == 10 * Fixed.CUT
    for _ in range(1000):
        pace.answered(2.0, 2.1)
    assert pace.per_second == 10
    assert pace.learned is None


@pytest.mark.parametrize("adaptive", [True, False])
def test_complaints_about_older_requests_are_the_same_complaint(adaptive: bool) -> None:
    """Sixteen refusals of requests that were on their way cut once."""
    pace = Pace(10, 10, adaptive=adaptive)
    sent = admissions(pace, [0.0] * 17)
    pace.complained(sent[0], 3.0, None)
    cut = pace.per_second
    assert cut < 10
    for at in sent[1:]:
        pace.complained(at, 3.1, None)
    assert pace.per_second == cut


def test_a_fixed_pace_never_dies() -> None:
    """However often the server complains, something still goes."""
    pace = Pace(10, 10, adaptive=False)
    for second in range(100):
        refused(pace, float(second))
    assert pace.per_second == LEAST_PER_SECOND


def test_a_shut_gate_holds_even_without_pacing() -> None:
    """Retry-After counts on loopback too, and nothing is learned there."""
    pace = Pace(5, 0)
    assert pace.wait_seconds(0.0) == 0
    refused(pace, 0.0, pause=7.0)
    assert pace.wait_seconds(0.1) == 7.0
    pace.complained(0.0, 0.1, 3.0)
    assert pace.wait_seconds(0.1) == 7.0
    pace.answered(0.0, 0.1)
    pace.lost(0.0, 0.1)
    pace.share_among(2)
    assert (pace.per_second, pace.learned) == (math.inf, None)


def shut(pace: Pace) -> float:
    """Shut the gate: all is turned away; give the moment."""
    first, second = admissions(pace, [0.0, 1.0])
    pace.complained(first, 1.1, None)
    pace.complained(second, 1.1, None)
    (third,) = admissions(pace, [1.2])
    pace.complained(third, third + 0.1, None)
    return third + 0.1


def test_a_shut_gate_lets_one_probe_through_at_a_time() -> None:
    """While the answer to a probe is out nothing else goes; each vain one doubles the wait."""
    pace = Pace(10, 10)
    now = shut(pace)
    waits = []
    for _ in range(10):
        waits.append(pace.wait_seconds(now))
        now += waits[-1]
        pace.admit(now)
        assert pace.probing
        assert pace.wait_seconds(now + 1) > 5
        pace.complained(now, now, None)
        assert not pace.probing
    assert waits[:8] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 8.0])
    assert sum(waits[:6]) < 20 < sum(waits[:9])


@pytest.mark.parametrize("end", ["answered", "lost", "not sent", "forgotten"])
def test_how_a_probe_ends(end: str) -> None:
    """Answered it opens the gate, lost it is tried later, unsent at once; untold it lapses."""
    pace = Pace(10, 10)
    (probe,) = admissions(pace, [shut(pace)])
    if end == "answered":
        pace.answered(probe, probe + 0.1)
        assert len(admissions(pace, [probe + 0.1] * 3)) == 3
        assert not pace.probing
    elif end == "lost":
        pace.lost(probe, probe + 0.1)
        assert not pace.probing
        assert pace.wait_seconds(probe + 0.1) == pytest.approx(0.2)
    elif end == "not sent":
        pace.not_sent(probe - 1)
        assert pace.probing
        pace.not_sent(probe)
        assert not pace.probing
        assert pace.wait_seconds(probe) == pytest.approx(1 / pace.per_second)
    else:
        assert pace.wait_seconds(probe + 9) > 0
        assert pace.wait_seconds(probe + 11) == 0


def test_other_runs_take_their_part_of_the_ceiling_at_once() -> None:
    """With four runs the pace is a quarter; it may rise again when they have ended."""
    pace = Pace(20, 20)
    pace.share_among(4)
    assert pace.per_second == 5
    pace.share_among(1)
    now = 0.0
    for _ in range(60):
        (now,) = admissions(pace, [now])
        pace.answered(now, now + 0.01)
    assert pace.per_second == 20


def test_a_fixed_pace_is_shared_too() -> None:
    """Without learning the ceiling is shared all the same, and given back."""
    pace = Pace(20, 20, adaptive=False)
    pace.share_among(4)
    assert pace.per_second == 5
    pace.share_among(0)
    pace.answered(0.0, 0.1)
    assert pace.per_second > 5


@pytest.mark.parametrize(
    ("options", "limit", "start", "outlook"),
    [
        (PaceOptions(5, 20), None, 5, (5, 20)),
        (PaceOptions(5, 2), None, 5, (2, 2)),
        (PaceOptions(5, 20, adaptive=False), None, 5, (5, 5)),
        (PaceOptions(5, 0), None, 5, (math.inf, math.inf)),
        (PaceOptions(5, 20, known=RateKnown(10, 1)), 10, 5, (9.75, 9.75)),
        (PaceOptions(5, 20, known=RateKnown(80, 1)), 80, 40, (20, 20)),
        (PaceOptions(5, 20, known=RateKnown(16, 31)), None, 8, (8, 20)),
        (PaceOptions(5, 20, known=RateKnown(2, 31)), None, 5, (5, 20)),
        (PaceOptions(5, 20, adaptive=False, known=RateKnown(10, 1)), None, 5, (5, 5)),
    ],
)
def test_what_to_begin_with_and_to_expect(
    options: PaceOptions, limit: float | None, start: float, outlook: tuple[float, float]
) -> None:
    """A learned rate is taken for a month; an older one counts half, and only as a start."""
    assert (options.limit, options.start) == (limit, start)
    assert options.outlook == pytest.approx(outlook)
