"""What a watcher asks of the process that does the work of one sheet, and what that tells back.

Each is one JSON object on one line. Afterwards the process keeps its stdin: when that ends, the
watcher wants it to stop, or is dead.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Task", "Told", "Work"]

Task = Literal["check", "apply", "approved", "probe"]


@dataclass(frozen=True, slots=True)
class Work:
    """One sheet's work. ``asked``: the flags of ``watch`` that shape it, as plain values.

    ``task``: ``check`` makes a preview; ``apply`` sends up to ``most_rows`` rows; ``approved``
    sends exactly what a preview showed; ``probe`` asks whether the API answers.
    """

    task: Task
    sheet: str = ""
    output: str = ""
    asked: Mapping[str, Any] = field(default_factory=dict)
    most_rows: int = 0

    def as_line(self) -> bytes:
        """Give it as the process reads it."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(values).encode() + b"\n"

    @classmethod
    def of_line(cls, line: bytes) -> Work:
        """Read what :meth:`as_line` wrote."""
        return cls(**json.loads(line))


@dataclass(frozen=True, slots=True)
class Told:
    """How a process ended.

    ``began``: it came as far as the sheet; before that nothing that went wrong is the sheet's
    fault. ``preview``: nothing was sent, for a new preview is needed first (``error`` says why).
    ``beside``: the files it wrote, results first. ``to_send``: orders that a check would send.
    """

    code: int
    error: str | None = None
    began: bool = False
    preview: bool = False
    to_send: int = 0
    rows: int = 0
    run_id: str | None = None
    source_sha256: str = ""
    beside: tuple[str, ...] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)

    def as_line(self) -> bytes:
        """Give it as the watcher reads it."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(values).encode() + b"\n"

    @classmethod
    def of_output(cls, code: int, output: bytes) -> Told:
        """Read what a process printed; one that died printed nothing, or half of it."""
        try:
            values = json.loads(output)
            if values["code"] != code and code >= 0:
                return cls(code)
            return cls(**{**values, "code": code, "beside": tuple(values["beside"])})
        except (ValueError, TypeError, KeyError):
            return cls(code)

    @property
    def outcomes(self) -> Mapping[str, int]:
        """Rows by outcome, those that there are."""
        found: Mapping[str, int] = self.summary.get("outcomes", {})
        return {name: count for name, count in found.items() if count}
