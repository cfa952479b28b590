"""What all our workbooks share: stored whole or not at all, and text that stays text."""

from __future__ import annotations

import io
import re
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
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

__all__ = ["Comment", "RowLooks", "TextWorksheet", "new_book", "worksheet_name"]

# Text that XML or the library treats in a way of its own: markup, control characters, escapes of
# the form _x0041_, white space at an end.
_UNPLAIN = re.compile("[&<>\x00-\x1f\ufffe\uffff]|_x|^\\s|\\s$").search
_BETWEEN = "\x7f"
_UNPLAIN_ROW = re.compile(
    "[&<>\x00-\x09\x0b-\x1f\ufffe\uffff]|_x|(?:^|\x7f)\\s|\\s(?:\x7f|$)"
).search
"""The same for the texts of a row with ``_BETWEEN`` between them; a line break within is plain."""
_LOOSE_HALVES = re.compile("[\ud800-\udfff]")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_AUTHOR = "address-pipeline"
_EVERYWHERE = "A1:XFD1048576"
_NONE: Mapping[int, Any] = {}
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


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a cell, in a box of so many pixels."""

    text: str = field(repr=False)
    width: int
    height: int


class RowLooks:
    """The formats of a row's cells, by column; ``filled`` rows show theirs in blank cells too."""

    def __init__(self, formats: Sequence[Any], *, filled: bool) -> None:
        self.formats = formats
        self.filled = filled
        self._begun: list[tuple[str, str]] | None = None

    def begun(self, others: Mapping[int, Any]) -> Sequence[tuple[str, str]]:
        """Give how the cells begin, before and behind the row's number; ``others`` are the columns
        that look otherwise in this row.
        """
        if self._begun is None:
            self._begun = [
                (f'<c r="{_letters(column)}', _style(look))
                for column, look in enumerate(self.formats)
            ]
        if not others:
            return self._begun
        begun = self._begun.copy()
        for column, look in others.items():
            begun[column] = (begun[column][0], _style(look))
        return begun


class TextWorksheet(Worksheet):  # type: ignore[misc]  # xlsxwriter ships no types
    """The library's worksheet, with a door for text and a short way for plain text.

    Nearly every cell of ours is plain text; results of 100,000 rows take six tenths of the time
    this way. All other cells go the library's own way. For books in constant memory.
    """

    previous_row: int

    def put_text(self, at: int, column: int, text: str, look: Any) -> None:
        """Write ``text`` as it is; what no cell can hold is cut with a mark."""
        self._write_string(at, column, _storable(text), look)

    def put_row(
        self,
        at: int,
        values: Sequence[Value],
        looks: RowLooks,
        others: Mapping[int, Any] = _NONE,
        height: float | None = None,
    ) -> None:
        """Write a whole row; ``others`` are the columns that look otherwise, ``height`` is in
        points.

        A row of plain values, and that is nearly every one of ours, is written in one go, which
        takes a third of the time.
        """
        texts = [value for value in values if value.__class__ is str]
        joined = _BETWEEN.join(texts)
        if (
            len(joined) > EXCEL_MAX_CELL // 2
            or _UNPLAIN_ROW(joined)
            or (not joined.isascii() and _LOOSE_HALVES.search(joined))
        ):
            self._put_cells(at, values, looks, others, height)
            return
        self._check_dimensions(at, 0)
        self._check_dimensions(at, len(values) - 1)
        self._write_single_row(at)  # the row before this one
        number = at + 1
        cells = [_row_begins(number, height)]
        blank = range(len(values)) if looks.filled else others
        for column, ((letters, style), value) in enumerate(
            zip(looks.begun(others), values, strict=True)
        ):
            if value.__class__ is str and value:
                cells.append(f"{letters}{number}{style}{_TEXT}{value}</t></is></c>")
            elif value is None or value == "":
                if column in blank:
                    cells.append(f"{letters}{number}{style}/>")
            else:
                cells.append(f"{letters}{number}{style}{_cell_end(value)}")
        self.fh.write("".join([*cells, "</row>"]))

    def _put_cells(
        self,
        at: int,
        values: Sequence[Value],
        looks: RowLooks,
        others: Mapping[int, Any],
        height: float | None,
    ) -> None:
        """Write a row cell by cell, the library's own way."""
        if height is not None:
            self.set_row(at, height)
        for column, (look, value) in enumerate(zip(looks.formats, values, strict=True)):
            shown = others.get(column, look)
            if value is None or value == "":
                if looks.filled or column in others:
                    self._write_blank(at, column, "", shown)
            elif isinstance(value, bool):
                self._write_boolean(at, column, value, shown)
            elif isinstance(value, int):
                self._write_number(at, column, value, shown)
            else:
                self.put_text(at, column, value, shown)

    def put_comment(self, at: int, column: int, comment: Comment) -> None:
        """Put a comment on a cell; a character that cannot be shown becomes a replacement one."""
        text = comment.text.replace("\r\n", "\n")
        text = _UNSEEN.sub("\ufffd", _LOOSE_HALVES.sub("\ufffd", text))
        size = {"width": comment.width, "height": comment.height}
        look = {"author": _AUTHOR, "font_size": 9, **size}
        self.write_comment(at, column, cut_for_excel(text), look)

    def _write_single_row(self, current_row_num: int = 0) -> None:
        """Write the row before, unless that is done: the library would write one that has a comment
        again, without its cells.
        """
        if self.table.get(self.previous_row) or self.previous_row in self.row_info:
            super()._write_single_row(current_row_num)
        else:
            self.previous_row = current_row_num

    def _write_ignored_errors(self) -> None:
        """Take away the green triangles: all cells of ours are meant as the text that they are.

        One element with both kinds, as Excel writes it; the library writes one for each.
        """
        kinds = [("numberStoredAsText", 1), ("twoDigitTextYear", 1)]
        self._xml_start_tag("ignoredErrors")
        self._xml_empty_tag("ignoredError", [("sqref", _EVERYWHERE), *kinds])
        self._xml_end_tag("ignoredErrors")

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


def _style(look: Any) -> str:
    return f'" s="{look._get_xf_index()}"'  # noqa: SLF001  # numbered no other way


def _row_begins(number: int, height: float | None) -> str:
    tall = "" if height is None else f' ht="{height:g}" customHeight="1"'
    return f'<row r="{number}"{tall}>'


def _cell_end(value: Value) -> str:
    """Give the rest of a cell that is no plain str; one word of ours may be an enum's."""
    if isinstance(value, bool):
        return f' t="b"><v>{int(value)}</v></c>'
    return f"><v>{value}</v></c>" if isinstance(value, int) else f"{_TEXT}{value}</t></is></c>"


def worksheet_name(wanted: str) -> str:
    """Make a name that Excel takes: 31 characters, none of ``[]:*?/\\``, no ``'`` at an end."""
    clean = _LOOSE_HALVES.sub("_", re.sub("[][:*?/\\\\\x00-\x1f\ufffe\uffff]", "_", wanted))
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
