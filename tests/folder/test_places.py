"""Files are moved whole, never over another one, and a move that was killed can be done again."""

from __future__ import annotations

import os
import stat
import sys
import zipfile
from pathlib import Path

import pytest

from pipeline.folder.places import (
    Places,
    count_strange,
    free_together,
    look_at,
    move_whole,
    put_beside,
    replace_whole,
)
from pipeline.folder.synced import provider_of
from pipeline.folder.whole import looks_whole


def test_a_move_never_replaces(tmp_path: Path) -> None:
    """Where the name is taken both files stay as they are."""
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_text("one")
    b.write_text("two")
    with pytest.raises(FileExistsError):
        move_whole(a, b)
    assert (a.read_text(), b.read_text()) == ("one", "two")
    with pytest.raises(FileExistsError):
        replace_whole(a, b)
    move_whole(a, tmp_path / "c")
    assert (tmp_path / "c").read_text() == "one"
    assert not a.exists()


def test_a_move_of_what_is_gone_leaves_nothing(tmp_path: Path) -> None:
    """Another watcher was faster: no empty file of the name stays behind."""
    with pytest.raises(FileNotFoundError):
        move_whole(tmp_path / "gone", tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def test_what_a_kill_left_is_taken_over(tmp_path: Path) -> None:
    """An empty file of the name is what a killed move leaves, and only that is replaced."""
    (tmp_path / "a").write_text("one")
    (tmp_path / "b").touch()
    replace_whole(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_text() == "one"


def test_folders_links_and_no_sheets_are_not_looked_at(tmp_path: Path) -> None:
    """Only files that may be sheets are given; all of them where that is asked for."""
    Places(tmp_path, "me").make()
    for name in ("a.csv", "~$a.xlsx", "_STATUS.html"):
        (tmp_path / name).write_text("x")
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    assert set(look_at(tmp_path)) == {"a.csv"}
    assert set(look_at(tmp_path, all_files=True)) == {"a.csv", "~$a.xlsx", "_STATUS.html"}


@pytest.mark.skipif(os.name == "nt", reason="there are no modes")
@pytest.mark.parametrize("mode", [0o700, 0o750, 0o770, 0o1777])
def test_the_places_are_as_open_as_the_folder(tmp_path: Path, mode: int) -> None:
    """Who may drop a sheet may also approve it, whatever the umask of the service."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    folder.chmod(mode)
    places, mask = Places(folder, "me"), os.umask(0o077)
    try:
        places.make()
        left = os.umask(0o077)
    finally:
        os.umask(mask)
    assert [stat.S_IMODE(place.stat().st_mode) for place in places.all] == [mode] * 5
    assert left == 0o077


def test_a_sheet_and_what_is_beside_it_get_one_number(tmp_path: Path) -> None:
    """Where any of the names is taken, all get the next number."""
    (tmp_path / "a.results.xlsx").touch()
    (tmp_path / "a (2).csv").touch()
    names = free_together(tmp_path, "a (7).csv", "a.csv", ["a (7).results.xlsx"])
    assert names == {"a (7).csv": "a (3).csv", "a (7).results.xlsx": "a (3).results.xlsx"}


def test_what_a_long_sheet_is_with_gets_its_number_too(tmp_path: Path) -> None:
    """Results whose name had to be cut begin like no sheet, and yet find a free name."""
    long = "x" * 250 + ".csv"
    (tmp_path / "xxx….results.xlsx").touch()
    names = free_together(tmp_path, long, long, ["xxx….results.xlsx"])
    assert names == {long: f"{'x' * 247} (2).csv", "xxx….results.xlsx": "xxx….results (2).xlsx"}


def test_names_that_are_no_text_are_counted_and_left(tmp_path: Path) -> None:
    """Neither ledger nor page could hold such a name."""
    (tmp_path / os.fsdecode(b"caf\xe9.csv")).touch()
    (tmp_path / "b.csv").touch()
    assert set(look_at(tmp_path, all_files=True)) == {"b.csv"}
    assert count_strange(tmp_path) == 1


def test_a_text_is_written_whole(tmp_path: Path) -> None:
    """The file is as open as the folder's others would be, and nothing half written stays."""
    put_beside(tmp_path / "a.error.txt", "one\n")
    put_beside(tmp_path / "a.error.txt", "two\n")
    assert [path.name for path in tmp_path.iterdir()] == ["a.error.txt"]
    assert (tmp_path / "a.error.txt").read_text() == "two\n"


def test_a_file_without_its_end_is_not_whole(tmp_path: Path) -> None:
    """Preallocated, cut off or empty: not whole. What cannot be told is."""
    book = tmp_path / "a.xlsx"
    with zipfile.ZipFile(book, "w") as packed:
        packed.writestr("a", "b" * 1000)
    content = book.read_bytes()
    cases = {
        content: True,
        content[:-30]: False,
        content[:50] + b"\0" * 500: False,
        b"": False,
        b"a,b\n1,2\n": True,
        b"a,b\n1,2\n" + b"\0" * 500: False,
        "a,b\n".encode("utf-16"): True,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600: True,
    }
    for data, whole in cases.items():
        book.write_bytes(data)
        assert looks_whole(book) is whole, data[:10]
    assert not looks_whole(tmp_path / "gone")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n \n", "\n\t"])
def test_a_text_is_whole_when_its_last_line_has_an_end(
    tmp_path: Path, encoding: str, end: str
) -> None:
    """Cut anywhere else it reads as a sheet of fewer rows, the last one with half a city."""
    sheet = tmp_path / "a.CSV"
    sheet.write_bytes(f"id,city\n1,Böston{end}".encode(encoding))
    assert looks_whole(sheet)
    sheet.write_bytes("id,city\n1,Böst".encode(encoding))
    assert not looks_whole(sheet)
    sheet.write_bytes(f"id,city{end}".encode(encoding) + bytes(600))
    assert not looks_whole(sheet)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who writes")
def test_what_somebody_still_writes_to_is_not_whole(tmp_path: Path) -> None:
    """A copy that pauses for long looks the same as one that has ended; who reads is no matter."""
    sheet = tmp_path / "a.csv"
    with sheet.open("w") as writer:
        writer.write("a,b\n1,2\n")
        writer.flush()
        assert not looks_whole(sheet)
    assert looks_whole(sheet)
    with sheet.open() as reader:
        assert looks_whole(sheet)
        assert reader.read(3) == "a,b"
    sheet.write_text("a,b\n3,4\n")  # nothing is in the way of the next one


@pytest.mark.parametrize(
    ("folder", "mark", "provider"),
    [
        ("OneDrive - Company/in", "", "OneDrive"),
        ("Dropbox (Personal)/in", "", "Dropbox"),
        ("My Drive/in", ".tmp.drivedownload", "Google Drive"),
        ("Library/Mobile Documents/com~apple~CloudDocs/in", "", "iCloud"),
        ("team/in", ".stfolder", "Syncthing"),
        ("Box/in", "", "Box"),
        ("srv/inbox", "", ""),
    ],
)
def test_synced_folders_are_known(tmp_path: Path, folder: str, mark: str, provider: str) -> None:
    """By a folder's name above it, or by a mark that the program keeps there."""
    path = tmp_path / folder
    path.mkdir(parents=True)
    if mark:
        (path.parent / mark).touch()
    assert provider_of(path, {}) == provider
    assert provider_of(path, {"OneDrive": str(tmp_path)}) == "OneDrive"
    assert provider_of(tmp_path / "else", {}, os.path.lexists) == ""
