"""What the headings of one sheet claim together, and where they leave a doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, Literal

from pipeline.core.address import ADDRESS_FIELDS
from pipeline.core.mapping.complaints import Complaints
from pipeline.core.mapping.nearest import slip_of
from pipeline.core.platforms import (
    Claim,
    Platform,
    claim,
    looks_like_a_shop,
    other_party,
    plain,
    says_confirmation,
)

__all__ = ["Claims", "claims_of"]

_NAMES: Final = ("first_name", "last_name")
_REQUIRED: Final = ("address_1", "city", "zip_postal_code", "country_code")
_PLACE: Final = (
    "address_1", "address_2", "address_3", "city", "region", "state_code", "province",
    "zip_postal_code",
)  # fmt: skip
_RECIPIENT: Final = (*_PLACE, "country_code", "full_name", *_NAMES, "company_name")
# Cleared without a question when no column holds them, so a misspelt heading must not lose them.
_EASILY_LOST: Final = ("address_2", "address_3", "region")
_APART: Final = frozenset(
    f"{word}{end}"
    for word in ("house", "street", "building", "haus")
    for end in ("number", "no", "nr", "num", "nummer")
) | {"pobox", "shippobox", "shippingpobox"}
# Often the second line of a street, and yet a unit may be of measure: asked about, never taken.
_LINE_2: Final = frozenset(
    "unit unitno unitnumber aptno aptnumber apartmentno apartmentnumber suiteno suitenumber flat "
    "flatno flatnumber floor building".split()
)
_SECOND_LINE: Final = re.compile(
    r"(?:ship|shipping|shipto|shippingto|delivery|recipient)?(?:"
    r"(?:address|addr|adr|add|street|str|line|ln)+(?:2|two|ii|second)(?:optional)?"
    r"|(?:second|2nd|secondary|additional|extra)(?:address|street|line)+"
    r"|(?:address|addr|street)(?:line)?"
    r"(?:cont|contd|continued|extra|additional|addition|suffix|extension|complement|supplement)"
    r"|(?:adress)?zusatz|complemento?|complementadresse|(?:house|building|property)name"
    r"|(?!(?:other|etc|no|num|number)+$)"
    r"(?:apt|apartment|suite|ste|unit|flat|floor|bldg|building|room|rm|other|etc|no|num|number)+)"
)
# Where city and ZIP have no column, a column of such a name seems to hold them too.
_WHOLE: Final = frozenset(
    f"{before}{name}"
    for before in ("", "full", "complete", "whole")
    for name in (
        "address", "shippingaddress", "shipaddress", "shiptoaddress", "deliveryaddress",
        "recipientaddress", "mailingaddress", "postaladdress", "newaddress", "correctaddress",
        "correctedaddress", "updatedaddress",
    )
) | {"shipto", "shippingto", "deliverto", "sendto", "addressfull", "addressblock"}  # fmt: skip
_US_STATE: Final = frozenset({"state", "shipstate", "shiptostate", "shippingstate"})
_RIVALS: Final[Mapping[str, tuple[str, ...]]] = {
    "full_name": _NAMES,
    "first_name": ("full_name",),
    "last_name": ("full_name",),
    "region": ("state_code", "province"),
    "state_code": ("region",),
}
_LAST_RESORT: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "county": ("region", frozenset({"region", "state_code", "province"})),
    "mobile": ("phone", frozenset({"phone"})),
}
_MAY_SHARE: Final = frozenset({"order_po", "address_order_po"})
_ORDER: Final = ("order_id", "order_po", "full_name", *ADDRESS_FIELDS, "region")


def claims_of(headings: Sequence[str], platform: Platform | None) -> Claims:
    """Read every heading by itself, in the light of the platform."""
    said = {i: found for i, h in enumerate(headings) if (found := _claim_in(h, platform))}
    for index in _whole_addresses(headings, platform, said):
        said.pop(index, None)
    columns: dict[str, list[int]] = {}
    for index, found in said.items():
        columns.setdefault(found.field, []).append(index)
    for index in _shops_number(headings, platform):
        columns.setdefault("order_po", []).append(index)
    if platform is not None and platform.shop:
        _drop_spare(columns, said)
    for weak, (field, better) in _LAST_RESORT.items():
        at = columns.pop(weak, [])
        if at and not better & columns.keys():
            columns[field] = at
    return Claims(headings, platform, said, columns)


def _claim_in(heading: str, platform: Platform | None) -> Claim | None:
    name = plain(heading)
    if platform is None:
        return claim(heading)
    if name in platform.extra:
        return Claim(platform.extra[name], shipping=True)
    if name in (*platform.order, *platform.internal, *platform.nothing):
        return None
    said = claim(heading)
    if said is None or not platform.shop:
        return said
    if said.field == "order_id" and not said.certain and not _is_literal(heading):
        return None
    return None if said.field == "order_po" and name != "orderpo" else said


def _drop_spare(columns: dict[str, list[int]], said: Mapping[int, Claim]) -> None:
    """Exports that have both give one thing twice; a column that a user added is another matter."""
    spare = []
    if all(name in columns for name in _NAMES):
        spare.append("full_name")
    if "region" in columns and "province" not in columns:
        spare.append("state_code")
    for field in spare:
        if all(said[index].shipping for index in columns.get(field, ())):
            columns.pop(field, None)


def _whole_addresses(
    headings: Sequence[str], platform: Platform | None, said: Mapping[int, Claim]
) -> list[int]:
    """The columns of an export that hold whole addresses.

    A city in a column of its own says that they do not; beside ``Shipping Address`` it must be
    the shipping city, for a bare one may be the bill's.
    """
    return [
        index
        for index, heading in enumerate(headings)
        if platform is not None
        and plain(heading) in platform.whole
        and not any(
            each.field == "city" and (each.shipping or not said[index].shipping)
            for each in said.values()
        )
    ]


def _is_literal(heading: str) -> bool:
    """``order_id`` as the API writes it: no shop's export of known shape has it by chance."""
    return heading.strip().casefold() == "order_id"


def _shops_number(headings: Sequence[str], platform: Platform | None) -> list[int]:
    """The columns of the shop's order number: all of the first name that is there."""
    for name in platform.order if platform else ():
        if found := [i for i, heading in enumerate(headings) if plain(heading) == name]:
            return found
    return []


class Claims:
    """Field → the columns that claim it. Doubts are raised, never settled by a guess."""

    def __init__(
        self,
        headings: Sequence[str],
        platform: Platform | None,
        said: Mapping[int, Claim],
        columns: dict[str, list[int]],
    ) -> None:
        self.platform = platform
        self._headings = headings
        self._said = said
        self._columns = columns
        self._by_hand: dict[str, int] = {}

    def holds(self, field: str) -> bool:
        """Tell whether a heading claims the field, by itself or together with another field."""
        wider = {"first_name": "full_name", "last_name": "full_name"}
        wider |= {"state_code": "region", "province": "region"}
        return field in self._columns or wider.get(field, field) in self._columns

    def columns_of(self, field: str) -> list[int]:
        """Give the columns whose headings claim a field."""
        return [*self._columns.get(field, ())]

    def field_of(self, column: int) -> str | None:
        """Give the field that the heading of a column claims."""
        return next((name for name, at in self._columns.items() if column in at), None)

    def complete(self, given: Collection[str]) -> bool:
        """Tell whether order and required fields are claimed or among ``given``."""
        there = self._columns.keys() | set(given)
        ordered = bool({"order_id", "order_po"} & there)
        return ordered and not _lacking(there)

    def set_by_hand(self, field: str, column: int, complaints: Complaints) -> None:
        """Give a field the column that the user named, over what headings say by themselves."""
        heading = self._headings[column]
        if field == "order_id":
            self._refuse_other_numbers(heading, complaints)
        shared = {name for name, index in self._by_hand.items() if index == column} | {field}
        if len(shared) > 1 and shared != _MAY_SHARE:
            raise complaints.one_for_two(heading, sorted(shared))
        self._forget_column(column, keep=_MAY_SHARE if field in _MAY_SHARE else frozenset())
        for rival in _RIVALS.get(field, ()):
            if rival not in self._by_hand:
                self._columns.pop(rival, None)
        self._columns[field] = [column]
        self._by_hand[field] = column

    def _refuse_other_numbers(self, heading: str, complaints: Complaints) -> None:
        """Neither a confirmation id nor a shop's own number ever becomes an order id."""
        if says_confirmation(heading):
            raise complaints.confirmation(heading)
        shop = self.platform if self.platform and self.platform.shop else None
        if shop and plain(heading) in (*shop.order, *shop.internal):
            raise complaints.shops_own(heading, shop.name)

    def _forget_column(self, column: int, keep: Collection[str]) -> None:
        for field, columns in list(self._columns.items()):
            if column in columns and field not in keep and field not in self._by_hand:
                columns.remove(column)
                if not columns:
                    del self._columns[field]

    def refuse_doubt(self, complaints: Complaints) -> None:
        """Raise the first doubt there is about the address; the order is another question."""
        self._refuse_whole_address(complaints)
        self._settle_region(complaints)
        self._refuse_two_claims(complaints)
        names = [name for name in _NAMES if name in self._columns]
        if "full_name" in self._columns and names:
            raise complaints.overlapping("full_name", _NAMES, self._all_of(("full_name", *names)))
        self._refuse_mixture(complaints)
        for index, heading in enumerate(self._headings):
            lost = _APART | _LINE_2 if "address_2" in self._columns else _APART
            if plain(heading) in lost and index not in self._taken():
                raise complaints.apart(heading)
        self._refuse_slips(complaints)

    def _refuse_whole_address(self, complaints: Complaints) -> None:
        """A cell with street, city and ZIP together is never taken apart, nor sent as a street."""
        there = self._columns.keys()
        whole = self.platform.whole if self.platform else ()
        known = [heading for heading in self._headings if plain(heading) in whole]
        if known and "address_1" not in there:
            raise complaints.whole_address(known[0], (), (), certain=True)
        if not {"city", "zip_postal_code"} & there:
            fields = ("city", "zip_postal_code")
            for heading in self._headings:
                if plain(heading) in _WHOLE:
                    raise complaints.whole_address(heading, fields, self._free(), certain=False)
        if not {*_PLACE, "country_code"} & there:
            name = self.platform.name if self.platform else None
            raise complaints.no_address(_lacking(there), self._free(), name)

    def _settle_region(self, complaints: Complaints) -> None:
        """``State`` beside ``Province`` is the US state; beside ``State code`` it is a doubt."""
        columns = self._columns
        if "region" not in columns:
            return
        apart = "province" in columns and "state_code" not in columns
        if apart and "region" not in self._by_hand:
            if all(plain(self._headings[i]) in _US_STATE for i in columns["region"]):
                columns["state_code"] = columns.pop("region")
                return
            if "province" in self._by_hand:
                del columns["region"]
                return
        others = [name for name in ("state_code", "province") if name in columns]
        if others:
            both = self._all_of(("region", *others))
            raise complaints.overlapping("region", ("state_code", "province"), both)

    def _refuse_two_claims(self, complaints: Complaints) -> None:
        doubled = [
            field
            for field in _ORDER
            if len(self._columns.get(field, ())) > 1
            and not (field == "order_po" and "order_id" in self._columns)
        ]
        if doubled:
            field = doubled[0]
            raise complaints.two_claims(field, self._columns[field], len(doubled) - 1)

    def _refuse_mixture(self, complaints: Complaints) -> None:
        """Half the corrected address, or half the shipping address beside a buyer's, is a doubt."""
        new = self._where(_PLACE, lambda said: said.new)
        rest = self._where(_PLACE, lambda said: not said.new)
        if new and rest:
            raise complaints.mixed("new", new, rest, self._said[rest[0]].field)
        if not any(other_party(heading) for heading in self._headings):
            return
        shipping = self._where(_RECIPIENT, lambda said: said.shipping)
        bare = self._where(_RECIPIENT, lambda said: not said.shipping)
        if shipping and bare:
            raise complaints.mixed("shipping", shipping, bare, self._said[bare[0]].field)

    def nameless_line(self) -> int | None:
        """Give the column right of the street that has no heading, if no other is the next line.

        Under a heading that was merged once, or after a street was split in two, the second half
        stands there; left alone it would be lost.
        """
        column = self._columns.get("address_1", [-1])[0] + 1
        if "address_2" in self._columns or not 0 < column < len(self._headings):
            return None
        return None if self._headings[column] else column

    def _where(self, fields: Collection[str], holds: Callable[[Claim], bool]) -> list[int]:
        """The columns of some fields whose headings say so; what the user named is in no doubt."""
        return [
            index
            for field in fields
            if field not in self._by_hand
            for index in self._columns.get(field, ())
            if index in self._said and holds(self._said[index])
        ]

    def _refuse_slips(self, complaints: Complaints) -> None:
        for field in _EASILY_LOST:
            if not self.holds(field) and not (field == "region" and self._has_region()):
                for heading in self._free():
                    part = field == "address_2" and _SECOND_LINE.fullmatch(plain(heading))
                    if part or slip_of(heading, field):
                        raise complaints.slip(heading, field)

    def choose_order(
        self, complaints: Complaints, *, ids_given: bool, sample: Sequence[str]
    ) -> Literal["order_id", "order_po"]:
        """Tell which number names the orders; ``sample``: the cells of the first row under it."""
        if "order_id" in self._columns:
            column = self._columns["order_id"][0]
            if not self._doubtful_id(column):
                return "order_id"
            if not (ids_given and "order_po" in self._columns):
                raise complaints.doubtful_id(self._headings[column])
            del self._columns["order_id"]
        if "order_po" not in self._columns:
            raise complaints.no_order(self._free(), self._bare_id())
        column = self._columns["order_po"][0]
        if not ids_given:
            cell = sample[column] if column < len(sample) else ""
            raise complaints.needs_ids(
                column, cell, self._bare_id(), of_a_shop=bool(self.platform and self.platform.shop)
            )
        return "order_po"

    def _doubtful_id(self, column: int) -> bool:
        """A bare ``Order ID`` among items and prices may be a shop's, of a shop unknown to us."""
        said = self._said.get(column)
        if "order_id" in self._by_hand or said is None or said.certain or self.platform:
            return False
        if _is_literal(self._headings[column]) or any(map(says_confirmation, self._headings)):
            return False
        return looks_like_a_shop(self._headings)

    def _bare_id(self) -> str | None:
        """A heading ``Order ID`` that a shop's export has, though not from the shop."""
        own = (*self.platform.order, *self.platform.internal) if self.platform else ()
        for heading in self._headings:
            if plain(heading) == "orderid" and "orderid" not in own:
                return heading
        return None

    def settled(self, complaints: Complaints) -> dict[str, int]:
        """Give field → column, or raise what is missing."""
        lacking = _lacking(self._columns.keys())
        if lacking:
            raise complaints.missing(lacking, self._free())
        return {
            field: self._columns[field][0]
            for field in _ORDER
            if len(self._columns.get(field, ())) == 1
        }

    def _has_region(self) -> bool:
        return bool({"state_code", "province"} & self._columns.keys())

    def _all_of(self, fields: Iterable[str]) -> list[int]:
        return [index for field in fields for index in self._columns.get(field, ())]

    def _taken(self) -> set[int]:
        return {index for columns in self._columns.values() for index in columns}

    def _free(self) -> list[str]:
        """The headings that claim nothing, not even in another platform's way."""
        silent = (*self.platform.internal, *self.platform.nothing) if self.platform else ()
        taken = self._taken()
        return [
            heading
            for index, heading in enumerate(self._headings)
            if heading and index not in taken and plain(heading) not in silent
        ]


def _lacking(there: Collection[str]) -> list[str]:
    """The required fields without a column; one column may hold first and last name."""
    names = [] if "full_name" in there else [name for name in _NAMES if name not in there]
    return [*names, *(name for name in _REQUIRED if name not in there)]
