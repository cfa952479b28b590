"""The way in: any file that a person may call a sheet, told by its content, not its ending."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import replace
from io import BufferedReader
from pathlib import Path
from zipfile import ZipFile

from pipeline.core.errors import OUT_OF_FILES, SheetError, no_more_files
from pipeline.sheets.csv_in import CsvSheet
from pipeline.sheets.csv_shape import find_shape
from pipeline.sheets.excel.layout import Limits
from pipeline.sheets.excel.package import UNSOUND, Damaged, TooBig, unpacked_bytes
from pipeline.sheets.excel.trouble import too_big
from pipeline.sheets.sheet import Sheet, SheetInfo, SheetKind

__all__ = ["open_sheet"]

_BLOCK = 1 << 20
_HEAD = 8192
_MEGABYTE = 1_000_000
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Excel 2 to 5 wrote their records without a container: the first one says so.
_BARE_XLS = tuple(bytes.fromhex(each) for each in "09000400 09020600 09040600 09080800".split())
_OTHER_FILES = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"{\\rtf", "a text document"),
    (b"\x1f\x8b", "a packed file"),
    (b"7z\xbc\xaf", "a packed file"),
    (b"Rar!", "a packed file"),
    (b"BZh", "a packed file"),
    (b"\xfd7zXZ", "a packed file"),
)
_MARKS = b"\xef\xbb\xbf\xff\xfe"
# Shops and banks call a web page, XML or JSON "xls"; by its commas it would be read as a CSV.
_OTHER_TEXTS = (
    (re.compile(rb"<\?xml"), "XML"),
    (re.compile(rb"<[!a-z]|mime-version:"), "a web page"),
    (re.compile(rb'(?:\[\s*)*\{\s*"'), "JSON"),
)
_SAVE_AS = "open it in Excel and save it as xlsx or CSV"


def open_sheet(
    path: Path,
    *,
    encoding: str | None = None,
    max_megabytes: int = 200,
    max_cells: int = 20_000_000,
) -> Sheet:
    """Open a CSV or a workbook for reading; close it when done.

    ``encoding`` is for a CSV whose own cannot be told. ``max_megabytes`` bounds the file, and a
    workbook also unpacked; ``max_cells`` bounds a worksheet from its first to its last cell.

    Raises :class:`SheetError`, one sentence: missing, a folder, empty, too big, not a
    spreadsheet, protected by a password, damaged.
    """
    name = path.name
    try:
        return _open(path, encoding, Limits(max_megabytes, max_cells))
    except FileNotFoundError as error:
        raise SheetError(f"{path} does not exist; check the name and the folder.") from error
    except PermissionError as error:
        raise SheetError(f"{name} may not be read by you; ask for the right to.") from error
    except OSError as error:
        if error.errno in OUT_OF_FILES:
            raise no_more_files() from error
        raise SheetError(f"{name} cannot be read: {error.strerror or 'an I/O error'}.") from error
    except TooBig as error:
        raise too_big(name, max_megabytes) from error


def _open(path: Path, encoding: str | None, limits: Limits) -> Sheet:
    name = path.name
    most_bytes = limits.max_megabytes * _MEGABYTE
    _refuse_no_file(path)
    with path.open("rb") as stream:
        state = os.fstat(stream.fileno())
        if state.st_size > most_bytes:
            raise SheetError(
                f"{name} has {state.st_size / _MEGABYTE:,.0f} MB, over the limit of "
                f"{most_bytes // _MEGABYTE:,}; split it, or raise sheet.max_megabytes."
            )
        head = stream.read(_HEAD)
        _refuse_other_files(name, head)
        stream.seek(0)
        kind = _kind(name, stream, head, most_bytes)
        stream.seek(0)
        if kind == "csv":
            content, digest = b"", _digest(stream)
        else:
            content = stream.read()
            digest = hashlib.sha256(content).hexdigest()
    info = SheetInfo(path, name, kind, digest, state.st_size, state.st_mtime_ns)
    if kind != "csv":
        return _workbook(info, content, limits)
    shape = find_shape(path, encoding)
    return CsvSheet(replace(info, delimiter=shape.delimiter, encoding=shape.encoding), shape)


def _workbook(info: SheetInfo, content: bytes, limits: Limits) -> Sheet:
    """Read a workbook of its kind; only that kind's reader is imported."""
    if info.kind == "xlsb":
        from pipeline.sheets.excel.xlsb import XlsbSheet

        return XlsbSheet(info, content, limits)
    if info.kind == "xls":
        from pipeline.sheets.excel.xls import XlsSheet

        return XlsSheet(info, content, limits)
    if info.kind == "ods":
        from pipeline.sheets.excel.ods import OdsSheet

        return OdsSheet(info, content, limits)
    from pipeline.sheets.excel.xlsx import ExcelSheet

    return ExcelSheet(info, content, limits)


def _refuse_no_file(path: Path) -> None:
    state = path.stat()
    if stat.S_ISDIR(state.st_mode):
        raise SheetError(f"{path} is a folder; name a sheet in it.")
    if not stat.S_ISREG(state.st_mode):
        raise SheetError(f"{path} is no ordinary file; save the rows in one first.")
    if not state.st_size:
        raise SheetError(f"{path.name} is empty; save it again where it was made.")


def _refuse_other_files(name: str, head: bytes) -> None:
    for begin, what in _OTHER_FILES:
        if head.startswith(begin):
            raise SheetError(f"{name} is {what}, not a spreadsheet; give an xlsx or a CSV.")
    # Without its NULs, UTF-16 reads like ASCII.
    text = head.replace(b"\0", b"").lstrip(_MARKS + b" \t\r\n").lower()
    for beginning, what in _OTHER_TEXTS:
        if beginning.match(text):
            raise SheetError(f"{name} is {what}, not a spreadsheet; {_SAVE_AS}.")
    if len(head) < _HEAD and not head.strip(b"\0 \t\r\n\x1a" + _MARKS):
        raise SheetError(f"{name} holds nothing but blanks; save it again where it was made.")


def _kind(name: str, stream: BufferedReader, head: bytes, most_bytes: int) -> SheetKind:
    if head.startswith(b"PK"):
        return _kind_of_zip(name, stream, most_bytes)
    if head.startswith(_OLE2):
        return _kind_of_ole2(name, stream.read())
    if head.startswith(_BARE_XLS):
        return "xls"
    # Text has hardly a control code, NULs apart; only in marked UTF-16 or -32 may there be more.
    controls = not head.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")) and sum(
        byte < 9 or 13 < byte < 32 for byte in head.replace(b"\0", b"").rstrip(b"\x1a")
    )
    if controls * 20 > len(head):
        raise SheetError(f"{name} is not a spreadsheet; give an xlsx or a CSV.")
    return "csv"


def _kind_of_zip(name: str, stream: BufferedReader, most_bytes: int) -> SheetKind:
    try:
        with ZipFile(stream) as package:
            names = {each.lower().replace("\\", "/") for each in package.namelist()}
            if any(each.flag_bits & 1 for each in package.infolist()):
                raise SheetError(_PROTECTED.format(name))
            kind = _kind_by_names(names)
            if kind == "ods" and _is_protected_ods(package):
                raise SheetError(_PROTECTED.format(name))
            if kind is not None:
                unpacked_bytes(package, most_bytes)
    except (Damaged, *UNSOUND) as error:
        raise SheetError(f"{name} is damaged or cut off; copy it again, or {_SAVE_AS}.") from error
    if any(each.endswith(".iwa") for each in names):
        raise SheetError(
            f"{name} is a Numbers document; open it in Numbers and export it as Excel or CSV."
        )
    if kind is None:
        raise SheetError(
            f"{name} is a packed file or another document, not a spreadsheet; "
            "unpack it, or give an xlsx or a CSV."
        )
    return kind


_PROTECTED = "{} is protected by a password; save it without one, then start again."


def _kind_by_names(names: set[str]) -> SheetKind | None:
    if any(each.endswith("workbook.bin") for each in names):
        return "xlsb"
    if any(each.endswith("workbook.xml") for each in names):
        return "xlsm" if any(each.endswith("vbaproject.bin") for each in names) else "xlsx"
    if "content.xml" in names and "mimetype" in names:
        return "ods"
    return None


def _is_protected_ods(package: ZipFile) -> bool:
    if "META-INF/manifest.xml" not in package.namelist():
        return False
    with package.open("META-INF/manifest.xml") as manifest:
        return b"encryption-data" in manifest.read(_BLOCK)


def _kind_of_ole2(name: str, content: bytes) -> SheetKind:
    """Old Excel files and password-protected new ones share this container."""
    entries = {entry for entry in _OLE2_NAMES if _has_entry(content, entry)}
    if "EncryptedPackage" in entries:
        raise SheetError(_PROTECTED.format(name))
    if not entries and _is_cut_ole2(content):
        raise SheetError(f"{name} is damaged or cut off; copy it again, or {_SAVE_AS}.")
    if not entries:
        raise SheetError(f"{name} is not a spreadsheet; give an xlsx or a CSV.")
    return "xls"


_OLE2_NAMES = ("EncryptedPackage", "Workbook", "Book")


def _is_cut_ole2(content: bytes) -> bool:
    """The header says in which sector the directory stands."""
    size = 1 << min(int.from_bytes(content[30:32], "little"), 20)
    return (int.from_bytes(content[48:52], "little") + 2) * size > len(content)


def _has_entry(content: bytes, entry: str) -> bool:
    """Directory entries are 128 bytes long and begin with their name in UTF-16."""
    wanted = entry.encode("utf-16-le") + b"\0\0"
    at = content.find(wanted)
    while at >= 0 and at % 128:
        at = content.find(wanted, at + 1)
    return at >= 0


def _digest(stream: BufferedReader) -> str:
    return hashlib.file_digest(stream, "sha256").hexdigest()
