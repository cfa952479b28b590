"""The pause of a watcher while the API is down or refuses the keys: nothing is sent until a
question to the API shows that it works. So an outage costs no sheet one of its tries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pipeline.core.events import Observer, PauseBegun, PauseEnded
from pipeline.core.outcome import ExitCode
from pipeline.watching.fate import Fate
from pipeline.watching.saying import Saying
from pipeline.watching.told import Told

__all__ = ["Pausing"]

PAUSES_SECONDS: Final = (15.0, 30.0, 60.0, 120.0, 300.0, 600.0)


@dataclass(slots=True)
class _Pause:
    """Asked about at ``ask_at``; ``checks_too``: previews cannot be made either."""

    ask_at: float
    step: int
    code: ExitCode
    checks_too: bool
    begun_at: float


@dataclass(slots=True)
class Pausing:
    """Begins pauses, each longer than the one before until a sheet went :meth:`well`.

    ``goes_on``: the watcher stays until it is over. Times are of its monotonic clock.
    """

    saying: Saying
    observer: Observer
    goes_on: bool
    _now: _Pause | None = None
    _step: int = 0

    def begin(self, fate: Fate, told: Told, now: float) -> ExitCode:
        """Begin one for what a process told, say why, and give the exit code that stands for it."""
        wait = PAUSES_SECONDS[min(self._step, len(PAUSES_SECONDS) - 1)]
        code = ExitCode(told.code)
        begun_at = now if self._now is None else self._now.begun_at
        self._now = _Pause(now + wait, self._step, code, fate.wait == "start", begun_at)
        self._step += 1
        self.observer(PauseBegun(code, wait))
        again = " It goes on by itself once that works again." if self.goes_on else ""
        self.saying.trouble("pause", fate.note, more=again)
        return code

    def probed(self, told: Told, now: float) -> None:
        """Take the answer to the question whether it is over."""
        pause = self._now
        if pause is None:
            return
        if told.code == ExitCode.OK:
            self._now = None
            self.saying.is_well("pause")
            self.observer(PauseEnded(now - pause.begun_at))
            return
        pause.step = min(pause.step + 1, len(PAUSES_SECONDS) - 1)
        pause.ask_at = now + PAUSES_SECONDS[pause.step]

    def well(self) -> None:
        """A sheet was sent: the next pause is a short one again."""
        self._step = 0

    @property
    def code(self) -> ExitCode:
        """What it would end with: OK where there is no pause."""
        return ExitCode.OK if self._now is None else self._now.code

    @property
    def checks_too(self) -> bool:
        """There is a pause in which nothing can be checked either."""
        return self._now is not None and self._now.checks_too

    def asks(self, now: float) -> bool:
        """Tell whether it is time to ask."""
        return self._now is not None and now >= self._now.ask_at
