"""Run the command as people and schedulers do, and read back what it leaves."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pipeline
from pipeline.core.address import ADDRESS_FIELDS

__all__ = [
    "COLUMNS",
    "Ended",
    "Place",
    "bare_address",
    "order",
    "read_results",
    "write_sheet",
]

PROJECT = Path(pipeline.__file__).parents[1]
COLUMNS = ("order_id", *ADDRESS_FIELDS)
WEB_KEY = "WEBKEY-5f1c0b7e-marker"
APP_KEY = "APPKEY-92d4e6aa-marker"
MOST_SECONDS = 30.0
"""No command here may take longer; each is a matter of a second or two."""


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, and both streams."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object that is all of stdout."""
        assert self.stdout.endswith("\n")
        told: dict[str, Any] = json.loads(self.stdout)
        assert len(self.stdout.splitlines()) == 1
        assert told["exit_code"] == self.code
        return told


class Place:
    """A home and a working folder of their own; commands run in it see nothing of this machine."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.work = folder / "work"
        for made in (self.home, self.work):
            made.mkdir(mode=0o700)
        self.environ = {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "FINERWORKS_WEB_API_KEY": WEB_KEY,
            "FINERWORKS_APP_KEY": APP_KEY,
        }

    @property
    def ledger(self) -> Path:
        """The file of the ledger in the user's state folder."""
        return self.home / "state" / "address-pipeline" / "ledger.sqlite3"

    def without_keys(self) -> None:
        """Forget both keys."""
        del self.environ["FINERWORKS_WEB_API_KEY"], self.environ["FINERWORKS_APP_KEY"]

    def run(self, *arguments: str | Path, stdin: str = "") -> Ended:
        """Run the command to its end, as a process of its own without a terminal."""
        ended = subprocess.run(
            self._call(arguments),
            cwd=self.work,
            env=self.process_environ(),
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=MOST_SECONDS,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start the command, to be stopped or killed; in a group of its own, as a shell does: where
        nobody is left to wake a group, the system stops nothing in it.
        """
        return subprocess.Popen(
            self._call(arguments),
            cwd=self.work,
            env=self.process_environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            process_group=0,
        )

    @staticmethod
    def _call(arguments: Iterable[str | Path]) -> list[str]:
        return [sys.executable, "-m", "pipeline", *map(str, arguments)]

    def process_environ(self) -> dict[str, str]:
        """The environment of a process of its own; there warnings are errors too."""
        return {**self.environ, "PYTHONPATH": str(PROJECT), "PYTHONWARNINGS": "error"}


def finish(process: subprocess.Popen[str], most_seconds: float = MOST_SECONDS) -> Ended:
    """Wait for a started command; one that does not end is killed, and the test fails."""
    try:
        stdout, stderr = process.communicate(timeout=most_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Ended(process.returncode, stdout, stderr)


def order(order_id: int | str, **changes: str) -> dict[str, str]:
    """A sound row; each order has a house of its own, and no number counts up like a fill."""
    return {
        "order_id": str(order_id),
        "first_name": "Ada",
        "last_name": "Byron",
        "company_name": "",
        "address_1": f"Harbour Street {order_id}B",
        "address_2": "",
        "address_3": "",
        "city": "Boston",
        "state_code": "MA",
        "province": "",
        "zip_postal_code": "02134",
        "country_code": "us",
        "phone": "617-555-0101",
        "email": "ada@example.com",
        "address_order_po": "",
        **changes,
    }


def bare_address(order_id: int | str, **changes: str) -> dict[str, str | None]:
    """What the API is to be told of :func:`order`: all 14 keys, null for what is empty."""
    row = order(order_id, **changes)
    return {name: row[name] or None for name in ADDRESS_FIELDS}


def write_sheet(
    path: Path, rows: Iterable[Mapping[str, str]], columns: Sequence[str] = COLUMNS
) -> Path:
    """Write a CSV of these rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_results(path: str | Path) -> list[dict[str, str]]:
    """Read a results CSV: one mapping a row."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
