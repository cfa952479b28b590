"""Metrics for Prometheus, as a file for the textfile collector of its node exporter.

Counters come from the ledger's totals, so they never go back although every run is a process of its
own; gauges tell of the last command.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from pipeline.core.ticks import LATENCY_BANDS

__all__ = ["METRICS", "LastCommand", "TargetCounts", "metrics_text", "write_textfile"]

METRICS: Final[Mapping[str, str]] = {
    "address_pipeline_runs_total": "Runs that have ended for good.",
    "address_pipeline_rows_total": "Rows of runs that have ended for good, by outcome.",
    "address_pipeline_requests_total": "Corrections sent (PUT), further tries included.",
    "address_pipeline_retries_total": "Corrections sent that were not the first try of an order.",
    "address_pipeline_throttled_total": "Corrections turned away as too many (HTTP 429 or 503).",
    "address_pipeline_request_duration_seconds": (
        "How long the answers to corrections took; the sum is estimated from the buckets."
    ),
    "address_pipeline_last_run_timestamp_seconds": "When the last command ended, in Unix time.",
    "address_pipeline_last_run_duration_seconds": "How long the last command took.",
    "address_pipeline_last_run_exit_code": "What the last command ended with.",
    "address_pipeline_last_run_rows": "Rows of the last command, by outcome.",
    "address_pipeline_last_success_timestamp_seconds": (
        "When a command last ended with 0, in Unix time."
    ),
}
"""Every metric with its help."""

_P: Final = "address_pipeline_"


@dataclass(frozen=True, slots=True)
class TargetCounts:
    """What was counted of one kind of target; ``latency`` by the bands of ticks."""

    runs: int
    requests: int
    retries: int
    throttled: int
    rows: Mapping[str, int]
    latency: Sequence[int]


@dataclass(frozen=True, slots=True)
class LastCommand:
    """What the command that writes the file ended with; ``succeeded_at``: when one last ended with
    0, this one included.
    """

    ended_at: float
    seconds: float
    exit_code: int
    rows: Mapping[str, int] = field(default_factory=dict)
    succeeded_at: float | None = None


def metrics_text(targets: Mapping[str, TargetCounts], last: LastCommand) -> bytes:
    """Give the whole file."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected([*_counters(targets), *_gauges(last)]))
    return generate_latest(registry)


def write_textfile(path: Path, text: bytes) -> None:
    """Put the file there whole or not at all, readable by the exporter, whatever the umask says.

    Raises OSError.
    """
    temp = path.with_name(f".{path.name}.{os.getpid()}.tmp")  # the exporter reads *.prom only
    try:
        temp.write_bytes(text)
        temp.chmod(0o644)
        temp.replace(path)
    except OSError:
        with suppress(OSError):
            temp.unlink()
        raise


class _Collected(Collector):
    """Values that are known already."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        """Give them."""
        yield from self._metrics


def _counters(targets: Mapping[str, TargetCounts]) -> Iterator[Metric]:
    for name in ("runs", "requests", "retries", "throttled"):
        full = f"{_P}{name}_total"
        family = CounterMetricFamily(full, METRICS[full], labels=["target"])
        for kind, counts in targets.items():
            family.add_metric([kind], getattr(counts, name))
        yield family
    full = f"{_P}rows_total"
    rows = CounterMetricFamily(full, METRICS[full], labels=["target", "outcome"])
    for kind, counts in targets.items():
        for outcome, count in counts.rows.items():
            rows.add_metric([kind, outcome], count)
    yield rows
    full = f"{_P}request_duration_seconds"
    durations = HistogramMetricFamily(full, METRICS[full], labels=["target"])
    for kind, counts in targets.items():
        durations.add_metric([kind], *_buckets(counts.latency))
    yield durations


def _gauges(last: LastCommand) -> Iterator[Metric]:
    for name, value in (
        ("last_run_timestamp_seconds", last.ended_at),
        ("last_run_duration_seconds", last.seconds),
        ("last_run_exit_code", float(last.exit_code)),
        ("last_success_timestamp_seconds", last.succeeded_at),
    ):
        if value is not None:
            yield GaugeMetricFamily(_P + name, METRICS[_P + name], value=value)
    full = f"{_P}last_run_rows"
    rows = GaugeMetricFamily(full, METRICS[full], labels=["outcome"])
    for outcome, count in last.rows.items():
        rows.add_metric([outcome], count)
    yield rows


def _buckets(latency: Sequence[int]) -> tuple[list[tuple[str, float]], float]:
    """Give cumulated buckets and the sum; of each band only its bounds are known, so every answer
    counts with its band's middle, those above the last bound with that bound.
    """
    bounds = [*(f"{bound:g}" for bound in LATENCY_BANDS), "+Inf"]
    middles = [
        (low + high) / 2 for low, high in zip((0.0, *LATENCY_BANDS), LATENCY_BANDS, strict=False)
    ]
    total = sum(n * m for n, m in zip(latency, [*middles, LATENCY_BANDS[-1]], strict=True))
    return list(zip(bounds, map(float, accumulate(latency)), strict=True)), total
