"""The Summary worksheet: what became of the run, what to do about it, and its facts.

Texts go in through the door for text alone, and counts as numbers, so nothing here can become a
formula. Heights are set, because no program fits the rows of merged cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pipeline.core.account import Account, Group
from pipeline.core.outcome import READY, Outcome
from pipeline.core.results import NoteKind
from pipeline.sheets.excel.book import TextWorksheet
from pipeline.sheets.excel.results_out import telling
from pipeline.sheets.excel.results_out.chart import add_chart
from pipeline.sheets.excel.results_out.looks import MARKS, TINTS, look_of

__all__ = ["SummaryPage"]

_WIDTHS: Final = (36, 10, 13, 32, 62)
"""Characters of the columns A to E; the chart stands to their right."""
_LAST: Final = len(_WIDTHS) - 1
_LINE_POINTS: Final = 15.75
_HIGHEST: Final = 400  # Excel's rows end at 409 points
_COUNTED: Final = ("Rows", "Orders", "Cells")
_MOST_GROUPS: Final = 25
_MARK_WORDS: Final[Mapping[NoteKind, tuple[str, str]]] = {
    "error": ("To fix", "What the outcome of the row is about: correct this cell."),
    "warning": ("Doubtful", "No cause to hold the row back; the comment says what to look at."),
    "repair": ("Repaired", "What is sent is what the comment says; the cell is left as it was."),
}
_MIDDLE: Final = {"valign": "vcenter"}
_TEXT: Final = {**_MIDDLE, "text_wrap": True, "indent": 1}
_NUMBER: Final = {**_MIDDLE, "num_format": "#,##0"}
_HAIR: Final = {"bottom": 1, "bottom_color": "#E3E3E3"}
_HEAD: Final = {**_MIDDLE, "bold": True, "bg_color": "#DCE6F1", "bottom": 1}
_TOTAL: Final = {**_MIDDLE, "bold": True, "top": 1}
_BLUE: Final = "#1F3A5F"
_LOOKS: Final[Mapping[str, Mapping[str, Any]]] = {
    "title": {**_MIDDLE, "bold": True, "font_size": 18},
    "under": {**_MIDDLE, "font_color": "#4A4A4A"},
    "banner": {
        **_MIDDLE,
        "bold": True,
        "font_size": 14,
        "font_color": "#3D2F00",
        "bg_color": "#FFD966",
        "border": 2,
        "border_color": "#7A5B00",
        "indent": 1,
    },
    "step": {**_MIDDLE, "font_size": 12, "bold": True, "text_wrap": True},
    "section": {
        **_MIDDLE,
        "bold": True,
        "font_size": 13,
        "font_color": _BLUE,
        "bottom": 2,
        "bottom_color": _BLUE,
    },
    "head": {**_HEAD, "indent": 1},
    "head_number": {**_HEAD, "align": "right"},
    "text": {**_TEXT, **_HAIR},
    "text_number": {**_NUMBER, **_HAIR},
    "total": {**_TOTAL, "indent": 1},
    "total_number": {**_TOTAL, **_NUMBER},
    "name": {**_MIDDLE, "font_color": "#4A4A4A", "indent": 1, **_HAIR},
}


class SummaryPage:
    """The Summary of a workbook; written at once when all rows are there."""

    def __init__(self, book: Any, name: str, account: Account) -> None:
        self.sheet = book.add_worksheet(name, TextWorksheet)
        self._book = book
        self._account = account
        self._looks = {
            name: book.add_format({"num_format": "@", **look}) for name, look in _LOOKS.items()
        }
        self._words = {
            name: book.add_format(
                {**_TEXT, "bold": True, "bg_color": tint.word, "font_color": tint.word_ink}
            )
            for name, tint in TINTS.items()
        }
        self._marked = {
            kind: book.add_format({**look_of(mark), **_MIDDLE, "indent": 1})
            for kind, mark in MARKS.items()
        }
        self._at = 0

    def write(self, *, to_fix: str, rows_to_fix: int, no_comment: int) -> None:
        """Write it all; ``to_fix`` is the name of that worksheet, ``no_comment`` counts its cells
        that are marked but have no comment.
        """
        account, sheet = self._account, self.sheet
        for column, wide in enumerate(_WIDTHS):
            sheet.set_column(column, column, wide)
        sheet.set_column(_LAST + 1, _LAST + 1, 2)
        self._top(to_fix, rows_to_fix)
        self._counts()
        self._as_a_whole()
        kinds = ("What is wrong", "Outcome", "First rows", "What to do")
        self._groups("To fix, most rows first", kinds, account.to_fix)
        self._groups("To send again", ("Why", *kinds[1:]), account.to_send)
        self._repairs()
        kinds = ("What is doubtful", "", "First rows", "What to do")
        sent = "would be" if account.check else "were"
        self._groups(f"Warnings: such rows {sent} sent all the same", kinds, account.warnings)
        self._marks(no_comment)
        self._section("Facts of the run" if not account.check else "Facts of the check")
        for name, text in telling.facts(account):
            self._fact(name, text)
        self._page()

    def abandon(self) -> None:
        """Let go of the file of rows after an error."""
        self.sheet.close_rows()

    def _page(self) -> None:
        sheet = self.sheet
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.set_footer("&L&A&R&P / &N")
        sheet.set_tab_color(_BLUE)

    def _top(self, to_fix: str, rows_to_fix: int) -> None:
        account = self._account
        what = "Check" if account.check else "Results"
        self._wide(f"{what} of {account.source}", "title", 30)
        under = [f"{account.rows:,} rows", f"{account.orders:,} orders", f"run {account.run_id}"]
        if account.live:
            under.append(f"{account.target_words} {account.host}")
        self._wide("   ·   ".join(under), "under", 18)
        if banner := telling.banner(account):
            self._wide(banner, "banner", 30)
        self._gap()
        for step in telling.next_steps(account, to_fix=to_fix, rows_to_fix=rows_to_fix):
            self._wide(step, "step", 18 * _lines(step, 0.8 * sum(_WIDTHS)))

    def _counts(self) -> None:
        account = self._account
        self._section(
            "What would become of the rows" if account.check else "What became of the rows"
        )
        self._head(("Outcome", "Rows", "Orders", "Next step", "What it means"))
        first = self._at
        usual = READY if account.check else Outcome.UPDATED
        names = [name for name, count in account.outcomes.items() if count or name == usual]
        for name in names:
            rows, orders = account.outcomes[name], account.order_outcomes.get(name, 0)
            step, means = telling.step_of(account, name), telling.meaning(name)
            self._line((name, rows, orders, step, means), self._words[name])
        totals: tuple[str | int, ...] = ("All", account.rows, account.orders, "", "")
        for column, value in enumerate(totals):
            self._cell(column, value, "total")
        self.sheet.set_row(self._at, 20)
        self._at += 1
        add_chart(
            self._book,
            self.sheet,
            [(name, account.outcomes[name]) for name in names],
            first=first,
            at=(first - 2, _LAST + 2),
            title="Rows by outcome",
        )

    def _as_a_whole(self) -> None:
        account = self._account
        told = [*account.findings, *filter(None, [telling.missing(account)])]
        if told:
            self._section("The sheet as a whole")
            for sentence in told:
                self._wide(sentence, "text", _LINE_POINTS * _lines(sentence, sum(_WIDTHS) - 8))

    def _groups(self, title: str, kinds: Sequence[str], groups: Sequence[Group]) -> None:
        if not groups:
            return
        self._section(title)
        what, outcome, rows, todo = kinds
        self._head((what, "Rows", outcome, rows, todo))
        for group in groups[:_MOST_GROUPS]:
            word = group.outcome or ""
            self._line((group.title, group.rows, word, telling.first_rows(group), group.todo))
        if len(groups) > _MOST_GROUPS:
            left = groups[_MOST_GROUPS:]
            rows_left = sum(group.rows for group in left)
            self._line((f"and {len(left)} more kinds", rows_left, "", "", "See “reason”."))

    def _repairs(self) -> None:
        repairs = self._account.repairs
        if not repairs:
            return
        self._section("Repairs")
        self._head(("What", "Cells", "", "", ""))
        for title, count in repairs:
            self._line((title, count, "", "", ""))

    def _marks(self, no_comment: int) -> None:
        self._section("What the marks in cells mean")
        for kind in MARKS:
            name, means = _MARK_WORDS[kind]
            self.sheet.set_row(self._at, 18)
            self.sheet.put_text(self._at, 0, name, self._marked[kind])
            self._merge(1, means, "text")
            self._at += 1
        if no_comment:
            sentence = (
                f"{no_comment:,} marked cells of “To fix” have no comment, for so many would slow "
                "the workbook down; “reason” tells of them."
            )
            self._wide(sentence, "text", _LINE_POINTS)

    def _fact(self, name: str, text: str) -> None:
        self.sheet.set_row(self._at, _LINE_POINTS * _lines(text, sum(_WIDTHS[1:]) - 8))
        self._cell(0, name, "name")
        self._merge(1, text, "text")
        self._at += 1

    def _section(self, title: str) -> None:
        self._gap()
        self._wide(title, "section", 22)

    def _head(self, titles: Iterable[str]) -> None:
        for column, title in enumerate(titles):
            self._cell(column, title, "head_number" if title in _COUNTED else "head")
        self._at += 1

    def _line(self, values: Sequence[str | int], first: Any = None) -> None:
        tall = max(
            _lines(value, wide - 2)
            for value, wide in zip(values, _WIDTHS, strict=True)
            if isinstance(value, str)
        )
        self.sheet.set_row(self._at, _LINE_POINTS * tall + 2)
        for column, value in enumerate(values):
            self._cell(column, value, "text", first if column == 0 else None)
        self._at += 1

    def _cell(self, column: int, value: str | int, look: str, other: Any = None) -> None:
        if value == "":
            self.sheet.write_blank(self._at, column, None, self._looks[look])
        elif isinstance(value, str):
            self.sheet.put_text(self._at, column, value, other or self._looks[look])
        else:
            number = self._looks[f"{look}_number"]
            self.sheet.write_number(self._at, column, value, number)

    def _wide(self, text: str, look: str, height: float) -> None:
        self.sheet.set_row(self._at, min(height, _HIGHEST))
        self._merge(0, text, look)
        self._at += 1

    def _merge(self, first: int, text: str, look: str) -> None:
        shown = self._looks[look]
        self.sheet.merge_range(self._at, first, self._at, _LAST, "", shown)
        self.sheet.put_text(self._at, first, text, shown)

    def _gap(self) -> None:
        self.sheet.set_row(self._at, 9)
        self._at += 1


def _lines(text: str, room: float) -> int:
    """Estimate the lines of a text in a cell of so many characters."""
    return sum(max(1, -(-len(line) // max(1, int(room)))) for line in text.split("\n"))
