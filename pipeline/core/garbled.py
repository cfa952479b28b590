"""Mojibake: UTF-8 read as cp1252, Latin-1 or Mac Roman, turned back where that is certain.

The test is strict: the whole cell must encode to bytes that are UTF-8, and what comes out must be
something that people write. ``CAFÉ–BAR``, ``NESTLÉ®`` and ``PERÚ–LIMA`` pass the first half of
the test by accident (an accented capital and a sign behind it look like one UTF-8 letter), so an
outcome that mixes scripts within a word, holds an IPA letter, or swallows the sign at a word's end
is not believed. What other encodings made of UTF-8 (``MГјnchen``, ``M├╝nchen``) is only told.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from pipeline.core.telltales import POSSIBLE, SIGN_BEHIND_CAPITALS, TELLTALE, USUAL_SIGNS

__all__ = ["looks_garbled", "may_be_garbled", "turn_back"]

_HOLES: Final = {code: bytes([code]) for code in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
"""Bytes that cp1252 leaves open; Windows lets them through as they are."""

_LATIN: Final = re.compile("[ -\u024f\u1e00-\u1eff]")
_BEFORE_SPACE: Final = re.compile("[ -]")
"""``ARABIC LETTER BEH``, ``ARABIC-INDIC DIGIT ONE``."""
_WIDE_SCRIPTS: Final = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO")
_SCRIPTS: Final = (
    *("GREEK", "CYRILLIC", "HEBREW", "ARABIC", "ARMENIAN", "GEORGIAN", "THAI", "LAO", "MYANMAR"),
    *("KHMER", "SINHALA", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "TAMIL", "TELUGU"),
    *(
        "KANNADA",
        "MALAYALAM",
        "ETHIOPIC",
        "ORIYA",
        "TIBETAN",
        "SYRIAC",
        "THAANA",
        "TIFINAGH",
        "CJK",
    ),
)
_FOUND_IN_NAMES: Final = frozenset("ȘșȚțƠơƯưǍǎǏǐǑǒǓǔǕǖǗǘǙǚǛǜƏəƁƂƊƘƙǦǧǨǩǪǫ")
_CAPITALS: Final = re.compile("[A-Z]{2}")
_USUAL_MARKS: Final = frozenset(map(chr, (*range(0x300, 0x30D), 0x323, 0x327, 0x328, 0x331)))
"""Accents of decomposed letters."""
_LETTER_MARKS: Final = frozenset("ʻʼʾʿ")
"""Letters of Hawaiian and Uzbek, and of Arabic and Hebrew written in Latin."""
_SIGNS: Final = frozenset(
    (*range(0x20A0, 0x2C00), *range(0x3000, 0x3030), *range(0xFE00, 0xFE10), *range(0xFF00, 0xFFF0))
) | frozenset(range(0x1F000, 0x1FB00))
"""Signs of no script: currencies, arrows, emoji, the punctuation of China and Japan."""
_C1_QUOTES: Final = frozenset("\x91\x92\x93\x94\x96\x97")


def may_be_garbled(text: str) -> bool:
    """Tell at once a text that the other two functions have to look at."""
    for possible in POSSIBLE.finditer(text):
        place = possible.start()
        # Some telltales have a letter of the word in front.
        if TELLTALE.match(text, place) or (place and TELLTALE.match(text, place - 1)):
            return True
    return False


def turn_back(text: str) -> str:
    """Give the text as it was before it was garbled, or unchanged where that is not certain.

    Garbled twice it is turned back twice: what comes out between the two need not look right.
    """
    if not may_be_garbled(text):
        return text
    for data in _bytes_of(text):
        try:
            before = data.decode("utf-8")
        except UnicodeDecodeError:
            continue
        first = turn_back(before)
        if first != before or (_believable(before, text) and not _half_way(before)):
            return first
    return text


def looks_garbled(text: str) -> bool:
    """Tell a text that holds the usual signs of mojibake and could not be turned back."""
    return USUAL_SIGNS.search(text) is not None


def _bytes_of(text: str) -> Iterator[bytes]:
    """Encode by cp1252 with its holes let through (else by Latin-1), then by Mac Roman."""
    try:
        yield b"".join(_HOLES.get(ord(c)) or c.encode("cp1252") for c in text)
    except UnicodeEncodeError:
        with contextlib.suppress(UnicodeEncodeError):
            yield text.encode("latin-1")
    with contextlib.suppress(UnicodeEncodeError):
        yield text.encode("mac_roman")


def _half_way(text: str) -> bool:
    """Tell a text that could be turned back once more, into something that is not believed.

    ``NESTLÉ®`` is such a text, and right.
    """
    if not may_be_garbled(text) or SIGN_BEHIND_CAPITALS.search(text):
        return False
    for data in _bytes_of(text):
        with contextlib.suppress(UnicodeDecodeError):
            data.decode("utf-8")
            return True
    return False


def _believable(before: str, text: str) -> bool:
    foreign = [(i, c) for i, c in enumerate(before) if not c.isascii()]
    if len(foreign) == 1 and SIGN_BEHIND_CAPITALS.search(text):
        return False
    return all(_written_by_people(before, i, c) for i, c in foreign)


def _written_by_people(text: str, index: int, char: str) -> bool:
    code = ord(char)
    if code < 0xA0:
        return char in _C1_QUOTES
    if char.islower() and _CAPITALS.fullmatch(text[max(index - 2, 0) : index]):
        return False
    if code < 0x370:
        return _latin(text, index, char)
    if 0x1E00 <= code < 0x1F00 or 0x2000 <= code < 0x2070 or code == 0xFEFF:
        return True
    if code in _SIGNS:
        return unicodedata.category(char)[0] != "C"
    return _in_a_word_of_its_script(text, index, char)


def _latin(text: str, index: int, char: str) -> bool:
    """Latin letters of languages that people write, and accents behind a letter; no IPA."""
    if char in _USUAL_MARKS:
        return index > 0 and text[index - 1].isalpha()
    if char in _LETTER_MARKS:
        return any(c.isalpha() for c in _beside(text, index))
    return ord(char) < 0x180 or char in _FOUND_IN_NAMES


def _in_a_word_of_its_script(text: str, index: int, char: str) -> bool:
    """No one writes a single Cyrillic or Chinese letter into the middle of a Latin word."""
    script = _script(char)
    if script not in _SCRIPTS:
        return False
    beside = _beside(text, index)
    if any(_script(c) == script for c in beside):
        return True
    if any(c.isalpha() and _LATIN.match(c) for c in beside):
        return False
    return script == "CJK" or _has_word_of(text, script)


def _beside(text: str, index: int) -> str:
    return text[max(index - 1, 0) : index] + text[index + 1 : index + 2]


def _script(char: str) -> str:
    if char.isascii():
        return ""
    script = _BEFORE_SPACE.split(unicodedata.name(char, ""))[0]
    return "CJK" if script in _WIDE_SCRIPTS else script


def _has_word_of(text: str, script: str) -> bool:
    """Tell whether two letters of the script stand together: then a single one may stand too."""
    return any(_script(one) == _script(other) == script for one, other in pairwise(text))
