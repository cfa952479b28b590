"""CSV files as people and programs really write them."""

from __future__ import annotations

import csv
import io
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.core.errors import SheetError
from pipeline.core.records import Record
from pipeline.sheets import open_sheet

HEADINGS = "order_id,name,city"
MANY = "order_id;name;city\n" + "1;Jürgen Müller;Köln\n2;François Lévêque;Besançon\n" * 4


def read(folder: Path, content: str | bytes, *, encoding: str | None = None) -> list[Record]:
    path = folder / "orders.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with open_sheet(path, encoding=encoding) as sheet:
        return list(sheet.records(""))


def cells(records: list[Record]) -> list[tuple[str, ...]]:
    return [record.cells for record in records]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,2\n", [(1, "a", "b"), (2, "1", "2")]),
        ("a,b\r\n1,2", [(1, "a", "b"), (2, "1", "2")]),
        ("a,b\r1,2\r", [(1, "a", "b"), (2, "1", "2")]),
        ("a,b\r\n1,2\r3,4\n5,6\r\n", [(1, "a", "b"), (2, "1", "2"), (3, "3", "4"), (4, "5", "6")]),
        ("\n\na,b\n \n,\n1,2\n", [(3, "a", "b"), (6, "1", "2")]),
        ('a,b\n"x\r\ny",2\n3,4\n', [(1, "a", "b"), (2, "x\r\ny", "2"), (3, "3", "4")]),
        ('a,b\n"say ""hi""",2\n', [(1, "a", "b"), (2, 'say "hi"', "2")]),
        ('a,b\n5" pipe,2\n', [(1, "a", "b"), (2, '5" pipe', "2")]),
        ("a,b\n1\x00,2\n", [(1, "a", "b"), (2, "1\x00", "2")]),
        ("a,b\n1\n1,2,3,,\n", [(1, "a", "b"), (2, "1"), (3, "1", "2", "3", "", "")]),
        ("a,b\nNA,NULL\n1E5,007\n", [(1, "a", "b"), (2, "NA", "NULL"), (3, "1E5", "007")]),
        ("a,b\n1,x\x0by\u2028z\x85\n", [(1, "a", "b"), (2, "1", "x\x0by\u2028z\x85")]),
        ("order_id\n1\n", [(1, "order_id"), (2, "1")]),
    ],
)
def test_a_cell_is_its_text_and_a_row_its_number(
    tmp_path: Path, content: str, expected: list[tuple[int | str, ...]]
) -> None:
    """Every cell stays as it is written, and blank lines count in the row numbers."""
    found = [(record.row, *record.cells) for record in read(tmp_path, content)]
    assert expected == found


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    """Comma, semicolon, tab and pipe are told apart, with the others inside the cells."""
    others = "".join({",", ";", "\t", "|"} - {delimiter})
    rows = [["order_id", "name", "city"], ["1", f"A{others}B", f"C{others}D{others}"]]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    assert rows == [list(each) for each in cells(read(tmp_path, out.getvalue()))]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("id\taddress\n" + "1\tMain St 1, Boston, MA, 02134\n" * 5, "\t"),
        ("Corrections, July, urgent\nid;name;city\n1;A, B;C\n2;D, E;F\n", ";"),
        ("id,name,tags\n" + "1,A,x|y|z|q\n" * 9, ","),
        ("id,a,b,c\n1,x\n2,y,z\n3,x|y,z;z\n4,x,,\n", ","),
        ('"id";"note"\n"1";"a, b\nc, d, e\nf, g"\n', ";"),
        ("id;price\n1;2,50\n2;3,75\n", ";"),
    ],
)
def test_commas_in_addresses_do_not_win(tmp_path: Path, content: str, expected: str) -> None:
    """The delimiter is the one that splits the headings too, however many others there are."""
    path = tmp_path / "orders.csv"
    path.write_text(content, encoding="utf-8")
    with open_sheet(path) as sheet:
        assert expected == sheet.info.delimiter


@pytest.mark.parametrize("line", ["sep=;\r\n", '"sep=;"\n', "SEP=;\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_excels_own_delimiter_line_is_obeyed(tmp_path: Path, line: str, mark: str) -> None:
    """``sep=;`` decides the delimiter and stands there as a title of row 1."""
    found = read(tmp_path, f"{mark}{line}a;b,c,d,e\n1;2,3,4,5\n")
    assert [record.row for record in found] == [1, 2, 3]
    assert found[0].cells[0].lower() == "sep=;"
    assert cells(found[1:]) == [("a", "b,c,d,e"), ("1", "2,3,4,5")]


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-8", b"\xef\xbb\xbf\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("utf-32-le", b"\xff\xfe\0\0"),
        ("cp1252", b""),
        ("mac_roman", b""),
        ("cp850", b""),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, encoding: str, mark: bytes) -> None:
    """Marked or not, the text comes out as it was written, without the mark."""
    expected = [tuple(line.split(";")) for line in MANY.splitlines()]
    assert expected == cells(read(tmp_path, mark + MANY.encode(encoding)))


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("cp1250", "Łukasz Wiśniewski"),
        ("cp1251", "Иван Петров Москва"),
        ("cp1253", "Γιώργος Παπαδόπουλος, οδός Αλεξάνδρας και Θεσσαλονίκης, Αθήνα"),
        ("cp932", "山田太郎東京都千代田区"),
        ("cp949", "김철수 서울특별시 강남구"),
        ("gb18030", "王小明北京市朝阳区"),
        ("cp1252", "O’Brien – “Zoë” Nuñez ½ €"),
    ],
)
def test_old_code_pages_are_guessed(tmp_path: Path, encoding: str, name: str) -> None:
    """A file in an old code page reads right where its letters can only mean that."""
    content = "order_id;name\n" + f"1;{name}\n" * 9
    assert ("1", name) == read(tmp_path, content.encode(encoding))[9].cells


def test_one_letter_far_down_decides_the_encoding(tmp_path: Path) -> None:
    """A single ü after two megabytes of ASCII is still an ü."""
    content = "order_id,name\n" + "1,plain\n" * 250_000 + "2,Müller\n"
    path = tmp_path / "orders.csv"
    path.write_bytes(content.encode("cp1252"))
    with open_sheet(path) as sheet:
        *_, last = sheet.records("")
    assert Record(250_002, ("2", "Müller")) == last


def test_a_broken_character_spoils_only_its_own_cell(tmp_path: Path) -> None:
    """A file that is plainly UTF-8 keeps its good rows and marks broken letters as U+FFFD."""
    content = "id,name\n1,Jürgen\n2,Zoë\n3,Køb\n".encode() + b"4,M\xfcller\n"
    assert [c[1] for c in cells(read(tmp_path, content))[1:]] == [
        "Jürgen",
        "Zoë",
        "Køb",
        "M\ufffdller",
    ]


def test_a_named_encoding_is_taken_at_its_word(tmp_path: Path) -> None:
    """``encoding`` beats the guess, and what does not fit it is an error that names the row."""
    content = "id,name\n1,Jürgen\n".encode("cp1252")
    assert read(tmp_path, content, encoding="cp1251")[1].cells == ("1", "Jьrgen")
    with pytest.raises(SheetError, match=r"orders\.csv: what follows row 0 is not utf-8"):
        read(tmp_path, content, encoding="utf8")


@pytest.mark.parametrize("encoding", ["nonsense", "hex", "rot13", "undefined", "idna", "a\0b"])
def test_an_unknown_encoding_is_refused(tmp_path: Path, encoding: str) -> None:
    """A name that is no text encoding is an error that names better ones."""
    with pytest.raises(SheetError, match="try utf-8"):
        read(tmp_path, "a,b\n", encoding=encoding)


@pytest.mark.parametrize(
    ("content", "rows", "broken"),
    [
        ('id,a,b\n1,"x,y\n2,c,d\n3,e,f\n', [1, 2, 3, 4], [2]),
        ('id,a,b\n1,"x,y\n2,"c",d\n3,e,f\n', [1, 2, 3, 4], [2]),
        ('id,a,b\n1,"x "z, y" w",b\n2,c,d\n', [1, 2, 3], [2]),
        ('id,a,b\n1,"x\\"y",b\n2,c,d\n', [1, 2, 3], [2]),
        ('id,a,b\n1,"x,y\n2,"z,w\n3,c,d\n', [1, 2, 3, 4], [2, 3]),
        ('id,a,b\n1,c,d\n2,e,"f', [1, 2, 3], [3]),
        ('id,a,b\n"\n1,c,d\n', [1, 2, 3], [2]),
    ],
)
def test_a_stray_quote_costs_only_its_own_row(
    tmp_path: Path, content: str, rows: list[int], broken: list[int]
) -> None:
    """A row whose quotes are broken says so, and the rows that it swallowed are read again."""
    found = read(tmp_path, content)
    assert rows == [record.row for record in found]
    assert broken == [record.row for record in found if record.problem]
    assert all(len(record.cells) == 3 for record in found if not record.problem)


def test_ten_megabytes_in_a_cell_are_read(tmp_path: Path) -> None:
    """A cell may be far larger than the csv module allows by itself."""
    text = "line\n" * 2_000_000
    assert text == read(tmp_path, f'id,note\n1,"{text}"\n')[1].cells[1]


def test_a_line_without_end_is_refused(tmp_path: Path) -> None:
    """A line beyond 16 million characters is no row, and is not split."""
    with pytest.raises(SheetError, match=r"what follows row 1 is a line of over 16,777,216"):
        read(tmp_path, "id,note\n" + "," * 17_000_000)


def test_an_open_quote_over_millions_of_rows_is_given_up_once(tmp_path: Path) -> None:
    """A quote that is never closed costs its row, in time that grows with the file only."""
    found = read(tmp_path, 'id,name\n1,"x\n' + "2,abcdefghij\n" * 1_400_000)
    assert len(found) == 1_400_002
    assert [record.row for record in found if record.problem] == [2]


def test_memory_does_not_grow_with_rows(tmp_path: Path) -> None:
    """A CSV is streamed: twenty times the rows take no more memory."""
    peaks = []
    for rows in (60_000, 240_000):
        path = tmp_path / f"{rows}.csv"
        path.write_text(HEADINGS + "\n" + "1,Ann Example,Springfield\n" * rows, encoding="utf-8")
        tracemalloc.start()
        with open_sheet(path) as sheet:
            assert rows + 1 == sum(1 for _ in sheet.records(""))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.2 + 100_000


def test_each_reading_starts_anew(tmp_path: Path) -> None:
    """A preview takes nothing away from the records, and two readings do not disturb each other."""
    path = tmp_path / "orders.csv"
    path.write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    with open_sheet(path) as sheet:
        first, second = sheet.records(""), sheet.records("")
        assert next(first) == next(second)
        assert cells(sheet.preview("", 2)) == [("a", "b"), ("1", "2")]
        assert cells(list(first)) == cells(list(second)) == [("1", "2"), ("3", "4")]


def test_a_sheet_that_changes_under_our_hands_is_refused(tmp_path: Path) -> None:
    """Rows of two versions of a file never mix, and its hash is that of what was read."""
    path = tmp_path / "orders.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with open_sheet(path) as sheet:
        records = sheet.records("")
        next(records)
        path.write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
        with pytest.raises(SheetError, match="was changed while it was being read"):
            list(records)
        path.unlink()
        with pytest.raises(SheetError, match="cannot be read"):
            sheet.preview("")


def test_a_csv_has_one_worksheet_without_a_name(tmp_path: Path) -> None:
    """Another name is an error that says so."""
    path = tmp_path / "orders.csv"
    path.write_text("a,b\n", encoding="utf-8")
    with open_sheet(path) as sheet:
        assert [(each.name, each.visible) for each in sheet.worksheets] == [("", True)]
        with pytest.raises(SheetError, match="no worksheet is called Orders"):
            sheet.records("Orders")


WRITABLE = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff", include_characters="\n\r\t"
    )
)


@given(
    rows=st.lists(st.lists(WRITABLE, min_size=3, max_size=3), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8-sig", "utf-16"]),
)
def test_what_a_writer_quotes_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    delimiter: str,
    line_end: str,
    encoding: str,
) -> None:
    """Any text survives a standard writer and our reader, with its row number."""
    rows = [["order_id", "name", "city"], *rows]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(
        rows
    )
    found = read(tmp_path_factory.mktemp("csv"), out.getvalue().encode(encoding))
    expected = [(number, tuple(row)) for number, row in enumerate(rows, 1) if "".join(row).strip()]
    assert expected == [(record.row, record.cells) for record in found]


@given(content=st.binary(max_size=400))
@example(b"\xff\xfe\0")
@example(b"PK\x03\x04")
@example(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
@example(b'a,"\xff\xfe\n\0')
@example(b"sep=\n")
@example(b"\x2b/v8-")
def test_no_bytes_crash_the_reader(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Whatever a file holds, reading it ends in records or in one sentence."""
    with suppress(SheetError):
        found = read(tmp_path_factory.mktemp("any"), content)
        assert [record.row for record in found] == sorted({record.row for record in found})


@given(content=st.text('ab,;"\n\r \t', max_size=60))
def test_no_quotes_lose_or_merge_sound_rows(
    tmp_path_factory: pytest.TempPathFactory, content: str
) -> None:
    """However quotes stand, no letter is lost and every record is sound or says its problem."""
    try:
        found = read(tmp_path_factory.mktemp("quotes"), content)
    except SheetError:
        assert not content.strip()
        return
    letters = "".join(each for record in found for cell in record.cells for each in cell)
    assert sorted(content.replace('"', "").translate(NO_MARKS)) == sorted(
        letters.replace('"', "").translate(NO_MARKS)
    )


NO_MARKS = str.maketrans("", "", ",;|\n\r \t")
