"""One column with a whole name becomes first and last name, or stays whole where that is doubtful.

The parts, put together again, are the name as it was written (only ``Last, First`` is turned
round), so a label never says something else. Where no last name can be told with confidence the
text stays whole and the last name empty: a person decides, for the API needs both.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

__all__ = ["split_full_name"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What begins a last name, in any case once a first name stands before it ("Vincent Van Gogh").
_PARTICLES: Final = _words(
    "aan af av da das de dei del della den der des di do dos du la las le lo los op st st. 't 's "
    "te ten ter van vande vanden vander vom von vonder zu zum zur"
)
# Arabic and Hebrew forms: a capital "Al" or "Ben" is a first name, so these count in lower case.
_LOWER_PARTICLES: Final = _words("abu al ben bin bint el ibn")
# Two particles that begin a last name; "Le Van" is none, it begins names in Vietnam.
_BEGINNINGS: Final = frozenset(
    {("de", "la"), ("de", "las"), ("de", "los"), ("van", "de"), ("van", "den"), ("van", "der")}
    | {("von", "dem"), ("von", "den"), ("von", "der")}
)
_JOINTS: Final = _words("e i y")
_TOGETHER: Final = _words("& + and et or und")
_SUFFIXES: Final = _words(
    "jr sr ii iii iv 2nd 3rd 4th esq phd md dds dmd dvm edd jd lcsw mba psyd cpa rn ret"
)
_COMPANY: Final = _words(
    "ab ag aps associates association bv bvba co company corp corporation corporate enterprises "
    "foundation gallery galleries galerie gmbh group holdings inc incorporated institute kg "
    "limited llc llp lp ltd ltda museum nv oy photography plc pllc pte pty pvt sarl sas solutions "
    "spa srl studio studios university customer orders shipping"
)
_ODD: Final = re.compile(
    r"[\d@/\\()\[\]{}<>|;:*_=?!%#℅]|\b(?:attn|attention|fao|c/o)\b", re.IGNORECASE
)


def split_full_name(text: str) -> tuple[str, str]:
    """Split a whole name into (first, last); never raises.

    A single name, a company and whatever is doubtful come back as ``(text, "")``, spaces tidied.
    """
    words = text.split()
    whole = " ".join(words)
    if "," in whole:
        return _split_at_comma(whole) or (whole, "")
    if _doubtful(words):
        return whole, ""
    return _split_words(words) or (whole, "")


def _doubtful(words: list[str]) -> bool:
    """Tell a company, a care-of line or an address from a person's name."""
    if any(_bare(word) in _COMPANY for word in words):
        return True
    bare = [word.casefold() for word in words]
    if ("care", "of") in pairwise(bare):
        return True
    return any(_ODD.search(word) and _bare(word) not in _SUFFIXES for word in words)


def _split_words(words: list[str]) -> tuple[str, str] | None:
    end = len(words)
    while end > 1 and _is_suffix(words[end - 1]):
        end -= 1
    start = _last_name_start(words, end)
    if start < 1 or _is_begun(words) or words[start - 1].casefold() in _TOGETHER:
        return None
    return " ".join(words[:start]), " ".join(words[start:])


def _last_name_start(words: list[str], end: int) -> int:
    """Give where the last name begins: its word, the particles before it, ``García y López``."""
    start = end - 1
    if start > 2 and words[start - 1] in _JOINTS:
        start -= 2
    while start > 1 and _is_particle(words[start - 1]):
        start -= 1
    return start


def _split_at_comma(whole: str) -> tuple[str, str] | None:
    """Read ``Last, First`` and ``First Last, Jr.``; anything else with a comma is doubtful."""
    before, _, after = whole.partition(",")
    left, right = before.split(), after.split()
    if not left or not right or "," in after or _doubtful([*left, *right]):
        return None
    if all(_is_suffix(word) for word in right):
        split = _split_words(left)
        return split and (split[0], f"{split[1]}, {' '.join(right)}")
    if not all(_is_particle(word) for word in left[:-1]) or _is_suffix(left[-1]):
        return None  # two words before the comma may as well be "John Smith, Boston"
    if any(word.casefold() in _TOGETHER for word in right):
        return None
    end = len(right)
    while end > 1 and _is_suffix(right[end - 1]):
        end -= 1
    return " ".join(right[:end]), " ".join([*left, *right[end:]])


def _bare(word: str) -> str:
    return word.replace(".", "").casefold()


def _is_suffix(word: str) -> bool:
    return word == "V" or _bare(word) in _SUFFIXES


def _is_particle(word: str) -> bool:
    return word.casefold() in _PARTICLES or word in _LOWER_PARTICLES


def _is_begun(words: list[str]) -> bool:
    """A name that opens with a small particle or with two (``de Vries``) is a last name alone."""
    if words[0].islower() and _is_particle(words[0]):
        return True
    return tuple(word.casefold() for word in words[:2]) in _BEGINNINGS
