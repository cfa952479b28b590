"""How rows are named in a sentence: a few by number, the rest counted."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["named_ranges", "named_rows", "row_list"]


def row_list(rows: Sequence[int], most: int = 3) -> str:
    """``14, 77, 102 and 55 more``."""
    if len(rows) == most + 1:
        most += 1  # "and 1 more" is no shorter
    shown = ", ".join(str(row) for row in rows[:most])
    return f"{shown} and {len(rows) - most:,} more" if len(rows) > most else shown


def named_rows(rows: Sequence[int]) -> str:
    """``row 14``, ``rows 14, 77, 102 and 55 more``."""
    return f"{'row' if len(rows) == 1 else 'rows'} {row_list(rows)}"


def named_ranges(ranges: Sequence[tuple[int, int]], most: int = 3) -> str:
    """``14 to 38``, ``14 to 38, 51 to 60 and 2 more stretches``."""
    shown = ", ".join(f"{first} to {last}" for first, last in ranges[:most])
    more = len(ranges) - most
    if more <= 0:
        return shown
    return f"{shown} and {more:,} more {'stretch' if more == 1 else 'stretches'}"
