"""Repairs of single texts: spaces, invisible characters, Excel's marks, a phone's label.

Each function takes a text and gives what it becomes and which listed repair that was. Anything
that could be meant stays as it is: joiners in emoji and in Persian or Indic names, the wide space
of Japanese, the marks of right-to-left writing beside such writing.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from pipeline.core.garbled import looks_garbled, may_be_garbled, turn_back

__all__ = ["GuardedKind", "clean_text", "is_plain", "letters_lost", "shown", "undo_excel"]

_SUSPECT: Final = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u061c\u2007\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]"
)
_UNUSUAL: Final = re.compile(
    _SUSPECT.pattern[:-1] + "\u1680\u2000-\u200a\u205f\u3000\ufffd\ud800-\udfff]"
)
_MANY_SPACES: Final = re.compile("  +")
_LOST: Final = re.compile("[\x80-\x9f\ufffd\ud800-\udfff]")

# Quotes and dashes stand at these places in every Windows code page, letters do not.
_C1_QUOTES: Final = {
    ord(raw): raw.encode("latin-1").decode("cp1252")
    for raw in "\x82\x84\x8b\x91\x92\x93\x94\x96\x97\x9b"
}
_SPACES: Final = frozenset("\t\n\v\f\r\x85\xa0\u2007\u2028\u2029\u202f")
_BIDI_MARKS: Final = frozenset(
    map(chr, (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)
_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_JOINED: Final = re.compile(
    # Arabic to Mongolian, Indic extensions, then what emoji are made of
    "[\u0600-\u1aff\ua840-\ua8ff\ufb50-\ufefc\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]"
)
_NO_SPACES: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Thai, Lao, Burmese and Khmer, which part words by a space of no width."""


def is_plain(text: str) -> bool:
    """Tell at once that a text needs no cleaning (the usual case, so it must be quick)."""
    if "  " in text or text[:1] == " " or text[-1:] == " ":
        return False
    if text.isascii():
        return text.isprintable()
    return _UNUSUAL.search(text) is None and not may_be_garbled(text)


def clean_text(text: str) -> tuple[str, tuple[str, ...]]:
    """Give the text repaired and tidied, and the listed repairs that this took.

    Cleaning may lay bare a garbled text (a no-break space stood before it), so it goes on until
    nothing changes; each round makes the text shorter or plainer.
    """
    rules: dict[str, None] = {}
    while True:
        before, text = text, _cleaned_once(text, rules)
        if text == before:
            return text, tuple(rules)


def _cleaned_once(text: str, rules: dict[str, None]) -> str:
    made: dict[str, None] = {}
    before = text
    for rule, clean in _STEPS:
        earlier, text = text, clean(text)
        if text != earlier:
            made[rule] = None
    text = _MANY_SPACES.sub(" ", text).strip()
    if looks_garbled(before) and "mojibake" not in made and turn_back(text) == text:
        # Cleaning would only destroy what shows how the cell was garbled.
        return _MANY_SPACES.sub(" ", before).strip(" ")
    rules.update(made)
    return text


def _without_invisible(text: str) -> str:
    if _SUSPECT.search(text) is None:
        return text
    right_to_left = _RIGHT_TO_LEFT.search(text) is not None
    return _SUSPECT.sub(lambda found: _stays(found, right_to_left=right_to_left), text)


def _stays(found: re.Match[str], *, right_to_left: bool) -> str:
    char, text, place = found[0], found.string, found.start()
    if char in _SPACES:
        return " "
    before, after = text[max(place - 1, 0) : place], text[place + 1 : place + 2]
    kept = (
        _LOST.match(char) is not None
        or (char in "\u200c\u200d" and _JOINED.match(before) is not None)
        or (char == "\u200b" and bool(_NO_SPACES.match(before) or _NO_SPACES.match(after)))
        or (char in _BIDI_MARKS and right_to_left)
    )
    return char if kept else ""


_STEPS: Final = (
    ("mojibake", turn_back),
    ("c1_quotes", lambda text: text.translate(_C1_QUOTES)),
    ("invisible", _without_invisible),
)
"""In this order: the later ones destroy what shows how to turn mojibake back."""


def letters_lost(text: str) -> bool:
    """Tell a text in which a wrong encoding left a hole: U+FFFD, or a code that is no letter."""
    return _LOST.search(text) is not None


def shown(text: str) -> str:
    """Give a text on one line with what cannot be seen made visible: ``12[U+00A0]Main``."""
    return _SUSPECT.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


GuardedKind = Literal["zip_postal_code", "order_id", "phone"]

_QUOTED: Final = re.compile(r'="([^"]*)"')
_GUARDED: Final = {
    # What must stand behind the mark to be sure that it is one: 's-Hertogenbosch is a city.
    "order_id": re.compile(r"[0-9]+(?:\.0)?"),
    "zip_postal_code": re.compile(r"[0-9A-Za-z][0-9A-Za-z .\-]*"),
    "phone": re.compile(r"[+(]*[0-9][^'\"]*"),
}
_DECIMAL_ZERO: Final = re.compile(r"(\+?[0-9]+)\.0")
_PHONE_LABEL: Final = re.compile(
    r"(?:(?:(?:tele)?phone|tele?fono?|télé?(?:phone)?|teléfono|tel|ph|fon|mobile?|mob|cell|handy"
    r"|portable|móvil)(?:[.:#]+\s*|\s+)(?:(?:no|nr|number)\b\.?)?|[tmpc](?=\s*:)|[☎☏📞📱]\ufe0f?)"
    r"[\s:#]*(?=[+(]*[0-9])",
    re.IGNORECASE,
)
_PHONE_MARKS: Final = " .,;:'`’\""


def undo_excel(field: GuardedKind, text: str) -> tuple[str, tuple[str, ...]]:
    """Take off ``'02134``, ``="02134"`` and, but for ZIPs, ``12345.0``; tell the listed repairs.

    A ZIP's ``.0`` is left to the rules of its country.
    """
    rules: dict[str, None] = {}
    while True:
        before, text = text, _undone_once(field, text, rules)
        if text == before:
            return text, tuple(rules)


def _undone_once(field: GuardedKind, text: str, rules: dict[str, None]) -> str:
    bare = _unguarded(text)
    if bare != text and _GUARDED[field].fullmatch(bare):
        text = bare
        rules["text_guard"] = None
    if field != "zip_postal_code" and (number := _DECIMAL_ZERO.fullmatch(text)):
        text = number[1]
        rules["decimal_zero"] = None
    if field == "phone":
        marked, text = text, _without_marks(text)
        if text != marked:
            rules["phone_marks"] = None
    return text


def _unguarded(text: str) -> str:
    if text[:1] == "'":
        return text[1:].strip()
    quoted = _QUOTED.fullmatch(text)
    return quoted[1].strip() if quoted else text


def _without_marks(text: str) -> str:
    """Take a label in front and marks behind off a phone; what is no phone stays whole."""
    label = _PHONE_LABEL.match(text)
    bare = text[label.end() :] if label else text
    stripped = bare.rstrip(_PHONE_MARKS)
    return stripped if sum(c.isdigit() for c in stripped) >= 5 else text
