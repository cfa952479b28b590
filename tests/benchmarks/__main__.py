"""``make bench``: the whole command against a bare aiohttp loop with the same bodies.

Prints ratios of the same run, because machines differ: whole command and send phase over bare
loop, rows checked per second, seconds for a small sheet, and the peak of memory.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from tests.benchmarks.server import fast_server

HEADINGS = (
    "order_id,first_name,last_name,company_name,address_1,address_2,address_3,city,state_code,"
    "province,zip_postal_code,country_code,phone,email,address_order_po"
).split(",")
WORKERS = 16


PLACES = (
    ("Austin", "TX", 78701, 59),
    ("Boston", "MA", 2108, 20),
    ("Chicago", "IL", 60601, 60),
    ("Portland", "OR", 97201, 30),
    ("Trenton", "NJ", 8601, 40),
    ("Miami", "FL", 33101, 90),
    ("Denver", "CO", 80201, 60),
)
"""City, state, first ZIP and how many of them: ZIPs of one prefix belong to the state."""
STREETS = ("Analytical Way", "Oak Street", "Sample Avenue", "Long Hill Road", "5th Avenue")


def clean_row(number: int) -> list[str]:
    """Make one clean row of a plausible kind; each order once, neighbours unlike each other."""
    mixed = number * 7_919
    city, state, first_zip, zips = PLACES[mixed % len(PLACES)]
    return [
        str(4_100_000 + number),
        f"First{number % 977}",
        f"Last{number % 1931}",
        "",
        f"{mixed % 8_999 + 1} {STREETS[mixed % len(STREETS)]}",
        f"Unit {number % 40}" if number % 5 == 0 else "",
        "",
        city,
        state,
        "",
        f"{first_zip + mixed // 7 % zips:05}",
        "us",
        f"512-555-{mixed % 10_000:04}",
        f"person{number}@example.com",
        f"PO-{number}",
    ]


def write_sheet(path: Path, rows: int) -> None:
    """Write a CSV of clean rows."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(map(clean_row, range(rows)))


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


def command(arguments: Sequence[str], home: Path) -> tuple[float, dict[str, object]]:
    """Run the command as a process; gives wall seconds and the JSON object."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "FINERWORKS_WEB_API_KEY": "bench-web-key",
        "FINERWORKS_APP_KEY": "bench-app-key",
    }
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments, "--json", "-q"],
        capture_output=True,
        text=True,
        env=environ,
        check=False,
    )
    seconds = time.perf_counter() - begun
    if done.returncode != 0:
        raise SystemExit(f"the command ended with {done.returncode}: {done.stderr}")
    return seconds, json.loads(done.stdout)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=20_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name, fast_server() as url:
        folder = Path(name)
        sheet, small = folder / "orders.csv", folder / "small.csv"
        write_sheet(sheet, rows)
        write_sheet(small, 10)
        bare = asyncio.run(bare_loop(url, bodies(sheet)))
        whole, told = command(["apply", str(sheet), "--base-url", url, "--max-rate", "0"], folder)
        rate = float(str(told["rate_per_second"]))
        checked, _ = command(["check", str(sheet)], folder)
        tiny, _ = command(["apply", str(small), "--sandbox"], folder)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    lines = [
        ("bare aiohttp loop", f"{rows / bare:,.0f} PUT/s"),
        ("send phase of the bare loop", f"{rate / (rows / bare):.2f}   ({rate:,.0f} PUT/s)"),
        ("whole command of the bare loop", f"{bare / whole:.2f}   ({rows / whole:,.0f} rows/s)"),
        ("check, whole command", f"{rows / checked:,.0f} rows/s"),
        ("10 rows to the sandbox, whole command", f"{tiny:.2f} s"),
        ("largest process", f"{peak:.0f} MB"),
    ]
    print(f"{rows:,} CSV rows, ledger on, results written")  # noqa: T201  # this is a report
    for words, figure in lines:
        print(f"  {words:40} {figure}")  # noqa: T201


if __name__ == "__main__":
    main()
