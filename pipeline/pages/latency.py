"""How long the answers took: bands that double, and what half and nearly all stayed within."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.core.ticks import LATENCY_BANDS

__all__ = ["Band", "Latency", "latency_of", "quantile"]


@dataclass(frozen=True, slots=True)
class Band:
    """Tries that took up to so many seconds (``None``: longer than all bands), from ``above``.

    ``width`` is the bar's, in percent of the longest.
    """

    above: float
    upto: float | None
    count: int
    width: float


@dataclass(frozen=True, slots=True)
class Latency:
    """The bands that saw anything, with those between; estimates in seconds."""

    bands: tuple[Band, ...]
    total: int
    median: float | None
    most: float | None


def latency_of(counts: Sequence[int]) -> Latency | None:
    """Lay out counts by :data:`pipeline.core.ticks.LATENCY_BANDS`; ``None`` where all are 0."""
    used = [at for at, count in enumerate(counts) if count]
    if not used:
        return None
    tallest = max(counts)
    bands = tuple(
        Band(
            LATENCY_BANDS[at - 1] if at else 0.0,
            LATENCY_BANDS[at] if at < len(LATENCY_BANDS) else None,
            counts[at],
            100 * counts[at] / tallest,
        )
        for at in range(used[0], used[-1] + 1)
    )
    return Latency(bands, sum(counts), quantile(counts, 0.5), quantile(counts, 0.95))


def quantile(counts: Sequence[int], share: float) -> float | None:
    """Estimate the seconds within which this share of the tries stayed.

    Within a band they are taken to be spread evenly on a scale that doubles, as the bands do.
    ``None``: nothing was counted, or it lies beyond the last bound.
    """
    wanted = share * sum(counts)
    seen = 0
    for at, count in enumerate(counts):
        if count and seen + count >= wanted:
            if at >= len(LATENCY_BANDS):
                return None
            part = (wanted - seen) / count
            return float(LATENCY_BANDS[at]) * math.exp2(part - 1)
        seen += count
    return None
