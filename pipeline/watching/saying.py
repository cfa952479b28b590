"""What is wrong is said once, until it is well again, and is tried again with patience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final, NamedTuple, Protocol

from pipeline.core.errors import PipelineError

__all__ = ["Said", "Saying", "Voice", "words_of"]

AGAIN_SECONDS: Final = (2.0, 5.0, 10.0, 30.0, 60.0)


class Said(NamedTuple):
    """What is wrong: ``what`` it keeps from what (``a.csv cannot be taken: ``, or empty), and why.

    ``name`` is the sheet's, at the beginning of ``what``, where it is about a sheet.
    """

    why: str
    what: str = ""
    name: str = ""

    @property
    def of_sheet(self) -> str:
        """Say it where the name of the sheet stands already."""
        return f"{self.what.removeprefix(f'{self.name} ')}{self.why}"


class Voice(Protocol):
    """Who hears of what happens: people by two streams, a scheduler by one object."""

    def to_do(self, sentence: str) -> None:
        """Say what somebody has to do."""

    def trouble(self, sentence: str) -> None:
        """Say what is wrong."""


@dataclass(slots=True)
class Saying:
    """The troubles of now, each by what it is about."""

    voice: Voice
    said: dict[str, Said] = field(default_factory=dict)
    _delays: dict[str, int] = field(default_factory=dict)

    def trouble(
        self, key: str, why: str, *, what: str = "", name: str = "", more: str = ""
    ) -> None:
        """Say it, unless that was said already, of this or of anything else that still waits.

        ``more`` is said by the voice only.
        """
        new = Said(why, f"{name} {what}" if name else what, name)
        if self.said.get(key) == new:
            return
        is_known = any(one.why == why for other, one in self.said.items() if other != key)
        self.said[key] = new
        if not is_known:
            self.voice.trouble(f"{new.what}{why}{more}")

    def is_well(self, key: str) -> bool:
        """What was wrong with something is over; tells whether anything was."""
        self._delays.pop(key, None)
        return self.said.pop(key, None) is not None

    def stuck(self, why: Mapping[str, OSError]) -> None:
        """Say what an earlier watcher could not put away and this one cannot either, by name."""
        if not why:
            self.is_well("stuck")
            return
        name, error = next(iter(why.items()))
        more = f" and {len(why) - 1:,} more" if len(why) > 1 else ""
        self.trouble(
            "stuck", words_of(error), what=f"{name}{more} cannot be put where it belongs: "
        )

    def strange(self, count: int) -> None:
        """Say that there are files which no text can name."""
        if not count:
            self.is_well("strange")
            return
        which = "1 file" if count == 1 else f"{count:,} files"
        what = "is left alone: its name is" if count == 1 else "are left alone: their names are"
        self.trouble("strange", f"{which} {what} not UTF-8; rename with a program that shows it.")

    def later(self, key: str) -> float:
        """Give the seconds until something that failed is tried again: longer each time."""
        count = self._delays.get(key, 0)
        self._delays[key] = count + 1
        return AGAIN_SECONDS[min(count, len(AGAIN_SECONDS) - 1)]


def words_of(error: BaseException) -> str:
    """Say an error of the system or of ours in one sentence."""
    if isinstance(error, OSError) and error.strerror:
        name = PurePath(str(error.filename or "")).name
        is_told = name and not name.startswith(".")  # one of ours has another name each time
        return f"{error.strerror} ({name})." if is_told else f"{error.strerror}."
    return str(error) if isinstance(error, PipelineError) else f"{type(error).__name__}."
