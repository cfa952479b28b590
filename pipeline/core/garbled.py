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
from typing import Final

__all__ = ["looks_garbled", "may_be_garbled", "turn_back"]

_CP1252: Final = "[Â-ô][\u0080-¿ŒœŠšŸŽžƒˆ˜–—‘-„†‡•…‰‹›€™]"
_MAC_TRAIL: Final = "[ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø]"
_MAC: Final = f"[¬√ƒ≈∆«»…\u00a0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\uf8ff]{_MAC_TRAIL}"
"""A lead byte of UTF-8 with a continuation byte behind it, as the encodings show them."""

_MIDDLE: Final = "‘-”•…™–—›"
"""Signs that may end a word in capitals, so that only a small letter behind them tells."""

_CYRILLIC_TRAIL: Final = "Ђ-ЏЁђ-џёҐґ°±µ¶·»§©«¬®¤¦№\u00a0\u00ad‚„†‡‰‹›€…–—‘-”•™"

_USUAL_SIGNS: Final = re.compile(
    "â€|‚Ä|Ã[\u0081-\u009f¡-\u00ad¯-¿]|(?<![A-Z])Ã®|Â[\u0080-\u009f¡-¿]|[ÐÑ][\u0080-¿][ÐÑ]"
    # as cp1252 shows the letters of Western Europe, Poland, Bohemia, Turkey and Romania
    f"|[ÃÄÅ][ŒœŠšŸŽžƒˆ˜‚„†‡‰‹€\u0080-\u009f]|[ÄÅ][¡-¦¬\u00ad°-¹¼-¿]"
    f"|[ÃÄÅ][{_MIDDLE}«»¨ªº¯¸·][a-zß-öø-ÿ]|[a-z][ÈČ][™›š]"
    # a letter that ended in a no-break space or in a hole, and lost it to a program that trims
    "|[a-zß-öø-ÿ]Ã(?![^\\W\\d_])|[A-Za-z]Ã\\?|(?<!\\w)(?:Ã[…\u00a0]|Å\u00a0[a-z])"
    # Mac Roman; the code pages of DOS; cp1250
    f"|[√¬≈]{_MAC_TRAIL}|[┬├┼┴╔-╬]|─[\u00a0-\u024f\u2580-\u259f]"
    "|[ĂĹ][ŤťŚśŹźŽžĽľŁłŻżˇ˘¤¦§©«¬®±¶·»°¸´˝˛\u00a0\u00ad‚„†‡‰‹€]"
    f"|[ĂĹ][{_MIDDLE}][a-z]"
    # cp1251: Cyrillic within a Latin word, or letters that no word of Russian is made of
    f"|[A-Za-z][ВГДЕ][{_CYRILLIC_TRAIL}]|[ВГДЕ][{_CYRILLIC_TRAIL}][A-Za-z]|(?<!\\w)Г…"
    f"|(?:[РС][\u00a0-»Ў{_CYRILLIC_TRAIL}]){{3}}"
)
_TELLTALE: Final = re.compile(f"{_CP1252}|{_MAC}|{_USUAL_SIGNS.pattern}")

_HOLES: Final = {code: bytes([code]) for code in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
"""Bytes that cp1252 leaves open; Windows lets them through as they are."""

_SIGN_AT_WORD_END: Final = re.compile(r"(?<=[A-Z])(?:[Ä-ÖØ-Þ][®™©–—…‘’“”«»·•°]|Ã®)(?![A-Za-zÀ-ÿ])")
"""``BLÅ®``, ``PERÚ–``: a word in capitals and a sign, far likelier than one rare letter."""
_SIGN_IN_CAPITALS: Final = re.compile(r"(?<=[A-Z])[Ä-ÖØ-Þ][®™©–—…](?=[A-Z])|(?<=[A-Z])Ã\u00a0")

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
    for data in _bytes_of(text):
        try:
            before = data.decode("utf-8")
        except UnicodeDecodeError:
            continue
        first = turn_back(before)
        if first != before or _believable(before, text):
            return first
    return text


def looks_garbled(text: str) -> bool:
    """Tell a text that holds the usual signs of mojibake and could not be turned back."""
    return _USUAL_SIGNS.search(text) is not None


def _bytes_of(text: str) -> Iterator[bytes]:
    """Encode by cp1252 with its holes let through (else by Latin-1), then by Mac Roman."""
    try:
        yield b"".join(_HOLES.get(ord(c)) or c.encode("cp1252") for c in text)
    except UnicodeEncodeError:
        with contextlib.suppress(UnicodeEncodeError):
            yield text.encode("latin-1")
    with contextlib.suppress(UnicodeEncodeError):
        yield text.encode("mac_roman")


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
    return script in _SCRIPTS and _has_word_of(text, script)


def _has_word_of(text: str, script: str) -> bool:
    """Tell whether two letters of the script stand together: then a single one may stand too."""
    run = 0
    for c in text:
        run = run + 1 if not c.isascii() and unicodedata.name(c, "").startswith(script) else 0
        if run == 2:
            return True
    return False
