"""How numbers and times read on a page; all times are UTC, so that every reader sees the same."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["counted", "duration", "instant", "moment", "number", "rate", "share", "size"]


def number(value: int) -> str:
    """``3,871``."""
    return f"{value:,}"


def counted(value: int, thing: str) -> str:
    """``1 order``, ``3,871 orders``; a plural that is no more than an s."""
    return f"{value:,} {thing}{'' if value == 1 else 's'}"


def share(part: float, whole: float) -> str:
    """``95 %``; a little is ``under 1 %`` and nearly all ``over 99 %``."""
    percent = 100 * part / whole if whole else 0.0
    if 0 < percent < 1:
        return "under 1 %"
    if 99 < percent < 100:
        return "over 99 %"
    return f"{percent:.0f} %"


def rate(per_second: float) -> str:
    """``5.2/s``, ``120/s``."""
    return f"{per_second:.3g}/s" if per_second < 1_000 else f"{per_second:,.0f}/s"


def moment(at: float) -> str:
    """``25 Nov 2026, 11:06:40 UTC``."""
    then = datetime.fromtimestamp(at, UTC)
    return f"{then.day} {_MONTHS[then.month - 1]} {then:%Y, %H:%M:%S} UTC"


def instant(at: float) -> str:
    """``2026-11-25T11:06:40Z``, for a program."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""In no language but the page's, whatever the machine is set to."""


def duration(seconds: float) -> str:
    """``130 ms``, ``4.2 s``, ``40 s``, ``13 min``, ``2 h 5 min``."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    if seconds < 570:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60:,} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60:,} h"


def size(bytes_: int) -> str:
    """``812 kB (812,345 bytes)``, ``512 bytes``."""
    if bytes_ < 1_000:
        return counted(bytes_, "byte")
    value, units = bytes_ / 1_000, ["kB", "MB", "GB", "TB"]
    while value >= 999.5 and len(units) > 1:
        value /= 1_000
        del units[0]
    return f"{value:.3g} {units[0]} ({bytes_:,} bytes)"
