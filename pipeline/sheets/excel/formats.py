"""Number formats that change what a person sees of a number: ``00000`` shows 02134.

Or make a date of it: to Excel a date is a number with such a format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

__all__ = ["CellFormat", "Padding", "format_of", "number_text", "padding_of"]

_TOKEN = re.compile(
    r"""
      "(?P<quoted>[^"]*)"       # "text"
    | \\(?P<escaped>.)          # one character as it is
    | _.                        # a space as wide as that character
    | \*.                       # a character that fills the cell: shown to nobody's use
    | \[(?:\$[^\]]*|[A-Za-z]+)\] # currency and locale, or a colour
    | (?P<place>[0\#?])
    | (?P<bare>[-+/():!^&'~{}<>=$ ])
    """,
    re.VERBOSE | re.DOTALL,
)
_FIRST_SECTION = re.compile(r'(?:"[^"]*"|\\.|[^;"\\])*', re.DOTALL)

_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_NO_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|General', re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Padding:
    """A format for whole numbers: ``pieces`` are literals, and ``None`` for each digit's place."""

    pieces: tuple[str | None, ...]
    least_digits: int

    def shown(self, number: int) -> str:
        """Give what a person sees of a number that is not negative."""
        places = self.pieces.count(None)
        digits = str(number).zfill(self.least_digits)
        surplus = len(digits) - places
        # The first place takes the digits that have no place of their own; places may stay empty.
        queue = [digits[: surplus + 1], *digits[surplus + 1 :]] if surplus > 0 else list(digits)
        empty = max(-surplus, 0)
        text = []
        for piece in self.pieces:
            if piece is not None:
                text.append(piece)
            elif empty:
                empty -= 1
            else:
                text.append(queue.pop(0))
        return "".join(text).strip()


@lru_cache(maxsize=256)
def padding_of(code: str) -> Padding | None:
    """Read a format code; ``None`` unless it pads whole numbers with zeros and does no more.

    Dates, decimals, thousands, percents, conditions and one lone ``0`` are ``None``.
    """
    first = _FIRST_SECTION.match(code)
    section = first[0] if first else ""
    pieces: list[str | None] = []
    zeros: list[int] = []
    end = 0
    for token in _TOKEN.finditer(section):
        if token.start() != end:
            return None
        end = token.end()
        if token["place"]:
            if token["place"] == "0":
                zeros.append(pieces.count(None))
            pieces.append(None)
        else:
            pieces.append(token["quoted"] or token["escaped"] or token["bare"] or "")
    if end != len(section) or len(zeros) < 2:
        return None
    return Padding(tuple(pieces), pieces.count(None) - zeros[0])


CellFormat = Padding | Literal["date", "elapsed"]
"""What a format makes of a number that a person would not see from its digits."""


@lru_cache(maxsize=256)
def format_of(code: str) -> CellFormat | None:
    """Read a format code: zeros in front, a date or time of day, or elapsed time (``[h]:mm``)."""
    first = _FIRST_SECTION.match(code)
    section = first[0] if first else ""
    if _ELAPSED.search(section):
        return "elapsed"
    if re.search("[ymdhs]", _NO_CODE.sub("", section), re.IGNORECASE):
        return "date"
    return padding_of(code)


def number_text(value: float) -> str:
    """Give a stored number as digits, never scientific: 12345.0 → 12345, 0.1 + 0.2 → 0.3.

    Excel itself keeps 15 digits; whole numbers that other programs stored keep all that a float
    can tell.
    """
    if value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    exact = value.is_integer()
    return format(Decimal(repr(value) if exact else f"{value:.15g}"), "f")
