"""Rows of a results workbook that stand in several of its worksheets, joined to one again.

A row is known by the run and row that it names. The main worksheet holds every row, the further
ones (``To fix``) hold some of them once more. An edit beats what nobody touched; one row that was
edited in two ways is torn: no rule can tell which edit is meant, so a person has to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pipeline.core.records import Record

__all__ = ["AsItIs", "Key", "Met", "Place", "Rejoin", "Version", "versions_kept"]

Key = tuple[str, int]
"""The run and the row that a row of results names as its own."""
Place = tuple[int, int]
"""The number of a further worksheet, and a row there."""


class Version(NamedTuple):
    """A row as one worksheet has it: what it would send, as a fingerprint, and if it was edited.

    Where its run is not known nobody can tell, and it counts as edited.
    """

    print: bytes
    edited: bool


def versions_kept(versions: Sequence[Version]) -> list[int]:
    """Say which versions of one row stay: one of them, or all edits that contradict each other."""
    edits: dict[bytes, int] = {}
    for at, version in enumerate(versions):
        if version.edited:
            edits.setdefault(version.print, at)
    return list(edits.values()) or [0]


@dataclass(frozen=True, slots=True)
class Met:
    """What is to be done with a row of the main worksheet.

    ``instead``: the worksheet of an edited version and that version, whose cells take its place.
    ``torn``: another edit of it stays too. ``alone``: further worksheets have rows of its run, and
    not this one.
    """

    instead: tuple[int, Record] | None = field(default=None, repr=False)
    torn: bool = False
    alone: bool = False


AsItIs: Final = Met()
_ALONE: Final = Met(alone=True)


class Rejoin:
    """First :meth:`add` all rows of further worksheets, then :meth:`meet` those of the main one.

    :meth:`close` then says which further rows stay behind them. Cells are kept of edited ones only.
    """

    def __init__(self) -> None:
        self.left: set[Place] = set()
        """Further rows that no row of the main worksheet stands for."""
        self.torn: set[Place] = set()
        """Those of them whose row was edited in another way elsewhere."""
        self.alone: set[Place] = set()
        """Those of them whose run has rows in the main worksheet, and not this one."""
        self._places: dict[Key, tuple[Place, ...]] = {}
        self._edits: dict[Place, tuple[Version, Record]] = {}
        self._runs: set[str] = set()
        self._main_runs: set[str] = set()
        self._met: set[Key] = set()

    def add(self, place: Place, key: Key | None, version: Version | None, record: Record) -> None:
        """Take a row of a further worksheet; of copies within one worksheet the first is joined.

        A row that names no run is a row of its own.
        """
        self.left.add(place)
        if key is None or version is None:
            return
        self._runs.add(key[0])
        before = self._places.get(key, ())
        if before and before[-1][0] == place[0]:
            return
        self._places[key] = (*before, place)
        if version.edited:
            self._edits[place] = version, record

    def meet(self, key: Key, own: Callable[[], Version]) -> Met:
        """Join a row of the main worksheet; of copies there the first is joined.

        ``own`` gives its version, and is asked only where a further one was edited.
        """
        self._main_runs.add(key[0])
        places = self._places.pop(key, None)
        if places is None:
            return _ALONE if key[0] in self._runs and key not in self._met else AsItIs
        self._met.add(key)
        self.left.difference_update(places)
        edited = [place for place in places if place in self._edits]
        if not edited:
            return AsItIs
        first, *others = versions_kept([own(), *(self._edits[place][0] for place in edited)])
        self._tear([edited[at - 1] for at in others])
        if first == 0:
            return Met(torn=bool(others))
        place = edited[first - 1]
        return Met((place[0], self._edits[place][1]), torn=bool(others))

    def close(self) -> None:
        """All rows of the main worksheet were met: join what is left among the further ones."""
        for key, places in self._places.items():
            edited = [place for place in places if place in self._edits]
            chosen = versions_kept([self._edits[place][0] for place in edited])
            kept = [edited[at] for at in chosen] if edited else [places[0]]
            self.left.difference_update(places)
            self.left.update(kept)
            if len(kept) > 1:
                self._tear(kept)
            elif not edited and key[0] in self._main_runs:
                self.alone.update(kept)
        self._places.clear()

    def _tear(self, places: Sequence[Place]) -> None:
        self.left.update(places)
        self.torn.update(places)
