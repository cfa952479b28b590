"""How an address line that is too long could be spread over the three lines of an address.

A proposal for a person, never a repair: only they know whether it still reads as an address.
Breaks come where the sheet had one, then at commas, then between words; what belongs together
(``Apt 4``, ``PO Box 12``) stays together, and nothing but separators goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["LINES", "proposal", "spread"]

LINES: Final = ("address_1", "address_2", "address_3")

_COMMAS: Final = ",;、，；،\n"
_SEPARATOR: Final = re.compile(rf"(?:(?<![0-9])[{_COMMAS}]|[{_COMMAS}](?![0-9])|\s)+")
"""Commas and white space in a row; a comma within a number (``1,000``) is none."""
_EDGES: Final = _COMMAS + "".join(c for c in map(chr, range(0x3001)) if c.isspace())
"""Commas and all white space there is, so that no separator is left at an end."""
_UNIT: Final = re.compile(
    r"(?:apt|apartment|ste|suite|unit|rm|room|fl|floor|bldg|building|tower|block|blk|lot|box|flat"
    r"|house|level|lvl|shop|dept|no|nr|nº|n°|№|km|hwy|highway|route|rte|etage|stock|stiege|top|haus"
    r"|piso|apto|depto|dpto|int|ext|esc|planta|sala|bloco|andar|porta|app|bâtiment|bât|étage"
    r"|кв|д|корп|стр|оф|#|p\.?\s?o\.?|postfach|bp|casilla|psc|cmr|rr|hc)\.?",
    re.IGNORECASE,
)
_OF_A_UNIT: Final = re.compile(r"\S*[0-9]\S*|[A-Za-z]|box", re.IGNORECASE)
_RANK: Final = re.compile(r"[0-9]+(?:st|nd|rd|th|\.|º|ª|er|e|ème)", re.IGNORECASE)
_STOREY: Final = re.compile(r"(?:floor|fl|level|etage|piso|étage|stock|andar)\.?", re.IGNORECASE)

_JOINED_LINES: Final = 3
_AT_COMMA: Final = 1
_BEFORE_UNIT: Final = 5
_BETWEEN_WORDS: Final = 10
_BESIDE_NUMBER: Final = 30


@dataclass(frozen=True, slots=True)
class _Break:
    """A separator where a line may end: its place, what breaking there costs, and not breaking."""

    start: int
    end: int
    cost: int
    kept: int = 0


def spread(lines: Sequence[str], most: int = 100) -> tuple[str, ...] | None:
    """Give the address lines so that none is longer than ``most`` characters (code points).

    ``lines``: up to three, empty ones left out of the answer. The order stays, and so does every
    character that is no separator. ``None`` where three lines are too few, or no break is sound.
    """
    parts = [part for part in (_trimmed(line) for line in lines) if part]
    if len(parts) <= len(LINES) and all(len(part) <= most for part in parts):
        return tuple(parts)
    if sum(len(_SEPARATOR.sub("", part)) for part in parts) > len(LINES) * most:
        return None
    whole = ", ".join(parts)
    breaks = list(_breaks(whole, parts))
    ways = (
        (_cost(breaks, chosen), len(broken), [-len(line) for line in broken], broken)
        for chosen in _choices(breaks, len(whole), most)
        if max(map(len, broken := _broken(whole, chosen))) <= most
    )
    best = min(ways, default=None)
    return best[3] if best else None


def _choices(breaks: Sequence[_Break], length: int, most: int) -> Iterator[tuple[_Break, ...]]:
    """Give the sets of one or two breaks that may leave no line too long."""
    for first in breaks:
        if first.start > most:
            return
        if length - first.end <= most:
            yield (first,)
        for second in breaks:
            if first.end < second.start <= first.end + most and length - second.end <= most:
                yield first, second


def proposal(lines: Sequence[str], most: int = 100) -> str:
    """Say how the lines could be spread, to stand in a sentence; empty where there is no way.

    It quotes the address, so it is for the user's own results sheet and nothing else.
    """
    better = spread(lines, most)
    if better is None or all(len(line) <= most for line in lines):
        return ""
    told = (f"{name}: “{line}”" for name, line in zip(LINES, better, strict=False))
    return f"for example {', '.join(told)}"


def _trimmed(line: str) -> str:
    return line.strip(_EDGES)


def _breaks(whole: str, parts: Sequence[str]) -> Iterator[_Break]:
    joints, place = set(), 0
    for part in parts[:-1]:
        place += len(part)
        joints.add(place)
        place += 2
    for found in _SEPARATOR.finditer(whole):
        start, end = found.span()
        if not joints.isdisjoint(range(start, end)):
            yield _Break(start, end, 0, kept=_JOINED_LINES)
        elif any(c in _COMMAS for c in found[0]):
            yield _Break(start, end, _AT_COMMA)
        elif (cost := _word_cost(whole, start, end)) is not None:
            yield _Break(start, end, cost)


def _word_cost(whole: str, start: int, end: int) -> int | None:
    """``None`` within a unit; dear beside a number, which may be the house's."""
    before = whole[:start].rsplit(None, 1)[-1].rstrip(_COMMAS)
    after, then = (*whole[end:].split(None, 2), "")[:2]
    if _together(before, after):
        return None
    if _together(after, then):
        return _BEFORE_UNIT
    return _BESIDE_NUMBER if any(c.isdigit() for c in before + after) else _BETWEEN_WORDS


def _together(one: str, other: str) -> bool:
    """``Apt`` and ``4``, ``PO`` and ``Box``, ``5th`` and ``Floor``."""
    other = other.rstrip(_COMMAS)
    if _UNIT.fullmatch(one):
        return _OF_A_UNIT.fullmatch(other) is not None
    return bool(_RANK.fullmatch(one) and _STOREY.fullmatch(other))


def _cost(breaks: Sequence[_Break], chosen: Sequence[_Break]) -> int:
    return sum(one.cost if one in chosen else one.kept for one in breaks)


def _broken(whole: str, chosen: Sequence[_Break]) -> tuple[str, ...]:
    starts = (0, *(one.end for one in chosen))
    ends = (*(one.start for one in chosen), len(whole))
    return tuple(whole[start:end] for start, end in zip(starts, ends, strict=True))
