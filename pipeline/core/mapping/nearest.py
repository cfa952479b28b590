"""Headings that come near a field: offered in an error, never taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

from pipeline.core.platforms import names_of, other_party, plain

__all__ = ["nearest_headings", "nearest_word", "slip_of"]

_NEAR = 60
_SLIP = 85
_SHORTEST_SLIP = 5
# "Ship Date" is near "ship state", and yet no slip of it.
_NO_PLACE = ("date", "method", "status", "cost", "total", "tax", "price", "service", "carrier")


def nearest_word(word: str, words: Iterable[str]) -> str:
    """Give the word that comes nearest to a misspelt one."""
    return max(words, key=lambda each: fuzz.ratio(plain(word), plain(each)))


def nearest_headings(field: str, headings: Sequence[str], most: int = 3) -> list[str]:
    """Give the headings that may hold a field, the nearest first; a bill's headings never do."""
    usable = [h for h in headings if plain(h).startswith("customer") or not other_party(h)]
    scored = [(_nearness(heading, field), heading) for heading in usable]
    near = sorted((pair for pair in scored if pair[0] >= _NEAR), key=lambda pair: -pair[0])
    return [heading for _, heading in near[:most]]


def slip_of(heading: str, field: str) -> bool:
    """Tell a heading that is very likely a misspelt name of a field (``Adress 2``)."""
    name = plain(heading)
    if len(name) < _SHORTEST_SLIP or any(word in name for word in _NO_PLACE):
        return False
    return not other_party(heading) and _likeness(name, field) >= _SLIP


def _likeness(name: str, field: str) -> float:
    names = [prefix + each for each in names_of(field) for prefix in ("", "ship", "shipping")]
    found = process.extractOne(name, names, scorer=fuzz.ratio)
    return float(found[1]) if found else 0.0


def _nearness(heading: str, field: str) -> float:
    names = names_of(field)
    found = process.extractOne(plain(heading), names, scorer=fuzz.WRatio) if names else None
    return float(found[1]) if found and plain(heading) else 0.0
