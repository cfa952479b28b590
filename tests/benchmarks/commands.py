"""The command as a process of its own, and what it took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Took", "command", "measured"]


@dataclass(frozen=True, slots=True)
class Took:
    """Wall seconds, seconds of one core, and the most memory of a process; its stdout."""

    seconds: float
    cpu_seconds: float
    peak_megabytes: float
    stdout: str


def command(
    arguments: Sequence[str], home: Path, codes: Sequence[int] = (0,)
) -> tuple[Took, dict[str, Any]]:
    """Run ``address-pipeline`` with ``--json``; gives what it took and the JSON object."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "FINERWORKS_WEB_API_KEY": "bench-web-key",
        "FINERWORKS_APP_KEY": "bench-app-key",
    }
    took = measured([sys.executable, "-m", "pipeline", *arguments, "--json"], environ, codes)
    return took, json.loads(took.stdout)


def measured(line: Sequence[str], environ: dict[str, str], codes: Sequence[int] = (0,)) -> Took:
    """Run a process to its end; an exit code that is not expected ends the benchmark."""
    with tempfile.TemporaryFile() as out:
        begun = time.perf_counter()
        process = subprocess.Popen(line, stdout=out, env=environ)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode()
    if process.returncode not in codes:
        raise SystemExit(f"{' '.join(line[2:])} ended with {process.returncode}")
    return Took(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)
