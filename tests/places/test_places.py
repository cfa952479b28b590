"""The benchmark of real places: damage is undone or told, and nothing right is ever changed."""

from __future__ import annotations

from collections import Counter

import pytest

from pipeline.core.checking import RowChecker
from pipeline.core.records import OddCell
from pipeline.core.rules import RuleOptions
from tests.places.benchmark import Group, Judged, judged_rows
from tests.places.facts import PLACES, places_in

pytestmark = pytest.mark.uncounted  # much computing, which the tests of the core cover
ZERO_STATES = set("MA NH ME VT RI CT NJ PR VI AE".split())


def _of(*groups: Group) -> list[Judged]:
    return [one for one in judged_rows() if one.group in groups]


def _named(rows: list[Judged]) -> list[str]:
    """Say of rows what was done to them, for a failing test."""
    return [f"{one.case.kind}: {sorted(one.wrong)} {sorted(one.findings)}" for one in rows]


def test_the_places_are_many_and_from_everywhere() -> None:
    """All states, territories and the military; 60 and more other countries."""
    states = Counter(place.region for place in places_in("us"))
    assert len(places_in("us")) >= 700
    assert len(states) == 50 + 1 + len({"PR", "GU", "VI", "AS", "MP"}) + len({"AA", "AE", "AP"})
    assert min(states[state] for state in ZERO_STATES) >= 15
    abroad = [place for place in PLACES if place.country != "us"]
    assert len(abroad) >= 400
    assert len({place.country for place in abroad}) >= 60


def test_there_are_enough_rows_and_as_many_traps() -> None:
    """At least 1,000 damaged rows, and as many that only look it."""
    assert len(_of("certain", "doubtful")) >= 1_000
    assert len(_of("right")) >= 1_000


def test_no_right_cell_is_changed() -> None:
    """Nothing right is ever changed."""
    assert _named([one for one in judged_rows() if one.changed_wrongly]) == []


def test_nothing_wrong_is_sent_without_a_word() -> None:
    """What is not repaired is an error or a warning."""
    assert _named([one for one in judged_rows() if one.sent_unflagged]) == []


def test_certain_damage_is_repaired_to_the_right_value() -> None:
    """At least 98 of 100 damaged rows are sent as they should be, and say so."""
    certain = _of("certain")
    mended = [one for one in certain if one.as_expected and one.row.correction is not None]
    assert len(mended) / len(certain) >= 0.98


def test_traps_trouble_nobody() -> None:
    """A right row has no repair, no error and no warning, and is sent."""
    troubled = [one for one in _of("right") if one.repairs or one.findings or one.wrong]
    assert _named(troubled) == []
    assert all(one.row.correction is not None for one in _of("right"))


def test_each_row_is_as_its_kind_says() -> None:
    """Each row meets the very rules that are meant for it, and no others."""
    assert _named([one for one in judged_rows() if not one.as_expected]) == []


def test_without_repairs_nothing_damaged_is_sent_as_if_repaired() -> None:
    """``--no-repair`` refuses each row that needs a repair, and still sends the right ones."""
    none = RowChecker(RuleOptions(repair="none"))
    for one in _of("certain", "right"):
        row = none.check(one.case.cells, one.case.odd)
        assert (row.correction is None) == bool(one.case.repairs)
        assert row.repairs == ()


def test_repairing_again_changes_nothing() -> None:
    """A row that was repaired is clean."""
    checker = RowChecker(RuleOptions())
    for one in _of("certain"):
        again = {name: text or "" for name, text in one.row.address.items()}
        row = checker.check(again | {"order_id": str(one.row.order_id)}, dict[str, OddCell]())
        assert row.repairs == ()
        assert row.address == one.row.address
