"""Texts: what is repaired, and above all what must stay as it is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.garbled import looks_garbled, turn_back
from pipeline.core.repairs import (
    GuardedKind,
    clean_text,
    is_plain,
    letters_lost,
    shown,
    undo_excel,
)
from tests.examples import examples

RIGHT = (
    *("Anna", "O'Brien", "'s-Hertogenbosch", "San José", "München", "Łódź", "Île", "Åse", "É"),
    *("CAFÉ–BAR", "NESTLÉ®", "PERÚ–LIMA", "MENÚ–BAR", "JOSÉ–MARÍA", "BLÅ®", "SMÅ™", "CAFÈ™"),
    *("IRMÃ®", "MAÇÃ™", "LÃ", "CAFÉ…", "café…”", "« Café »", "Straß–X", "ROOM Ñ™", "COMTÉ—"),
    *("１丁目", "東京都　港区", "山田　太郎", "“Rose” & Söhne", "O’Brien", "naïve – yes", "20 °C"),
    *("Москва", "Αθήνα", "שלום", "محمد", "गुप्ता", "ไทย", "한국", "Nguyễn Đặng", "Ștefan Țepeș"),
    "می\u200cخواهم",  # Persian: a joiner of no width between letters
    "ക്\u200dഷ",  # Malayalam: a joiner behind a virama
    "ശ്രീ\u200cകുമാർ",
    "👩\u200d🎨 Studio",  # an emoji made of two
    "👨\u200d👩\u200d👧",
    "ភ្នំ\u200bពេញ",  # Khmer parts words by a space of no width
    "דירה 5\u200f",  # a right-to-left mark beside Hebrew
    *("12/345", "1E5", "NA", "NULL", "Apt #4", "3–5 Rue du Bac", "½ Mile Rd", "Zażółć gęślą jaźń"),
    "Ÿ–Ÿ",
    *("Ch’ü-wu", "Lin-ch’üan", "l’Été", "L’ÉTÉ", "d’Évry–Courcouronnes", "‘Öko’ „Ü“", "ÜT«É»"),
    *("TORNEÅ’S", "KYLÄ’S", "SUFLÍ’S", "BARÀ™", "YENIKOŸ™", "Å”", "Ä–Ö", "IRMÃ DULCE", "AMANHÃ"),
    *("ЗАО «Ромашка»", "Рёв", "ГЁТЕ", "БУГ–BAR", "Ђаково", "Їжівці", "ORĂŞTIE", "CĂŢELU", "HĹBKA"),
    *("m²", "½", "№ 5", "Paral·lel", "BÂRLAD", "ſ", "㈱見本", "Ⓐ", "€uro", "5 ÷ 2", "ﬁne"),
)


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_stays(text: str) -> None:
    """Nothing right is ever changed."""
    assert clean_text(text) == (text, ())


WORDS = (
    *("München", "José Núñez", "Ørsted", "François", "Łódź", "Dvořák", "Ștefan", "Țepeș", "Île"),
    *("Москва", "Αθήνα", "林", "東京都", "שלום", "محمد", "한국", "Nguyễn", "Đặng", "Plzeň", "À"),
    *("LITOMĚŘICE", "KÖLN", "SÖDERTÄLJE", "Müßig", "😀 Anna", "गुप्ता", "ไทย", "São Paulo"),
    *("O’Brien", "Café “Rose”", "3–5 Rue", "20 €", "NIKE®", "Nº 5", "Großmann", "Í Túni", "Å"),
    *("CAFÉ", "ÁRBOL", "ÍÐÝ", "Ærø", "Œuvre", "naïve…", "Jose\u0301"),
)


def _read_as_cp1252(text: str) -> str:
    """What a program shows that takes UTF-8 for cp1252 (whose five holes Windows lets through)."""
    return "".join(
        chr(byte) if byte in b"\x81\x8d\x8f\x90\x9d" else bytes([byte]).decode("cp1252")
        for byte in text.encode()
    )


@pytest.mark.parametrize("word", WORDS)
def test_mojibake_turns_back(word: str) -> None:
    """UTF-8 that was read as cp1252 or as Latin-1, once or twice, becomes what it was."""
    once = _read_as_cp1252(word)
    assert clean_text(word.encode().decode("mac_roman")) == (word, ("mojibake",))
    assert clean_text(once) == (word, ("mojibake",))
    assert clean_text(_read_as_cp1252(once)) == (word, ("mojibake",))
    assert clean_text(word.encode().decode("latin-1")) == (word, ("mojibake",))


HALF = (
    *(
        "MÃ¼nchen – Süd",
        "JosÃ© ü",
        "â€œRose” für",
        "Â° ß",
        "M√ºnchen ü 陈",
        "GieÃŸen 陈",
        "CzÄ™sto 陈",
    ),
    *("MГјnchen", "Г‰vora", "РњРѕСЃРєРІР°", "M├╝nchen", "Timi╚Öoara", "MĂĽnchen", "GieĂźen"),
    *("voilÃ", "MÃ?laga", "BucureÈ™ti 陈", "Ù…Ø«Ø§Ù„ ü", "TABAPORÃ™", "OIÃ’S", "AlmerÃ\xada ü"),
    "ZARÂ–BAR",
)


@pytest.mark.parametrize("text", HALF)
def test_half_garbled_text_is_told_not_changed(text: str) -> None:
    """Where not the whole cell turns back, a person is told and nothing is changed."""
    assert turn_back(text) == text
    assert looks_garbled(text)
    assert not is_plain(text)
    assert clean_text(text) == (text, ())


INVISIBLE = (
    ("12\xa0Main St", "12 Main St", "invisible"),
    ("Anna\u200b", "Anna", "invisible"),
    ("\ufeffAnna", "Anna", "invisible"),
    ("Anna\u200dMaria", "AnnaMaria", "invisible"),
    ("Au\u200cflage", "Auflage", "invisible"),
    ("Do\xadnau", "Donau", "invisible"),
    ("12 Main St\r\nApt 4", "12 Main St Apt 4", "invisible"),
    ("12 Main St\u2028Apt 4", "12 Main St Apt 4", "invisible"),
    ("12 Main St\x85Apt 4", "12 Main St Apt 4", "invisible"),
    ("12\tMain", "12 Main", "invisible"),
    ("An\x00na\x07", "Anna", "invisible"),
    ("\u202a+1 617 555 0123\u202c", "+1 617 555 0123", "invisible"),
    ("O\x92Brien", "O’Brien", "c1_quotes"),
    ("\x93Rose\x94 \x96 Bar", "“Rose” – Bar", "c1_quotes"),
    ("\u200b", "", "invisible"),
    ("IRMÃ\xa0DULCE", "IRMÃ DULCE", "invisible"),
)


@pytest.mark.parametrize(("before", "after", "rule"), INVISIBLE)
def test_invisible_characters_go(before: str, after: str, rule: str) -> None:
    """No-break and zero-width characters, controls and C1 quotes are repaired and listed."""
    assert clean_text(before) == (after, (rule,))


def test_mojibake_goes_before_invisible_characters() -> None:
    """A garbled no-break space is turned back first, then made a space."""
    assert clean_text("12Â\xa0Main") == ("12 Main", ("mojibake", "invisible"))
    assert clean_text("OÂ\x92Brien") == ("O’Brien", ("mojibake", "c1_quotes"))
    assert clean_text("\u200bMÃ¼nchen") == ("München", ("invisible", "mojibake"))
    assert clean_text("\xa0MÃ¼nchen") == ("München", ("invisible", "mojibake"))


@pytest.mark.parametrize("text", ["  Anna  Maria ", " Anna Maria", "Anna  Maria", "Anna Maria　"])
def test_spaces_are_tidied_silently(text: str) -> None:
    """Outer and double spaces go without being listed."""
    assert clean_text(text) == ("Anna Maria", ())


@pytest.mark.parametrize("text", ["M\ufffdnchen", "Du\x9aan", "a\ud800"])
def test_a_hole_stays_a_hole(text: str) -> None:
    """A letter that is lost cannot be guessed, nor may it be dropped."""
    assert clean_text(text) == (text, ())
    assert letters_lost(text)


UNDONE: tuple[tuple[GuardedKind, str, str, tuple[str, ...]], ...] = (
    ("order_id", "12345.0", "12345", ("decimal_zero",)),
    ("order_id", "'12345", "12345", ("text_guard",)),
    ("order_id", '="12345"', "12345", ("text_guard",)),
    ("order_id", "'12345.0", "12345", ("text_guard", "decimal_zero")),
    ("order_id", "12345.5", "12345.5", ()),
    ("order_id", "12345.00", "12345.00", ()),
    ("order_id", "12,345", "12,345", ()),
    ("order_id", "#12345", "#12345", ()),
    ("order_id", "''12345", "''12345", ()),
    ("zip_postal_code", "'02134", "02134", ("text_guard",)),
    ("zip_postal_code", '="02134"', "02134", ("text_guard",)),
    ("zip_postal_code", "'SW1A 1AA", "SW1A 1AA", ("text_guard",)),
    ("zip_postal_code", "2134.0", "2134.0", ()),
    ("zip_postal_code", "=02134", "=02134", ()),
    ("phone", "6175550123.0", "6175550123", ("decimal_zero",)),
    ("phone", "301234567.0", "301234567", ("decimal_zero",)),
    ("phone", "'+1 617 555 0123", "+1 617 555 0123", ("text_guard",)),
    ("phone", "Phone: 617-555-0123", "617-555-0123", ("phone_marks",)),
    ("phone", "Tel. +49 30 123456", "+49 30 123456", ("phone_marks",)),
    ("phone", "mobile 617-555-0123;", "617-555-0123", ("phone_marks",)),
    ("phone", "'617-555-0123'", "617-555-0123", ("phone_marks", "text_guard")),
    ("phone", "617-555-0123,", "617-555-0123", ("phone_marks",)),
    ("phone", "617-555-0123 ext. 4", "617-555-0123 ext. 4", ()),
    ("phone", "617.555.0123", "617.555.0123", ()),
    ("phone", "T: 617-555-0123", "617-555-0123", ("phone_marks",)),
    ("phone", "Phone No. 617-555-0123", "617-555-0123", ("phone_marks",)),
    ("phone", "Tél. : 01 99 00 12 34", "01 99 00 12 34", ("phone_marks",)),
    ("phone", "Telefon 030 123456", "030 123456", ("phone_marks",)),
    ("phone", "☎ 617-555-0123", "617-555-0123", ("phone_marks",)),
    ("phone", "T 617-555-0123", "T 617-555-0123", ()),
    ("phone", "Phoebe 617-555-0123", "Phoebe 617-555-0123", ()),
    ("phone", "Fax: 617-555-0123", "Fax: 617-555-0123", ()),
    ("phone", "1-800-FLOWERS", "1-800-FLOWERS", ()),
    ("phone", "call after 5.", "call after 5.", ()),
    ("phone", "3.01235E+11", "3.01235E+11", ()),
)


@pytest.mark.parametrize(("field", "before", "after", "rules"), UNDONE)
def test_marks_of_excel(
    field: GuardedKind, before: str, after: str, rules: tuple[str, ...]
) -> None:
    """Guards, ``.0``, labels and trailing marks go where they are certain to be that."""
    assert undo_excel(field, before) == (after, rules)


def test_shown_is_one_visible_line() -> None:
    """A listed repair shows what could not be seen, on one line."""
    assert shown("12\xa0Main\nSt") == "12[U+00A0]Main[U+000A]St"


texts = st.text(st.characters(codec=None), max_size=40) | st.text(
    "ÃÂÉé®–â€™ aA1\xa0\u200d", max_size=12
)


@settings(max_examples=examples(1000))
@given(texts)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    """Cleaning is idempotent, and what is plain needs none."""
    once, _ = clean_text(text)
    assert clean_text(once) == (once, ())
    if is_plain(text):
        assert clean_text(text) == (text, ())


@settings(max_examples=examples(1000))
@given(
    st.sampled_from(("order_id", "zip_postal_code", "phone")),
    st.text("'=\".0123456789+( TelE", max_size=14),
)
def test_undoing_excel_twice_changes_nothing(field: GuardedKind, text: str) -> None:
    """Taking marks off is idempotent."""
    once, _ = undo_excel(field, text)
    assert undo_excel(field, once) == (once, ())
