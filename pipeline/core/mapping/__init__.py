"""Which column holds which field: the one place where a sheet's headings get their meaning.

A wrong column would send a parcel to a wrong address, so nothing is guessed. What a heading says
(:mod:`pipeline.core.platforms`) is a claim; two claims for one field, an address that is half the
buyer's, a needed field without a claim are refused in a sentence that names the ``--map`` to use.
``--map`` beats ``sheet.columns`` of the configuration, and both beat what a heading says by itself.
"""

from __future__ import annotations

from pipeline.core.mapping.reading import (
    PoColumn,
    SheetMapping,
    find_po_column,
    fits,
    has_po_column,
    looks_like_headings,
    map_sheet,
)

__all__ = [
    "PoColumn",
    "SheetMapping",
    "find_po_column",
    "fits",
    "has_po_column",
    "looks_like_headings",
    "map_sheet",
]
