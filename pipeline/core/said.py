"""What the user said on the command line and has to say again in a next step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["NOTHING_SAID", "Said"]


@dataclass(frozen=True, slots=True)
class Said:
    """What the user typed and has to type again in a next step.

    ``shaping``: how rows are read and what is sent of them, as words of a command line.
    ``worksheet``: of the source, for its results have worksheets of their own.
    """

    shaping: tuple[str, ...] = ()
    worksheet: str | None = None


NOTHING_SAID: Final = Said()
