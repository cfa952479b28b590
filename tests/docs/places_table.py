"""The figures of the benchmark of real places, for the page about rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tests.places.benchmark import Group, Judged, judged_rows
from tests.places.facts import PLACES

__all__ = ["HEADINGS", "place_lines", "places_told"]

HEADINGS: Final = ("row", "rows", "repaired", "flagged", "left alone", "changed wrongly")
_GROUPS: Final[dict[Group, str]] = {
    "certain": "damage that is certain",
    "doubtful": "damage that is doubtful",
    "right": "right, but looks damaged",
}


def places_told() -> str:
    """Say in one sentence how many places of how many countries the figures are from."""
    countries = len({place.country for place in PLACES})
    return f"{len(judged_rows()):,} rows on {len(PLACES):,} real places of {countries} countries."


def place_lines() -> Iterator[tuple[str, ...]]:
    """Give a line for each group and, below it, one for each kind of row."""
    for group, words in _GROUPS.items():
        rows = [one for one in judged_rows() if one.group == group]
        yield tuple(f"**{text}**" for text in _line(words, rows))
        for kind in dict.fromkeys(one.case.kind for one in rows):
            yield _line(kind, [one for one in rows if one.case.kind == kind])


def _line(words: str, rows: Sequence[Judged]) -> tuple[str, ...]:
    changed = sum(bool(one.changed_wrongly) for one in rows)
    flagged = sum(bool(one.findings) for one in rows)
    repaired = sum(bool(one.repairs) and not one.wrong and not one.findings for one in rows)
    alone = len(rows) - changed - flagged - repaired
    return (words, *(f"{count:,}" for count in (len(rows), repaired, flagged, alone, changed)))
