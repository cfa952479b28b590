"""The text of a cell that is stored as something else, and the name of what it is stored as.

All kinds of workbook come through here, so that the same cell is the same text in each.
"""

from __future__ import annotations

import datetime as dt

from pipeline.core.records import OddCell
from pipeline.sheets.excel.formats import CellFormat, Padding, number_text

__all__ = [
    "boolean_seen",
    "elapsed_seen",
    "number_seen",
    "padded_seen",
    "serial_seen",
    "value_seen",
]

Seen = tuple[str, OddCell]

_DAY_MILLISECONDS = 86_400_000
_DAYS_TO_1904 = 1462
_LAST_SERIAL = 2_958_466  # 9999-12-31 is the last day that Excel knows


def value_seen(value: object) -> Seen:
    """Give what a person sees of a value of Python's own types."""
    match value:
        case bool():
            return boolean_seen(value)
        case float():
            return number_seen(value)
        case int():
            text = str(value)
            return text, OddCell("number", text)
        case dt.datetime():
            midnight = value.time() == dt.time()
            text = str(value.date()) if midnight else value.isoformat(" ", "seconds")
        case dt.timedelta():
            return elapsed_seen(value)
        case dt.time():
            text = value.isoformat("seconds")
        case _:  # a date
            text = str(value)
    return text, OddCell("date", text)


def boolean_seen(value: bool) -> Seen:  # noqa: FBT001  # the value itself, not a switch
    """Give what Excel shows of a boolean."""
    text = "TRUE" if value else "FALSE"
    return text, OddCell("boolean", text)


def number_seen(value: float) -> Seen:
    """Give a number's digits, whatever decimals, thousands or percents its format shows."""
    text = number_text(value)
    return text, OddCell("number", text)


def padded_seen(value: float, padding: Padding) -> Seen:
    """Give a whole number with the zeros that its format shows; any other as a bare number."""
    text, bare = number_seen(value)
    shown = padding.shown(int(text)) if text.isdecimal() else text
    return (text, bare) if shown == text else (shown, OddCell("padded", text))


def elapsed_seen(value: dt.timedelta) -> Seen:
    """Give elapsed time as hours, minutes and seconds."""
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return text, OddCell("date", text)


def serial_seen(value: float, form: CellFormat | None, *, since_1904: bool) -> Seen:
    """Give what a person sees of a stored number under its format."""
    if form is None:
        return number_seen(value)
    if isinstance(form, Padding):
        return padded_seen(value, form)
    later = _DAYS_TO_1904 if since_1904 and form == "date" and value >= 1 else 0
    serial = value + later
    if not 0 <= serial < _LAST_SERIAL:  # no day that Excel knows: it shows ####
        return number_seen(value)
    span = dt.timedelta(milliseconds=round(serial * _DAY_MILLISECONDS))
    if form == "elapsed":
        return elapsed_seen(span)
    moment = dt.datetime(1899, 12, 30) + span  # noqa: DTZ001  # a sheet knows no time zone
    if not span.days:
        return value_seen(moment.time())
    # Excel takes 1900 for a leap year: its days before March 1900 count one less.
    return value_seen(moment + dt.timedelta(days=1) if span.days < 60 else moment)
