"""Headings that come near a field: offered in an error, never taken.

What is offered may be copied, so it is offered for the one field that it comes nearest to, and what
is plainly of something else (dates, prices, items, a bill) for none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz, process

from pipeline.core.platforms import ALIASES, names_of, other_party, plain, says_confirmation

__all__ = ["nearest_headings", "nearest_word", "slip_of"]

_NEAR: Final = 72
_SAME_WORD: Final = 90
_SLIP: Final = 85
_SHORTEST_SLIP: Final = 5
_MOST_WORDS: Final = 3
_WORD: Final = re.compile(r"[^\W_]+")
_SHIPPING: Final = frozenset("ship shipping to delivery deliver recipient new corrected".split())
_FIELDS: Final = ("order_id", *ALIASES)
# "Ship Date" is near "ship state", "Shipping rate" near "shipping suite", and yet no slip of it.
_NO_PLACE: Final = (
    "date time method status cost total tax price rate fee amount discount coupon refund currency "
    "payment paid due service carrier label weight tracking quantity qty sku item product store "
    "reference information location shippingcode ipaddress"
).split()


def nearest_word(word: str, words: Iterable[str]) -> str:
    """Give the word that comes nearest to a misspelt one."""
    return max(words, key=lambda each: fuzz.ratio(plain(word), plain(each)))


def nearest_headings(
    field: str, headings: Sequence[str], asked: Sequence[str] = (), most: int = 3
) -> list[str]:
    """Give the headings that may hold a field, the nearest first; ``asked``: all that are missing.

    A bill's headings never do, nor does a confirmation id, nor what is of items and payments.
    """
    scored = []
    for heading in filter(_usable, headings):
        score = _nearness(heading, field)
        rivals = [_nearness(heading, each) for each in asked]
        rivals += [_by_words(heading, each) for each in _FIELDS]
        if score >= _NEAR and score >= max(rivals):
            scored.append((score, heading))
    return [heading for _, heading in sorted(scored, key=lambda pair: -pair[0])[:most]]


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
    """Compare the whole heading with a field's names, shipping words aside, then its words."""
    words = _words(heading)
    whole = _ratio("".join(words), names_of(field)) if words else 0.0
    return max(whole, _by_words(heading, field))


@lru_cache(maxsize=4096)
def _by_words(heading: str, field: str) -> float:
    """Look for a field's name among the words of a heading; the longer one says more.

    Parts of words say nothing: ``Authenticity`` is no city.
    """
    names = names_of(field)
    found = {some: _ratio(some, names) for some in _runs(_words(heading))}
    return max(
        (0.8 * ratio + min(len(some), 12) for some, ratio in found.items() if ratio >= _SAME_WORD),
        default=0.0,
    )


def _words(heading: str) -> list[str]:
    words = (plain(word) for word in _WORD.findall(heading))
    return [word for word in words if word not in _SHIPPING]


def _ratio(name: str, names: Sequence[str]) -> float:
    found = process.extractOne(name, names, scorer=fuzz.ratio)
    return float(found[1]) if found else 0.0


def _runs(words: Sequence[str]) -> Iterator[str]:
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + _MOST_WORDS) + 1):
            yield "".join(words[start:end])
