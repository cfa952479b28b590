"""The same kinds of sheet in the encodings that spreadsheets and shops of all places save."""

from __future__ import annotations

import codecs

from tests.corpus.entry import HEAD, Cells, Entry, ada, sheet

__all__ = ["ENCODINGS", "PEOPLE"]

PEOPLE: dict[str, tuple[Cells, ...]] = {
    "west": (
        ("11", "Jürgen", "Müller", "Hauptstraße 5", "Köln", "", "50667", "de", "für Café"),
        ("12", "François", "Lévêque", "12 rue de l’Église", "Besançon", "", "25000", "fr", "–"),
        ("13", "Søren", "Ørsted", "Ågade 5", "Århus", "", "8000", "dk", ""),
    ),
    "quote": (("11", "Anna", "O’Brien", "12 Main St", "Boston", "MA", "02134", "us", "x"),),
    "polish": (
        ("11", "Łukasz", "Wiśniewski", "ul. Główna 5", "Łódź", "", "90-001", "pl", ""),
        ("12", "Małgorzata", "Wójcik", "ul. Święty Marcin 12", "Poznań", "", "61-803", "pl", ""),
    ),
    "czech": (
        ("11", "Jiří", "Dvořák", "Nádražní 12", "Plzeň", "", "301 00", "cz", ""),
        ("12", "Šárka", "Nováková", "Křížová 8", "Brno", "", "602 00", "cz", ""),
    ),
    "hungarian": (
        ("11", "Gergő", "Szűcs", "Petőfi utca 5", "Győr", "", "9021", "hu", ""),
        ("12", "Zsófia", "Tóth", "Fő utca 1", "Szeged", "", "6720", "hu", ""),
    ),
    "russian": (
        ("11", "Иван", "Петров", "ул. Ленина, 5", "Москва", "", "101000", "ru", ""),
        ("12", "Ольга", "Сидорова", "Невский пр. 12", "Казань", "", "420000", "ru", ""),
    ),
    "greek": (
        ("11", "Γιώργος", "Παπαδόπουλος", "οδός Αλεξάνδρας 5", "Αθήνα", "", "114 71", "gr", ""),
    ),
    "turkish": (
        ("11", "Şükrü", "Yılmaz", "Atatürk Caddesi 5", "İzmir", "", "35000", "tr", ""),
        ("12", "Ayşe", "Çağlar", "Gül Sokağı 3", "Eskişehir", "", "26000", "tr", ""),
    ),
    "japanese": (
        ("11", "太郎", "山田", "千代田区丸の内1-1", "東京都", "", "100-0005", "jp", ""),
        ("12", "花子", "鈴木", "中央区銀座4丁目", "東京都", "", "104-0061", "jp", ""),
    ),
    "korean": (
        ("11", "철수", "김", "강남구 테헤란로 1", "서울특별시", "", "06164", "kr", ""),
        ("12", "영희", "이", "해운대구 중동 3", "부산광역시", "", "48099", "kr", ""),
    ),
    "chinese": (
        ("11", "小明", "王", "朝阳区建国路1号", "北京市", "", "100022", "cn", ""),
        ("12", "丽", "李", "浦东新区世纪大道2号", "上海市", "", "200120", "cn", ""),
    ),
    "taiwanese": (
        ("11", "小明", "王", "信義區市府路1號", "台北市", "", "110", "tw", ""),
        ("12", "麗", "李", "前鎮區中山路2號", "高雄市", "", "806", "tw", ""),
    ),
}


def encoded(who: str, encoding: str, mark: bytes = b"", *, found: str | None = None) -> Entry:
    """Give a sheet of these people and one from Austin, saved in an encoding."""
    rows = (*PEOPLE[who], ada(99))
    data = mark + sheet(HEAD, *rows, delimiter=";", end="\r\n").encode(encoding)
    marked = f"_marked{len(mark)}" if mark else ""
    return Entry(
        f"{who}_{encoding}{marked}.csv",
        lambda: data,
        [(1, HEAD), *((number, row) for number, row in enumerate(rows, start=2))],
        dict.fromkeys(range(2, len(rows) + 2), "ready"),
        encoding=found or encoding,
    )


ENCODINGS = [
    encoded("west", "utf-8"),
    encoded("west", "utf-8", codecs.BOM_UTF8, found="utf-8-sig"),
    encoded("west", "utf-8", codecs.BOM_UTF8 * 2, found="utf-8-sig"),
    encoded("west", "utf-16-le"),
    encoded("west", "utf-16-be"),
    encoded("west", "utf-16-le", codecs.BOM_UTF16_LE, found="utf-16"),
    encoded("west", "utf-16-be", codecs.BOM_UTF16_BE, found="utf-16"),
    encoded("west", "utf-32-le", codecs.BOM_UTF32_LE, found="utf-32"),
    encoded("west", "utf-32-be", codecs.BOM_UTF32_BE, found="utf-32"),
    encoded("japanese", "utf-16-le", codecs.BOM_UTF16_LE, found="utf-16"),
    encoded("west", "cp1252"),
    encoded("quote", "cp1252"),
    encoded("quote", "mac_roman"),
    encoded("west", "mac_roman"),
    encoded("polish", "cp1250"),
    encoded("polish", "cp852"),
    encoded("polish", "iso8859-2"),
    encoded("czech", "cp1250"),
    encoded("hungarian", "cp1250"),
    encoded("russian", "cp1251"),
    encoded("russian", "cp866"),
    encoded("russian", "koi8_r"),
    encoded("greek", "cp1253"),
    encoded("turkish", "cp1254"),
    encoded("japanese", "cp932"),
    encoded("korean", "cp949"),
    encoded("chinese", "gb18030"),
    encoded("taiwanese", "big5"),
]
