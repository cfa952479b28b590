"""What a watcher is told to do, and who starts processes for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.ledger.dropped import Task
from pipeline.watching.told import Told, Work

__all__ = ["Process", "Setup", "Starter"]


class Process(Protocol):
    """A process at work on one sheet."""

    def poll(self) -> Told | None:
        """Give how it ended, or ``None``."""

    def let_go(self) -> None:
        """Ask it to stop."""

    def kill(self) -> None:
        """End it at once."""


class Starter(Protocol):
    """Starts processes."""

    def start(self, work: Work) -> Process:
        """Start one for this work."""

    def prepare(self, *, wanted: bool, now: float) -> None:
        """Get one ready where one is wanted soon."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a watcher is to do. ``asked``: the flags that shape each sheet's work."""

    asked: Mapping[str, Any]
    target: str
    approves: bool
    auto: bool
    provider: str
    poll_seconds: float
    settle_seconds: float
    max_rows: int
    keep_days: int
    once: bool = False

    @property
    def plain_task(self) -> Task:
        """What is done with a sheet that nobody has said anything about."""
        return "check" if self.approves else "apply"
