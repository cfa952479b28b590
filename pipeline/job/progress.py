"""How far a run is, told to an observer now and then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pipeline.core.clock import Clock
from pipeline.core.events import Progress
from pipeline.core.outage import Outage

__all__ = ["ProgressTeller"]

SHOW_SECONDS: Final = 0.1


class ProgressTeller:
    """Tells ``on_progress`` at most ten times a second, and of the last order.

    One that breaks (a closed terminal, say) is not asked again.
    """

    def __init__(self, total: int, on_progress: Callable[[Progress], None], clock: Clock) -> None:
        self._total = total
        self._on_progress = on_progress
        self._clock = clock
        self._begun = clock.monotonic()
        self._shown = float("-inf")

    def tell(
        self, done: int, requests: int, retries: int, outage: Outage, *, at_once: bool = False
    ) -> None:
        """Tell it if that is due, or ``at_once``."""
        now = self._clock.monotonic()
        if not at_once and now - self._shown < SHOW_SECONDS and done < self._total:
            return
        self._shown = now
        progress = Progress(
            done,
            self._total,
            requests,
            retries,
            now - self._begun,
            outage.seconds(now) if outage.down else None,
            outage.seconds_left(now) if outage.down else None,
        )
        try:
            self._on_progress(progress)
        except Exception:  # noqa: BLE001  # whatever an observer does, the run goes on
            self._on_progress = lambda _: None
