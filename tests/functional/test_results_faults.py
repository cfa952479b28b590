"""Results that cannot be written where they were wanted: told, and all of it is in the ledger."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.functional.command import Ended, Place, finish, order, read_results, write_sheet
from tests.functional.conftest import Call
from tests.functional.troubled import WITHOUT_RIGHTS_OF_ROOT, begin
from tests.stub_api import behaviours as api
from tests.stub_api.replies import Reply
from tests.stub_api.server import StubApi
from tests.stub_api.wire import Seen

ROWS = [order(1), order(2), order(3)]


def _apply(stub: StubApi, sheet: str, *flags: str) -> tuple[str, ...]:
    return ("apply", sheet, "--base-url", stub.url, "--max-rate", "0", "--json", *flags)


def _written_later(place: Place, call: Call, ended: Ended) -> None:
    """The sentence names the command, and it works."""
    run_id = ended.json["runs"][0]["run_id"]
    assert ended.json["runs"][0]["results"] is None
    assert f"address-pipeline results {run_id} -o FILE" in ended.stderr
    assert call("results", run_id, "-o", "later.csv").code == 0
    assert {row["outcome"] for row in read_results(place.work / "later.csv")} == {"updated"}


def test_a_folder_that_cannot_be_written(place: Place, call: Call) -> None:
    """The exit code is that of the rows; the results are written later, elsewhere."""
    folder = place.work / "lent"
    folder.mkdir()
    write_sheet(folder / "orders.csv", ROWS)
    folder.chmod(0o500)
    with StubApi() as stub:
        ended = finish(begin(place, WITHOUT_RIGHTS_OF_ROOT, *_apply(stub, "lent/orders.csv")))
    folder.chmod(0o700)
    assert (ended.code, ended.json["outcomes"]["updated"]) == (0, 3)
    assert "orders.results.csv cannot be written there (Permission denied)" in ended.stderr
    _written_later(place, call, ended)


def test_a_name_that_is_locked(place: Place, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open in Excel the old results cannot be replaced: the new ones get another name."""
    write_sheet(place.work / "orders.csv", ROWS)
    link, replace = os.link, Path.replace

    def locked(name: Any) -> None:
        if Path(name).name == "orders.results.csv":
            raise PermissionError(errno.EACCES, "Permission denied")

    def linking(source: Any, target: Any) -> None:
        locked(target)
        link(source, target)

    def replacing(source: Path, target: Any) -> Path:
        locked(target)
        return replace(source, target)

    with StubApi() as stub:
        assert call(*_apply(stub, "orders.csv")).code == 0
        monkeypatch.setattr(os, "link", linking)
        monkeypatch.setattr(Path, "replace", replacing)
        ended = call(*_apply(stub, "orders.csv"))
    assert ended.code == 0
    assert ended.json["runs"][0]["results"].endswith("orders.results (2).csv")
    assert "orders.results.csv is there already or is locked" in ended.stderr


def test_a_folder_of_that_name(place: Place, call: Call) -> None:
    """It is somebody's: the results get another name, and the command says so."""
    write_sheet(place.work / "orders.csv", ROWS)
    (place.work / "orders.results.csv").mkdir()
    with StubApi() as stub:
        ended = call(*_apply(stub, "orders.csv"))
    assert (ended.code, "the results are orders.results (2).csv" in ended.stderr) == (0, True)


@pytest.mark.parametrize("chosen", [True, False], ids=["-o", "beside the sheet"])
def test_a_folder_that_is_deleted_meanwhile(place: Place, call: Call, *, chosen: bool) -> None:
    """One that was asked for is made again; the sheet's own is not: that was a person's."""
    sheet = place.work / ("orders.csv" if chosen else "out/orders.csv")
    (place.work / "out").mkdir()
    write_sheet(sheet, ROWS)

    def delete(seen: Seen) -> Reply:
        shutil.rmtree(place.work / "out", ignore_errors=True)
        return api.ok(seen)

    with StubApi(delete) as stub:
        ended = call(*_apply(stub, str(sheet), *(("-o", "out") if chosen else ())))
    assert (ended.code, ended.json["outcomes"]["updated"]) == (0, 3)
    if chosen:
        assert len(read_results(place.work / "out" / "orders.results.csv")) == 3
    else:
        assert not (place.work / "out").exists()
        _written_later(place, call, ended)


@pytest.mark.parametrize("letter", ["x", "ü", "店"])
def test_a_name_as_long_as_a_name_can_be(place: Place, call: Call, letter: str) -> None:
    """There is no room for ``.results``, so the name is cut; the next run replaces that file."""
    name = letter * (251 // len(letter.encode())) + ".csv"
    write_sheet(place.work / name, ROWS)
    with StubApi() as stub:
        first = call(*_apply(stub, name))
        again = call(*_apply(stub, name))
    landed = Path(first.json["runs"][0]["results"])
    assert (first.code, again.code) == (0, 0)
    assert landed.name.startswith(letter * 20)
    assert landed.name.endswith(".results.csv")
    assert "is too long a name here" in first.stderr
    assert again.json["runs"][0]["results"] == str(landed)
    report = Path(again.json["runs"][0]["report"])
    assert report.name == f"{landed.name.removesuffix('.results.csv')}.report.html"
    assert {path.name for path in place.work.iterdir()} == {name, landed.name, report.name}


@pytest.mark.parametrize("output", ["new/folder", "new/folder/out.csv"])
def test_a_folder_that_is_not_there_yet_is_made(place: Place, call: Call, output: str) -> None:
    """Before anything is sent, so that nobody finds out afterwards."""
    write_sheet(place.work / "orders.csv", ROWS)
    with StubApi() as stub:
        ended = call(*_apply(stub, "orders.csv", "-o", output))
    assert ended.code == 0
    assert Path(ended.json["runs"][0]["results"]).parent == place.work / "new" / "folder"


@pytest.mark.parametrize("output", ["file/folder", "file/out.csv"])
def test_a_folder_that_cannot_be_made_is_told_before_anything_is_sent(
    place: Place, call: Call, output: str
) -> None:
    """Exit 2: a file is in the way."""
    write_sheet(place.work / "orders.csv", ROWS)
    (place.work / "file").write_text("")
    with StubApi() as stub:
        ended = call(*_apply(stub, "orders.csv", "-o", output))
    assert (ended.code, stub.puts()) == (2, [])
    assert "cannot be made; name another" in ended.json["error"]
