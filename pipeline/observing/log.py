"""The log for machines: an event is a line, as JSON or as text, by the library ``structlog``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields
from typing import Any, Final, Literal

import structlog

from pipeline.core.events import Event, Level, RunBegun

__all__ = ["EventLog", "to_stderr"]

_WEIGHTS: Final[dict[Level, int]] = {"debug": 10, "info": 20, "warning": 30, "error": 40}


class EventLog:
    """Writes events of at least ``level`` as lines; build one per command.

    A line has ``time`` (UTC, ISO), ``level``, ``event`` and the event's own fields; a run's number
    is shown as its id.
    """

    def __init__(
        self, write: Callable[[str], None], form: Literal["text", "json"], level: Level
    ) -> None:
        self._run_ids: dict[int, str] = {}
        self.every_order = level == "debug"
        self._logger = structlog.wrap_logger(
            _Lines(write),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
                _renderer(form),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(_WEIGHTS[level]),
            cache_logger_on_first_use=True,
        )

    def __call__(self, event: Event) -> None:
        """Write the event down, if it weighs enough."""
        if isinstance(event, RunBegun):
            self._run_ids[event.run_no] = event.run_id
        getattr(self._logger, event.weight)(event.name(), **self._told(event))

    def _told(self, event: Event) -> dict[str, Any]:
        told = {one.name: getattr(event, one.name) for one in fields(event)}  # type: ignore[arg-type]  # every event is a dataclass
        if (run_no := told.pop("run_no", None)) is not None:
            told = {"run_id": self._run_ids.get(run_no, "")} | told
        return {name: _plain(value) for name, value in told.items()}


class _Lines:
    """What structlog hands finished lines to."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self.debug = self.info = self.warning = self.error = write


def to_stderr(line: str) -> None:
    """Write a line to stderr; one that nobody takes is lost."""
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _renderer(form: Literal["text", "json"]) -> Any:
    first = ("time", "level", "event")
    if form == "text":
        return structlog.processors.LogfmtRenderer(key_order=first, bool_as_flag=False)

    json = structlog.processors.JSONRenderer()

    def in_order(logger: object, method: str, told: dict[str, Any]) -> str | bytes:
        return json(logger, method, {name: told.pop(name) for name in first} | told)

    return in_order


def _plain(value: object) -> object:
    """Enumerations are their values; seconds need no more than milliseconds."""
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, bool | None):
        return value
    return int(value) if isinstance(value, int) else str(value)
