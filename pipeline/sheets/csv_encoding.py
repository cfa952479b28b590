"""In what encoding a CSV is written, told from its bytes alone."""

from __future__ import annotations

import codecs
from pathlib import Path

from pipeline.core.errors import SheetError
from pipeline.sheets.csv_code_pages import guess_code_page

__all__ = ["find_encoding", "named_encoding", "no_such_encoding"]

_BLOCK = 1 << 20
_SAMPLE_BYTES = 1 << 16

# UTF-32 stands first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def named_encoding(name: str, wanted: str) -> str:
    try:
        b"".decode(wanted)
        found = codecs.lookup(wanted).name
    except (LookupError, UnicodeError, ValueError) as error:
        raise no_such_encoding(name, wanted) from error
    return "utf-8-sig" if found == "utf-8" else found


def no_such_encoding(name: str, wanted: str) -> SheetError:
    return SheetError(
        f"{name}: {wanted} is no encoding that sheets come in; try utf-8, utf-16 or cp1252."
    )


def find_encoding(path: Path) -> tuple[str, str]:
    """Tell a CSV's encoding and how to treat bytes that do not fit it.

    A file that is marked as, or is plainly meant as, Unicode keeps its few broken characters as
    U+FFFD: the rules then report those cells, and no other row suffers.
    """
    with path.open("rb") as stream:
        head = stream.read(4096)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, "replace"
    if utf_16 := _unmarked_utf_16(head):
        return utf_16, "replace"
    if _is_utf_8(path):
        return "utf-8", "strict"
    sample = _lines_beyond_ascii(path)
    text = sample.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if sum(letter > "\x7f" for letter in text) > 2 * broken:
        return "utf-8", "replace"
    return guess_code_page(sample), "replace"


def _unmarked_utf_16(head: bytes) -> str | None:
    """Text of Latin letters has a NUL in every second byte; any other has some, all on one side."""
    pairs = len(head) // 2
    low, high = head[: pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if min(low, high) * 4 > max(low, high) or max(low, high) * 20 < pairs or not pairs:
        return None
    encoding = "utf-16-le" if high > low else "utf-16-be"
    if max(low, high) * 3 >= pairs:
        return encoding
    text = head[: pairs * 2].decode(encoding, "ignore")
    broken = any(text.count(line_end) for line_end in "\r\n")
    return encoding if broken and any(text.count(delimiter) for delimiter in ",;\t|") else None


def _is_utf_8(path: Path) -> bool:
    decode = codecs.getincrementaldecoder("utf-8")("strict").decode
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                decode(block)
        decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _lines_beyond_ascii(path: Path) -> bytes:
    sample = bytearray()
    with path.open("rb") as stream:
        while len(sample) < _SAMPLE_BYTES and (line := stream.readline(_SAMPLE_BYTES)):
            if not line.isascii():
                sample += line
    return bytes(sample)
