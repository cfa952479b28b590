"""``forget`` on a disk without room: nothing is lost, and the same command ends the work later."""

from __future__ import annotations

import subprocess

import pytest

from pipeline.ledger import Ledger
from tests.fakes.staged import staged, target
from tests.functional.command import Ended, Place
from tests.functional.conftest import Call
from tests.functional.traces import traces


def limited(place: Place, kilobytes: int, *arguments: str) -> Ended:
    """Run the command where no file may grow beyond a size, as on a disk without room."""
    blocks = str(kilobytes * 2)  # the shell counts 512 bytes
    ended = subprocess.run(
        ["sh", "-c", 'ulimit -f "$0"; exec "$@"', blocks, *Place._call(arguments)],
        cwd=place.work,
        env=place.process_environ(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize(
    ("kilobytes", "flags", "sentence"),
    [
        (100, ("--older-than", "0d"), "cannot be read or written"),
        (1_500, ("--order", "1"), "It is deleted, but its traces in the ledger's file"),
    ],
    ids=["no room to delete", "no room to compact"],
)
def test_a_full_disk(
    place: Place, call: Call, kilobytes: int, flags: tuple[str, str], sentence: str
) -> None:
    """One sentence, exit 5, nobody else's row lost; with room the same command ends the work."""
    place.ledger.parent.mkdir(parents=True)
    with Ledger(place.ledger.parent) as ledger:
        addresses = [(n, f"{'marker' if n == 1 else 'other'} {n} " * 60) for n in range(1, 1_500)]
        staged(ledger, addresses, target_no=target(ledger)).lock.release()
        ledger.connection.execute("UPDATE runs SET state = 'stopped'")
        others = _others(ledger)
    ended = limited(place, kilobytes, "forget", *flags, "-y")
    assert (ended.code, ended.stdout) == (5, ""), ended.stderr
    assert sentence in ended.stderr
    with Ledger(place.ledger.parent) as ledger:
        assert _others(ledger) == others
    ended = call("forget", *flags, "-y")
    assert ended.code == 0, ended.stderr
    assert traces(place) == []
    with Ledger(place.ledger.parent) as ledger:
        assert (_others(ledger) == others) is ("--order" in flags)


def _others(ledger: Ledger) -> list[tuple[object, ...]]:
    return ledger.connection.execute("SELECT * FROM rows WHERE order_id > 1").fetchall()
