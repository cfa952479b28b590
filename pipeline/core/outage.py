"""Is the API there? The law of outages: when to stop sending, when to ask, when to give up.

Pure: the clock is an argument. Tries are told in the order in which they ended. Too many failures
in a row, or too large a share of them, and the API counts as down: then single orders go as probes,
at growing distances, until one is answered or the outage has lasted too long.

What no single order can cause (no connection, no answer, a gateway's 502, 503 or 504) needs few
failures, so that the last rows of a sheet are not used up by a dead network; what one poison order
may cause (500, 408, an answer that cannot be believed) needs as many as ``after_failures`` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pipeline.core.reply import Decision, NoAnswer, Verdict

__all__ = ["Outage", "OutageRules"]

WINDOW: Final = 50
"""So many tries are looked at together for their share of failures."""
ABSENT_ENOUGH: Final = 8
MOST_PROBE_SECONDS: Final = 30.0
FIRST_CONTACT_SECONDS: Final = 30.0
"""An API that has never answered in this run is waited for no longer: more likely its address or
the network here is wrong."""


@dataclass(frozen=True, slots=True)
class OutageRules:
    """When an outage begins, and how long it is sat out (``stop`` of the configuration)."""

    after_failures: int = 20
    failure_share: float = 0.5
    outage_seconds: float = 300.0


class Outage:
    """The running account of one run.

    ``down``: the API counts as away. ``answered``: something has answered in this run. ``silence``
    is why no answer came to the last failure, if none did.
    """

    def __init__(self, rules: OutageRules) -> None:
        self._rules = rules
        self._in_a_row = 0
        self._absent = 0
        self._tried = 0
        self._failed = 0
        self._by_absence = False
        self._refused_since: float | None = None
        self._present = False
        self.answered = False
        self.silence: NoAnswer | None = None
        self._begun = 0.0
        self._probes = 0
        self._next_probe = 0.0
        self._said = ""
        self.down = False

    def tried(self, verdict: Verdict, now: float) -> None:
        """Tell what became of a try that ended at ``now`` (monotonic seconds)."""
        if verdict.http_status is not None:
            self.answered = True
        if verdict.decision is Decision.RETRY or verdict.suspicious:
            if verdict.http_status == 429:
                self._turned_away(verdict, now)
            else:
                self._failure(verdict, now)
            return
        self._in_a_row = self._absent = 0
        self._refused_since = None
        self._tried += 1
        if self._tried >= WINDOW:
            self._tried = self._failed = 0
        if self.down:
            self._back()

    @property
    def ask_elsewhere(self) -> bool:
        """True where nothing but silence speaks for an outage.

        If all that is left to send has met it already, then another call than theirs should tell
        whether the API is there: it may be these orders that it does not stand.
        """
        return self._by_absence

    def answered_elsewhere(self) -> None:
        """Another call was answered: silence is the orders' own from now on."""
        self._present = True
        self._back()

    def probe_left(self, now: float) -> None:
        """Tell that a probe is on its way; the next one is due later than the last."""
        self._probes += 1
        self._next_probe = now + min(MOST_PROBE_SECONDS, 2.0**self._probes)

    def probe_wait_seconds(self, now: float) -> float:
        """Give the seconds until a probe is due."""
        return max(0.0, self._next_probe - now)

    def seconds(self, now: float) -> float:
        """Give how long the outage has lasted."""
        return now - self._begun if self.down else 0.0

    def seconds_left(self, now: float) -> float:
        """Give how long it is still sat out; 0 when it has outlasted that."""
        most = self._rules.outage_seconds
        if not self.answered:
            most = min(most, FIRST_CONTACT_SECONDS)
        return max(0.0, most - self.seconds(now))

    def sentence(self, now: float) -> str:
        """Say why the run stops, for a person."""
        lasted = _duration(self.seconds(now))
        look = f"{self.silence.todo}, and " if self.silence and self.silence.todo else ""
        return (
            f"{self._said} After {lasted} of this the run stopped; {look}when the API answers "
            "again, run the same command again."
        )

    def _turned_away(self, verdict: Verdict, now: float) -> None:
        """It answers, and the gate sees to the rest; but not for ever."""
        self._absent = 0
        self._back()
        if self._refused_since is None:
            self._refused_since = now
        elif now - self._refused_since >= self._rules.outage_seconds:
            self._said = verdict.sentence
            self.down = True
            self._begun = self._refused_since

    def _failure(self, verdict: Verdict, now: float) -> None:
        self._said = verdict.sentence
        self.silence = verdict.no_answer
        self._in_a_row += 1
        absence = 0 if self._present else _absence(verdict)
        self._absent = self._absent + absence if absence else 0
        many = self._too_many()
        if self.down:
            return
        row = self._in_a_row >= self._rules.after_failures
        absent = self._absent >= ABSENT_ENOUGH
        if row or many or absent:
            self.down = True
            self._by_absence = absent and not (row or many)
            self._begun = now
            self._probes = 0
            self._next_probe = now + 1.0

    def _too_many(self) -> bool:
        """Count a failure; true when it fills the share that a window may have."""
        self._tried += 1
        self._failed += 1
        many = self._failed >= self._rules.failure_share * WINDOW
        if self._tried >= WINDOW:
            self._tried = self._failed = 0
        return many

    def _back(self) -> None:
        if self.down:
            self.down = False
            self._in_a_row = self._absent = self._tried = self._failed = 0


def _absence(verdict: Verdict) -> int:
    """Say how strongly a failure speaks for an API that is not there at all.

    A connection that is cut may have been an old one that the server closed just then.
    """
    if verdict.no_answer is not None:
        return 2 if verdict.no_answer.reached else 3
    return {502: 3, 503: 2, 504: 3}.get(verdict.http_status or 0, 0)


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes"
