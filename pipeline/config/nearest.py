"""The known name that an unknown one was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process, utils

__all__ = ["nearest"]


def nearest(name: str, known: Iterable[str]) -> str:
    """Give the entry of ``known`` that looks most like ``name``, case and punctuation aside."""
    choices = list(known)
    best = process.extractOne(name, choices, scorer=fuzz.WRatio, processor=utils.default_process)
    return str(best[0]) if best else choices[0]
