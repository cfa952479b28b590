"""What observers are told: small frozen records without an address, a key or a reply."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Progress"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: orders settled of all that were to be sent, and at what pace.

    While the API counts as down: for how long, and how much longer it is waited for.
    """

    done: int
    total: int
    requests: int
    retries: int
    seconds: float
    outage_seconds: float | None = None
    outage_seconds_left: float | None = None

    @property
    def per_second(self) -> float:
        """Orders settled a second so far."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """What is left at this pace; unknown before the first order is settled."""
        return (self.total - self.done) / self.per_second if self.per_second else None
