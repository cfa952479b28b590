"""Guards against formulas, and cells that are too long for Excel."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from pipeline.core.cells import (
    CUT_MARK,
    EXCEL_MAX_CELL,
    GUARDED,
    cut_for_excel,
    guard,
    guard_all,
    undo_guards,
    unguard,
)

any_text = st.text(st.characters()) | st.builds(
    str.__add__, st.text("='+-@\t\r\n＝＠＋－", max_size=4), st.text()
)


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        ("=1+1", "'=1+1"),
        ("+1 555 0100", "'+1 555 0100"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠a", "'＠a"),
        ("'02134", "''02134"),
        ("'s-Hertogenbosch", "''s-Hertogenbosch"),
        ("'", "''"),
        ("", ""),
        ("02134", "02134"),
        ("a=b", "a=b"),
        ("12 Main St - rear", "12 Main St - rear"),
    ],
)
def test_guard_puts_one_quote_before_a_dangerous_beginning(text: str, guarded: str) -> None:
    """A cell that begins with a formula character or a quote gets one quote, others none."""
    assert guarded == guard(text)
    assert text == unguard(guarded)


@pytest.mark.parametrize("text", ["'02134", "'s-Hertogenbosch", "'", "", "x'=1", "=1+1"])
def test_unguard_leaves_what_no_guard_has_made(text: str) -> None:
    """A quote is taken only where a guarded character follows it."""
    assert text == unguard(text)


@given(any_text)
def test_unguard_undoes_guard(text: str) -> None:
    """Every text comes back from its guarded form, which begins harmlessly."""
    guarded = guard(text)
    assert text == unguard(guarded)
    assert guarded[:1] == "'" or guarded[:1] not in GUARDED


def utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@pytest.mark.parametrize(
    "text", ["", "abc", "a" * EXCEL_MAX_CELL, "😀" * (EXCEL_MAX_CELL // 2), "ü" * 20_000]
)
def test_what_fits_a_cell_is_not_touched(text: str) -> None:
    """Up to 32,767 UTF-16 units a text stays as it is."""
    assert text == cut_for_excel(text)


@pytest.mark.parametrize("character", ["a", "ü", "漢", "😀"])
def test_what_is_too_long_is_cut_with_a_mark(character: str) -> None:
    """A longer text is cut between characters, fills the cell, and says that it was cut."""
    text = character * (EXCEL_MAX_CELL + 1)
    cut = cut_for_excel(text)
    kept = cut.removesuffix(CUT_MARK)
    assert kept != cut
    assert text.startswith(kept)
    assert EXCEL_MAX_CELL - 1 <= utf16_units(cut) <= EXCEL_MAX_CELL


@given(st.lists(st.text(max_size=8), max_size=8))
@example(["a", "=1"])
@example(["", "\0=1", "'"])
def test_a_whole_row_is_guarded_cell_by_cell(cells: list[str]) -> None:
    """The one look at all of them changes nothing but the time."""
    assert list(guard_all(cells)) == [guard(cell) for cell in cells]


some_cells = st.lists(
    st.sampled_from(["", "Boston", "=1+1", "'=1+1", "''=1+1", "-5 Main St", "'s-Hertogenbosch"])
    | st.text("'=-a ", max_size=4),
    max_size=6,
)


@given(some_cells)
def test_a_row_comes_back_whatever_it_was_saved_as(source: list[str]) -> None:
    """Our CSV, the same saved as a workbook by a spreadsheet program, and our own workbook."""
    written = [guard(cell) for cell in source]
    assert [*undo_guards(written, source, guarded=True)] == source
    assert [*undo_guards(written, source, guarded=False)] == source
    assert [*undo_guards(source, source, guarded=False)] == source
    assert [*undo_guards(written, None, guarded=True)] == source
    assert [*undo_guards(written, None, guarded=False)] == written


@given(some_cells, st.text("'=-a ", max_size=4), st.booleans())
def test_an_edited_cell_loses_one_guard_at_most(
    source: list[str], typed: str, guarded: bool
) -> None:
    """What was typed is no cell of the source; one ``'`` goes where a guarded character follows."""
    assume(typed not in source and unguard(typed) not in source)
    assert undo_guards([typed], source, guarded=guarded)[0] == unguard(typed)


def test_a_guard_that_a_program_took_off_is_not_missed() -> None:
    """Some programs take the first ``'`` for their own mark and save without it."""
    assert undo_guards(["'-5", "x"], ["'-5", "x"], guarded=True) == ["'-5", "x"]
