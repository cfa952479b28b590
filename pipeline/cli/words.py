"""How numbers, times and lists read to a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

__all__ = ["about", "clock_time", "counted", "filled", "labelled", "shown_path", "table"]


def counted(number: int, thing: str) -> str:
    """``1 order``, ``3,871 orders``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def about(seconds: float) -> str:
    """Say a duration as people do: ``20 s``, ``13 min``, ``2 h 5 min``."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def clock_time(moment: datetime, seconds_ahead: float = 0.0) -> str:
    """Give the local time of day, with the day where it is another one."""
    then = moment + timedelta(seconds=seconds_ahead)
    return f"{then:%H:%M}" if then.date() == moment.date() else f"{then:%a %H:%M}"


def filled(parts: Sequence[str], width: int) -> list[str]:
    """Lay parts side by side, as many in a line as there is room for; none is broken."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + 3 + len(part) <= width:
            lines[-1] += f"   {part}"
        else:
            lines.append(part)
    return lines


def labelled(label: str, lines: Sequence[str]) -> list[str]:
    """Put a label in front of the first line, and the others under it."""
    return [f"  {label if i == 0 else '':8}  {line}" for i, line in enumerate(lines)]


def table(lines: Sequence[tuple[str, str, str]], indent: int = 2) -> list[str]:
    """Lay out (number, words, remark) with the numbers right-aligned and remarks in one column."""
    if not lines:
        return []
    numbers = max(len(number) for number, _, _ in lines)
    widest = max((len(words) for _, words, remark in lines if remark), default=0)
    return [
        f"{'':{indent}}{number:>{numbers}}  {words:{widest if remark else 0}}"
        f"{'   ' + remark if remark else ''}"
        for number, words, remark in lines
    ]


def shown_path(path: Path | str) -> str:
    """Show a path from where the user stands, where it lies below."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return str(path)
