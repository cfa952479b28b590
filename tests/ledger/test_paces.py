"""The rates that were learned, in the ledger."""

from __future__ import annotations

from pipeline.ledger import Ledger, paces
from pipeline.ledger.paces import LearnedRate
from tests.fakes.staged import target


def test_each_target_and_key_has_its_own_rate(ledger: Ledger) -> None:
    """The latest rate of a target number counts, and no other number's."""
    one, other = target(ledger, "one"), target(ledger, "other")
    assert paces.load(ledger, one) is None
    paces.keep(ledger, one, 48.5, 1_000.0)
    paces.keep(ledger, one, 10.0, 2_000.0)
    assert paces.load(ledger, one) == LearnedRate(10.0, 2_000.0)
    assert paces.load(ledger, other) is None


def test_a_ledger_that_cannot_be_written_is_left_as_it_is(ledger: Ledger) -> None:
    """A rate that cannot be kept raises nothing: it must not hide what stopped the run."""
    number = target(ledger)
    ledger.connection.execute("PRAGMA query_only = 1")
    paces.keep(ledger, number, 10.0, 1_000.0)
    assert paces.load(ledger, number) is None
