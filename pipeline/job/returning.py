"""The rows of a results or check sheet on their way back, as the source had them.

Our columns, headings and guards are undone, and what stands in several worksheets of one workbook
is one row again. Of the further worksheets only edited rows are held in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from pipeline.core.cells import undo_guards
from pipeline.core.outcome import Outcome
from pipeline.core.records import Record
from pipeline.core.rejoin import AsItIs, Key, Met, Place, Rejoin, Version
from pipeline.core.results import OwnColumns
from pipeline.job.choosing import Chosen
from pipeline.job.own_worksheets import Further, is_guarded, origin_of, strip_ours
from pipeline.ledger.origins import Origins
from pipeline.sheets import Sheet

__all__ = ["PrintOf", "Returned", "returning"]

PrintOf = Callable[[Record], bytes]
"""Gives the fingerprint of what a row would send, as it lies in the main worksheet's columns."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A row that came back, and the run and row that it names.

    ``torn``: it was edited in two ways, and the sentence says so. ``gone``: it was in conflict, and
    was deleted in one of two worksheets; the sentence speaks of that.
    """

    record: Record
    origin: Key | None = None
    torn: str = ""
    gone: str = ""


def returning(
    sheet: Sheet, chosen: Chosen, own: OwnColumns, origins: Origins, print_of: PrintOf
) -> Iterator[Returned]:
    """Give the rows of the main worksheet, then those that only further ones have."""
    back = _Returning(sheet, chosen, own, origins, print_of)
    back.read_further()
    yield from back.main()
    yield from back.rest()


class _Returning:
    def __init__(
        self, sheet: Sheet, chosen: Chosen, own: OwnColumns, origins: Origins, print_of: PrintOf
    ) -> None:
        self._sheet = sheet
        self._chosen = chosen
        self._own = own
        self._origins = origins
        self._print_of = print_of
        self._guarded = is_guarded(sheet)
        self._rejoin = Rejoin()
        self._last = 0

    def read_further(self) -> None:
        for number, further in enumerate(self._chosen.further):
            for record, origin, _ in self._records_of(further):
                version = None if origin is None else self._version(record, origin)
                self._rejoin.add((number, record.row), origin, version, record)

    def main(self) -> Iterator[Returned]:
        chosen = self._chosen
        for raw in self._sheet.records(chosen.worksheet):
            origin = origin_of(raw, self._own)
            record = self._stripped(raw, self._own, origin)
            if record.blank and not record.odd:
                continue
            self._last = record.row
            met = AsItIs
            if origin is not None and chosen.further and record.row > chosen.mapping.heading_row:
                met = self._rejoin.meet(origin, partial(self._version, record, origin))
            yield self._joined(record, raw, origin, met)

    def _joined(self, record: Record, raw: Record, origin: Key | None, met: Met) -> Returned:
        if origin is None or met is AsItIs:
            return Returned(record, origin)
        if met.alone:
            return Returned(record, origin, gone=self._gone(record, raw, self._own, origin))
        if met.instead is not None:
            number, instead = met.instead
            record = self._chosen.further[number].instead_of(record, instead)
        return Returned(record, origin, torn=self._torn(origin, _ELSEWHERE) if met.torn else "")

    def rest(self) -> Iterator[Returned]:
        """Read the further worksheets once more, for rows that the main one does not have."""
        self._rejoin.close()
        left = self._rejoin.left
        for number in sorted({number for number, _ in left}):
            further = self._chosen.further[number]
            for record, origin, raw in self._records_of(further):
                place = (number, record.row)
                if place not in left:
                    continue
                self._last += 1
                yield self._left(replace(record, row=self._last), raw, origin, place)

    def _left(self, record: Record, raw: Record, origin: Key | None, place: Place) -> Returned:
        if origin is None:
            return Returned(record)
        own = self._chosen.further[place[0]].own
        torn = place in self._rejoin.torn
        return Returned(
            record,
            origin,
            torn=self._torn(origin, _ABOVE) if torn else "",
            gone=self._gone(record, raw, own, origin) if place in self._rejoin.alone else "",
        )

    def _records_of(self, further: Further) -> Iterator[tuple[Record, Key | None, Record]]:
        """Give the rows of a further worksheet in the main one's columns; blank ones are gone."""
        for raw in self._sheet.records(further.worksheet):
            if raw.row <= further.heading_row:
                continue
            origin = origin_of(raw, further.own)
            record = self._stripped(raw, further.own, origin)
            if not record.blank or record.odd:
                yield further.laid_over(record), origin, raw

    def _stripped(self, raw: Record, own: OwnColumns, origin: Key | None) -> Record:
        return strip_ours(raw, own, guarded=self._guarded, undo=partial(self._undo, origin))

    def _undo(self, origin: Key | None, cells: tuple[str, ...]) -> tuple[str, ...]:
        if not any(cell[:1] == "'" for cell in cells):
            return cells
        source = None if origin is None else self._origins.cells(*origin)
        return tuple(undo_guards(cells, source, guarded=self._guarded))

    def _version(self, record: Record, origin: Key) -> Version:
        found = self._print_of(record)
        return Version(found, self._origins.is_edited(*origin, found, record.cells))

    def _gone(self, record: Record, raw: Record, own: OwnColumns, origin: Key) -> str:
        """Tell a row in conflict that nobody edited and somebody deleted in the other worksheet."""
        if own.cell("outcome", raw.cells).casefold() != Outcome.CONFLICT:
            return ""
        return "" if self._version(record, origin).edited else _GONE

    def _torn(self, origin: Key, where: str) -> str:
        if self._origins.is_known(*origin):
            return f"{_TORN} {where}; {_KEEP_ONE}."
        run_id, name = origin[0], self._chosen.further[0].worksheet
        return (
            f"Two worksheets have this row in two ways, nothing is known here of run {run_id}, so "
            f"it is uncertain which one was edited, and {where}; {_KEEP_ONE}, or read one "
            f'worksheet only with --worksheet "{name}".'
        )


_TORN: Final = "This row was edited in two worksheets, each in another way, and"
_ELSEWHERE: Final = "the other one stands at the end of the table"
_ABOVE: Final = "the other one stands further up"
_KEEP_ONE: Final = "keep one of them and delete the other"
_GONE: Final = (
    "This row was deleted in one worksheet and is still there in another, so it was not sent; "
    "delete it there too, or correct it."
)
