"""Cells as text that no spreadsheet program turns into something else.

A CSV cell that begins with ``=``, ``+``, ``-`` or ``@`` runs as a formula when the file is opened,
tab, CR and LF are skipped on the way to one, and some programs read the full-width forms alike.
One ``'`` in front keeps such a cell text. A cell that begins with ``'`` gets one as well, so that
:func:`unguard` gives every text back exactly.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

__all__ = [
    "CUT_MARK",
    "EXCEL_MAX_CELL",
    "GUARDED",
    "cut_for_excel",
    "guard",
    "guard_all",
    "undo_guards",
    "unguard",
]

GUARDED = frozenset("=+-@\t\r\n＝＋－＠'")
"""A cell that begins with one of these is guarded in CSV."""

EXCEL_MAX_CELL = 32_767
"""What an Excel cell holds, in UTF-16 units (an emoji is two): Microsoft's published limit."""

CUT_MARK = " … [cut: Excel holds no more]"


def guard(text: str) -> str:
    """Give the text with one ``'`` in front if a spreadsheet could take it for a formula."""
    return "'" + text if text and text[0] in GUARDED else text


_BEGINS = re.compile(f"\0[{re.escape(''.join(sorted(GUARDED)))}]")


def guard_all(texts: Sequence[str]) -> Sequence[str]:
    """Guard each text; one look at all of them tells that none needs it, the usual case."""
    if _BEGINS.search("\0" + "\0".join(texts)) is None:
        return texts
    return [guard(text) for text in texts]


def unguard(text: str) -> str:
    """Take one ``'`` off, only where a guarded character follows: ``'02134`` stays."""
    return text[1:] if text[:1] == "'" and text[1:2] in GUARDED else text


def undo_guards(
    cells: Sequence[str], source: Collection[str] | None, *, guarded: bool
) -> Sequence[str]:
    """Undo the guards of a row that came back, by what its source row held where that is known.

    ``source``: the cells of the source row, in any order. ``guarded``: it comes from a text file,
    where our guards stand; but spreadsheet programs carry them into workbooks, and take them off.
    A cell that equals one of the source or its guarded form is that cell again; of an edited one
    a ``'`` is taken only where a guarded character follows. Where the source is not known, guards
    are undone in text files only.
    """
    bare = [unguard(cell) for cell in cells]
    if all(map(str.__eq__, bare, cells)) or (source is None and not guarded):
        return cells
    if source is None:
        return bare
    known = set(source)
    if not guarded:  # one cell that only a guard explains tells that the whole row is guarded
        guarded = any(
            was in known and cell not in known for cell, was in zip(cells, bare, strict=True)
        )
    return [
        cell if cell in known and not (guarded and was in known) else was
        for cell, was in zip(cells, bare, strict=True)
    ]


def cut_for_excel(text: str) -> str:
    """Give a text that an Excel cell can hold; what is cut ends with :data:`CUT_MARK`."""
    if len(text) <= EXCEL_MAX_CELL // 2 or _utf16_units(text) <= EXCEL_MAX_CELL:
        return text
    room = 2 * (EXCEL_MAX_CELL - len(CUT_MARK))
    # "ignore" drops the half of a pair that the cut may have left.
    kept = text.encode("utf-16-le", "surrogatepass")[:room].decode("utf-16-le", "ignore")
    return kept + CUT_MARK


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
