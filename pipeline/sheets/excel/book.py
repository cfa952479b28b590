"""What all our workbooks share: stored whole or not at all, and text that stays text."""

from __future__ import annotations

import io
import re
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import CellStringTuple, Worksheet

from pipeline.core.cells import CUT_MARK, EXCEL_MAX_CELL, cut_for_excel
from pipeline.core.results import Value

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["TextWorksheet", "new_book", "worksheet_name"]

# Text that XML or the library treats in a way of its own: markup, control characters, escapes of
# the form _x0041_, white space at an end.
_UNPLAIN = re.compile("[&<>\x00-\x1f\ufffe\uffff]|_x|^\\s|\\s$").search
_BETWEEN = "\x7f"
_UNPLAIN_ROW = re.compile("[&<>\x00-\x1f\ufffe\uffff]|_x|(?:^|\x7f)\\s|\\s(?:\x7f|$)").search
"""The same for the texts of a row with ``_BETWEEN`` between them."""
_LOOSE_HALVES = re.compile("[\ud800-\udfff]")
_letters = cache(xl_col_to_name)


@contextmanager
def new_book(path: Path, **options: bool) -> Iterator[Any]:
    """Give a workbook that is stored at ``path`` at the end; after an error the file is empty.

    Raises OSError, the disk's own, where it cannot be stored.
    """
    # The library's own temporary files hold addresses: a folder of ours removes them in any case.
    with (
        tempfile.TemporaryDirectory(prefix="address-pipeline-") as scratch,
        _Output(path, "wb") as output,
    ):
        book = xlsxwriter.Workbook(output, {**options, "tmpdir": scratch})
        book.use_zip64()  # takes effect only for a part over 2 GiB
        yield book
        try:
            book.close()
        except FileCreateError as error:
            reason = error.__context__ or error
            traceback.clear_frames(reason.__traceback__)  # the ZipFile goes now, see _Output
            raise reason from None


class TextWorksheet(Worksheet):  # type: ignore[misc]  # xlsxwriter ships no types
    """The library's worksheet, with a door for text and a short way for plain text.

    Nearly every cell of ours is plain text; results of 100,000 rows take six tenths of the time
    this way. All other cells go the library's own way. For books in constant memory.
    """

    _beginnings: tuple[Sequence[Any], Sequence[tuple[str, str]]] | None = None

    def put_text(self, at: int, column: int, text: str, look: Any) -> None:
        """Write ``text`` as it is; what no cell can hold is cut with a mark."""
        self._write_string(at, column, _storable(text), look)

    def put_row(self, at: int, values: Sequence[Value], looks: Sequence[Any]) -> bool:
        """Write a whole row in one go; tells whether that could be done.

        Only for plain values of a row that has no height of its own and nothing else in it: that
        is nearly every row of ours, and takes a third of the time.
        """
        texts = [value for value in values if value.__class__ is str]
        joined = _BETWEEN.join(texts)
        if len(joined) > EXCEL_MAX_CELL // 2 or _UNPLAIN_ROW(joined):
            return False
        if not joined.isascii() and _LOOSE_HALVES.search(joined):
            return False
        self._check_dimensions(at, 0)
        self._check_dimensions(at, len(values) - 1)
        self._write_single_row(at)  # the row before this one
        number = at + 1
        cells = [f'<row r="{number}">']
        for (letters, style), value in zip(self._begun(looks), values, strict=True):
            if value.__class__ is str:
                if value:
                    cells.append(f"{letters}{number}{style}{_TEXT}{value}</t></is></c>")
            elif value is not None:
                cells.append(f"{letters}{number}{style}{_cell_end(value)}")
        self.fh.write("".join([*cells, "</row>"]))
        return True

    def _begun(self, looks: Sequence[Any]) -> Sequence[tuple[str, str]]:
        """Give how the cells of each column begin, before and behind the row's number."""
        if self._beginnings is None or self._beginnings[0] is not looks:
            begun = [
                (f'<c r="{_letters(column)}', f'" s="{look._get_xf_index()}"')  # noqa: SLF001  # numbered no other way
                for column, look in enumerate(looks)
            ]
            self._beginnings = (looks, begun)
        return self._beginnings[1]

    def close_rows(self) -> None:
        """Close the library's file of rows, which it leaves open unless the book is stored."""
        self.row_data_fh.close()

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        style = cell.format.xf_index if cell.format else None
        if cell.__class__ is not CellStringTuple or style is None or _UNPLAIN(cell.string):
            super()._write_cell(row, col, cell)
            return
        self.fh.write(
            f'<c r="{_letters(col)}{row + 1}" s="{style}" t="inlineStr">'
            f"<is><t>{cell.string}</t></is></c>"
        )


_TEXT = ' t="inlineStr"><is><t>'


def _cell_end(value: Value) -> str:
    """Give the rest of a cell that is no plain str; one word of ours may be an enum's."""
    if isinstance(value, bool):
        return f' t="b"><v>{int(value)}</v></c>'
    return f"><v>{value}</v></c>" if isinstance(value, int) else f"{_TEXT}{value}</t></is></c>"


def worksheet_name(wanted: str) -> str:
    """Make a name that Excel takes: 31 characters, none of ``[]:*?/\\``, no ``'`` at an end."""
    clean = _LOOSE_HALVES.sub("_", re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", wanted))
    cut = clean.encode("utf-16-le")[: 2 * 31].decode("utf-16-le", "ignore").strip("' ")
    return "Results" if cut.casefold() in ("", "history") else cut


def _storable(text: str) -> str:
    """Give the text as the library has to be handed it for the cell to show ``text``."""
    text = cut_for_excel(text)
    if not text.isascii():
        text = _LOOSE_HALVES.sub("\ufffd", text)  # half a surrogate pair cannot be stored
    return _shielded(text) if text.startswith("<r>") else text


def _shielded(text: str) -> str:
    """Keep the library from taking a user's ``<r>…</r>`` for markup of its own."""
    if not text.endswith("</r>"):
        return text
    run = f'<r><t xml:space="preserve">{escape(text, quote=False)}</t></r>'
    return run if cut_for_excel(run) == run else text[:1000] + CUT_MARK


class _Output(io.FileIO):
    """A file that fails once: after an error it swallows what follows.

    A ZipFile that could not be finished tries again when it is collected; on a full disk that
    would print a traceback that nobody can catch.
    """

    _failed = False

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of ``data``; raises OSError the first time that this is impossible."""
        left = memoryview(data).cast("B")
        size = len(left)
        while left and not self._failed:
            try:
                left = left[super().write(left) :]
            except OSError:
                self._failed = True
                raise
        return size
