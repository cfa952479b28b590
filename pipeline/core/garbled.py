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

_CP1252_TRAIL: Final = "[\u0080-¿ŒœŠšŸŽžƒˆ˜–—‘-„†‡•…‰‹›€™]"
_CP1252: Final = f"[Â-ô]{_CP1252_TRAIL}"
_MAC_TRAIL: Final = "[ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø]"
_MAC: Final = (
    # Latin letters and signs; letters of other alphabets, never alone; letters of three bytes
    f"[¬√ƒ≈∆·‚„]{_MAC_TRAIL}|»[ôòõö]|(?:[«–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂŒœ]{_MAC_TRAIL}){{2}}"
    f"|[‡‰ÂÊÁËÈÍÎÏÌÓÔ\uf8ff]{_MAC_TRAIL}{{2}}|[A-Za-z]Ã[ÄÅÇÉÑÖÜáàâäãå£§]"
)
"""A lead byte of UTF-8 with a continuation byte behind it, as the encodings show them."""

_MIDDLE: Final = "‘-”•…™–—›"
"""Signs that may end a word in capitals, so that only a small letter behind them tells."""

_CYRILLIC_TRAIL: Final = "Ђ-ЏЁђ-џёҐґ°±µ¶·»§©«¬®¤¦№\u00a0\u00ad‚„†‡‰‹›€…–—‘-”•™"

_USUAL_SIGNS: Final = re.compile(
    "â€|‚Ä|Ã[\u0081-\u009f¡-\u00ad¯-¿]|(?<![A-Z])Ã®|Â[\u0080-\u009f¡-¿]|[ÐÑ][\u0080-¿][ÐÑ]"
    # as cp1252 shows the letters of Western Europe, Poland, Bohemia, Turkey and Romania
    f"|[ÃÄÅ][ŒœŠšŸŽžƒˆ˜‚„†‡‰‹€\u0080-\u009f]|[ÄÅ][¡-¦¬\u00ad°-¹¼-¿ŚŤŹśťź]"
    f"|[ÃÄÅ][{_MIDDLE}«»¨ªº¯¸·][a-zß-öø-ÿ]|[a-z][ÈČ][™›š]"
    # a letter that ended in a no-break space or in a hole, and lost it to a program that trims
    "|[a-zß-öø-ÿ]Ã(?![^\\W\\d_])|[A-Za-z]Ã\\?|(?<!\\w)(?:Ã[…\u00a0]|Å\u00a0[a-z])"
    "|[A-Z]Ã(?:[™…’](?![^\\W\\d_])|’S\\b)|[A-Z]Â[–—]"
    # two letters in a row of Greek, Hebrew or Arabic
    f"|(?:[ÎÏ×ØÙÚÛ]{_CP1252_TRAIL}){{2}}"
    # Mac Roman; the code pages of DOS; cp1250
    f"|[√¬≈]{_MAC_TRAIL}|[┬├┼┴╔-╬]|─[\u00a0-\u024f\u2580-\u259f]"
    "|[ĂĹ][ŤťŚśŹźŽžĽľŁłŻżąşˇ˘¤¦¨§©«¬®±¶·»°¸´˝˛\u00a0\u00ad‚„†‡‰‹€]"
    f"|[ĂĹ][{_MIDDLE}][a-z]|[a-z][ĂĹ][¨ªąĄşŞ]|(?<!\\w)Ă…"
    # cp1251: Cyrillic within a Latin word, or letters that no word of Russian is made of
    f"|[A-Za-z][ВГДЕИ][{_CYRILLIC_TRAIL}]|[ВГДЕ]\u00a0[a-z-]|[ВГДЕ][Ђ-ЏЁђ-џёҐґ°±µ¶§№‚„†‡‰‹€][A-Za-z]|(?<!\\w)Г…"
    f"|(?:[РС][\u00a0-»Ў{_CYRILLIC_TRAIL}]){{3}}"
)
_TELLTALE: Final = re.compile(f"{_CP1252}|{_MAC}|{_USUAL_SIGNS.pattern}")
_POSSIBLE: Final = re.compile(
    "[ÁÂ-ô¬√ƒ≈∆·‚„»«–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂŒœ‡‰\uf8ffĂĹČВГДЕИРС┬├┼┴╔-╬─](?="
    f"[{_CP1252_TRAIL[1:-1]}{_MAC_TRAIL[1:-1]}{_CYRILLIC_TRAIL}ŤťŚśŹźĽľŁłŻżąĄşŞˇ˘´˝˛Ў]"
    "|(?<=[Ã┬├┼┴╔-╬─]))"
)
"""No more than the quick half of the test: two classes of characters, for every clean cell."""

_HOLES: Final = {code: bytes([code]) for code in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
"""Bytes that cp1252 leaves open; Windows lets them through as they are."""

_SIGN_BEHIND_CAPITALS: Final = re.compile(
    r"(?<![a-zß-öø-ÿ])[Ä-ÖØ-Þ][®™©–—…‘’“”«»·•°](?![A-Za-zÀ-ÿ])"
    r"|(?<=[A-Z])(?:Ã[®©™…’°](?![A-Za-zÀ-ÿ])|Ã\u00a0|[Ä-ÖØ-Þ][®™©–—…](?=[A-Z])|Â[–—](?=[A-Z])|[À-ÖØ-Þ]’(?=S\b))"
)
"""``BLÅ®``, ``PERÚ–LIMA``, ``TORNEÅ’S``: likelier a word in capitals and a sign than one letter."""

_LATIN: Final = re.compile("[ -\u024f\u1e00-\u1eff]")
_BEFORE_SPACE: Final = re.compile("[ -]")
"""``ARABIC LETTER BEH``, ``ARABIC-INDIC DIGIT ONE``."""
_WIDE_SCRIPTS: Final = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO")
_SCRIPTS: Final = (
    *("GREEK", "CYRILLIC", "HEBREW", "ARABIC", "ARMENIAN", "GEORGIAN", "THAI", "LAO", "MYANMAR"),
    *("KHMER", "SINHALA", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "TAMIL", "TELUGU"),
    *("KANNADA", "MALAYALAM", "ETHIOPIC"),
)
_FOUND_IN_NAMES: Final = frozenset("ȘșȚțƠơƯưǍǎǏǐǑǒǓǔǕǖǗǘǙǚǛǜƏəƁƂƊƘƙǦǧǨǩǪǫ")
_CAPITALS: Final = re.compile("[A-Z]{2}")
_USUAL_MARKS: Final = frozenset(map(chr, (*range(0x300, 0x30D), 0x323, 0x327, 0x328, 0x2BB, 0x2BC)))
"""Accents of decomposed letters, and the two marks of Hawaiian and Uzbek."""
_SIGNS: Final = frozenset(
    (*range(0x20A0, 0x2C00), *range(0x3000, 0x3030), *range(0xFE00, 0xFE10), *range(0xFF00, 0xFFF0))
) | frozenset(range(0x1F000, 0x1FB00))
"""Signs of no script: currencies, arrows, emoji, the punctuation of China and Japan."""
_C1_QUOTES: Final = frozenset("\x91\x92\x93\x94\x96\x97")


def may_be_garbled(text: str) -> bool:
    """Tell at once a text that the other two functions have to look at."""
    for possible in _POSSIBLE.finditer(text):
        place = possible.start()
        # Some telltales have a letter of the word in front.
        if _TELLTALE.match(text, place) or (place and _TELLTALE.match(text, place - 1)):
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
    if len(foreign) == 1 and _SIGN_BEHIND_CAPITALS.search(text):
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
    return ord(char) < 0x180 or char in _FOUND_IN_NAMES


def _in_a_word_of_its_script(text: str, index: int, char: str) -> bool:
    """No one writes a Cyrillic or Chinese letter into the middle of a Latin word."""
    script = _BEFORE_SPACE.split(unicodedata.name(char, ""))[0]
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
