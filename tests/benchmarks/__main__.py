"""``make bench``: the whole command against a bare aiohttp loop with the same bodies.

Prints ratios of the same run, because machines differ: whole command and send phase over bare
loop, a check of xlsx over a bare read; and rows a second, memory, seconds for a small sheet.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from tests.benchmarks.checks import measure_checks
from tests.benchmarks.commands import command
from tests.benchmarks.server import fast_server
from tests.benchmarks.sheets import write_sheet

WORKERS = 16


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
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        _print(f"{given.rows:,} CSV rows sent, ledger on", measure_sending(Path(name), given.rows))
    with tempfile.TemporaryDirectory() as name:
        figures = measure_checks(Path(name), given.checked, given.many)
        _print(f"{given.checked:,} clean rows checked, whole command", figures)


def measure_sending(folder: Path, rows: int) -> list[tuple[str, str]]:
    """Send a sheet to a quick server on this machine, beside a bare loop with the same bodies."""
    sheet, small = folder / "orders.csv", folder / "small.csv"
    write_sheet(sheet, rows)
    write_sheet(small, 10)
    with fast_server() as url:
        bare = asyncio.run(bare_loop(url, bodies(sheet)))
        whole, told = command(["apply", str(sheet), "--base-url", url, "--max-rate", "0"], folder)
        rate = float(told["rate_per_second"])
        tiny, _ = command(["apply", str(small), "--sandbox"], folder)
    return [
        ("bare aiohttp loop", f"{rows / bare:,.0f} PUT/s"),
        ("send phase of the bare loop", f"{rate / (rows / bare):.2f}   ({rate:,.0f} PUT/s)"),
        (
            "whole command of the bare loop",
            f"{bare / whole.seconds:.2f}   ({rows / whole.seconds:,.0f} rows/s)",
        ),
        ("its memory", f"{whole.peak_megabytes:.0f} MB"),
        ("10 rows to the sandbox, whole command", f"{tiny.seconds:.2f} s"),
    ]


def _print(title: str, figures: Sequence[tuple[str, str]]) -> None:
    print(title)  # noqa: T201  # this is a report
    for words, figure in figures:
        print(f"  {words:42} {figure}")  # noqa: T201


if __name__ == "__main__":
    main()
