"""What a person sees in a cell of an ods, and what the cell is stored as."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping

from pipeline.core.records import OddCell
from pipeline.sheets.excel.formats import Padding
from pipeline.sheets.excel.package import Damaged
from pipeline.sheets.excel.values import (
    Seen,
    boolean_seen,
    elapsed_seen,
    number_seen,
    padded_seen,
    value_seen,
)

__all__ = ["cell_seen"]

_ERROR = re.compile(r"#[A-Z][A-Z_/0]*[!?]?|Err:\d+", re.ASCII)
_TRUTHS = {"of:=TRUE()", "of:=FALSE()"}
_NUMBERS = ("float", "percentage", "currency")
_TIME = re.compile(r"PT(\d{1,6})H(\d{1,2})M(\d{1,2})(?:[.,]\d+)?S", re.ASCII)
_LONGEST_NUMBER = 40


def cell_seen(
    attributes: Mapping[str, str], text: str | None, padding: Padding | None
) -> str | Seen | None:
    """Give the text of a cell; ``text`` is what it holds to be shown, ``None`` if nothing.

    ``padding`` is that of the cell's style. ``None`` for a cell without content.
    """
    kind = attributes.get("office:value-type", "")
    shown = text or ""
    if _is_error(attributes, shown):
        shown = shown or "#ERROR"
        return shown, OddCell("error", shown)
    if kind in _NUMBERS:
        return _number(attributes, shown, padding)
    if kind == "boolean":
        return boolean_seen(attributes.get("office:boolean-value") == "true")
    if kind in ("date", "time"):
        seen = _moment(attributes, kind)
        return (seen, OddCell("date", seen)) if seen else (shown, OddCell("date", shown))
    if text is None and not kind and "table:formula" in attributes:
        return "", OddCell("formula")
    return attributes.get("office:string-value") if text is None else text


def _is_error(attributes: Mapping[str, str], shown: str) -> bool:
    """LibreOffice says so; others leave the text of the error under a formula."""
    said = attributes.get("calcext:value-type")
    if said is not None:
        return said == "error"
    return "table:formula" in attributes and _ERROR.fullmatch(shown) is not None


def _number(attributes: Mapping[str, str], shown: str, padding: Padding | None) -> Seen:
    try:
        value = float(attributes.get("office:value", "")[:_LONGEST_NUMBER])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Damaged("a number is none")
    if value in (0, 1) and (
        shown in ("TRUE", "FALSE") or attributes.get("table:formula") in _TRUTHS
    ):
        return boolean_seen(bool(value))  # LibreOffice stores the booleans of Excel so
    if padding is not None:
        return padded_seen(value, padding)
    digits, bare = number_seen(value)
    if _shows_zeros(shown, digits):
        return shown, OddCell("padded", digits)
    return digits, bare


def _shows_zeros(shown: str, digits: str) -> bool:
    """Tell whether the text has zeros in front that no style explained."""
    if not digits.isdecimal():
        return False
    places = "".join(each for each in shown if each in "0123456789")
    return len(places) > len(digits) and places[0] == "0" and places.lstrip("0") == digits


def _moment(attributes: Mapping[str, str], kind: str) -> str:
    """Give a date or time as all kinds of workbook do, or ``""`` if it is none."""
    if kind == "time":
        found = _TIME.fullmatch(attributes.get("office:time-value", ""))
        if not found:
            return ""
        hours, minutes, seconds = map(int, found.groups())
        return elapsed_seen(dt.timedelta(hours=hours, minutes=minutes, seconds=seconds))[0]
    try:
        return value_seen(dt.datetime.fromisoformat(attributes.get("office:date-value", "")))[0]
    except ValueError:
        return ""
