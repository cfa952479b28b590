"""Which old code page a text was saved in, told from how its letters look in each.

Names and streets in a small sheet give few letters to judge by, and a general detector takes a
curly quote for a capital letter (``OÆBrien``). So each code page is judged by what people write:
capitals stand at the beginning of a word, signs between words, and the letters of a word, mostly
those of a whole sheet too, belong to one language. Text in two bytes a letter (Chinese, Japanese,
Korean) is told by charset-normalizer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

__all__ = ["guess_code_page"]

# What spreadsheets on Windows, old DOS programs and old Macs save; among equals the first wins.
_SINGLE: Final = (
    *("cp1252", "cp1250", "cp1251", "cp1254", "cp1253", "cp1257", "cp1255", "cp1256"),
    *("mac_roman", "cp850", "cp852", "iso8859-2", "cp866", "koi8_r"),
)
_DOUBLE: Final = ("cp932", "gb18030", "cp949", "big5")

_WESTERN: Final = ("äöüß", "àâæçéèêëîïôœùûü", "áéíñóúüºª", "áàâãçéêíóôõú", "æøåé", "åäöé")
_ALPHABETS: Final = tuple(
    map(
        frozenset,
        (
            *_WESTERN,
            *("àèéìòù", "áðéíóúýþæö", "éèëïöü", "àçèéíïòóúü", "çë", "éèëïñçüöáíóâôêå"),
            *("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž"),
            *("ăâîșțşţ", "çğıöşüâî", "āčēģīķļņšūž", "ąčęėįšųūž", "äöõü"),
            "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",
            "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
            "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
            "абвгдђежзијклљмнњопрстћуфхцчџш",
            "".join(map(chr, range(0x5D0, 0x5EB))),
            "".join(map(chr, range(0x620, 0x653))) + "پچژگ",
        ),
    )
)
_MIXED_WESTERN: Final = frozenset("".join(_WESTERN))

_WORD: Final = re.compile(r"[^\W\d_²³¹¼-¾]+")
_SIGN: Final = re.compile(r"[^\w\x00-\x7f]|[²³¹¼-¾]")
_SIGNS: Final = frozenset("’‘“”„–—…·•°§½¼¾€£¥©®™«»¿¡№´²³\xa0")
_INSIDE_WORDS: Final = frozenset("’·´\xa0")
_BEFORE_NO_LETTER: Final = frozenset("£¥€¼½¾³²")
_OPENING: Final = frozenset("‘“„«¿¡")

_ODD, _FOREIGN, _MIXED = -1.0, 0.3, 0.75
"""What a letter is worth that stands wrong, that is of another language, of the West at least."""
_SELDOM: Final = frozenset("âêîôûìòùýþðõÿœ")
_SELDOM_LOSES: Final = 0.1
_NEVER_FIRST: Final = frozenset("ßÿèìòù")
_LEAD: Final = 0.05
_LEAD_OF_FEW: Final = 0.07
"""So much better than cp1252 another must be, more where letters are few: it is the likeliest."""
_MANY_LETTERS: Final = 12
_ENOUGH: Final = 1 << 14
_DOUBTFUL: Final = 0.6


def guess_code_page(sample: bytes) -> str:
    """Tell the code page of lines that are not Unicode; cp1252 where nothing speaks against it."""
    sample = sample[: sample.rfind(b"\n", 0, _ENOUGH) + 1] or sample[:_ENOUGH]
    values = {page: _value(sample.decode(page, "replace")) for page in _SINGLE}
    best = max(_SINGLE, key=values.__getitem__)
    if values[best] < _DOUBTFUL and (double := _guess_double(sample)):
        return double
    lead = _LEAD + _LEAD_OF_FEW * (1 - _evidence(sum(byte > 0x7F for byte in sample)))
    if values[best] <= values["cp1252"] + lead:
        return "cp1252"
    return "cp1252" if _read_alike(sample, best) else best


def _read_alike(sample: bytes, page: str) -> bool:
    """Tell a sample that cp1252 reads the same: then it is named, for it worries nobody."""
    return sample.decode(page, "replace") == sample.decode("cp1252", "replace")


def _evidence(letters: int) -> float:
    """Weigh how much can be told from so many letters beyond ASCII."""
    return min(1.0, letters / _MANY_LETTERS)


def _guess_double(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    found = from_bytes(sample, cp_isolation=list(_DOUBLE), threshold=0.6).best()
    return found.encoding if found else None


def _value(text: str) -> float:
    """Judge a decoded text: 1 where each letter beyond ASCII stands as people write."""
    words = Counter(word for word in _WORD.findall(text) if not word.isascii())
    letters = Counter[str]()
    total = 0.0
    for word, count in words.items():
        strange = [letter for letter in word.replace("İ", "ı").lower() if letter > "\x7f"]
        for letter in strange:
            letters[letter] += count
        total += count * (_of_word(strange) if _stands_right(word) else _ODD * len(strange))
    among = letters.total()
    signs = [_of_sign(text, found.start()) for found in _SIGN.finditer(text)]
    if not among + len(signs):
        return 0.0
    weight = _evidence(among) / 2
    whole = _of_sheet(letters) * among
    return ((1 - weight) * total + weight * min(whole, total) + sum(signs)) / (among + len(signs))


def _stands_right(word: str) -> bool:
    """Tell a word of one script whose capitals stand at its beginning, or which is all capitals."""
    if not (word.isupper() or word.islower()):
        for before, letter in pairwise(word):
            if letter.isupper() and (letter > "\x7f" or (before > "\x7f" and before.islower())):
                return False
    if word[0].lower() in _NEVER_FIRST and len(word) > 1:
        return False
    return len({letter < "\u0250" for letter in word}) == 1


def _of_word(strange: list[str]) -> float:
    most = max(sum(letter in alphabet for letter in strange) for alphabet in _ALPHABETS)
    seldom = sum(letter in _SELDOM for letter in strange)
    return most + _FOREIGN * (len(strange) - most) - _SELDOM_LOSES * seldom


def _of_sheet(letters: Mapping[str, int]) -> float:
    """Judge all letters together: those of one language, or at least all of the West."""
    total = sum(letters.values())
    if not total:
        return 0.0

    def share(alphabet: frozenset[str]) -> float:
        return sum(count for letter, count in letters.items() if letter in alphabet) / total

    one = max(map(share, _ALPHABETS))
    return max(one + _FOREIGN * (1 - one), _MIXED * share(_MIXED_WESTERN))


def _of_sign(text: str, at: int) -> float:
    """Judge a character that is no letter by where it stands."""
    sign = text[at]
    before, after = text[at - 1 : at].isalpha(), text[at + 1 : at + 2].isalpha()
    if sign not in _SIGNS or (before and after and sign not in _INSIDE_WORDS):
        return _ODD
    odd = (before and sign in _OPENING) or (after and sign in _BEFORE_NO_LETTER)
    return _ODD if odd else 1.0
