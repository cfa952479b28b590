"""``make bench``: the whole command against a bare aiohttp loop with the same bodies.

Prints ratios of the same run, because machines differ: whole command and send phase over bare
loop, a check of xlsx over a bare read; and rows a second, memory, seconds for a small sheet and for
a results workbook.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.benchmarks.checks import measure_checks
from tests.benchmarks.commands import command
from tests.benchmarks.results import measure_results
from tests.benchmarks.server import Served, fast_server
from tests.benchmarks.sheets import write_sheet

WORKERS = 16
PAIRS = 5


def bodies(path: Path) -> list[bytes]:
    """Make the bodies that the command sends for a clean sheet."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    made = []
    for row in rows:
        order_id = int(row.pop("order_id"))
        info = {name: value or None for name, value in row.items()}
        made.append(json.dumps({"order_id": order_id, "customer_info": info}).encode())
    return made


async def bare_loop(url: str, work: Sequence[bytes]) -> float:
    """Send all bodies by plain aiohttp workers; gives the seconds."""
    waiting = iter(work)
    headers = {"web_api_key": "a", "app_key": "b", "Content-Type": "application/json"}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def worker() -> None:
            for body in waiting:
                async with session.put(f"{url}/v3/update_customer", data=body) as response:
                    assert (await response.json())["success"] is True

        begun = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(WORKERS)))
        return time.perf_counter() - begun


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=50_000, help="rows to send")
    parser.add_argument("--checked", type=int, default=100_000, help="rows to check")
    parser.add_argument("--many", type=int, default=1_000_000, help="rows to check for the memory")
    parser.add_argument("--results", type=int, default=100_000, help="rows of the workbook")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        _print(f"{given.rows:,} CSV rows sent, ledger on", measure_sending(Path(name), given.rows))
    with tempfile.TemporaryDirectory() as name:
        figures = measure_checks(Path(name), given.checked, given.many)
        _print(f"{given.checked:,} clean rows checked, whole command", figures)
    with tempfile.TemporaryDirectory() as name:
        figures = measure_results(Path(name), given.results)
        _print(f"{given.results:,} mixed rows of 16 columns", figures)


def measure_sending(folder: Path, rows: int, pairs: int = PAIRS) -> list[tuple[str, str]]:
    """Send a sheet to a quick server on this machine, beside a bare loop with the same bodies.

    Both are run several times by turns, for a machine is not the same from one minute to the next.
    """
    sheet, small = folder / "orders.csv", folder / "small.csv"
    write_sheet(sheet, rows)
    write_sheet(small, 10)
    work = bodies(sheet)
    with fast_server() as server:
        found = [_pair(folder, sheet, work, server) for _ in range(pairs)]
        tiny, _ = command(["apply", str(small), "--sandbox", "-q"], folder)
    return [
        ("bare aiohttp loop", _middle((one.bare for one in found), ",.0f", " PUT/s")),
        ("the server is busy meanwhile", _middle((one.busy for one in found), ".0%")),
        ("send phase of the bare loop", _middle((one.send / one.bare for one in found), ".2f")),
        ("its PUTs", _middle((one.send for one in found), ",.0f", " a second")),
        ("whole command of the bare loop", _middle((one.whole / one.bare for one in found), ".2f")),
        ("its rows", _middle((one.whole for one in found), ",.0f", " a second")),
        ("its memory", _middle((one.megabytes for one in found), ".0f", " MB")),
        ("10 rows to the sandbox, whole command", f"{tiny.seconds:.2f} s"),
    ]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A bare loop and a command right after it: rows a second each, and what else was seen."""

    bare: float
    busy: float
    send: float
    whole: float
    megabytes: float


def _pair(folder: Path, sheet: Path, work: Sequence[bytes], server: Served) -> _Pair:
    used = server.cpu_seconds()
    seconds = asyncio.run(bare_loop(server.url, work))
    busy = (server.cpu_seconds() - used) / seconds
    with tempfile.TemporaryDirectory(dir=folder) as home:
        flags = ["--base-url", server.url, "--max-rate", "0", "-o", home, "-q"]
        whole, told = command(["apply", str(sheet), *flags], Path(home))
    return _Pair(
        len(work) / seconds,
        busy,
        float(told["rate_per_second"]),
        len(work) / whole.seconds,
        whole.peak_megabytes,
    )


def _middle(values: Iterable[float], shape: str, unit: str = "") -> str:
    low, *_, high = ordered = sorted(values)
    middle = f"{statistics.median(ordered):{shape}}{unit}"
    return f"{middle}   ({low:{shape}} to {high:{shape}})"


def _print(title: str, figures: Sequence[tuple[str, str]]) -> None:
    print(title)  # noqa: T201  # this is a report
    for words, figure in figures:
        print(f"  {words:42} {figure}")  # noqa: T201


if __name__ == "__main__":
    main()
