"""Mojibake: UTF-8 that some program read as cp1252 or Latin-1, turned back where that is certain.

The test is strict: the whole cell must encode to bytes that are UTF-8, and what comes out must be
something that people write. ``CAFÉ–BAR``, ``NESTLÉ®`` and ``PERÚ–LIMA`` pass the first half of
the test by accident (an accented capital and a sign behind it look like one UTF-8 letter), so an
outcome that mixes scripts within a word, holds an IPA letter, or swallows the sign at a word's end
is not believed.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["looks_garbled", "may_be_garbled", "turn_back"]

_TELLTALE: Final = re.compile("[Â-ô][\u0080-¿ŒœŠšŸŽžƒˆ˜–—‘-„†‡•…‰‹›€™]")
"""A lead byte of UTF-8 with a continuation byte behind it, both as cp1252 or Latin-1 show them."""

_USUAL_SIGNS: Final = re.compile("â€|Ã[\u0081-\u009f¡-¿]|Â[\u0080-\u009f¡-¿]|[ÐÑ][\u0080-¿][ÐÑ]")

_HOLES: Final = {code: bytes([code]) for code in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
"""Bytes that cp1252 leaves open; Windows lets them through as they are."""

_SIGN_AT_WORD_END: Final = re.compile(r"(?<=[A-Z])(?:[Ä-ÖØ-Þ][®™©–—…‘’“”«»·•°]|Ã®)(?![A-Za-zÀ-ÿ])")
"""``BLÅ®``, ``PERÚ–``: a word in capitals and a sign, far likelier than one rare letter."""
_SIGN_IN_CAPITALS: Final = re.compile(r"(?<=[A-Z])[Ä-ÖØ-Þ][®™©–—…](?=[A-Z])")

_LATIN: Final = re.compile("[ -\u024f\u1e00-\u1eff]")
_WIDE_SCRIPTS: Final = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO")
_SCRIPTS: Final = (
    *("GREEK", "CYRILLIC", "HEBREW", "ARABIC", "ARMENIAN", "GEORGIAN", "THAI", "LAO", "MYANMAR"),
    *("KHMER", "SINHALA", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "TAMIL", "TELUGU"),
    *("KANNADA", "MALAYALAM", "ETHIOPIC"),
)
_FOUND_IN_NAMES: Final = frozenset("ȘșȚțƠơƯưǍǎǏǐǑǒǓǔǕǖǗǘǙǚǛǜƏəƁƂƊƘƙǦǧǨǩǪǫ")
_C1_QUOTES: Final = frozenset("\x91\x92\x93\x94\x96\x97")


def may_be_garbled(text: str) -> bool:
    """Tell at once a text that the other two functions have to look at."""
    return _TELLTALE.search(text) is not None


def turn_back(text: str) -> str:
    """Give the text as it was before it was garbled, or unchanged where that is not certain.

    Garbled twice it is turned back twice: what comes out between the two need not look right.
    """
    if not may_be_garbled(text):
        return text
    before = _decoded(text)
    if before is None:
        return text
    first = turn_back(before)
    return first if first != before or _believable(before, text) else text


def looks_garbled(text: str) -> bool:
    """Tell a text that holds the usual signs of mojibake and could not be turned back."""
    return _USUAL_SIGNS.search(text) is not None


def _decoded(text: str) -> str | None:
    data = _bytes_of(text)
    if data is None:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _bytes_of(text: str) -> bytes | None:
    """Encode by cp1252 with its holes let through, else by Latin-1; never by a mixture."""
    try:
        return b"".join(_HOLES.get(ord(c)) or c.encode("cp1252") for c in text)
    except UnicodeEncodeError:
        pass
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return None


def _believable(before: str, text: str) -> bool:
    foreign = [(i, c) for i, c in enumerate(before) if not c.isascii()]
    if len(foreign) == 1 and (_SIGN_AT_WORD_END.search(text) or _SIGN_IN_CAPITALS.search(text)):
        return False
    return all(_written_by_people(before, i, c) for i, c in foreign)


def _written_by_people(text: str, index: int, char: str) -> bool:
    code = ord(char)
    if code < 0xA0:
        return char in _C1_QUOTES
    if code < 0x180 or 0x1E00 <= code < 0x1F00 or 0x2000 <= code < 0x2070:
        return True
    category = unicodedata.category(char)
    if category[0] not in "LM":
        return category[0] != "C" or char == "\ufeff"
    if 0x180 <= code < 0x250:
        return char in _FOUND_IN_NAMES
    if 0x300 <= code < 0x370:
        return index > 0 and text[index - 1].isalpha()
    return _in_a_word_of_its_script(text, index, char)


def _in_a_word_of_its_script(text: str, index: int, char: str) -> bool:
    """No one writes a Cyrillic or Chinese letter into the middle of a Latin word."""
    script = unicodedata.name(char, "").split(" ")[0]
    beside = text[max(index - 1, 0) : index] + text[index + 1 : index + 2]
    if any(c.isalpha() and _LATIN.match(c) for c in beside):
        return False
    if script in _WIDE_SCRIPTS:
        return True
    return script in _SCRIPTS and any(
        unicodedata.name(c, "").startswith(script) and c != "" for c in beside
    )
