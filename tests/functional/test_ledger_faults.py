"""A ledger that cannot be used: exit 2 before anything is sent, 5 while it is sent."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.core.mounts import Mount
from pipeline.ledger import disks, store, trouble
from tests.functional.command import (
    Place,
    bare_address,
    finish,
    order,
    read_results,
    write_sheet,
)
from tests.functional.conftest import Call
from tests.functional.troubled import WITHOUT_RIGHTS_OF_ROOT, begin
from tests.stub_api import behaviours as api
from tests.stub_api.replies import Reply
from tests.stub_api.server import StubApi
from tests.stub_api.wire import Seen

COUNT = 120
NUMBERS = range(1, COUNT + 1)


@pytest.fixture(autouse=True)
def sheet(place: Place) -> Path:
    """The same orders in every test."""
    return write_sheet(place.work / "orders.csv", [order(number) for number in NUMBERS])


def _apply(stub: StubApi, *flags: str) -> tuple[str, ...]:
    return ("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json", *flags)


def _garble(ledger: Path) -> None:
    with ledger.open("r+b") as damaged:
        damaged.seek(8192)
        damaged.write(b"\xa5" * 20_000)


def _cut(ledger: Path) -> None:
    os.truncate(ledger, ledger.stat().st_size // 2)


def _empty(ledger: Path) -> None:
    os.truncate(ledger, 0)


def _no_database(ledger: Path) -> None:
    ledger.write_text("just a text\n" * 900)


def _newer(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as db:
        db.execute("PRAGMA user_version = 999")


def _no_folder(ledger: Path) -> None:
    shutil.rmtree(ledger.parent)
    ledger.parent.write_text("a file in its place")


@pytest.mark.parametrize("damage", [_garble, _cut, _empty, _no_database, _newer, _no_folder])
def test_a_ledger_that_cannot_be_used_stops_before_anything_is_sent(
    place: Place, call: Call, damage: Callable[[Path], None]
) -> None:
    """Exit 2 and a sentence that names the place; put back, everything is known as it was."""
    with StubApi() as stub:
        assert call(*_apply(stub)).code == 0
        kept = shutil.copytree(place.ledger.parent, place.home / "kept")
        damage(place.ledger)
        ended = call(*_apply(stub))
        assert (ended.code, len(stub.puts())) == (2, COUNT)
        assert str(place.ledger.parent) in ended.json["error"]
        assert "Traceback" not in ended.stderr
        if place.ledger.parent.is_file():
            place.ledger.parent.unlink()
        shutil.rmtree(place.ledger.parent, ignore_errors=True)
        kept.rename(place.ledger.parent)
        assert call(*_apply(stub)).json["outcomes"]["unchanged"] == COUNT


def test_damage_that_is_met_on_the_way_stops_the_run(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large ledger is not read whole in advance: then it is exit 5, and no traceback."""
    monkeypatch.setattr(trouble, "WHOLLY_CHECKED_BYTES", 0)
    with StubApi() as stub:
        assert call(*_apply(stub)).code == 0
        with closing(sqlite3.connect(place.ledger)) as db:
            (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name='rows'").fetchone()
        with place.ledger.open("r+b") as damaged:
            damaged.seek((page - 1) * 4096)
            damaged.write(b"\xa5" * 4096)
        ended = call(*_apply(stub))
    assert (ended.code, len(stub.puts())) == (5, COUNT)
    assert f"The ledger {place.ledger} is damaged" in ended.json["error"]
    assert "Traceback" not in ended.stderr


def test_a_ledger_that_is_deleted_while_it_is_used(place: Place, call: Call) -> None:
    """The run stops, and its results still tell what is certain; what was sent may go once more."""

    def delete(seen: Seen) -> Reply:
        if len(stub.puts()) == 40:
            shutil.rmtree(place.ledger.parent)
        return api.ok(seen)

    place.environ["ADDRESS_PIPELINE_RATE__START_PER_SECOND"] = "100"
    with StubApi(delete) as stub:
        first = call("apply", "orders.csv", "--base-url", stub.url, "--json", "--max-rate", "100")
        assert first.code == 5
        assert "was deleted or replaced while it was in use" in first.json["error"]
        rows = read_results(place.work / "orders.results.csv")
        assert [int(row["order_id"]) for row in rows] == list(NUMBERS)
        sent = {seen.order_id for seen in stub.puts()}
        for row in rows:
            if int(row["order_id"]) in sent:
                assert row["outcome"] in ("updated", "unknown")
            else:
                assert row["outcome"] in ("not_sent", "unknown")
        stub.behave = api.ok
        assert call(*_apply(stub)).json["outcomes"]["updated"] == COUNT
    assert stub.confirmed() == {number: bare_address(number) for number in NUMBERS}
    assert stub.max_open_per_order() == 1


@pytest.mark.nightly
def test_a_killed_run_whose_log_was_deleted(place: Place, call: Call) -> None:
    """Whoever tidies up the files beside the ledger loses what they held: it is sent again."""
    with StubApi(latency_seconds=0.01) as stub:
        process = place.start(*_apply(stub))
        stub.wait_for_puts(30)
        process.kill()
        process.communicate()
        for name in ("-wal", "-shm"):
            place.ledger.with_name(place.ledger.name + name).unlink()
        assert call(*_apply(stub)).json["outcomes"]["updated"] == COUNT
    assert stub.confirmed() == {number: bare_address(number) for number in NUMBERS}


def test_a_ledger_that_another_program_holds(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 5, for it may be repeated; nothing was sent; ``runs`` can be read meanwhile."""
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.05)
    with StubApi() as stub:
        assert call(*_apply(stub)).code == 0
        with closing(sqlite3.connect(place.ledger, isolation_level=None)) as viewer:
            viewer.execute("BEGIN IMMEDIATE")
            ended = call(*_apply(stub))
            assert call("runs").code == 0
        assert (ended.code, len(stub.puts())) == (5, COUNT)
        assert "Another program holds the lock" in ended.json["error"]
        assert call(*_apply(stub)).code == 0


def test_a_state_folder_on_a_network_drive_is_refused(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 2, no folder is made there, and a folder on a local disk will do."""
    table = [Mount("/", "ext4"), Mount(str(place.home), "nfs4", "nas:/home")]
    monkeypatch.setattr(disks, "mount_table", lambda: table)
    with StubApi() as stub:
        ended = call(*_apply(stub))
        assert (ended.code, stub.puts()) == (2, [])
        assert "nfs4" in ended.json["error"]
        assert "--state-dir" in ended.json["error"]
        assert not place.ledger.parent.exists()
        assert call("check", "orders.csv").code == 0
        assert call(*_apply(stub, "--state-dir", str(place.work / "state"))).code == 0


def test_the_demo_works_on_a_network_drive_too(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing is at stake there, so its ledger lies elsewhere."""
    monkeypatch.setattr(disks, "mount_table", lambda: [Mount(str(place.work), "cifs", "//nas/x")])
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert call("demo", "-q").code == 0
    assert not (place.work / "address-pipeline-demo" / "state").exists()
    assert (place.work / "address-pipeline-demo" / "all-fields.results.csv").exists()


@pytest.mark.parametrize(
    "whose", ["the user's own", pytest.param("somebody else's", marks=pytest.mark.nightly)]
)
def test_a_state_folder_without_the_right_to_write(place: Place, whose: str) -> None:
    """Exit 2 and a sentence; nothing was sent. ``check`` needs no such folder."""
    parent = place.home / "state"
    parent.mkdir()
    if whose == "somebody else's" and os.geteuid() == 0:  # only root can give it away
        place.ledger.parent.mkdir()
        place.ledger.touch()
        for path in (place.ledger.parent, place.ledger):
            os.chown(path, 65534, 65534)
    parent.chmod(0o500)
    try:
        with StubApi() as stub:
            ended = finish(begin(place, WITHOUT_RIGHTS_OF_ROOT, *_apply(stub)))
            assert (ended.code, stub.puts()) == (2, [])
    finally:
        parent.chmod(0o700)
    assert "cannot be written" in ended.json["error"]
    assert "--state-dir" in ended.json["error"]
