"""CSV files as people and programs really write them."""

from __future__ import annotations

import csv
import io
import tracemalloc
from contextlib import suppress
from pathlib import Path
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.core.errors import SheetError
from pipeline.core.records import Record
from pipeline.sheets import open_sheet
from pipeline.sheets.csv_records import LONGEST

HEADINGS = "order_id,name,city"
nightly = pytest.mark.nightly
uncounted = pytest.mark.uncounted
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
        ("utf-32-be", b"\0\0\xfe\xff"),
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


@pytest.mark.parametrize("rows", [3, 10, 50])
@pytest.mark.parametrize(
    ("encoding", "people"),
    [
        ("cp1252", "Jürgen Müller;Hauptstraße 5;Köln|François Lévêque;12 rue de l’Église;Nîmes"),
        ("cp1252", "José Núñez;Calle Señor 5;Málaga|João Conceição;Rua São Bento 3;Goiânia"),
        ("cp1252", "Søren Ørsted;Ågade 5;Århus|Åsa Öberg;Östra gatan 2;Malmö"),
        ("cp1252", "Anna O’Brien;12 Main St;Boston"),
        ("cp1252", "Zoë Smith;½ Main St – Nº 3;Cœur d’Alene"),
        ("cp1250", "Łukasz Wiśniewski;ul. Główna 5;Łódź|Paweł Dąbrowski;Aleje 3;Kraków"),
        ("cp1250", "Jiří Dvořák;Nádražní 12;Plzeň|Šárka Nováková;Křížová 8;Brno"),
        ("cp1250", "Gergő Szűcs;Petőfi utca 5;Győr|Zsófia Tóth;Fő utca 1;Szeged"),
        ("cp1251", "Иван Петров;ул. Ленина, 5;Москва|Ольга Сидорова;пр. Мира 12;Казань"),
        ("cp1253", "Γιώργος Παπαδόπουλος;οδός Αλεξάνδρας 5;Αθήνα|Μαρία Ιωάννου;Εγνατία;Βόλος"),
        ("cp1254", "Şükrü Yılmaz;Atatürk Caddesi 5;İzmir|Ayşe Çağlar;Gül Sokağı 3;Eskişehir"),
        ("mac_roman", "Jürgen Müller;Hauptstraße 5;Köln|José Peña;Calle Señor 5;Málaga"),
        ("mac_roman", "Anna O’Brien;12 Main St;Boston"),
        ("cp850", "Jürgen Müller;Hauptstraße 5;Köln|Søren Ørsted;Ågade 5;Århus"),
        ("cp852", "Łukasz Wiśniewski;ul. Główna 5;Łódź|Paweł Dąbrowski;Aleje 3;Kraków"),
        ("cp866", "Иван Петров;ул. Ленина, 5;Москва|Ольга Сидорова;пр. Мира 12;Казань"),
        ("koi8_r", "Иван Петров;ул. Ленина, 5;Москва|Ольга Сидорова;пр. Мира 12;Казань"),
        ("cp932", "山田太郎;千代田区丸の内1-1;東京都|鈴木花子;中央区銀座4丁目;東京都"),
        ("cp949", "김철수;강남구 테헤란로 1;서울특별시|이영희;해운대구 중동 3;부산광역시"),
        ("gb18030", "王小明;朝阳区建国路1号;北京市|李丽;浦东新区世纪大道2号;上海市"),
        ("big5", "王小明;信義區市府路1號;台北市|李麗;前鎮區中山路2號;高雄市"),
    ],
)
def test_old_code_pages_are_told_in_small_sheets(
    tmp_path: Path, encoding: str, people: str, rows: int
) -> None:
    """A few names and streets tell the code page, also among rows of plain ASCII."""
    told = people.split("|")
    body = [told[n % len(told)] if n < 3 or not n % 3 else "Ann;1 Elm St;Waco" for n in range(rows)]
    expected = [("order_id", "name", "street", "city")]
    expected += [(str(n), *each.split(";")) for n, each in enumerate(body)]  # type: ignore[misc]
    content = "\r\n".join(";".join(row) for row in expected).encode(encoding)
    assert expected == cells(read(tmp_path, content))


WESTERN = """
Zoë|O’Brien|Müller|Köln|Gößweinstein|Straße|François|Lévêque|Besançon|Nîmes|Saint-Étienne|Mâcon
Île-de-France|Évreux|José|Núñez|Peña|Málaga|A Coruña|São Paulo|Conceição|Goiânia|Belém|Ørsted|Århus
Åse Bjørk|Tromsø|Ålesund|Malmö|Örebro|Jyväskylä|Reykjavík|Forlì|Cantù|Niccolò|Renée|Chloë|Québec
Trois-Rivières|L’Haÿ-les-Roses|½ Main St|Nº 5|12 Main St – Apt 3|“Bob”|Joe’s Café|5° Étage|Calle 3ª
©2020|MÜLLER|ÉCOLE|Ávila|Hélène|Ångström|Pärnu|Võru|Curaçao|Düzce|Škoda|Œuvre|Sœur|naïve|Córdoba
Añasco|Mayagüez|Bayamón|Rincón|Côté|Gaëlle|Noël|Île d'Yeu|Groß|Rødovre|Æbelø|Ølstykke|Ängelholm
"""


@pytest.mark.parametrize("word", WESTERN.strip().replace("\n", "|").split("|"))
def test_one_western_word_is_read_as_excel_for_windows_saves_it(tmp_path: Path, word: str) -> None:
    """Where a single word is all there is to go by, what is likeliest by far is taken."""
    content = f"order_id,name\n1,Ann\n2,{word}\n3,Bo\n".encode("cp1252")
    assert ("2", word) == read(tmp_path, content)[2].cells


@uncounted
@pytest.mark.parametrize("size", [30_000, pytest.param(200_000, marks=nightly)])
@pytest.mark.parametrize("noise", [b"\xe9", b"\xe9\x92", b"\xff\x80\xc0", bytes(range(128, 256))])
def test_noise_is_judged_in_bounded_time(tmp_path: Path, noise: bytes, size: int) -> None:
    """Words without end, of letters or of signs, take no longer than names."""
    begun = process_time()
    read(tmp_path, b"id,name\n1," + noise * (size // len(noise)) + b"\n")
    assert process_time() - begun < 5


def test_unmarked_utf_16_of_another_script_is_found(tmp_path: Path) -> None:
    """Line ends and delimiters tell it, where no letter has a NUL."""
    text = "注文,氏名,市\n一,山田太郎,東京都千代田区丸の内\n二,鈴木花子,東京都中央区銀座\n"
    expected = [tuple(line.split(",")) for line in text.splitlines()]
    for encoding in ("utf-16-le", "utf-16-be"):
        assert expected == cells(read(tmp_path, text.encode(encoding)))


@uncounted
def test_one_letter_far_down_decides_the_encoding(tmp_path: Path) -> None:
    """A single ü after two megabytes of ASCII is still an ü."""
    content = "order_id,name\n" + f"1,{'plain ' * 333}\n" * 1_000 + "2,Müller\n"
    path = tmp_path / "orders.csv"
    path.write_bytes(content.encode("cp1252"))
    with open_sheet(path) as sheet:
        *_, last = sheet.records("")
    assert Record(1_002, ("2", "Müller")) == last


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


WIDE = "id,a,b,c,d\n"


@pytest.mark.parametrize(
    ("content", "broken"),
    [
        (WIDE + '1,"x,y,z,w\n2,x,y,z,w\n3,x",y,z,w\n4,x,y,z,w\n', [2, 3, 4]),
        (WIDE + '1,x,y,z,"w\n2,x,y,z,w"\n4,x,y,z,w\n', [2, 3]),
        (WIDE + '1,"x,y,z,w\n' + "2,x,y,z,w\n" * 80 + '3,x",y,z,w\n4,x,y,z,w\n', [2, 83]),
        (WIDE + '1,"x,y,z,w\n2,"a\nb",y,z,w\n', [2]),
        (WIDE + '1,"x,y,z,w\n2,12" pipe,y,z,w\n', [2]),
        (WIDE + '1,"x, and y, and z, and w\nand so on, and on, and on, and on",y,z,w\n', []),
        (WIDE + '1,"\n\n\n",y,z,w\n2,x,y,z,w\n', []),
        (WIDE + '"1\n2\n3",x,y,z,w\n4,"a\nb","c\nd","e\nf",w\n', []),
        ('"i\nd","a\na",b,c,d\n1,x,y,z,w\n', []),
        (WIDE + '1,x,"y,z,w\n2,x,y",z,w\n4,x,y,z,w\n', [2, 3]),
        (WIDE + '1,x,y,z,"' + "a line,\n" * 200 + '"\n4,x,y,z,w\n', []),
    ],
)
def test_rows_that_two_quotes_swallow_are_found(
    tmp_path: Path, content: str, broken: list[int]
) -> None:
    """A quoted cell of lines as long as rows hides rows: each line says so, none is lost."""
    found = read(tmp_path, content)
    assert broken == [record.row for record in found if record.problem]
    assert "".join(content.split()).replace(",", "").replace('"', "") == "".join(
        "".join(cell.split()) for record in found for cell in record.cells
    ).replace(",", "").replace('"', "")


@pytest.mark.parametrize(
    ("content", "expected", "broken"),
    [
        ('"id", "a", "b"\n"1", "x, y", "z"\n', [("id", "a", "b"), ("1", "x, y", "z")], []),
        ('"id" ; "a" ; "b"\n"1" ; "x; y" ; "z"\n', [("id", "a", "b"), ("1", "x; y", "z")], []),
        ('id,a,b\n1,"x, y" ,z\n', [("id", "a", "b"), ("1", "x, y", "z")], []),
        ('id,a,b\n1, "x, y",z\n', [("id", "a", "b"), ("1", "x, y", "z")], []),
        (
            'id,a,b\n"1",x,y\n"2",x,y\n3, "x, y",z\n',
            [("id", "a", "b"), ("1", "x", "y"), ("2", "x", "y"), ("3", ' "x', ' y"', "z")],
            [4],
        ),
        ('id,a,b\n1,"x, ""y""",z\n', [("id", "a", "b"), ("1", 'x, "y"', "z")], []),
        ("id,a,b\n1, x ,z\n", [("id", "a", "b"), ("1", " x ", "z")], []),
    ],
)
def test_spaces_beside_quotes_move_no_cells(
    tmp_path: Path, content: str, expected: list[tuple[str, ...]], broken: list[int]
) -> None:
    """What is meant is read where the whole file says so; a single such row is a finding."""
    found = read(tmp_path, content)
    assert expected == cells(found)
    assert broken == [record.row for record in found if record.problem]


@pytest.mark.parametrize("end", ["\x1a", "\0\0\0", "\n\x1a", "\n\0\0\0\0", "\r\n\x1a\0"])
def test_what_pads_the_end_of_a_file_is_no_row(tmp_path: Path, end: str) -> None:
    """Ctrl-Z and NULs at the end are what old programs leave there."""
    assert cells(read(tmp_path, "id,a\n1,x" + end)) == [("id", "a"), ("1", "x")]


def test_marks_between_pasted_files_are_no_text(tmp_path: Path) -> None:
    """A byte order mark where a row begins would keep its first cell from being quoted."""
    content = '\ufeffid,a\n1,x\n\ufeff"2","y, z"\n'
    assert cells(read(tmp_path, content)) == [("id", "a"), ("1", "x"), ("2", "y, z")]


@uncounted
@pytest.mark.parametrize("lines", [4_000, pytest.param(20_000, marks=nightly)])
@pytest.mark.parametrize("line", ['x","y\n', '1,"x ""\n', '"\n', '1,"x","\n', '"",x"\n"\n'])
def test_nothing_but_broken_quotes_is_read_in_bounded_time(
    tmp_path: Path, line: str, lines: int
) -> None:
    """Each line may have to be read many times over, but never to the end of the file."""
    begun = process_time()
    read(tmp_path, "id,a\n" + line * lines)
    assert process_time() - begun < max(4, lines / 2_000)


@uncounted
@pytest.mark.parametrize("size", [200_000, pytest.param(10_000_000, marks=nightly)])
def test_a_cell_far_larger_than_usual_is_read(tmp_path: Path, size: int) -> None:
    """A cell may be far larger than the csv module allows by itself."""
    csv.field_size_limit(131_072)  # as it is in a process that has read no sheet yet
    text = "line\n" * (size // 5)
    assert text == read(tmp_path, f'id,note\n1,"{text}"\n')[1].cells[1]


def test_a_line_without_end_is_refused(tmp_path: Path) -> None:
    """A line beyond 16 million characters is no row, and is not split."""
    with pytest.raises(SheetError, match=r"what follows row 1 is a line of over 16,777,216"):
        read(tmp_path, "id,note\n" + "," * 17_000_000)


@uncounted
@pytest.mark.parametrize(
    ("rows", "longest"), [(45_000, 1 << 18), pytest.param(1_400_000, LONGEST, marks=nightly)]
)
def test_an_open_quote_over_very_many_rows_is_given_up_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, longest: int
) -> None:
    """A quote that is never closed costs its row, in time that grows with the file only."""
    monkeypatch.setattr("pipeline.sheets.csv_records.LONGEST", longest)
    assert rows * 13 > longest
    found = read(tmp_path, 'id,name\n1,"x\n' + "2,abcdefghij\n" * rows)
    assert len(found) == rows + 2
    assert [record.row for record in found if record.problem] == [2]


@uncounted
@pytest.mark.parametrize(
    ("few", "many"), [(6_000, 24_000), pytest.param(60_000, 240_000, marks=nightly)]
)
def test_memory_does_not_grow_with_rows(tmp_path: Path, few: int, many: int) -> None:
    """A CSV is streamed: four times the rows take no more memory."""
    peaks = []
    for rows in (few, many):
        path = tmp_path / f"{rows}.csv"
        line = f"1,Ann Example,{'Springfield ' * 20}\n"
        path.write_text(HEADINGS + "\n" + line * rows, encoding="utf-8")
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
