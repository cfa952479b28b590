"""What is to be forgotten: which order or person a stored row is about, and how old is old.

An email is looked for whatever its case and wherever in a text it stands, but never inside a
longer one: ``ann@example.com`` is not ``joann@example.com``. Nothing here repeats what was typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from pipeline.core.errors import ConfigError
from pipeline.core.order_ids import bare_number
from pipeline.core.platforms import plain

__all__ = ["DAY_SECONDS", "Sought", "even", "seconds_of_age"]

DAY_SECONDS: Final = 86_400.0
_AGE: Final = re.compile(r"([0-9]{1,5})([dw])")
_DAYS: Final = {"d": 1, "w": 7}
_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@]+")
_ORDER_ID: Final = re.compile(r"0*([0-9]{1,18})")


def seconds_of_age(text: str) -> float:
    """Give the seconds of ``90d`` or ``12w``; ConfigError for anything else."""
    found = _AGE.fullmatch(text.strip().casefold())
    if found is None:
        raise ConfigError(
            "--older-than takes days or weeks: --older-than 90d, or --older-than 12w."
        )
    return int(found[1]) * _DAYS[found[2]] * DAY_SECONDS


def even(text: str) -> str:
    """Give a text as it is compared: no case, no invisible characters, plain letter forms."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(each for each in folded if unicodedata.category(each) != "Cf")


@dataclass(frozen=True, slots=True)
class Sought:
    """Whose rows are to be forgotten; build one by :meth:`of`."""

    order_ids: frozenset[int] = frozenset()
    pos: frozenset[str] = field(default=frozenset(), repr=False)
    emails: tuple[str, ...] = field(default=(), repr=False)
    _patterns: tuple[re.Pattern[str], ...] = field(default=(), repr=False)

    @classmethod
    def of(
        cls, orders: Iterable[str] = (), pos: Iterable[str] = (), emails: Iterable[str] = ()
    ) -> Sought:
        """Take what a person typed; ConfigError where it can be no such thing."""
        evened = tuple(even(email.strip()) for email in emails)
        if not all(_EMAIL.fullmatch(email) for email in evened):
            raise ConfigError("--email takes one whole address, such as ann@example.com.")
        return cls(
            frozenset(map(_order_id, orders)),
            frozenset(map(_po, pos)),
            evened,
            tuple(
                # A dot ends a sentence, or goes on as .au; what stands in front must end there.
                re.compile(rf"(?<![\w.%+-]){re.escape(email)}(?![\w-]|\.\w)")
                for email in evened
            ),
        )

    def may_hold(self, text: str) -> bool:
        """Look quickly whether stored text may hold one of the emails, JSON or not."""
        if not self.emails:
            return False
        evened = even(text)
        return "\\" in evened or any(email in evened for email in self.emails)

    def is_in(self, texts: Iterable[str]) -> bool:
        """Tell whether one of the emails stands in one of the texts, as a whole."""
        return any(pattern.search(even(text)) for text in texts for pattern in self._patterns)

    def names(self, order_cells: Sequence[str], po_cells: Sequence[str]) -> bool:
        """Tell whether cells that hold order numbers name one of the orders."""
        return any(plain(bare_number(cell)) in self.pos for cell in po_cells if cell) or any(
            _digits(cell) in self.order_ids for cell in order_cells if cell
        )


def _order_id(text: str) -> int:
    found = _ORDER_ID.fullmatch(text.strip())
    if found is None or not int(found[1]):
        raise ConfigError(
            "--order takes a FinerWorks order id, a whole number; for the seller's own number "
            "there is --po."
        )
    return int(found[1])


def _po(text: str) -> str:
    if not (number := plain(bare_number(text))):
        raise ConfigError("--po takes an order number with at least one letter or digit.")
    return number


def _digits(cell: str) -> int | None:
    """Read ``12,345`` or ``12345.0`` as the number it once was."""
    digits = re.sub(r"[\s,.'_]", "", bare_number(cell))
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 19 else None
