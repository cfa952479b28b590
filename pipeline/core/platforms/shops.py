"""The exports that are known by their headings: one file of data each, in ``data/``.

A file names headings as people see them; they are compared by their plain names
(:func:`pipeline.core.platforms.aliases.plain`), so ``Shipping Address1`` and ``shipping_address_1``
are one. What a shipping word says by itself (``Ship City``) needs no line there.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from pipeline.core.platforms.aliases import plain

__all__ = ["KEYS", "HeadingRow", "Platform", "platforms"]

KEYS: Final = frozenset(
    "name precedence export evidence shop known_by without order internal nothing whole extra "
    "headings".split()
)
"""What a file of data may hold."""


@dataclass(frozen=True, slots=True)
class HeadingRow:
    """A whole row of headings as an export writes it; ``of`` says which export."""

    of: str
    row: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform's exports.

    ``precedence``: of two platforms whose headings are there, the lower number is told.
    ``evidence``: where the headings were seen, or that they were not. ``known_by``: groups of
    headings; one whole group, and none of ``without``, tells the platform. ``order``: the shop's
    order number, the first one present; the others name no order. ``internal``: the shop's own
    ids, which name no order of FinerWorks'. ``extra``: headings with a meaning that only this
    platform gives them. ``nothing``: headings that claim nothing here. ``whole``: headings that
    hold a whole address in one cell, unless the city has a column of its own. ``shop``: False for
    FinerWorks' own sheet, where an ``order_id`` is FinerWorks'. All of these are plain names;
    ``signs`` and ``numbers`` are ``known_by`` and ``order`` as people see them.
    """

    name: str
    precedence: int
    export: str
    evidence: tuple[str, ...]
    signs: tuple[tuple[str, ...], ...]
    numbers: tuple[str, ...]
    known_by: tuple[frozenset[str], ...]
    without: frozenset[str]
    order: tuple[str, ...]
    internal: tuple[str, ...]
    nothing: tuple[str, ...]
    whole: tuple[str, ...]
    extra: Mapping[str, str]
    shop: bool
    headings: tuple[HeadingRow, ...]

    def matches(self, names: frozenset[str]) -> bool:
        """Tell by the plain names of a sheet's headings whether it is an export of this one."""
        return any(group <= names for group in self.known_by) and self.without.isdisjoint(names)


@lru_cache(maxsize=1)
def platforms() -> tuple[Platform, ...]:
    """Give the platforms in order of precedence; read once, when the first sheet is mapped."""
    texts = (
        file.read_text(encoding="utf-8")
        for file in (files("pipeline.core.platforms") / "data").iterdir()
        if file.name.endswith(".toml")
    )
    found = [_platform(tomllib.loads(text)) for text in texts]
    return tuple(sorted(found, key=lambda platform: platform.precedence))


def _platform(told: Mapping[str, Any]) -> Platform:
    groups = tuple(tuple(group) for group in told["known_by"])
    numbers = tuple(told.get("order", ()))
    return Platform(
        name=told["name"],
        precedence=told["precedence"],
        export=told["export"],
        evidence=tuple(told["evidence"]),
        signs=groups,
        numbers=numbers,
        known_by=tuple(frozenset(_plain(group)) for group in groups),
        without=frozenset(_plain(told.get("without", ()))),
        order=_plain(numbers),
        internal=_plain(told.get("internal", ())),
        nothing=_plain(told.get("nothing", ())),
        whole=_plain(told.get("whole", ())),
        extra={plain(heading): field for heading, field in told.get("extra", {}).items()},
        shop=told.get("shop", True),
        headings=tuple(HeadingRow(each["of"], tuple(each["row"])) for each in told["headings"]),
    )


def _plain(headings: Iterable[str]) -> tuple[str, ...]:
    return tuple(plain(heading) for heading in headings)
