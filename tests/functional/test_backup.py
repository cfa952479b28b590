"""A ledger that is copied in the middle of a run is whole, and what came since is sent again."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.docs.reading import blocks, page
from tests.functional.command import Place, order, write_sheet
from tests.functional.conftest import Call
from tests.stub_api import behaviours as api
from tests.stub_api.replies import Reply
from tests.stub_api.server import StubApi
from tests.stub_api.wire import Seen

OPERATIONS: Final = page("docs/operations.md")
WAYS: Final = [
    *next(block.text for block in blocks(OPERATIONS) if block.marker == "backup").splitlines(),
    *re.findall(r'`(python3 -c "import sqlite3;[^`]*")`', OPERATIONS),
]
MONDAY: Final = range(1, 4)
TUESDAY: Final = range(4, 124)


class CopiedMeanwhile:
    """Takes every address; the copy is made while order 100 waits for its answer."""

    def __init__(self, way: str, state: Path) -> None:
        self._way = way.replace("python3", f"'{sys.executable}'")
        self._state = state
        self.made: subprocess.CompletedProcess[str] | None = None

    def __call__(self, seen: Seen) -> Reply:
        if seen.order_id == 100 and self.made is None:
            self.made = subprocess.run(
                ["/bin/sh", "-c", self._way],
                cwd=self._state,
                capture_output=True,
                text=True,
                check=False,
                timeout=20,
            )
        return api.ok(seen)


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(WAYS[0], id="backup", marks=pytest.mark.nightly),
        pytest.param(WAYS[1], id="vacuum"),
        pytest.param(WAYS[2], id="python", marks=pytest.mark.nightly),
    ],
)
def test_a_copy_made_during_a_run_is_restored_and_gone_on_with(
    place: Place, call: Call, way: str
) -> None:
    """Confirmed before: unchanged. Since: sent again with the same address, each row to its end."""
    if not shutil.which(way.split(maxsplit=1)[0]):
        pytest.skip(f"needs {way.split(maxsplit=1)[0]}")
    write_sheet(place.work / "monday.csv", [order(number) for number in MONDAY])
    write_sheet(place.work / "tuesday.csv", [order(number) for number in TUESDAY])
    copied = CopiedMeanwhile(way, place.ledger.parent)
    with StubApi(copied) as stub:
        to = ("--base-url", stub.url, "--max-rate", "0", "--json")
        assert call("apply", "monday.csv", *to).code == 0
        cut = call("apply", "tuesday.csv", *to).json["runs"][0]["run_id"]
        assert copied.made is not None
        assert (copied.made.returncode, copied.made.stderr) == (0, "")
        _restore(place.ledger)
        assert call("apply", "monday.csv", *to).json["outcomes"]["unchanged"] == len(MONDAY)
        again = call("apply", "tuesday.csv", *to).json
        sent = {number: [seen.body for seen in stub.puts(number)] for number in (*MONDAY, *TUESDAY)}
    assert (again["exit_code"], again["runs"][0]["run_id"]) == (0, cut)
    assert again["outcomes"]["updated"] == len(TUESDAY)
    assert {len(bodies) for bodies in sent.values()} == {1, 2}
    assert len(sent[100]) == 2
    assert all(len(set(bodies)) == 1 for bodies in sent.values())


def _restore(ledger: Path) -> None:
    """Do what the page says: the copy in its place, closed to others, without the side files."""
    shutil.copy(ledger.with_name("backup.sqlite3"), ledger)
    ledger.chmod(0o600)
    for side in ("-wal", "-shm"):
        ledger.with_name(ledger.name + side).unlink(missing_ok=True)
