"""The picture on the Summary: a native chart of the outcomes, which says in words what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pipeline.sheets.excel.results_out.looks import TINTS

__all__ = ["add_chart"]

_WIDE, _A_BAR, _AROUND = 520, 34, 70  # pixels
_INK: Final = "#262626"


def add_chart(
    book: Any,
    sheet: Any,
    counts: Sequence[tuple[str, int]],
    *,
    first: int,
    at: tuple[int, int],
    title: str,
) -> None:
    """Add bars of ``counts``, which stand in columns A and B from row index ``first`` on.

    ``at`` is the cell of the upper left corner, by its indexes.
    """
    last = first + len(counts) - 1
    chart = book.add_chart({"type": "bar"})
    font = {"size": 10, "color": _INK}
    chart.add_series(
        {
            "name": title,
            "categories": [sheet.name, first, 0, last, 0],
            "values": [sheet.name, first, 1, last, 1],
            # In constant memory the library no longer has the cells to copy from.
            "categories_data": [name for name, _ in counts],
            "values_data": [count for _, count in counts],
            "points": [{"fill": {"color": TINTS[name].word}} for name, _ in counts],
            "data_labels": {"value": True, "num_format": "#,##0", "font": font},
            "border": {"color": "#595959", "width": 0.5},
            "gap": 45,
        }
    )
    chart.set_title({"name": title, "name_font": {"size": 13, "bold": True, "color": "#1F3A5F"}})
    # Room behind the longest bar for its number.
    room = {"min": 0, "max": max(1.0, 1.15 * max(count for _, count in counts))}
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "num_font": font, "line": {"color": "#8C8C8C"}})
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, **room})
    chart.set_chartarea({"border": {"color": "#D9D9D9"}})
    chart.set_size({"width": _WIDE, "height": _AROUND + _A_BAR * max(3, len(counts))})
    told = ", ".join(f"{name} {count:,}" for name, count in counts)
    sheet.insert_chart(*at, chart, {"description": f"Bar chart, {title.lower()}: {told}."})
