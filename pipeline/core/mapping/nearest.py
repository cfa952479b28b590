"""Headings that come near a field: offered in an error, never taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

from pipeline.core.platforms import names_of, other_party, plain, says_confirmation

__all__ = ["nearest_headings", "nearest_word", "slip_of"]

_NEAR = 64
_SLIP = 85
_SHORTEST_SLIP = 5
# "Ship Date" is near "ship state", "Shipping rate" near "shipping suite", and yet no slip of it.
_NO_PLACE = (
    "date time method status cost total tax price rate fee amount discount refund currency payment "
    "service carrier label weight tracking quantity sku item product information location"
).split()


def nearest_word(word: str, words: Iterable[str]) -> str:
    """Give the word that comes nearest to a misspelt one."""
    return max(words, key=lambda each: fuzz.ratio(plain(word), plain(each)))


def nearest_headings(field: str, headings: Sequence[str], most: int = 3) -> list[str]:
    """Give the headings that may hold a field, the nearest first.

    A bill's headings never do, nor does a confirmation id, nor what is of items and payments.
    """
    usable = [heading for heading in headings if _usable(heading)]
    scored = [(_nearness(heading, field), heading) for heading in usable]
    near = sorted((pair for pair in scored if pair[0] >= _NEAR), key=lambda pair: -pair[0])
    return [heading for _, heading in near[:most]]


def slip_of(heading: str, field: str) -> bool:
    """Tell a heading that is very likely a misspelt name of a field (``Adress 2``)."""
    name = plain(heading)
    if len(name) < _SHORTEST_SLIP or _no_place(name):
        return False
    return not other_party(heading) and _likeness(name, field) >= _SLIP


def _usable(heading: str) -> bool:
    name = plain(heading)
    if says_confirmation(heading) or _no_place(name):
        return False
    return name.startswith("customer") or not other_party(heading)


def _no_place(name: str) -> bool:
    return any(word in name for word in _NO_PLACE)


def _likeness(name: str, field: str) -> float:
    names = [prefix + each for each in names_of(field) for prefix in ("", "ship", "shipping")]
    found = process.extractOne(name, names, scorer=fuzz.ratio)
    return float(found[1]) if found else 0.0


def _nearness(heading: str, field: str) -> float:
    name = plain(heading)
    if not name:
        return 0.0
    found = process.extractOne(name, names_of(field), scorer=fuzz.WRatio)
    return max(float(found[1]) if found else 0.0, _likeness(name, field))
