"""From the first rows of a worksheet to the mapping of its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.core.address import ADDRESS_FIELDS
from pipeline.core.errors import ConfigError, SheetError
from pipeline.core.mapping.claims import Claims, claims_of
from pipeline.core.mapping.complaints import Complaints
from pipeline.core.mapping.headings import (
    Headings,
    headings_of,
    last_row_of_block,
    with_cells_from_above,
)
from pipeline.core.mapping.nearest import nearest_word
from pipeline.core.mapping.sheet_mapping import SheetMapping
from pipeline.core.platforms import Platform, claim, other_party, plain, platform_of
from pipeline.core.records import MergedRange, Record

__all__ = [
    "PoColumn",
    "SheetMapping",
    "find_po_column",
    "fits",
    "has_po_column",
    "looks_like_headings",
    "map_sheet",
]

ASKED_BEFORE_CLEARED: Final = ("company_name", "phone", "email", "address_order_po")
_NAMEABLE: Final = (*ADDRESS_FIELDS, "order_id", "order_po", "full_name", "region")
_LEAST = 2
_PO: Final = "order_po"
_TABLE = 4


@dataclass(frozen=True, slots=True)
class PoColumn:
    """Where the seller's order numbers stand: under which heading, in which column."""

    heading_row: int
    column: int
    heading: str
    platform: str | None


@dataclass(frozen=True, slots=True)
class _ByHand:
    """What the user said: field → heading; ``strict`` ones (``--map``) must be there."""

    headings: Mapping[str, str]
    strict: frozenset[str]


def map_sheet(
    preview: Sequence[Record],
    *,
    source: str,
    columns: Mapping[str, str],
    flags: Mapping[str, str],
    ids_given: bool,
    merged: Sequence[MergedRange] = (),
) -> SheetMapping:
    """Find the row of headings in the first rows of a worksheet, and map its columns.

    ``source`` is the file's name for error sentences; ``columns`` is ``sheet.columns`` of the
    configuration, ``flags`` what ``--map`` said (field or its common name → heading);
    ``ids_given``: PO numbers can be turned into order ids; ``merged``: the worksheet's merged
    cells. Raises :class:`SheetError` in one or two sentences, :class:`ConfigError` for a field
    that there is not.
    """
    by_hand = _by_hand(columns, flags)
    record = _heading_row(preview, by_hand, source, merged)
    found = headings_of(record, preview, merged)
    headings = found.names
    complaints = Complaints(source, record.row, headings)
    _refuse_second_table(preview, record, headings, source)
    claims = _claims(headings, by_hand, complaints)
    _refuse_merged(found, claims, by_hand, complaints)
    claims.refuse_doubt(complaints)
    _refuse_nameless(claims, preview, record, complaints)
    order_by = claims.choose_order(complaints, ids_given=ids_given, sample=_sample(preview, record))
    fields = claims.settled(complaints)
    return SheetMapping(
        headings=headings,
        heading_row=record.row,
        fields=fields,
        platform=claims.platform.name if claims.platform else None,
        order_by=order_by,
        missing=tuple(name for name in ASKED_BEFORE_CLEARED if name not in fields),
        by_hand=frozenset(by_hand.headings) & fields.keys(),
        renamed=found.renamed,
    )


def fits(
    preview: Sequence[Record],
    *,
    columns: Mapping[str, str],
    flags: Mapping[str, str],
    merged: Sequence[MergedRange] = (),
) -> bool:
    """Tell whether a worksheet holds orders with all required fields, to choose among several.

    A worksheet whose headings contradict each other fits too: choosing it gives its own sentence,
    while passing it over might send another worksheet in silence.
    """
    by_hand = _by_hand(columns, flags)
    record = _best_row(preview, by_hand, merged)
    if record is None:
        return False
    headings = headings_of(record, preview, merged).names
    named = {plain(heading) for heading in headings}
    given = {field for field, heading in by_hand.headings.items() if plain(heading) in named}
    return claims_of(headings, _platform(headings)).complete(given)


def _by_hand(columns: Mapping[str, str], flags: Mapping[str, str]) -> _ByHand:
    said = {_field_named(name): heading for name, heading in flags.items()}
    configured = {_field_named(name): heading for name, heading in columns.items()}
    return _ByHand({**configured, **said}, frozenset(said))


def _field_named(name: str) -> str:
    """Give the field of a name in ``--map``: ``zip`` and ``country`` will do."""
    if name in _NAMEABLE:
        return name
    said = claim(name)
    if said is not None and said.field in _NAMEABLE and not (said.shipping or said.new):
        return said.field
    raise ConfigError(
        f"--map {name}=…: there is no field {name}; nearest: {nearest_word(name, _NAMEABLE)}."
    )


def _heading_row(
    preview: Sequence[Record], by_hand: _ByHand, source: str, merged: Sequence[MergedRange]
) -> Record:
    """The row with the most headings that say something; titles may stand above it."""
    best = _best_row(preview, by_hand, merged)
    if best is None:
        # Cells are not quoted: without a row of headings they are somebody's address.
        last = preview[-1].row if preview else 1
        raise SheetError(
            f"{source}: no row of headings was found in its {_first(last)}. Put headings such "
            "as order_id, first_name, last_name, address_1, city, zip_postal_code and country_code "
            "in the first row (address-pipeline template writes such a sheet)."
        )
    return best


def _best_row(
    preview: Sequence[Record], by_hand: _ByHand, merged: Sequence[MergedRange]
) -> Record | None:
    """Headings may be merged over several rows: then the last of these is the row of headings."""
    scores = {
        record.row: _score(with_cells_from_above(record, preview, merged), by_hand)
        for record in preview
    }
    best = max(preview, key=lambda record: scores[record.row], default=None)
    if best is None or scores[best.row] < _LEAST:
        return None
    last = last_row_of_block(best.row, merged)
    block = [each for each in preview if best.row <= each.row <= last]
    return [each for each in block if scores[each.row] >= _LEAST][-1]


def _score(record: Record, by_hand: _ByHand) -> int:
    """How many fields a row names, if it is a row of headings."""
    hand = {plain(heading): field for field, heading in by_hand.headings.items()}
    fields = set()
    for cell in record.cells:
        said = claim(cell)
        if (name := plain(cell)) in hand:
            fields.add(hand[name])
        elif said is not None:
            fields.add(said.field)
    # A bill's headings hold no field, and yet they show that this is the row of headings; so do
    # those of a known export, whatever they name.
    known = _LEAST if _platform(record.cells) else 0
    return len(fields) + known + any(other_party(cell) for cell in record.cells)


def _refuse_second_table(
    preview: Sequence[Record], chosen: Record, headings: Sequence[str], source: str
) -> None:
    """Another row of other headings would shift all rows under it into wrong columns."""
    own = [plain(heading) for heading in headings]
    for record in preview:
        names = [plain(cell) for cell in record.cells]
        if record.row == chosen.row or names[: len(own)] == own:
            continue
        # Headings that are merged over two rows stand in the upper one.
        above = record.row < chosen.row
        others = [
            cell
            for at, cell in enumerate(record.cells)
            if not (above and names[at] in own[at : at + 1])
        ]
        if _score(Record(record.row, tuple(others)), _ByHand({}, frozenset())) >= _TABLE:
            raise SheetError(
                f"{source}: rows {min(record.row, chosen.row)} and {max(record.row, chosen.row)} "
                "both look like rows of headings; keep one table in a worksheet."
            )


def looks_like_headings(cells: Sequence[str]) -> bool:
    """Tell a row of headings from rows of people, wherever in a sheet it stands."""
    return _score(Record(0, tuple(cells)), _ByHand({}, frozenset())) >= _TABLE


def _refuse_merged(
    found: Headings, claims: Claims, by_hand: _ByHand, complaints: Complaints
) -> None:
    """A field whose heading is merged over several columns may stand in any of them, or in all."""
    for first in sorted(set(found.spread.values())):
        field = claims.field_of(first)
        if field is not None and field not in by_hand.headings:
            others = [column for column, own in found.spread.items() if own == first]
            raise complaints.merged(field, [first, *others])


def _refuse_nameless(
    claims: Claims, preview: Sequence[Record], heading: Record, complaints: Complaints
) -> None:
    """A second half of the street may stand beside it without a heading."""
    column = claims.nameless_line()
    if column is None:
        return
    for record in preview:
        if record.row > heading.row and "".join(record.cells[column : column + 1]).strip():
            raise complaints.nameless(column, record.row)


def _headings(record: Record) -> tuple[str, ...]:
    """The headings of a row by itself, without empty ones at the end."""
    return headings_of(record, (), ()).names


def _platform(headings: Sequence[str]) -> Platform | None:
    return platform_of({plain(heading) for heading in headings})


def _claims(headings: tuple[str, ...], by_hand: _ByHand, complaints: Complaints) -> Claims:
    """Collect what headings claim, then let what the user said have its way."""
    claims = claims_of(headings, _platform(headings))
    absent = []
    for field, heading in by_hand.headings.items():
        found = _columns_named(headings, heading)
        if len(found) > 1:
            raise complaints.twice(field, heading, found)
        if found:
            claims.set_by_hand(field, found[0], complaints)
        elif field in by_hand.strict:
            raise complaints.no_such_heading(field, heading)
        else:
            absent.append((field, heading))
    for field, heading in absent:  # one configuration serves sheets of several shapes
        if not claims.holds(field):
            raise complaints.no_such_heading(field, heading, where="sheet.columns")
    return claims


def _columns_named(headings: Sequence[str], wanted: str) -> list[int]:
    """Give the columns of a heading: as written, else with case and punctuation ignored."""
    exact = [i for i, heading in enumerate(headings) if heading == " ".join(wanted.split())]
    name = plain(wanted)
    return exact or [i for i, heading in enumerate(headings) if name and plain(heading) == name]


def _sample(preview: Sequence[Record], heading: Record) -> Sequence[str]:
    return next((record.cells for record in preview if record.row > heading.row), ())


# -- the one column that ``ids`` needs --------------------------------------------------------


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
    said = _po_by_hand(_by_hand(columns, flags))
    record = _po_heading_row(preview, said)
    if record is None:
        last = preview[-1].row if preview else 1
        raise SheetError(
            f"{source}: no row of headings was found in its {_first(last)}. Put the heading "
            "order_po above your order numbers, or name theirs: --map order_po=HEADING."
        )
    headings = _headings(record)
    complaints = Complaints(source, record.row, headings)
    claims = claims_of(headings, _platform(headings))
    found = _po_columns(headings, claims, said, complaints)
    if not found:
        raise complaints.no_po(claims.columns_of("order_id"))
    if len(found) > 1:
        raise complaints.two_claims(_PO, found, 0)
    platform = claims.platform.name if claims.platform else None
    return PoColumn(record.row, found[0], headings[found[0]], platform)


def has_po_column(
    preview: Sequence[Record], *, columns: Mapping[str, str], flags: Mapping[str, str]
) -> bool:
    """Tell whether a worksheet has such a column, to choose among several."""
    said = _po_by_hand(_by_hand(columns, flags))
    return any(_holds_po(record, said) for record in preview)


def _po_by_hand(said: _ByHand) -> _ByHand:
    ours = {field: heading for field, heading in said.headings.items() if field == _PO}
    return _ByHand(ours, said.strict & {_PO})


def _po_heading_row(preview: Sequence[Record], said: _ByHand) -> Record | None:
    """The row that names the column; else the one that looks most like a row of headings."""
    naming = [record for record in preview if _holds_po(record, said)]
    best = max(naming or preview, key=lambda record: _score(record, said), default=None)
    if best is None or not (naming or said.strict or _score(best, said)):
        return None
    return best


def _holds_po(record: Record, said: _ByHand) -> bool:
    headings = _headings(record)
    named = said.headings.get(_PO)
    if named is not None and _columns_named(headings, named):
        return True
    return _PO not in said.strict and bool(claims_of(headings, _platform(headings)).columns_of(_PO))


def _po_columns(
    headings: tuple[str, ...], claims: Claims, said: _ByHand, complaints: Complaints
) -> list[int]:
    """What the user named beats what headings claim, if the sheet has it."""
    claimed = claims.columns_of(_PO)
    named = said.headings.get(_PO)
    if named is None:
        return claimed
    found = _columns_named(headings, named)
    if len(found) > 1:
        raise complaints.twice(_PO, named, found)
    if not found and _PO in said.strict:
        raise complaints.no_such_heading(_PO, named)
    return found or claimed


def _first(rows: int) -> str:
    return "first row" if rows == 1 else f"first {rows} rows"
