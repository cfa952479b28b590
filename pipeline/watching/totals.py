"""All sheets of a watcher together, in the shape that ``--json`` has for any command."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pipeline.core.outcome import ExitCode
from pipeline.job.summary import Summary
from pipeline.ledger.dropped import Dropped
from pipeline.watching.fate import Fate
from pipeline.watching.told import Told

__all__ = ["Totals"]

MOST_RUNS: Final = 1_000
_ADDED: Final = ("rows", "orders", "requests", "retries", "throttled")
_PATHS: Final = ("source", "results", "report")
_COUNTED: Final = ("outcomes", "order_outcomes")


@dataclass(slots=True)
class Totals:
    """Adds up what became of sheet after sheet; of the single ones the last thousand are kept."""

    target: str
    host: str
    started_at: float
    sheets: int = 0
    _sums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_ADDED, 0))
    _counts: dict[str, dict[str, int]] = field(
        default_factory=lambda: {name: {} for name in _COUNTED}
    )
    _runs: deque[Mapping[str, Any]] = field(default_factory=lambda: deque(maxlen=MOST_RUNS))
    _sheets: deque[Mapping[str, Any]] = field(default_factory=lambda: deque(maxlen=MOST_RUNS))

    def add(self, dropped: Dropped, fate: Fate, told: Told) -> None:
        """Count a sheet that ended."""
        self.sheets += 1
        self._sheets.append(
            {"name": dropped.name, "place": fate.place, "run_id": told.run_id, "note": fate.note}
        )
        if fate.place == "to-approve" or not told.summary:
            return
        for name in _ADDED:
            self._sums[name] += int(told.summary.get(name, 0))
        for name in _COUNTED:
            for outcome, count in told.summary.get(name, {}).items():
                self._counts[name][outcome] = self._counts[name].get(outcome, 0) + count
        landed = dict(dropped.moves)
        for run in told.summary.get("runs", ()):
            paths = {name: landed.get(run[name], run[name]) for name in _PATHS if run.get(name)}
            self._runs.append({**run, **paths})

    @property
    def outcomes(self) -> Mapping[str, int]:
        """Rows by outcome."""
        return dict(self._counts["outcomes"])

    def as_json(
        self, *, code: ExitCode, now: float, error: str | None, waits_long: Sequence[str]
    ) -> dict[str, Any]:
        """Give the one object; ``sheets`` tells where each one went."""
        empty = Summary(
            self.target, self.host, (), self.started_at, now, stopped=code, error=error
        ).as_json()
        counts = {name: {**empty[name], **self._counts[name]} for name in _COUNTED}
        return {
            **empty,
            **self._sums,
            **counts,
            "runs": list(self._runs),
            "sheets": list(self._sheets),
            "waits_long": list(waits_long),
        }
