"""The mapping of one sheet: which column holds which field, and what is left over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipeline.core.mapping.nearest import nearest_headings

__all__ = ["SheetMapping"]


@dataclass(frozen=True, slots=True)
class SheetMapping:
    """Which column of a sheet holds which field.

    ``fields``: address field, ``order_id``, ``order_po``, ``full_name`` (first and last name in
    one column) or ``region`` (state or province, whichever the country wants) → column index.
    ``headings``: without the empty ones at the end; ``renamed``: those of them that say more than
    their own cell, because of merged cells. ``missing``: those of company_name, phone,
    email and address_order_po that have no column, so that a PUT would clear them. ``by_hand``:
    the fields whose column the user named.
    """

    headings: tuple[str, ...]
    heading_row: int
    fields: Mapping[str, int]
    platform: str | None
    order_by: Literal["order_id", "order_po"]
    missing: tuple[str, ...]
    by_hand: frozenset[str] = frozenset()
    renamed: Mapping[int, str] = field(default_factory=dict)

    def to_save(self) -> dict[str, str]:
        """Give field → heading as far as the user named it; the rest another run finds as well."""
        return {
            name: self.headings[index]
            for name, index in self.fields.items()
            if name in self.by_hand
        }

    @property
    def unused(self) -> tuple[str, ...]:
        """The headings whose columns are not read."""
        used = set(self.fields.values())
        return tuple(h for index, h in enumerate(self.headings) if h and index not in used)

    def candidates(self) -> dict[str, str]:
        """Give for absent fields that a PUT would clear the unused heading that may be meant."""
        found = {
            field: nearest_headings(field, self.unused, self.missing) for field in self.missing
        }
        near = {name: headings[0] for name, headings in found.items() if headings}
        if "address_order_po" in self.missing and "order_po" in self.fields:
            near["address_order_po"] = self.headings[self.fields["order_po"]]
        return near
