"""One row while it is being repaired and judged: its cells, and what is to be told about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from pipeline.core.address import ADDRESS_FIELDS, LIMITS
from pipeline.core.repairs import shown
from pipeline.core.rules import Finding, Repair, RuleOptions
from pipeline.core.spreading import LINES, proposal

__all__ = ["Draft"]

_PLACE: Final = {
    name: place
    for place, name in enumerate(("order_id", "full_name", *ADDRESS_FIELDS, "region", "order_po"))
}
_LENGTHS: Final = {name: most for name, most in LIMITS.items() if most > 2}
"""Codes are judged by their own tables."""
_SHORT: Final = sorted(set(_LENGTHS.values()))[1]
"""Most cells fit the second shortest limit."""


class Draft:
    """The cells of a row with the repairs made so far; later rules see the repaired cell.

    A field that has an error is *broken*: no further rule looks at it, so that a person reads
    one sentence for one mistake.
    """

    __slots__ = ("_before", "_ignore", "_rules", "broken", "cells", "errors", "warnings")

    def __init__(self, values: Mapping[str, str], ignore: Collection[str] = ()) -> None:
        self.cells = dict(values)
        self.broken: set[str] = set()
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []
        self._ignore = ignore
        self._before: dict[str, str] = {}
        self._rules: dict[str, list[str]] = {}

    def __getitem__(self, field: str) -> str:
        return self.cells.get(field, "")

    def error(self, field: str, rule: str, words: str, advice: str = "") -> None:
        """Refuse the row; ``words`` stand behind the field's name, ``advice`` behind them."""
        if rule in self._ignore:
            return
        self.broken.add(field)
        self.errors.append(Finding(field, rule, f"{field} {words}", advice))

    def warn(self, field: str, rule: str, words: str) -> None:
        """Tell of a doubt; the row is sent."""
        finding = Finding(field, rule, words)
        if rule not in self._ignore and finding not in self.warnings:
            self.warnings.append(finding)

    def repair(self, field: str, rules: Iterable[str], after: str) -> None:
        """Change a cell by listed repairs (none: a silent tidying)."""
        made = list(rules)
        if made:
            self._before.setdefault(field, self[field])
            self._rules.setdefault(field, []).extend(made)
        self.cells[field] = after

    def before(self, field: str) -> str:
        """Give a cell as it was before its listed repairs."""
        return self._before.get(field, self[field])

    def came_from(self, field: str, before: str) -> None:
        """Note the text of the sheet's cell, where it is another than the rules began with."""
        self._before[field] = before

    def move(self, source: str, target: str) -> None:
        """Hand a cell to another field, silently, with the repairs made so far."""
        self.cells[target] = self.cells.pop(source)
        if source in self._rules:
            self._rules[target] = self._rules.pop(source)
            self._before[target] = self._before.pop(source)

    def judge_lengths(self) -> None:
        """Refuse what is longer than the API takes: nothing is ever cut."""
        longest = max(map(len, self.cells.values()), default=0)
        if len(self["zip_postal_code"]) <= LIMITS["zip_postal_code"] and longest <= _SHORT:
            return
        better = self._spread()
        for field, most in _LENGTHS.items():
            length = len(self[field])
            if length > most and field not in self.broken:
                words = f"is longer than {most} characters ({length}); shorten it."
                advice = better if field in LINES else ""
                self.error(field, f"{field}_long", words, advice)
                better = "" if advice else better

    def _spread(self) -> str:
        """Propose how an address line that is too long could be spread over the three."""
        return proposal([self[name] for name in LINES])

    def repairs(self, options: RuleOptions) -> tuple[Repair, ...]:
        """Give the listed repairs; one that is turned off is an error of the row instead."""
        made = []
        for field, rules in self._rules.items():
            off = next((rule for rule in rules if not options.repairs(rule)), None)
            if off is None:
                made.append(
                    Repair(field, rules[-1], shown(self._before[field]), shown(self[field]))
                )
            elif field not in self.broken:
                self.error(
                    field,
                    "repair_off",
                    f"needs the repair {off}, which is turned off; correct the cell.",
                )
        return tuple(sorted(made, key=lambda one: _PLACE.get(one.field, len(_PLACE))))

    @staticmethod
    def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
        """Sort findings the way a person reads an address."""
        if len(findings) > 1:
            findings = sorted(findings, key=lambda one: _PLACE.get(one.field, len(_PLACE)))
        return tuple(findings)
