"""What may be named as a sheet and is none, and how a sheet's kind is told."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pytest

from pipeline.core.errors import SheetError
from pipeline.core.outcome import ExitCode
from pipeline.sheets import SheetInfo, open_sheet


def xlsx() -> bytes:
    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "order_id"
    book.save(out)
    return out.getvalue()


def zipped(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in files.items():
            package.writestr(name, text)
    return out.getvalue()


def ole2(*entries: str) -> bytes:
    """An OLE2 container's head and directory; the streams themselves are not there."""
    names = ["Root Entry", *entries]
    directory = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in names)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + directory


def encrypted_zip() -> bytes:
    content = bytearray(zipped({"xl/workbook.xml": "<workbook/>"}))
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def lying_bomb() -> bytes:
    """A zip whose directory says 10 bytes where 40 MB come out."""
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = squeezed.compress(b"\0" * 40_000_000) + squeezed.flush()
    content = bytearray(zipped({"xl/workbook.xml": "A" * 10}))
    begin = 30 + len("xl/workbook.xml")
    central = content.rindex(b"PK\x01\x02")
    head, tail = content[:begin], content[central:]
    head[18:22] = tail[20:24] = len(bomb).to_bytes(4, "little")
    end = tail.rindex(b"PK\x05\x06")
    tail[end + 16 : end + 20] = (begin + len(bomb)).to_bytes(4, "little")
    return bytes(head + bomb + tail)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\n \r\n\t\n", "holds nothing but blanks"),
        (b"\xef\xbb\xbf\r\n", "holds nothing but blanks"),
        (b"\xff\xfe\r\0\n\0", "holds nothing but blanks"),
        (b"%PDF-1.7\n", "is a PDF, not a spreadsheet"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "is a picture"),
        (b"\x1f\x8b\x08\0", "is a packed file"),
        (b"\n<!DOCTYPE html><table><tr><td>order_id", "is a web page"),
        (b'<?xml version="1.0"?><Workbook/>', "is XML, not a spreadsheet"),
        (bytes(range(256)) * 8, "is not a spreadsheet"),
        (xlsx()[:-400], "is damaged or cut off"),
        (xlsx()[:60], "is damaged or cut off"),
        (b"PK\x03\x04", "is damaged or cut off"),
        (zipped({"orders.csv": "order_id\n1\n"}), "packed file or another document"),
        (zipped({"word/document.xml": "<w/>"}), "packed file or another document"),
        (zipped({"xl/workbook.xml": "<workbook/>"}), "is damaged or cut off"),
        (zipped({"xl/workbook.bin": "x"}), "is damaged or cut off"),
        (zipped({"mimetype": "x", "content.xml": "<x/>"}), "damaged or cut off|no worksheet"),
        (encrypted_zip(), "is protected by a password"),
        (
            zipped(
                {
                    "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
                    "content.xml": "x",
                    "META-INF/manifest.xml": "<manifest:encryption-data/>",
                }
            ),
            "is protected by a password",
        ),
        (ole2("EncryptionInfo", "DataSpaces", "x", "y", "EncryptedPackage"), "by a password"),
        (ole2("Workbook"), "is damaged or cut off"),
        (ole2("WordDocument"), "is not a spreadsheet"),
        (lying_bomb(), "unpacks to more than 20 MB"),
        (zipped({"xl/workbook.xml": " " * 30_000_000}), "unpacks to more than 20 MB"),
        (b"a,b\n" * 6_000_000, "has 24 MB, over the limit of 20"),
    ],
    # A name from the bytes of a zip would hold the time at which it was made.
    ids=lambda value: value if isinstance(value, str) else "bytes",
)
@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
def test_what_is_no_sheet_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes, sentence: str, ending: str
) -> None:
    """Content decides, not the ending; the sentence names the file and says what to do."""
    path = tmp_path / f"orders{ending}"
    path.write_bytes(content)
    with pytest.raises(SheetError, match=sentence) as caught:
        open_sheet(path, max_megabytes=20)
    assert str(caught.value).startswith(path.name)
    assert str(caught.value).count(". ") == 0
    assert str(caught.value).endswith(".")
    assert caught.value.exit_code == ExitCode.SHEET


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A missing file, a folder and a pipe are told apart, and nothing waits on the pipe."""
    with pytest.raises(SheetError, match="does not exist"):
        open_sheet(tmp_path / "orders.csv")
    with pytest.raises(SheetError, match="is a folder"):
        open_sheet(tmp_path)
    with pytest.raises(SheetError, match="cannot be read"):
        open_sheet(tmp_path / ("x" * 300))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SheetError, match="is no ordinary file"):
        open_sheet(tmp_path / "pipe")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_rights_is_refused(tmp_path: Path) -> None:
    """A file that may not be read says so."""
    path = tmp_path / "orders.csv"
    path.write_bytes(b"a\n")
    path.chmod(0)
    with pytest.raises(SheetError, match="may not be read by you"):
        open_sheet(path)


@pytest.mark.parametrize(
    ("name", "content", "kind", "delimiter", "encoding"),
    [
        ("orders.xlsx", b"a;b\n1;2\n", "csv", ";", "utf-8"),
        ("orders.txt", b"\xef\xbb\xbfa\tb\n", "csv", "\t", "utf-8-sig"),
        ("orders", b"a\n", "csv", ",", "utf-8"),
        ("orders.csv", xlsx(), "xlsx", None, None),
        ("orders.xls", xlsx(), "xlsx", None, None),
    ],
)
def test_the_info_tells_what_was_read(
    tmp_path: Path,
    name: str,
    content: bytes,
    kind: str,
    delimiter: str | None,
    encoding: str | None,
) -> None:
    """Kind comes from the content; hash, size and time are those of the bytes read."""
    path = tmp_path / name
    path.write_bytes(content)
    with open_sheet(path) as sheet:
        assert sheet.info == SheetInfo(
            path,
            name,
            kind,  # type: ignore[arg-type]  # a plain str out of the table
            hashlib.sha256(content).hexdigest(),
            len(content),
            path.stat().st_mtime_ns,
            delimiter,
            encoding,
        )
