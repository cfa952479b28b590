"""Check files in to-approve whose sheet somebody renamed or took away."""

from __future__ import annotations

from collections.abc import Iterator

import openpyxl
import pytest

from pipeline.cli import watch as cli_watch
from tests.functional.command import Place, order
from tests.functional.conftest import Call
from tests.functional.hot_folder import HotFolder, InThisProcess
from tests.stub_api.server import StubApi


@pytest.fixture
def folder(place: Place, call: Call, monkeypatch: pytest.MonkeyPatch) -> HotFolder:
    """An empty hot folder that asks, whose sheets are worked on in this process."""
    monkeypatch.setattr(cli_watch, "Workers", InThisProcess)
    monkeypatch.setattr(cli_watch._Signals, "wait", lambda _self, _seconds: None)
    place.environ["ADDRESS_PIPELINE_WATCH__CONFIRM"] = "always"
    return HotFolder(place, call)


@pytest.fixture
def stub() -> Iterator[StubApi]:
    """An API that takes everything."""
    with StubApi() as server:
        yield server


def _edit(path: object, city: str) -> None:
    book = openpyxl.load_workbook(str(path))
    head = [cell.value for cell in book.worksheets[0][1]]
    book.worksheets[0].cell(2, head.index("city") + 1).value = city
    book.save(str(path))


def test_a_sheet_that_is_taken_away_takes_its_check_file_along(
    folder: HotFolder, stub: StubApi
) -> None:
    """The check file goes to done, quietly; it is not deleted, and nothing is sent."""
    folder.drop("a.csv", [order(1)])
    folder.drop("b.csv", [order(2)])
    folder.once(stub.url)
    (folder.root / "to-approve/a.csv").unlink()
    ended = folder.once(stub.url)
    assert (ended.code, ended.stdout, ended.stderr) == (0, "", "")
    assert folder.files() == {
        "to-approve": ["b.check.xlsx", "b.csv"],
        "done": ["a.check.xlsx"],
    }
    assert stub.puts() == []


def test_a_sheet_that_is_renamed_gets_a_check_file_of_its_name(
    folder: HotFolder, stub: StubApi
) -> None:
    """And the yes to it sends it; once it is told that it waits, it is not told again."""
    folder.drop("a.csv", [order(1)])
    folder.once(stub.url)
    (folder.root / "to-approve/a.csv").rename(folder.root / "to-approve/monday.csv")
    renamed, again = folder.once(stub.url), folder.once(stub.url)
    assert "monday.csv waits in to-approve" in renamed.stdout
    assert again.stdout == ""
    assert folder.files() == {
        "to-approve": ["monday.check.xlsx", "monday.csv"],
        "done": ["a.check.xlsx"],
    }
    folder.move("monday.csv", "to-approve", "approved")
    assert folder.once(stub.url).code == 0
    assert [seen.order_id for seen in stub.puts()] == [1]
    assert "to-approve" not in folder.files()


def test_a_sheet_that_comes_back_meets_its_check_file(folder: HotFolder, stub: StubApi) -> None:
    """Taken out and dropped once more it keeps its name, and its check file is replaced."""
    folder.drop("a.csv", [order(1)])
    folder.once(stub.url)
    (folder.root / "to-approve/a.csv").unlink()
    folder.drop("a.csv", [order(1, city="Salem")])
    folder.once(stub.url)
    assert folder.files() == {"to-approve": ["a.check.xlsx", "a.csv"]}
    folder.move("a.csv", "to-approve", "approved")
    folder.once(stub.url)
    assert [seen.json["customer_info"]["city"] for seen in stub.puts()] == ["Salem"]


def test_a_namesake_leaves_the_check_file_of_another(folder: HotFolder, stub: StubApi) -> None:
    """Each waiting sheet keeps its own, and the one that goes takes only its own along."""
    folder.drop("a.csv", [order(1)])
    folder.once(stub.url)
    folder.drop("a.txt", [order(2)])
    folder.once(stub.url)
    assert folder.files() == {
        "to-approve": ["a (2).check.xlsx", "a (2).txt", "a.check.xlsx", "a.csv"]
    }
    (folder.root / "to-approve/a.csv").unlink()
    folder.once(stub.url)
    assert folder.files() == {
        "to-approve": ["a (2).check.xlsx", "a (2).txt"],
        "done": ["a.check.xlsx"],
    }


def test_what_somebody_wrote_into_a_check_file_stays(folder: HotFolder, stub: StubApi) -> None:
    """It is work; and a corrected check sheet that waits itself keeps the check file beside it."""
    folder.drop("a.csv", [order(1)])
    folder.once(stub.url)
    (folder.root / "to-approve/a.csv").unlink()
    _edit(folder.root / "to-approve/a.check.xlsx", "Salem")
    for _ in range(2):
        folder.once(stub.url)
        assert folder.files() == {"to-approve": ["a.check.xlsx"]}
        assert "its sheet is gone: drop it into the folder" in folder.page
    folder.move("a.check.xlsx", "to-approve", ".")
    for _ in range(2):
        folder.once(stub.url)
        assert folder.files() == {"to-approve": ["a.check (2).xlsx", "a.check.xlsx"]}
        assert "look at a.check (2).xlsx" in folder.page
        assert "its sheet is gone" not in folder.page
    folder.move("a.check.xlsx", "to-approve", "approved")
    assert folder.once(stub.url).code == 0
    assert [seen.json["customer_info"]["city"] for seen in stub.puts()] == ["Salem"]
