"""What is wrong is said once, until it is well again, and is tried again with patience."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final, Protocol

from pipeline.core.errors import PipelineError

__all__ = ["Saying", "Voice", "words_of"]

AGAIN_SECONDS: Final = (2.0, 5.0, 10.0, 30.0, 60.0)


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
    said: dict[str, str] = field(default_factory=dict)
    _delays: dict[str, int] = field(default_factory=dict)

    def trouble(self, key: str, sentence: str) -> None:
        """Say it, unless that was said already."""
        if self.said.get(key) != sentence:
            self.said[key] = sentence
            self.voice.trouble(sentence)

    def is_well(self, key: str) -> bool:
        """What was wrong with something is over; tells whether anything was."""
        self._delays.pop(key, None)
        return self.said.pop(key, None) is not None

    def later(self, key: str) -> float:
        """Give the seconds until something that failed is tried again: longer each time."""
        count = self._delays.get(key, 0)
        self._delays[key] = count + 1
        return AGAIN_SECONDS[min(count, len(AGAIN_SECONDS) - 1)]


def words_of(error: BaseException) -> str:
    """Say an error of the system or of ours in one sentence."""
    if isinstance(error, OSError) and error.strerror:
        name = f" ({PurePath(str(error.filename)).name})" if error.filename else ""
        return f"{error.strerror}{name}."
    return str(error) if isinstance(error, PipelineError) else f"{type(error).__name__}."
