"""How often a property is tried: as often as its test asks for at night, a quarter of it by day."""

from __future__ import annotations

import os

__all__ = ["examples"]

_FEWEST = 5
_ALL = os.environ.get("EXAMPLES") == "all"
"""``make nightly`` sets it."""


def examples(most: int) -> int:
    """Give the number of examples for this run where ``most`` are tried at night."""
    return most if _ALL else min(most, max(_FEWEST, most // 4))
