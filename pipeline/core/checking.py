"""A row becomes a correction, or a list of what is wrong with it.

The order of the steps matters. Text first (mojibake before invisible characters, for cleaning
those destroys what shows how to turn it back), then Excel's marks, country, state, ZIP, and
lengths last, when each cell has its final text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pipeline.core.address import ADDRESS_FIELDS, Correction, body_of
from pipeline.core.contacts import email_plausible, phone_plausible
from pipeline.core.countries import fold
from pipeline.core.draft import Draft
from pipeline.core.excel_errors import is_excel_error
from pipeline.core.garbled import looks_garbled
from pipeline.core.names import split_full_name
from pipeline.core.places import judge_place
from pipeline.core.records import OddCell
from pipeline.core.repairs import clean_text, is_plain, letters_lost, undo_excel
from pipeline.core.rules import Finding, Repair, RuleOptions
from pipeline.core.sound import READY_PHONE, SoundRows, all_plain, holds_more, says_nothing
from pipeline.core.whole_address import holds_whole_address

__all__ = ["TELLING", "CheckedRow", "Finding", "Repair", "RowChecker", "carries_no_address"]

_KNOWN: Final = frozenset((*ADDRESS_FIELDS, "order_id", "full_name", "region"))
TELLING: Final = (
    *("first_name", "last_name", "full_name", "address_1", "city"),
    *("zip_postal_code", "country_code"),
)
"""A row with nothing in any of these carries no address."""

_ODD: Final = {
    "date": ("excel_date", "was turned into a date by Excel; type the value again as text."),
    "boolean": ("excel_boolean", "was turned into TRUE or FALSE by Excel; type it again as text."),
    "error": ("excel_error", "holds an Excel error instead of a value; type the value."),
    "formula": ("excel_formula", "is a formula without a stored value; type the value."),
}
_GARBLED: Final = "looks garbled; compare it with what the customer wrote."
_WRITTEN: Final = frozenset(
    ("first_name", "last_name", "full_name", "company_name", "city", "region", "province",
     "address_1", "address_2", "address_3")
)  # fmt: skip
_LETTER_LOST: Final = re.compile(r"[^\W\d_]\?[^\W\d_]")
"""``M?nchen``: what programs write for a letter that their encoding does not have."""
_ONE_NAME: Final = (
    "cannot be told from the whole name; write first and last name there (for people with one "
    "name, sheet.missing_last_name says what to send)."
)


_MARKUP: Final = re.compile(
    r"&(?:amp|quot|apos|lt|gt|nbsp|szlig|#[0-9]{2,5}|#x[0-9a-f]{2,4}"
    r"|[a-z]{1,2}(?:acute|grave|circ|uml|tilde|cedil|slash|ring|lig|caron));|<br ?/?>",
    re.IGNORECASE,
)
"""``AT&amp;T``: what web pages write, and some exports keep."""
_HASHES: Final = re.compile("#{3,}")
_ROUNDED: Final = re.compile(r"[0-9]{16,}|[0-9]+(?:[.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)


@dataclass(slots=True)  # one a row: freezing would cost more than the rest of making it
class CheckedRow:
    """A row after repairs and rules; ``payload`` (the text to send) is there only if nothing is
    wrong.

    ``address`` has all 14 fields, valid or not; ``None`` where there is nothing.
    """

    order_id: int | None
    address: Mapping[str, str | None] = field(repr=False)
    payload: str | None = field(repr=False)
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    repairs: tuple[Repair, ...]

    @property
    def correction(self) -> Correction | None:
        """The payload as the valid model that it is."""
        return None if self.payload is None else Correction.model_validate_json(self.payload)


def carries_no_address(values: Mapping[str, str]) -> bool:
    """Tell a row without name, street, city, ZIP and country: it continues another row."""
    for name in TELLING:
        text = values.get(name)
        if text and not text.isspace():
            return False
    return True


class RowChecker:
    """Checks rows, one by one; keeps nothing of them but the places it has seen last."""

    def __init__(self, options: RuleOptions) -> None:
        self._options = options
        self._sound = SoundRows(options)

    def check(self, values: Mapping[str, str], odd: Mapping[str, OddCell]) -> CheckedRow:
        """Repair and judge one row; never raises.

        ``values``: the cells by field, absent fields left out; besides the address's own fields
        ``order_id``, ``full_name`` and ``region``. ``odd``: what Excel stored otherwise.
        """
        plain = all_plain(values)
        if plain and not odd and (sound := self._sound.find(values)) is not None:
            payload = body_of(sound.order_id, sound.address)
            return CheckedRow(sound.order_id, sound.address, payload, (), sound.warnings, ())
        return self._ruled(values, odd, plain=plain)

    def _ruled(
        self, values: Mapping[str, str], odd: Mapping[str, OddCell], *, plain: bool
    ) -> CheckedRow:
        """Put a row to all the rules."""
        draft = Draft(values, self._options.ignore)
        if odd:
            _refuse_odd(draft, odd)
        if not plain:
            _clean(draft, values)
        order_id = _order_id(draft)
        _names(draft, self._options)
        country = judge_place(draft, self._options, odd)
        _contacts(draft, country)
        _street(draft, country)
        draft.judge_lengths()
        return self._checked(draft, order_id)

    def _checked(self, draft: Draft, order_id: int | None) -> CheckedRow:
        repairs = draft.repairs(self._options)
        cells = draft.cells
        address = {name: cells.get(name) or None for name in ADDRESS_FIELDS}
        payload = None
        if not draft.errors:
            payload = Correction.of(order_id, address).body()
        return CheckedRow(
            order_id,
            address,
            payload,
            draft.in_order(draft.errors),
            draft.in_order(draft.warnings),
            repairs,
        )


def _refuse_odd(draft: Draft, odd: Mapping[str, OddCell]) -> None:
    for name, cell in odd.items():
        refused = _ODD.get(cell.kind)
        if refused and name in _KNOWN:
            draft.error(name, *refused)


def _clean(draft: Draft, values: Mapping[str, str]) -> None:
    for name, text in values.items():
        if name not in _KNOWN or name in draft.broken:
            continue
        if not is_plain(text):
            draft.repair(name, *_swapped(clean_text(text)))
            _judge_letters(draft, name)
        if "#" in text and name not in draft.broken:
            _judge_hashes(draft, name)
        if "?" in text and name in _WRITTEN and _LETTER_LOST.search(text):
            draft.warn(name, "looks_garbled", _GARBLED)
        if ("&" in text or "<" in text) and name in _WRITTEN and _MARKUP.search(text):
            draft.warn(name, "looks_garbled", _GARBLED)


def _swapped(cleaned: tuple[str, tuple[str, ...]]) -> tuple[tuple[str, ...], str]:
    return cleaned[1], cleaned[0]


def _judge_letters(draft: Draft, name: str) -> None:
    text = draft[name]
    if text.isascii():
        return
    if letters_lost(text):
        draft.error(name, "text_lost", "has letters lost to a wrong encoding; type it again.")
    elif looks_garbled(text):
        draft.warn(name, "looks_garbled", _GARBLED)


def _judge_hashes(draft: Draft, name: str) -> None:
    text = draft[name]
    if _HASHES.fullmatch(text):
        draft.error(name, "hashes", "shows #### instead of its value; type the value.")
    elif is_excel_error(text):
        draft.error(name, *_ODD["error"])


def _order_id(draft: Draft) -> int | None:
    if "order_id" in draft.broken:
        return None
    if not _digits(draft["order_id"]):
        text, rules = undo_excel("order_id", draft["order_id"])
        draft.repair("order_id", rules, text)
    text = draft["order_id"]
    if _digits(text) and len(text) < 16 and int(text) > 0:
        if text[0] == "0":
            draft.repair("order_id", ["order_id_zeros"], text.lstrip("0"))
        return int(text)
    if not text:
        draft.error("order_id", "order_id_missing", "is empty; fill in FinerWorks' order id.")
    elif _ROUNDED.fullmatch(text):
        draft.error(
            "order_id",
            "order_id_rounded",
            "is longer than Excel can hold, so its last digits are lost; copy it from FinerWorks "
            "as text.",
        )
    else:
        draft.error(
            "order_id",
            "order_id_form",
            "is not a positive whole number; write FinerWorks' order id in digits.",
        )
    return None


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _names(draft: Draft, options: RuleOptions) -> None:
    if "full_name" in draft.cells:
        if "full_name" in draft.broken:
            draft.broken.update(("first_name", "last_name"))
        elif not (draft["first_name"] or draft["last_name"]):
            first, last = split_full_name(draft["full_name"])
            draft.cells["first_name"], draft.cells["last_name"] = first, last
    if draft["first_name"] and not draft["last_name"] and options.missing_last_name:
        draft.cells["last_name"] = options.missing_last_name
    _require(draft, "first_name", "fill it in.")
    if draft["first_name"] and not draft["last_name"] and "full_name" in draft.cells:
        if "last_name" not in draft.broken:
            draft.error("last_name", "last_name_missing", _ONE_NAME)
        return
    _require(
        draft,
        "last_name",
        "fill it in (for people with one name, sheet.missing_last_name says what to send).",
    )


def _street(draft: Draft, country: str | None) -> None:
    for name, advice in (("address_1", "fill in street and number."), ("city", "fill it in.")):
        if draft[name] and says_nothing(draft[name]) and name not in draft.broken:
            draft.error(name, f"{name}_missing", f"holds only a placeholder; {advice}")
        _require(draft, name, advice)
    street, city, postcode = draft["address_1"], draft["city"], draft["zip_postal_code"]
    if country == "us" and "city" not in draft.broken and holds_more(city):
        draft.warn("city", "city_doubtful", "holds more than the city; leave only its name.")
    if "address_1" in draft.broken or not holds_whole_address(
        street, city, postcode, country or ""
    ):
        return
    if city and postcode and fold(city) in fold(street) and fold(postcode) in fold(street):
        draft.warn(
            "address_1",
            "address_repeated",
            "holds city and postcode too, so labels show them twice; leave only the street there.",
        )
    else:
        draft.error(
            "address_1",
            "whole_address",
            "holds a whole address; leave the street there, and put city, state and postcode into "
            "their own columns.",
        )


def _require(draft: Draft, name: str, advice: str) -> None:
    if not draft[name] and name not in draft.broken:
        draft.error(name, f"{name}_missing", f"is empty; {advice}")


def _contacts(draft: Draft, country: str | None) -> None:
    phone = draft["phone"]
    if phone and "phone" not in draft.broken:
        if not READY_PHONE.fullmatch(phone):
            phone, rules = undo_excel("phone", phone)
            draft.repair("phone", rules, phone)
        if len(phone) <= 50 and not phone_plausible(phone, country):
            draft.warn("phone", "phone_doubtful", "cannot be right; check it.")
    email = draft["email"]
    if email and len(email) <= 50 and "email" not in draft.broken and not email_plausible(email):
        draft.warn("email", "email_doubtful", "cannot be right; check it.")
