"""Nobody but the user reads an address on the disk, whatever the umask says."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.job import finish
from pipeline.sheets.placing import place as place_file
from tests.functional.command import Place, order, write_sheet
from tests.functional.conftest import Call

pytestmark = pytest.mark.skipif(os.name == "nt", reason="file modes are POSIX")


@pytest.fixture(params=[0o000, 0o077], ids=["000", "077"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """Run under a umask that closes nothing, and one that closes all."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """The mode of everything below a folder, and its own."""
    found = [folder, *folder.rglob("*")]
    return {str(path.relative_to(folder)): f"{path.stat().st_mode & 0o777:o}" for path in found}


@pytest.mark.parametrize("command", [("apply", "--sandbox"), ("check",)], ids=lambda one: one[0])
@pytest.mark.usefixtures("umask")
def test_what_holds_addresses_is_the_users_alone(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """Ledger, side files, locks, the scratch of a check, and results that are being written."""
    temporary = place.home / "tmp"
    temporary.mkdir()
    place.environ["TMPDIR"] = str(temporary)
    monkeypatch.setattr(tempfile, "tempdir", None)
    sheet = write_sheet(place.work / "orders.csv", [order(1)])
    sheet.chmod(0o640)
    seen: list[dict[str, str]] = []
    really = place_file

    def looking(temp: Path, *arguments: Any, **options: Any) -> Path:
        seen.append({temp.suffix: f"{temp.stat().st_mode & 0o777:o}"})
        seen.extend(modes(scratch) for scratch in temporary.iterdir())
        seen.append(modes(place.ledger.parent))
        return really(temp, *arguments, **options)

    monkeypatch.setattr(finish, "place", looking)
    assert call(*command, "orders.csv").code == 0
    names = {name for one in seen for name in one}
    kind = {"apply": "locks", "check": "ledger.sqlite3-journal"}[command[0]]
    assert {".tmp", "ledger.sqlite3", "ledger.sqlite3-wal", kind} <= names
    folders = {".", "locks"}
    wrong = [
        (name, mode)
        for one in seen
        for name, mode in one.items()
        if mode != ("700" if name in folders else "600")
    ]
    assert wrong == []
    written = place.work / f"orders.{'check' if command[0] == 'check' else 'results'}.csv"
    assert written.stat().st_mode & 0o777 == 0o640


def test_a_ledger_that_was_open_is_closed(place: Place, call: Call) -> None:
    """As after a restore from a backup: the next command closes folder and file."""
    write_sheet(place.work / "orders.csv", [order(1)])
    call("apply", "orders.csv", "--sandbox")
    place.ledger.chmod(0o644)
    place.ledger.parent.chmod(0o755)
    assert call("runs").code == 0
    assert (modes(place.ledger.parent)["."], modes(place.ledger.parent)["ledger.sqlite3"]) == (
        "700",
        "600",
    )


@pytest.mark.parametrize(
    ("folder", "file", "words"),
    [
        (0o777, 0o600, "is open to others: they cannot read the ledger, but may remove it"),
        (0o700, 0o644, "others can read the ledger; name another folder with --state-dir."),
    ],
)
def test_doctor_sees_a_state_folder_that_is_open(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch, folder: int, file: int, words: str
) -> None:
    """On a disk that keeps no modes, or in a folder that belongs to somebody else."""
    write_sheet(place.work / "orders.csv", [order(1)])
    call("apply", "orders.csv", "--sandbox")
    closed = call("doctor").stdout
    monkeypatch.setattr("pipeline.ledger.store._only_mine", lambda _folder, _file: None)
    place.ledger.chmod(file)
    place.ledger.parent.chmod(folder)
    ended = call("doctor")
    assert words in ended.stdout
    assert words not in closed
    assert ended.code == (2 if "can read" in words else 0)


def test_doctor_says_what_the_ledger_holds(place: Place, call: Call) -> None:
    """Runs, rows with personal data, since when, and how long they are kept."""
    write_sheet(place.work / "orders.csv", [order(1), order(2)])
    call("apply", "orders.csv", "--sandbox")
    assert "1 run, 2 rows with personal data, the oldest of 20" in call("doctor").stdout
    place.environ["ADDRESS_PIPELINE_LEDGER__KEEP_DAYS"] = "0"
    assert "kept for ever (ledger.keep_days)" in call("doctor").stdout
    call("forget", "--older-than", "0d")
    assert "1 run, 0 rows with personal data; kept" in call("doctor").stdout
