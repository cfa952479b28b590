"""Country, state, province and postcode of a row: each in the field and form the API wants.

In the US the API wants a state and elsewhere a province in the other field, so a region that
stands in the wrong one of the two is moved. Where country, state and ZIP contradict each other
nothing is changed: one of them is wrong, and only a person knows which.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from pipeline.core.countries import Country, country, find_country
from pipeline.core.draft import Draft
from pipeline.core.records import OddCell
from pipeline.core.repairs import undo_excel
from pipeline.core.rules import RuleOptions
from pipeline.core.united_states import TERRITORIES, find_state, lacks_zeros, read_zip, zip_belongs

__all__ = ["judge_place"]

_LONGEST_NAME: Final = 100
"""No name of a country, state or province is longer; what is, is not looked up."""
_DECIMAL: Final = re.compile(r"([0-9]+)\.0")
_DISAGREE: Final = "correct whichever is wrong."


def judge_place(draft: Draft, options: RuleOptions, odd: Mapping[str, OddCell]) -> str | None:
    """Repair and judge the place; gives the country's code in lower case, if it is known."""
    found, territory = _country(draft, options)
    by_region = _take_region(draft, found)
    if draft["zip_postal_code"][:1] in ("'", "=") and "zip_postal_code" not in draft.broken:
        text, rules = undo_excel("zip_postal_code", draft["zip_postal_code"])
        draft.repair("zip_postal_code", rules, text)
    if found is None:
        return None
    if found.code == "us":
        _us_zip(draft, _us_state(draft, territory), territory)
    else:
        _province(draft, found, options, by_region=by_region)
        _postcode(draft, found)
    _note_padding(draft, odd.get("zip_postal_code"))
    return found.code


def _country(draft: Draft, options: RuleOptions) -> tuple[Country | None, str]:
    """Give the country, and the state that a US territory in its place stands for."""
    if "country_code" in draft.broken:
        return None, ""
    text = draft["country_code"]
    if not text:
        draft.error(
            "country_code", "country_missing", "is empty; fill in its two letters, such as us."
        )
        return None, ""
    found = find_country(text) if len(text) <= _LONGEST_NAME else None
    if found is None:
        draft.error(
            "country_code",
            "country_unknown",
            "is no country; write its two letters, such as us or de.",
        )
        return None, ""
    territory = found.code.upper() if found.code in TERRITORIES else ""
    code = "us" if territory else found.code
    written = code.upper() if options.country_case == "upper" else code
    rules = ["us_territory"] if territory else [] if found.by_code else ["country_name"]
    draft.repair("country_code", rules, written)
    return country(code), territory


def _take_region(draft: Draft, found: Country | None) -> bool:
    """Put the one column of states and provinces where the country wants it; tell whether."""
    if "region" not in draft.cells:
        return False
    target = "state_code" if found is None or found.code == "us" else "province"
    region = draft["region"]
    if target in draft.broken or "region" in draft.broken:
        draft.broken.add(target)
        return False
    if draft[target] and region and region.casefold() != draft[target].casefold():
        draft.error(target, "region_conflict", f"stands in two columns that differ; {_DISAGREE}")
        return False
    if not draft[target]:
        draft.move("region", target)
    return True


def _state(text: str) -> str | None:
    return find_state(text) if text and len(text) <= _LONGEST_NAME else None


def _region(found: Country, text: str) -> str | None:
    return found.region(text) if len(text) <= _LONGEST_NAME else None


def _us_state(draft: Draft, territory: str) -> str | None:
    """Give the state's code, repaired; ``None`` where it is wrong or contradicts the country."""
    if "state_code" in draft.broken:
        return None
    if draft["state_code"]:
        state = _written_state(draft)
    else:
        state = _state_from_elsewhere(draft, territory)
    if state and territory and state != territory:
        draft.error(
            "state_code", "region_conflict", f"is not the place country_code names; {_DISAGREE}"
        )
        return None
    if state:
        _spare_province(draft, state)
    return state


def _written_state(draft: Draft) -> str | None:
    text = draft["state_code"]
    state = _state(text)
    if state is None:
        draft.error("state_code", "us_state", "is no US state; write its two letters, such as TX.")
        return None
    if _may_be_the_city(draft, text):
        return None
    draft.repair("state_code", [] if text.upper() == state else ["state_name"], state)
    return state


def _may_be_the_city(draft: Draft, text: str) -> bool:
    """``Washington`` with a ZIP of DC: the state or the city, and only a person knows."""
    if text.casefold() != "washington":
        return False
    found = read_zip(draft["zip_postal_code"], "DC")
    if found is None or not zip_belongs("DC", found.text):
        return False
    draft.error(
        "state_code", "us_state", "may be the state or the city by this ZIP; write WA or DC."
    )
    return True


def _state_from_elsewhere(draft: Draft, territory: str) -> str | None:
    """The state may stand in the province's column, or a territory in the country's."""
    province = draft["province"]
    state = _state(province) if "province" not in draft.broken else None
    if state and _may_be_the_city(draft, province):
        return None
    if state:
        named = [] if province.upper() == state else ["state_name"]
        draft.repair("state_code", [*named, "region_moved"], state)
        draft.repair("province", ["region_moved"], "")
    elif territory:
        state = territory
        draft.repair("state_code", ["us_territory"], state)
    else:
        draft.error(
            "state_code", "us_state", "is empty; fill in the state's two letters, such as TX."
        )
    return state


def _spare_province(draft: Draft, state: str) -> None:
    """A province beside a state: the same again is dropped, another state is a contradiction."""
    text = draft["province"]
    if not text or "province" in draft.broken:
        return
    other = _state(text)
    if other == state:
        draft.repair("province", ["region_moved"], "")
    elif other:
        draft.error(
            "province", "region_conflict", f"names another US state than state_code; {_DISAGREE}"
        )
    else:
        draft.warn(
            "province",
            "province_in_us",
            "is for addresses outside the US; empty it, or it is sent as it stands.",
        )


def _us_zip(draft: Draft, state: str | None, territory: str) -> None:
    if "zip_postal_code" in draft.broken:
        return
    text = draft["zip_postal_code"]
    found = read_zip(text, state)
    if found is None:
        if state is None and lacks_zeros(text):
            return  # only the state could tell, and the row waits for that already
        words = "is empty"
        if text:
            words = f"is not a US ZIP{' of this state' if state and lacks_zeros(text) else ''}"
        draft.error(
            "zip_postal_code", "us_zip", f"{words}; write 5 digits, or 5 and 4 with a dash."
        )
        return
    draft.repair("zip_postal_code", [found.repair] if found.repair else [], found.text)
    if state and not zip_belongs(state, found.text):
        _judge_foreign_zip(draft, territory)


def _judge_foreign_zip(draft: Draft, territory: str) -> None:
    """A ZIP of another state is a doubt; one of no such territory a contradiction."""
    if territory:
        draft.error(
            "zip_postal_code", "us_zip", f"is not of the place country_code names; {_DISAGREE}"
        )
    else:
        draft.warn(
            "zip_postal_code", "zip_not_of_state", "does not belong to the state; check both."
        )


def _province(draft: Draft, found: Country, options: RuleOptions, *, by_region: bool) -> None:
    if not draft.broken.isdisjoint(("state_code", "province")):
        return
    if draft["state_code"] and not _state_moved(draft, found):
        return
    text = draft["province"]
    if not text:
        _doubt(
            draft,
            options,
            "province_missing",
            "is empty, and FinerWorks asks for one; fill it in if there is one.",
        )
        return
    key = _region(found, text)
    if key is not None:
        if text.upper() == key:
            draft.cells["province"] = key
    elif by_region and _state(text):
        _refuse_us_state(draft, "province")
    elif found.regions or _state(text):
        _doubt(draft, options, "province_unknown", "is not known as one of the country; check it.")


def _state_moved(draft: Draft, found: Country) -> bool:
    """Empty the state's field, for the API refuses it outside the US; tell whether that is sound.

    A US state that is no province there as well tells that the country may be the wrong one.
    """
    state, province = draft["state_code"], draft["province"]
    if _region(found, state) is None and _state(state):
        _refuse_us_state(draft, "state_code")
        return False
    if not province:
        draft.repair("province", ["region_moved"], state)
    elif not _same_region(found, state, province):
        draft.error(
            "state_code",
            "region_conflict",
            f"must be empty outside the US, and province differs from it; {_DISAGREE}",
        )
        return False
    draft.repair("state_code", ["region_moved"], "")
    return True


def _same_region(found: Country, one: str, other: str) -> bool:
    if one.casefold() == other.casefold():
        return True
    key = _region(found, one)
    return key is not None and key == _region(found, other)


def _refuse_us_state(draft: Draft, name: str) -> None:
    draft.error(
        name, "us_state_abroad", f"names a US state, country_code another country; {_DISAGREE}"
    )


def _doubt(draft: Draft, options: RuleOptions, rule: str, words: str) -> None:
    if options.province == "error":
        draft.error("province", rule, words)
    else:
        draft.warn("province", rule, words)


def _postcode(draft: Draft, found: Country) -> None:
    if "zip_postal_code" in draft.broken:
        return
    text = draft["zip_postal_code"]
    if not text:
        if found.needs_postcode:
            draft.error(
                "zip_postal_code", "postcode_missing", f"is empty; fill it in{_such_as(found)}."
            )
        return
    if found.form is None or len(text) > _LONGEST_NAME:
        return
    capitals = text.upper() if text.isascii() else text
    decimal = _DECIMAL.fullmatch(text)
    if found.takes(capitals):
        draft.cells["zip_postal_code"] = capitals
    elif decimal and found.takes(decimal[1]):
        draft.repair("zip_postal_code", ["decimal_zero"], decimal[1])
    else:
        draft.error("zip_postal_code", "postcode_form", _postcode_words(found, text))


def _postcode_words(found: Country, text: str) -> str:
    """A lost zero and a lost digit look alike, so a person is asked and nothing is filled in."""
    if text.isdigit() and any(found.takes("0" * zeros + text) for zeros in (1, 2)):
        return "is too short for the country; if Excel took a zero off its front, put it back."
    return f"is no postcode of the country; write it in full{_such_as(found)}."


def _such_as(found: Country) -> str:
    return f", such as {found.example}" if found.example else ""


def _note_padding(draft: Draft, odd: OddCell | None) -> None:
    """List a postcode that only the number format of its cell shows in full."""
    if odd is None or odd.kind != "padded" or "zip_postal_code" in draft.broken:
        return
    if odd.raw and odd.raw != draft["zip_postal_code"]:
        draft.repair("zip_postal_code", ["zip_padded"], draft["zip_postal_code"])
        draft.came_from("zip_postal_code", odd.raw)
