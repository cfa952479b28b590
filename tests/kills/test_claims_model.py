"""Claims alone, driven at random beside a model: one request an order, the newest run wins."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pipeline.core.outcome import OUTCOMES, Outcome
from pipeline.ledger import Ledger, runs
from pipeline.ledger.claims import Claimed, Claims, Report
from pipeline.ledger.planning import mark_unchanged
from pipeline.ledger.rows import lines_of
from tests.fakes.staged import NOW, staged, target
from tests.kills.claims_model import LINGER, LONG_AGO, Line, Request

ORDERS = (1, 2)
ALL = 1000
"""Room for every row, so each pending one is looked at in each transaction."""
IN_HAND = float("inf")
"""As long as its process lives, a request may go or arrive at any time."""
ENDS = (Outcome.UPDATED, Outcome.REJECTED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.NOT_SENT)

one_of = st.integers(0, 99)
"""Which of those there are, counted round."""


@dataclass
class Process:
    """A process with one run. ``todo``: the orders that it still asks for, with their payloads."""

    run_no: int
    claims: Claims
    wants: dict[int, str]
    todo: list[int]
    held: dict[int, tuple[Claimed, Request]] = field(default_factory=dict)
    settled: dict[int, Outcome] = field(default_factory=dict)
    alive: bool = True


class ClaimsMachine(RuleBasedStateMachine):
    """Real claims on a real ledger, and what the model says of each."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.ledger = Ledger(Path(self._folder.name), scratch=True)
        self.now = NOW
        self.lines: dict[int, Line] = {}
        self.requests: list[Request] = []
        self.processes: list[Process] = []
        self.clock_went_back = False

    @initialize()
    def number_the_target(self) -> None:
        self.target_no = target(self.ledger)

    def teardown(self) -> None:
        try:
            if self.processes:
                self._the_newest_gets_through()
        finally:
            self.ledger.close()
            self._folder.cleanup()

    # -- what may happen ------------------------------------------------------------------------

    @rule(
        wants=st.dictionaries(st.sampled_from(ORDERS), st.sampled_from("ab"), min_size=1),
        at_once=st.booleans(),
    )
    def begin(self, wants: dict[int, str], at_once: bool) -> None:
        """A run is begun and staged; it asks at once, or others may come first."""
        run_no = self._stage(wants.items())
        process = Process(run_no, self._claims(run_no), wants, list(wants))
        self.processes.append(process)
        if at_once:
            self._claim(process)

    @precondition(lambda self: self._living())
    @rule(which=one_of)
    def claim(self, which: int) -> None:
        """A run asks for every order that it has not got yet."""
        self._claim(self._one(self._living(), which))

    @precondition(lambda self: self._holding())
    @rule(which=one_of, order=one_of)
    def try_again(self, which: int, order: int) -> None:
        """A further try."""
        self._try_again(*self._one_held(which, order))

    def _try_again(self, process: Process, order_id: int) -> None:
        """Before it a run asks whether it is still the newest."""
        claim, request = process.held[order_id]
        may, self.lines[order_id] = self.lines[order_id].touched(process.run_no, self.now)
        assert process.claims.touch(claim, self.now) == may
        if may:
            request.known_until = self.now + LINGER

    @precondition(lambda self: self._holding())
    @rule(
        which=one_of,
        order=one_of,
        outcome=st.sampled_from((Outcome.UPDATED, *ENDS, Outcome.SUPERSEDED)),
        attempts=st.integers(0, 2),
        lost=st.booleans(),
    )
    def settle(self, which: int, order: int, outcome: Outcome, attempts: int, lost: bool) -> None:
        """An order ends in any way; what it leaves open is in its report."""
        process, order_id = self._one_held(which, order)
        if attempts == 2:
            self._try_again(process, order_id)
        claim, request = process.held.pop(order_id)
        if outcome not in (Outcome.NOT_SENT, Outcome.SUPERSEDED):
            attempts += 1
        open_until = self.now + LINGER if lost and attempts else None
        step = OUTCOMES[outcome].next_step
        report = Report(claim, outcome, step, "", attempts, 0, 200, "ref", self.now, open_until)
        process.claims.settle_and_claim([report], 0, self.now)
        unsent = outcome is Outcome.NOT_SENT and attempts == 0
        lost = open_until is not None
        self._ended(request, confirmed=outcome is Outcome.UPDATED, sent=not unsent, lost=lost)
        if outcome is Outcome.NOT_SENT:
            process.todo.append(order_id)
        else:
            process.settled[order_id] = outcome
        self._ledger_agrees(process)

    @precondition(lambda self: self._holding())
    @rule(which=one_of)
    def give_back(self, which: int) -> None:
        """A run that stops returns what it has not sent."""
        process = self._one(self._holding(), which)
        process.claims.give_back([claim for claim, _ in process.held.values()])
        for _, request in process.held.values():
            self._ended(request, confirmed=False, sent=False, lost=False)
        process.todo += process.held
        process.held = {}
        self._ledger_agrees(process)

    @precondition(lambda self: self._living())
    @rule(which=one_of)
    def die(self, which: int) -> None:
        """kill -9: the kernel frees the lock; what it held may have been sent."""
        process = self._one(self._living(), which)
        process.alive = False
        for _, request in process.held.values():
            request.may_arrive_until = request.known_until

    @precondition(lambda self: self._dead())
    @rule(which=one_of)
    def go_on(self, which: int) -> None:
        """A cut-off run is continued under its own name: what was not settled is pending again."""
        process = self._one(self._dead(), which)
        process.claims = self._claims(process.run_no)
        process.claims.reopen([claim.key for claim, _ in process.held.values()])
        process.alive = True
        process.todo = [order_id for order_id in process.wants if order_id not in process.settled]
        process.held = {}

    @rule(seconds=st.sampled_from((0.5, 1.0, LINGER - 1, LINGER + 1, 86_400.0)))
    def time_goes_by(self, seconds: float) -> None:
        self.now += seconds

    # -- what must hold -------------------------------------------------------------------------

    def _claim(self, process: Process) -> None:
        process.claims.rewind()
        expected: list[int] = []
        superseded: list[int] = []
        before: dict[int, Line] = {}
        for order_id in list(process.todo):
            line = self.lines.get(order_id, Line())
            held = self._lives(line.holder) and line.holder != process.run_no
            payload = process.wants[order_id]
            verdict, after = line.asked(process.run_no, payload, self.now, held=held)
            if verdict == "granted":
                expected.append(order_id)
            elif verdict == "superseded":
                superseded.append(order_id)
            before[order_id], self.lines[order_id] = line, after
        claimed = process.claims.settle_and_claim([], ALL, self.now)
        assert sorted(claim.order_id for claim in claimed) == sorted(expected)
        for claim in claimed:
            order_id = claim.order_id
            self._check_grant(process, order_id)
            process.held[order_id] = (claim, self._request(process, order_id, before[order_id]))
        process.settled |= dict.fromkeys(superseded, Outcome.SUPERSEDED)
        process.todo = [one for one in process.todo if one not in (*expected, *superseded)]
        self._ledger_agrees(process)

    def _check_grant(self, process: Process, order_id: int) -> None:
        """The promises, by what may arrive at the server; they know nothing of the line."""
        for request in self.requests:
            if request.order_id != order_id:
                continue
            assert request.may_arrive_until < IN_HAND, "two hold one order"
            assert request.run_no <= process.run_no, "a newer run has sent"
            if request.payload != process.wants[order_id] and not self.clock_went_back:
                assert request.may_arrive_until <= self.now, "another payload may be on its way"

    def _ledger_agrees(self, process: Process) -> None:
        """Every row has the one outcome that it was given, or none and is claimed or pending; and
        ``unchanged`` is what was confirmed last, where nothing else may have been sent since.
        """
        for line in lines_of(self.ledger, process.run_no):
            order_id = int(line.cells[0])
            state = "claimed" if order_id in process.held else "pending"
            outcome = process.settled.get(order_id)
            assert (line.state, line.outcome) == ("settled" if outcome else state, outcome)

        planned = [(order_id, payload) for order_id in ORDERS for payload in "ab"]
        run_no = self._stage(planned)
        mark_unchanged(self.ledger, run_no, self.target_no)
        for line, (order_id, payload) in zip(lines_of(self.ledger, run_no), planned, strict=True):
            unchanged = self.lines.get(order_id, Line()).ok == payload
            assert (line.outcome is Outcome.UNCHANGED) == unchanged
        runs.discard(self.ledger, run_no)

    def _the_newest_gets_through(self) -> None:
        """Once nobody holds anything any more, a linger is all that the newest run waits."""
        for process in self._living():
            self._claim(process)
        for process in self._holding():
            for claim, _ in process.held.values():
                step = OUTCOMES[Outcome.UNKNOWN].next_step
                report = Report(claim, Outcome.UNKNOWN, step, "", 1, 0, None, None, self.now, None)
                process.claims.settle_and_claim([report], 0, self.now)
        run_no = self._stage((order_id, "c") for order_id in ORDERS)
        claims = self._claims(run_no)
        got = len(claims.settle_and_claim([], ALL, self.now))
        claims.rewind()
        got += len(claims.settle_and_claim([], ALL, self.now + LINGER))
        assert got == len(ORDERS)

    # -- by what it is done ---------------------------------------------------------------------

    def _stage(self, wants: Iterable[tuple[int, str]]) -> int:
        begun = staged(self.ledger, list(wants), target_no=self.target_no)
        begun.lock.release(remove=True)
        return begun.run_no

    def _claims(self, run_no: int) -> Claims:
        return Claims(
            self.ledger, [run_no], self.target_no, linger_seconds=LINGER, alive=self._lives
        )

    def _lives(self, run_no: int | None) -> bool:
        return any(process.run_no == run_no for process in self._living())

    def _request(self, process: Process, order_id: int, before: Line) -> Request:
        request = Request(
            process.run_no, order_id, process.wants[order_id], before, IN_HAND, self.now + LINGER
        )
        self.requests.append(request)
        return request

    def _ended(self, request: Request, *, confirmed: bool, sent: bool, lost: bool) -> None:
        line = self.lines[request.order_id]
        if not sent:
            self.lines[request.order_id] = line.undone(request.run_no, request.before)
            self.requests.remove(request)
            return
        open_until = self.now + LINGER if lost else LONG_AGO
        self.lines[request.order_id] = line.settled(
            request.before, confirmed=confirmed, open_until=open_until
        )
        request.may_arrive_until = max(open_until, self.now)

    def _living(self) -> list[Process]:
        return [process for process in self.processes if process.alive]

    def _dead(self) -> list[Process]:
        return [process for process in self.processes if not process.alive]

    def _holding(self) -> list[Process]:
        return [process for process in self._living() if process.held]

    @staticmethod
    def _one(among: list[Process], which: int) -> Process:
        return among[which % len(among)]

    def _one_held(self, which: int, order: int) -> tuple[Process, int]:
        process = self._one(self._holding(), which)
        return process, sorted(process.held)[order % len(process.held)]


class UnderAWanderingClock(ClaimsMachine):
    """The same where the system clock is set back: nobody waits longer than one linger for it."""

    @rule(seconds=st.sampled_from((1.0, LINGER, 86_400.0)))
    def the_clock_is_set_back(self, seconds: float) -> None:
        self.now -= seconds
        self.clock_went_back = True


TELLING = (Phase.generate,)
"""To shorten a story takes minutes; add ``Phase.shrink`` by hand once there is one to tell."""
EFFORTS = [
    (15, 25),
    pytest.param(800, 40, marks=pytest.mark.nightly),
]


@pytest.mark.parametrize("machine", [ClaimsMachine, UnderAWanderingClock])
@pytest.mark.parametrize(("examples", "steps"), EFFORTS)
def test_claims_do_as_the_model_says(
    machine: type[ClaimsMachine], examples: int, steps: int
) -> None:
    """Whatever runs do to each other, an order is in one hand at a time, in the newest run's at
    the end, and counts as confirmed only while nothing else may have been sent.
    """
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=steps, phases=TELLING)
    )
