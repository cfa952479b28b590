"""Find the one column that ``ids`` needs: the seller's order numbers, addresses or not.

What headings claim is read as :func:`~pipeline.core.mapping.reading.map_sheet` reads it, so the
numbers that are asked for are those that ``--ids`` will look up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.core.errors import SheetError
from pipeline.core.mapping.claims import Claims, claims_of
from pipeline.core.mapping.complaints import Complaints
from pipeline.core.mapping.reading import _by_hand, _ByHand, _columns_named, _headings, _score
from pipeline.core.platforms import plain, platform_of
from pipeline.core.records import Record

__all__ = ["PoColumn", "find_po_column", "has_po_column"]

_FIELD = "order_po"


@dataclass(frozen=True, slots=True)
class PoColumn:
    """Where the seller's order numbers stand: under which heading, in which column."""

    heading_row: int
    column: int
    heading: str
    platform: str | None


def find_po_column(
    preview: Sequence[Record],
    *,
    source: str,
    columns: Mapping[str, str],
    flags: Mapping[str, str],
) -> PoColumn:
    """Find the column of PO numbers in the first rows of a worksheet.

    ``source``, ``columns`` and ``flags`` are those of ``map_sheet``; of the fields that they name
    only order_po counts. Raises :class:`SheetError` in one or two sentences.
    """
    said = _only_po(_by_hand(columns, flags))
    record = _heading_row(preview, said)
    if record is None:
        last = preview[-1].row if preview else 1
        raise SheetError(
            f"{source}: no row of headings was found in its first {last} rows. Put the heading "
            "order_po above your order numbers, or name theirs: --map order_po=HEADING."
        )
    headings = _headings(record)
    complaints = Complaints(source, record.row, headings)
    claims = _claims(headings)
    found = _chosen(headings, claims, said, complaints)
    if not found:
        raise complaints.no_po(claims.columns_of("order_id"))
    if len(found) > 1:
        raise complaints.two_claims(_FIELD, found, 0)
    platform = claims.platform.name if claims.platform else None
    return PoColumn(record.row, found[0], headings[found[0]], platform)


def has_po_column(
    preview: Sequence[Record], *, columns: Mapping[str, str], flags: Mapping[str, str]
) -> bool:
    """Tell whether a worksheet has such a column, to choose among several."""
    said = _only_po(_by_hand(columns, flags))
    return any(_holds_po(record, said) for record in preview)


def _only_po(said: _ByHand) -> _ByHand:
    ours = {field: heading for field, heading in said.headings.items() if field == _FIELD}
    return _ByHand(ours, said.strict & {_FIELD})


def _heading_row(preview: Sequence[Record], said: _ByHand) -> Record | None:
    """The row that names the column; else the one that looks most like a row of headings."""
    naming = [record for record in preview if _holds_po(record, said)]
    best = max(naming or preview, key=lambda record: _score(record, said), default=None)
    if best is None or not (naming or said.strict or _score(best, said)):
        return None
    return best


def _holds_po(record: Record, said: _ByHand) -> bool:
    headings = _headings(record)
    named = said.headings.get(_FIELD)
    if named is not None and _columns_named(headings, named):
        return True
    return _FIELD not in said.strict and bool(_claims(headings).columns_of(_FIELD))


def _claims(headings: tuple[str, ...]) -> Claims:
    return claims_of(headings, platform_of({plain(heading) for heading in headings}))


def _chosen(
    headings: tuple[str, ...], claims: Claims, said: _ByHand, complaints: Complaints
) -> list[int]:
    """What the user named beats what headings claim, if the sheet has it."""
    claimed = claims.columns_of(_FIELD)
    named = said.headings.get(_FIELD)
    if named is None:
        return claimed
    found = _columns_named(headings, named)
    if len(found) > 1:
        raise complaints.twice(_FIELD, named, found)
    if not found and _FIELD in said.strict:
        raise complaints.no_such_heading(_FIELD, named)
    return found or claimed
