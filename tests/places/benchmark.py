"""All rows of the benchmark put to the program's own rules, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Final, Literal

from pipeline.core.address import ADDRESS_FIELDS
from pipeline.core.checking import CheckedRow, RowChecker
from pipeline.core.rules import RuleOptions
from tests.places.certain import certain_damage
from tests.places.doubtful import doubtful_damage
from tests.places.facts import Case
from tests.places.traps import traps

__all__ = ["Group", "Judged", "judged_rows"]

_SEED: Final = 20_261_125
_FIELDS: Final = ("order_id", *ADDRESS_FIELDS)


Group = Literal["certain", "doubtful", "right"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with what the rules made of it."""

    group: Group
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
    def as_expected(self) -> bool:
        """True where repairs, findings and every cell are what the case says."""
        return (
            self.repairs == self.case.repairs
            and self.findings == self.case.findings
            and self.wrong == self.case.harmed
            and not self.changed_wrongly
        )

    @property
    def wrong(self) -> frozenset[str]:
        """Fields that would be sent otherwise than is right; an ill cell that is kept counts."""
        right = self.case.right
        return frozenset(name for name, text in self._sent() if text != right.get(name, ""))

    @property
    def changed_wrongly(self) -> frozenset[str]:
        """Fields whose cell was changed, beyond spaces and case, into something wrong."""
        cells = self.case.cells
        return frozenset(
            name
            for name, text in self._sent()
            if name in self.wrong and text and text.casefold() != cells.get(name, "").casefold()
        )

    @property
    def sent_unflagged(self) -> bool:
        """True where something wrong would be sent and nobody is told of the row."""
        return self.row.correction is not None and bool(self.wrong) and not self.findings

    def _sent(self) -> Iterator[tuple[str, str]]:
        for name in _FIELDS:
            value = self.row.order_id if name == "order_id" else self.row.address[name]
            yield name, str(value or "")


@cache
def judged_rows() -> tuple[Judged, ...]:
    """Make all rows by the one seed and put them to the rules."""
    rng = Random(_SEED)
    checker = RowChecker(RuleOptions())
    groups: tuple[tuple[Group, Iterable[Case]], ...] = (
        ("certain", certain_damage(rng)),
        ("doubtful", doubtful_damage(rng)),
        ("right", traps(rng)),
    )
    return tuple(
        Judged(group, case, checker.check(case.cells, case.odd))
        for group, cases in groups
        for case in cases
    )
