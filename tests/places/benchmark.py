"""All rows of the benchmark put to the program's own rules, and what became of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Final

from pipeline.core.address import ADDRESS_FIELDS
from pipeline.core.checking import CheckedRow, RowChecker
from pipeline.core.rules import RuleOptions
from tests.places.certain import certain_damage
from tests.places.doubtful import doubtful_damage
from tests.places.facts import Case
from tests.places.traps import traps

__all__ = ["Judged", "judged_rows"]

_SEED: Final = 20_261_125
_FIELDS: Final = ("order_id", *ADDRESS_FIELDS)


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with what the rules made of it, each as sets of fields."""

    group: str
    case: Case
    row: CheckedRow

    @property
    def findings(self) -> frozenset[tuple[str, str]]:
        """All findings, by field and rule."""
        return frozenset((one.field, one.rule) for one in (*self.row.errors, *self.row.warnings))

    @property
    def repairs(self) -> frozenset[tuple[str, str]]:
        """All listed repairs, by field and rule."""
        return frozenset((one.field, one.rule) for one in self.row.repairs)

    @property
    def wrong(self) -> frozenset[str]:
        """Fields that are not as they should be sent."""
        return frozenset(name for name, text in self._cells() if text != self._right(name))

    @property
    def changed_wrongly(self) -> frozenset[str]:
        """Fields that were right, or could not be put right, and were changed all the same."""
        return frozenset(
            name
            for name, text in self._cells()
            if name in self.wrong and name not in self.case.harmed and self._touched(name, text)
        ) | frozenset(
            name
            for name, text in self._cells()
            if name in self.case.harmed and self._touched(name, text)
        )

    @property
    def sent_unflagged(self) -> bool:
        """True where something wrong would be sent and nobody is told of it."""
        told = {name for name, _ in self.findings}
        bad = self.wrong | self.case.harmed
        return self.row.correction is not None and bool(bad) and not told

    def _cells(self) -> Iterator[tuple[str, str]]:
        for name in _FIELDS:
            text = str(self.row.order_id or "") if name == "order_id" else self.row.address[name]
            yield name, text or ""

    def _right(self, name: str) -> str:
        return self.case.right.get(name, "")

    def _touched(self, name: str, text: str) -> bool:
        before = self.case.cells.get(name, "").strip()
        return name != "order_id" and text.casefold() != before.casefold()


@cache
def judged_rows() -> tuple[Judged, ...]:
    """Make all rows by the one seed and put them to the rules."""
    rng = Random(_SEED)
    checker = RowChecker(RuleOptions())
    groups = (
        ("certain", certain_damage(rng)),
        ("doubtful", doubtful_damage(rng)),
        ("trap", traps(rng)),
    )
    return tuple(
        Judged(group, case, checker.check(case.cells, case.odd))
        for group, cases in groups
        for case in cases
    )
