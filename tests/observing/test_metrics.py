"""The file for Prometheus: what it holds, and that it is whole."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from pipeline.core.outcome import Outcome
from pipeline.core.ticks import LATENCY_BANDS
from pipeline.observing.metrics import (
    METRICS,
    LastCommand,
    TargetCounts,
    metrics_text,
    write_textfile,
)

BANDS = len(LATENCY_BANDS) + 1
ROWS = {str(outcome): number for number, outcome in enumerate(Outcome)}
LIVE = TargetCounts(3, 900, 12, 4, ROWS, [*range(BANDS)])
LAST = LastCommand(1_800_000_000.5, 12.25, 1, ROWS, 1_799_999_000.0)


def samples(text: bytes) -> dict[str, float]:
    """Read a file as Prometheus does: each sample with its labels."""
    return {
        sample.name
        + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): (
            sample.value
        )
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_what_the_file_holds() -> None:
    """Counters by target, the last command's gauges, and a histogram that adds up."""
    read = samples(metrics_text({"live": LIVE}, LAST))
    assert read["address_pipeline_requests_total target=live"] == 900
    assert read["address_pipeline_rows_total outcome=not_sent target=live"] == 8
    assert read["address_pipeline_last_run_exit_code"] == 1
    assert read["address_pipeline_last_run_rows outcome=invalid"] == 2
    assert read["address_pipeline_last_success_timestamp_seconds"] == 1_799_999_000
    name = "address_pipeline_request_duration_seconds"
    assert read[f"{name}_bucket le=+Inf target=live"] == sum(range(BANDS))
    assert read[f"{name}_bucket le=0.02 target=live"] == 3
    assert read[f"{name}_count target=live"] == sum(range(BANDS))


def test_every_metric_is_written_and_no_other() -> None:
    """The list with its words, which the page is made from, is what the file holds."""
    families = text_string_to_metric_families(metrics_text({"live": LIVE}, LAST).decode())
    written = {
        f"{family.name}_total" if family.type == "counter" else family.name: family.documentation
        for family in families
    }
    assert written == dict(METRICS)


@given(st.lists(st.integers(0, 10**6), min_size=BANDS, max_size=BANDS))
def test_the_estimated_sum_lies_between_the_bounds(latency: list[int]) -> None:
    """Of a band only its bounds are known; above the last one, its lower."""
    counts = TargetCounts(1, 0, 0, 0, {}, latency)
    read = samples(metrics_text({"live": counts}, LAST))
    total = read["address_pipeline_request_duration_seconds_sum target=live"]
    lows, highs = (0.0, *LATENCY_BANDS), (*LATENCY_BANDS, LATENCY_BANDS[-1])
    assert sum(n * low for n, low in zip(latency, lows, strict=True)) <= total + 1e-6
    assert total <= sum(n * high for n, high in zip(latency, highs, strict=True)) + 1e-6


def test_the_file_is_put_there_whole(tmp_path: Path) -> None:
    """Readable by the exporter's user; nothing else is left, also where it cannot be written."""
    path = tmp_path / "a.prom"
    write_textfile(path, b"one")
    write_textfile(path, b"two")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"two", 0o644)
    blocked = tmp_path / "b.prom"
    blocked.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_textfile(blocked, b"three")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.prom", "b.prom"]


@pytest.mark.nightly
@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Debian: prometheus)")
def test_promtool_finds_nothing_to_say() -> None:
    """Names, units and types are by Prometheus' own conventions."""
    ended = subprocess.run(
        ["promtool", "check", "metrics"],
        input=metrics_text({"live": LIVE, "test": LIVE}, LAST),
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
