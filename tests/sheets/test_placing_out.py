"""Finished files reach their place whole, and never over somebody's work."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.sheets.placing import place, sha256_of, temporary_beside


def never(path: Path) -> bool:
    return False


def put(wanted: Path, text: str, ours: Callable[[Path], bool] = never) -> Path:
    with temporary_beside(wanted) as temp:
        temp.write_text(text)
        return place(temp, wanted, ours=ours)


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def no_links(*args: object, **kwargs: object) -> None:
    raise OSError(errno.EOPNOTSUPP, "no hard links here")


@pytest.fixture(params=["links", "no links"])
def _either_file_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test as on a disk that knows hard links, and as on one that does not."""
    if request.param == "no links":
        monkeypatch.setattr(os, "link", no_links)


@pytest.mark.usefixtures("_either_file_system")
def test_a_file_lands_where_it_was_wanted(tmp_path: Path) -> None:
    """A free name is taken, only the user can read the file, and nothing else is left."""
    landed = put(tmp_path / "a.results.xlsx", "new")
    assert landed == tmp_path / "a.results.xlsx"
    assert content(tmp_path) == {"a.results.xlsx": "new"}
    assert stat.S_IMODE(landed.stat().st_mode) == 0o600


@pytest.mark.usefixtures("_either_file_system")
def test_somebodys_file_is_never_replaced(tmp_path: Path) -> None:
    """A name that is taken by a file that is not ours is passed over, and so is the next."""
    (tmp_path / "a.results.xlsx").write_text("theirs")
    assert put(tmp_path / "a.results.xlsx", "one").name == "a.results (2).xlsx"
    assert put(tmp_path / "a.results.xlsx", "two").name == "a.results (3).xlsx"
    assert content(tmp_path) == {
        "a.results.xlsx": "theirs",
        "a.results (2).xlsx": "one",
        "a.results (3).xlsx": "two",
    }


def test_only_our_own_file_is_replaced(tmp_path: Path) -> None:
    """A file that is byte for byte what we wrote gives way; edited by one byte it does not."""
    wanted = tmp_path / "a.csv"
    written = sha256_of(put(wanted, "old"))

    def ours(path: Path) -> bool:
        return sha256_of(path) == written

    assert put(wanted, "new", ours) == wanted
    assert wanted.read_text() == "new"
    assert put(wanted, "newer", ours).name == "a (2).csv"
    assert wanted.read_text() == "new"


def test_folders_and_links_are_somebodys(tmp_path: Path) -> None:
    """A folder or link of the wanted name stays, even where it would be called ours."""
    (tmp_path / "a.csv").mkdir()
    (tmp_path / "target").write_text("theirs")
    (tmp_path / "a (2).csv").symlink_to(tmp_path / "target")
    (tmp_path / "a (3).csv").symlink_to(tmp_path / "nowhere")
    assert put(tmp_path / "a.csv", "new", lambda path: True).name == "a (4).csv"
    assert (tmp_path / "target").read_text() == "theirs"
    assert (tmp_path / "a (3).csv").is_symlink()


def test_a_file_that_cannot_be_read_is_somebodys(tmp_path: Path) -> None:
    """Where the question itself fails, the file stays."""

    def unreadable(path: Path) -> bool:
        raise PermissionError(errno.EACCES, "locked")

    (tmp_path / "a.csv").write_text("theirs")
    assert put(tmp_path / "a.csv", "new", unreadable).name == "a (2).csv"
    assert (tmp_path / "a.csv").read_text() == "theirs"


def refusing(name: str, number: int, real: Callable[..., object]) -> Callable[..., object]:
    """Give ``real`` as it is for all files but those called ``name``."""

    def call(source: object, target: object, *args: object) -> object:
        if Path(str(target)).name == name:
            raise OSError(number, os.strerror(number))
        return real(source, target, *args)

    return call


@pytest.mark.usefixtures("_either_file_system")
@pytest.mark.parametrize("ours", [True, False])
def test_a_locked_name_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, ours: bool
) -> None:
    """Where the program that holds a file forbids the rename, the next name is taken."""
    if ours:
        (tmp_path / "a.csv").write_text("open in Excel")
    before = content(tmp_path)
    monkeypatch.setattr(os, "link", refusing("a.csv", errno.EACCES, os.link))
    monkeypatch.setattr(Path, "replace", refusing("a.csv", errno.EACCES, Path.replace))
    assert put(tmp_path / "a.csv", "new", lambda path: ours).name == "a (2).csv"
    assert content(tmp_path) == {**before, "a (2).csv": "new"}


@pytest.mark.parametrize("step", ["sync", "rename"])
def test_a_full_disk_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """With no space left the error is told at once, the old file stays, the new one is gone."""

    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    wanted = tmp_path / "a.csv"
    wanted.write_text("old")
    if step == "sync":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr(Path, "replace", full)
    with temporary_beside(wanted) as temp:
        temp.write_text("new")
        with pytest.raises(OSError, match="No space left"):
            place(temp, wanted, ours=lambda path: True)
        assert content(tmp_path) == {"a.csv": "old"}


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_drive_that_cannot_flush_or_keep_modes_is_good_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Some network drives refuse both; the results land there all the same."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError(number, os.strerror(number))

    wanted, source = tmp_path / "a.results.csv", tmp_path / "a.csv"
    source.touch()
    with temporary_beside(wanted) as temp:
        monkeypatch.setattr(os, "fsync", refuse)
        monkeypatch.setattr(Path, "chmod", refuse)
        assert place(temp, wanted, ours=never, like=source) == wanted
    assert wanted.exists()


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_flush_that_lost_the_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A network drive may say only now that it is full: then the name must not point to it."""

    def refuse(*args: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match=os.strerror(number)):
        put(tmp_path / "a.csv", "new")
    assert content(tmp_path) == {}


def test_the_name_is_flushed_after_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First the bytes, then the name: after a power cut it leads to a whole file or to none."""
    steps: list[str] = []
    fsync, link = os.fsync, os.link

    def flushing(file: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(file).st_mode) else "file")
        fsync(file)

    def linking(source: Path, target: Path) -> None:
        steps.append("name")
        link(source, target)

    monkeypatch.setattr(os, "fsync", flushing)
    monkeypatch.setattr(os, "link", linking)
    put(tmp_path / "a.csv", "new")
    assert steps == ["file", "name", "folder"]


@pytest.mark.usefixtures("_either_file_system")
@pytest.mark.parametrize(
    ("stem", "kind"),
    [("é" * 123 + "x", ".results.xlsx"), ("a" * 249, ".csv"), ("b" * 180, "." + "c" * 80)],
)
def test_a_name_that_is_too_long_is_cut(tmp_path: Path, stem: str, kind: str) -> None:
    """Its beginning and its kind stay; a second one of that name gets its number."""
    names = [put(tmp_path / f"{stem}{kind}", text).name for text in ("one", "two")]
    if len(f"{stem}{kind}".encode()) <= 255:
        assert names[0] == f"{stem}{kind}"
    for name in names[1:]:
        assert name.startswith(stem[:20])
        assert len(name.encode()) <= 255
    assert sorted(content(tmp_path).values()) == ["one", "two"]


def test_names_do_not_run_on_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every name is refused, the system's reason is told and nothing is left."""

    def refuse(*args: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(PermissionError):
        put(tmp_path / "a.csv", "new")
    assert content(tmp_path) == {}


@pytest.mark.parametrize("mode", [0o644, 0o664, 0o640, 0o755])
def test_results_are_as_open_as_their_source(tmp_path: Path, mode: int) -> None:
    """Who may read the sheet may read its results; nobody may run them."""
    source = tmp_path / "a.csv"
    source.touch()
    source.chmod(mode)
    with temporary_beside(source) as temp:
        landed = place(temp, tmp_path / "a.results.csv", ours=never, like=source)
    assert stat.S_IMODE(landed.stat().st_mode) == mode & 0o666


def test_results_of_a_source_that_is_gone_are_private(tmp_path: Path) -> None:
    """Without a source to go by, only the user can read the results."""
    wanted = tmp_path / "a.csv"
    with temporary_beside(wanted) as temp:
        landed = place(temp, wanted, ours=never, like=tmp_path / "gone.csv")
    assert stat.S_IMODE(landed.stat().st_mode) == 0o600


def test_a_temporary_file_is_hidden_private_and_short_lived(tmp_path: Path) -> None:
    """It stands beside its target under a dot-name, and an error on the way removes it."""

    def fail(temp: Path) -> None:
        assert temp.parent == tmp_path
        assert temp.name.startswith(".")
        assert stat.S_IMODE(temp.stat().st_mode) == 0o600
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), temporary_beside(tmp_path / ("x" * 240)) as temp:
        fail(temp)
    assert list(tmp_path.iterdir()) == []


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    """SHA-256 of ``abc`` is the standard's own example."""
    (tmp_path / "a").write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert expected == sha256_of(tmp_path / "a")


def test_what_a_killed_process_left_goes(tmp_path: Path) -> None:
    """An old temporary file of these very results holds addresses; any other file stays."""
    wanted = tmp_path / "orders.results.csv"
    names = {
        ".orders.results.abc_1234.tmp": (7_200, 0o600),  # left behind
        ".orders.results.abc_1235.tmp": (60, 0o600),  # somebody writes it now
        ".orders.results.abc_1236.tmp": (7_200, 0o644),  # not made by us
        ".orders.results.tmp": (7_200, 0o600),
        ".others.results.abc_1234.tmp": (7_200, 0o600),
        "orders.results.csv": (7_200, 0o600),
    }
    for name, (age, mode) in names.items():
        path = tmp_path / name
        path.touch(mode=mode)
        path.chmod(mode)
        os.utime(path, (time.time() - age,) * 2)
    with temporary_beside(wanted):
        pass
    assert {path.name for path in tmp_path.iterdir()} == set(names) - {next(iter(names))}


def test_a_numbered_name_goes_on_counting(tmp_path: Path) -> None:
    """``x (2)`` that is taken becomes ``x (3)``, not ``x (2) (2)``."""
    (tmp_path / "x (2).csv").write_text("somebody's")
    with temporary_beside(tmp_path / "x (2).csv") as temp:
        temp.write_text("ours")
        landed = place(temp, tmp_path / "x (2).csv", ours=lambda _: False)
    assert landed.name == "x (3).csv"
