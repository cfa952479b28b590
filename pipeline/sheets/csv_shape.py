"""How a CSV is written: its encoding and its delimiter, told from its content alone."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from pipeline.core.errors import SheetError

__all__ = ["DELIMITERS", "CsvShape", "find_shape"]

DELIMITERS = (",", ";", "\t", "|")

_BLOCK = 1 << 20
_SAMPLE_BYTES = 1 << 16
_SAMPLE_CHARACTERS = 1 << 16
_SAMPLE_RECORDS = 100

# UTF-32 stands first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What spreadsheets on Windows, old DOS programs and old Macs save; nothing rarer is guessed.
_WINDOWS = [f"cp{number}" for number in range(1250, 1258)]
_LEGACY = [*_WINDOWS, "cp850", "mac_roman", "cp932", "gb18030", "cp949", "big5"]
# Signs inside or before a word: cp1250 (£ukasz for Łukasz) or another, read as cp1252.
_NOT_CP1252 = re.compile("[^\\W\\d_][³¹¿¼¾£¥¢¤¦]|[³¹¼¾£¥¢¤¦][^\\W\\d_]")
_DIRECTIVE = re.compile('"?sep=([^"\r\n])"?\r?\n?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CsvShape:
    """How to read a CSV: ``errors`` is the codec's error handler.

    ``width`` is how many cells most records have; ``directive`` tells that the first line is
    Excel's ``sep=;`` and no row of data; ``skips_spaces`` that cells are parted by a delimiter and
    a space, as in ``"a", "b"``.
    """

    encoding: str
    errors: str
    delimiter: str
    width: int = 0
    directive: bool = False
    skips_spaces: bool = False


def find_shape(path: Path, wanted_encoding: str | None) -> CsvShape:
    """Tell encoding and delimiter of a CSV; raise :class:`SheetError` for an unknown codec."""
    if wanted_encoding:
        encoding, errors = _codec(path.name, wanted_encoding), "strict"
    else:
        encoding, errors = _find_encoding(path)
    try:
        with path.open("r", encoding=encoding, errors="replace", newline="") as stream:
            text = stream.read(_SAMPLE_CHARACTERS)
    except (LookupError, UnicodeError) as error:
        raise _no_such_encoding(path.name, encoding) from error
    lines = list(StringIO(text.lstrip("\ufeff"), newline=""))
    # The sample may end inside a line; a sheet of one line has no other.
    if cut := len(text) == _SAMPLE_CHARACTERS and len(lines) > 1:
        lines.pop()
    directive = _DIRECTIVE.fullmatch(lines[0]) if lines else None
    if directive:
        delimiter = directive[1]
        lines = lines[1:]
    else:
        delimiter = _find_delimiter(lines, cut=cut)
    score = _score(lines, delimiter, cut=cut)
    spaced = _are_spaced(lines, delimiter, score, cut=cut)
    return CsvShape(encoding, errors, delimiter, score.width, directive is not None, spaced)


def _codec(name: str, wanted: str) -> str:
    try:
        b"".decode(wanted)
        found = codecs.lookup(wanted).name
    except (LookupError, UnicodeError, ValueError) as error:
        raise _no_such_encoding(name, wanted) from error
    return "utf-8-sig" if found == "utf-8" else found


def _no_such_encoding(name: str, wanted: str) -> SheetError:
    return SheetError(
        f"{name}: {wanted} is no encoding that sheets come in; try utf-8, utf-16 or cp1252."
    )


def _find_encoding(path: Path) -> tuple[str, str]:
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
    return _guess_legacy(sample), "replace"


def _unmarked_utf_16(head: bytes) -> str | None:
    """Text of mostly Latin letters has a NUL in every second byte."""
    pairs = len(head) // 2
    low, high = head[: pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if max(low, high) * 3 < pairs or not pairs or min(low, high) * 10 > max(low, high):
        return None
    return "utf-16-le" if high > low else "utf-16-be"


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


def _guess_legacy(sample: bytes) -> str:
    """Tell which old code page it is; where nothing speaks against cp1252, it is cp1252.

    Among code pages that read equally well, cp1252 is by far the likeliest: what Excel for
    Windows saves in America and Western Europe.
    """
    from charset_normalizer import from_bytes

    found = {
        match.encoding: match.chaos
        for match in from_bytes(sample, cp_isolation=_LEGACY, threshold=0.6)
    }
    if _NOT_CP1252.search(sample.decode("cp1252", "replace")):
        found.pop("cp1252", None)
        found.pop("cp1257", None)
    least = min(found.values(), default=0.0)
    if not found or found.get("cp1252", 1.0) <= least:
        return "cp1252"
    return next(encoding for encoding, chaos in found.items() if chaos == least)


class _Score(NamedTuple):
    """How well a delimiter splits a sample; the greater the better.

    The share of records split comes first, so that commas inside every address lose against the
    tab that also splits the headings; then how many records agree in width; then that width.
    """

    split: float = 0.0
    agreeing: int = 0
    width: int = 0


def _find_delimiter(lines: Sequence[str], *, cut: bool) -> str:
    """Take the delimiter that splits the most records; a comma where none splits any."""
    scores = {delimiter: _score(lines, delimiter, cut=cut) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=scores.__getitem__)


def _score(
    lines: Sequence[str], delimiter: str, *, cut: bool, skips_spaces: bool = False
) -> _Score:
    widths = _widths(lines, delimiter, cut=cut, skips_spaces=skips_spaces)
    records, single = widths.total(), widths.pop(1, 0)
    if not widths:
        return _Score()
    width, agreeing = max(widths.items(), key=lambda item: (item[1], item[0]))
    return _Score(1 - single / records, agreeing, width)


def _widths(lines: Sequence[str], delimiter: str, *, cut: bool, skips_spaces: bool) -> Counter[int]:
    """Count the records by their width; a line whose quotes are broken counts as none.

    Only in a sample that is ``cut`` off may a quoted cell be open at the end.
    """
    widths: Counter[int] = Counter()
    for _ in range(_SAMPLE_RECORDS):
        done = 0
        reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=skips_spaces, strict=True)
        try:
            for cells in islice(reader, _SAMPLE_RECORDS - widths.total()):
                done = reader.line_num
                if cells:
                    widths[len(cells)] += 1
            break
        except csv.Error:
            if cut and reader.line_num == len(lines):
                break
            lines = lines[done + 1 :]
    return widths


def _are_spaced(lines: Sequence[str], delimiter: str, plain: _Score, *, cut: bool) -> bool:
    """Tell a file whose quotes stand behind a delimiter and a space: ``"a", "b"``."""
    quoted = [line for line in lines[:_SAMPLE_RECORDS] if '"' in line]
    spaced = re.compile(f'{re.escape(delimiter)} +"').search
    if not quoted or 2 * sum(spaced(line) is not None for line in quoted) < len(quoted):
        return False
    return _score(lines, delimiter, cut=cut, skips_spaces=True) >= plain
