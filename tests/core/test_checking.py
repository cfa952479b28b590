"""Rows: what is repaired, refused, warned of, and what must be left alone."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pipeline.core.address import ADDRESS_FIELDS
from pipeline.core.checking import CheckedRow, RowChecker, carries_no_address
from pipeline.core.records import OddCell, OddKind
from pipeline.core.rules import RULES, RuleOptions

US = {
    "order_id": "4100231",
    "first_name": "Ada",
    "last_name": "Byron",
    "company_name": "",
    "address_1": "5 Engine Street",
    "city": "Boston",
    "state_code": "MA",
    "zip_postal_code": "02134",
    "country_code": "us",
    "phone": "617-555-0123",
    "email": "ada@example.com",
}
CA = US | {
    "city": "Toronto",
    "state_code": "",
    "province": "ON",
    "zip_postal_code": "M5V 2T6",
    "country_code": "ca",
}
DE = US | {
    "city": "Berlin",
    "state_code": "",
    "province": "Berlin",
    "zip_postal_code": "10115",
    "country_code": "de",
    "phone": "+49 30 123456",
}
Cells = Mapping[str, str]


def check(values: Cells, odd: Mapping[str, OddCell] | None = None, **options: str) -> CheckedRow:
    """Check one row; options as the configuration names them."""
    return RowChecker(RuleOptions(**options)).check(values, odd or {})  # type: ignore[arg-type]  # by name


def rules(row: CheckedRow) -> dict[str, list[str]]:
    """Name the rules that a row met."""
    return {
        "errors": [finding.rule for finding in row.errors],
        "warnings": [finding.rule for finding in row.warnings],
        "repairs": [repair.rule for repair in row.repairs],
    }


def test_a_clean_row_is_a_correction_and_nothing_is_said() -> None:
    """A clean row has no repairs and no findings, and all 14 fields, absent ones as null."""
    row = check(US)
    assert rules(row) == {"errors": [], "warnings": [], "repairs": []}
    assert tuple(row.address) == ADDRESS_FIELDS
    assert row.address["company_name"] is None
    assert row.address["address_order_po"] is None
    assert row.correction is not None
    assert row.correction.order_id == row.order_id == 4100231
    assert row.correction.customer_info.model_dump() == row.address


CLEAN: tuple[Cells, ...] = (
    CA,
    DE,
    US | {"first_name": "  Ada ", "city": "New  York", "state_code": "ny"}
    | {"zip_postal_code": "10001", "country_code": "US"},
    US | {"last_name": "NULL", "first_name": "NA", "address_1": "1E5", "address_2": "Apt #4"},
    US | {"city": "'s-Hertogenbosch", "address_1": '="Villa"', "address_2": "'Rose'"},
    US | {"company_name": "NESTLÉ®", "city": "CAFÉ–BAR", "address_2": "１丁目"},
    US | {"first_name": "José", "address_1": "12.0", "address_order_po": "1001.0"},
    US | {"state_code": "PR", "city": "San Juan", "zip_postal_code": "00901"},
    US | {"state_code": "AE", "city": "APO", "zip_postal_code": "09012-1234"},
    US | {"zip_postal_code": "02134-1001"},
    CA | {"zip_postal_code": "m5v2t6", "province": "on"},
    DE | {"country_code": "NA", "zip_postal_code": "10005", "province": "Khomas"},
    DE | {"country_code": "ie", "province": "County Cork", "zip_postal_code": ""},
    DE | {"country_code": "hk", "province": "Kowloon", "zip_postal_code": ""},
    DE | {"country_code": "gb", "province": "Kent", "zip_postal_code": "ct1 2eh"},
    DE | {"country_code": "jp", "province": "東京都", "zip_postal_code": "154-0023"},
    DE | {"country_code": "es", "province": "Vizcaya", "zip_postal_code": "48001"},
)  # fmt: skip


@pytest.mark.parametrize("values", CLEAN)
def test_what_is_right_is_left_alone(values: Cells) -> None:
    """Nothing right is changed or doubted, but for spaces and the case of codes."""
    row = check(values)
    assert rules(row) == {"errors": [], "warnings": [], "repairs": []}
    assert row.correction is not None


REPAIRED: tuple[tuple[Cells, dict[str, tuple[str, str, str]]], ...] = (
    (US | {"zip_postal_code": "2134"}, {"zip_postal_code": ("zip_zero", "2134", "02134")}),
    (US | {"zip_postal_code": "2134.0"}, {"zip_postal_code": ("zip_zero", "2134.0", "02134")}),
    (
        US | {"zip_postal_code": "2134-1001"},
        {"zip_postal_code": ("zip_zero", "2134-1001", "02134-1001")},
    ),
    (
        US | {"zip_postal_code": "021341001"},
        {"zip_postal_code": ("zip_plus4", "021341001", "02134-1001")},
    ),
    (US | {"zip_postal_code": "'02134"}, {"zip_postal_code": ("text_guard", "'02134", "02134")}),
    (
        US | {"zip_postal_code": '="02134"'},
        {"zip_postal_code": ("text_guard", '="02134"', "02134")},
    ),
    (US | {"zip_postal_code": "'2134"}, {"zip_postal_code": ("zip_zero", "'2134", "02134")}),
    (US | {"order_id": "4100231.0"}, {"order_id": ("decimal_zero", "4100231.0", "4100231")}),
    (US | {"phone": "6175550123.0"}, {"phone": ("decimal_zero", "6175550123.0", "6175550123")}),
    (
        US | {"phone": "Tel: 617-555-0123"},
        {"phone": ("phone_marks", "Tel: 617-555-0123", "617-555-0123")},
    ),
    (US | {"city": "MÃ¼nchen"}, {"city": ("mojibake", "MÃ¼nchen", "München")}),
    (US | {"last_name": "O\x92Brien"}, {"last_name": ("c1_quotes", "O[U+0092]Brien", "O’Brien")}),
    (
        US | {"address_1": "12\xa0Main\nApt 4"},
        {"address_1": ("invisible", "12[U+00A0]Main[U+000A]Apt 4", "12 Main Apt 4")},
    ),
    (US | {"state_code": "Massachusetts"}, {"state_code": ("state_name", "Massachusetts", "MA")}),
    (US | {"state_code": "US-MA"}, {"state_code": ("state_name", "US-MA", "MA")}),
    (
        US | {"country_code": "United States"},
        {"country_code": ("country_name", "United States", "us")},
    ),
    (US | {"country_code": "U.S.A."}, {"country_code": ("country_name", "U.S.A.", "us")}),
    (US | {"country_code": "USA"}, {"country_code": ("country_name", "USA", "us")}),
    (
        DE | {"country_code": "UK", "zip_postal_code": "SW1A 1AA"},
        {"country_code": ("country_name", "UK", "gb")},
    ),
    (CA | {"country_code": "Canada"}, {"country_code": ("country_name", "Canada", "ca")}),
    (
        US | {"country_code": "PR", "state_code": "", "zip_postal_code": "901"},
        {
            "state_code": ("us_territory", "", "PR"),
            "zip_postal_code": ("zip_zero", "901", "00901"),
            "country_code": ("us_territory", "PR", "us"),
        },
    ),
    (
        US | {"country_code": "Guam", "state_code": "GU", "zip_postal_code": "96910"},
        {"country_code": ("us_territory", "Guam", "us")},
    ),
    (
        US | {"state_code": "", "province": "Massachusetts"},
        {
            "state_code": ("region_moved", "", "MA"),
            "province": ("region_moved", "Massachusetts", ""),
        },
    ),
    (US | {"province": "MA"}, {"province": ("region_moved", "MA", "")}),
    (
        CA | {"state_code": "ON", "province": ""},
        {"state_code": ("region_moved", "ON", ""), "province": ("region_moved", "", "ON")},
    ),
    (CA | {"state_code": "ON", "province": "on"}, {"state_code": ("region_moved", "ON", "")}),
    (CA | {"state_code": "ON", "province": "Ontario"}, {"state_code": ("region_moved", "ON", "")}),
    (
        DE | {"zip_postal_code": "10115.0"},
        {"zip_postal_code": ("decimal_zero", "10115.0", "10115")},
    ),
)  # fmt: skip


@pytest.mark.parametrize(("values", "expected"), REPAIRED)
def test_damage_is_repaired_and_listed(
    values: Cells, expected: dict[str, tuple[str, str, str]]
) -> None:
    """What is certain is repaired and listed, the row is sent, and says nothing more."""
    row = check(values)
    assert {one.field: (one.rule, one.before, one.after) for one in row.repairs} == expected
    assert row.correction is not None
    assert not row.errors
    assert not row.warnings
    for field, (_, _, after) in expected.items():
        if field != "order_id":
            assert row.address[field] == (after or None)


@pytest.mark.parametrize(("values", "expected"), REPAIRED)
def test_no_repair_refuses_the_row(
    values: Cells, expected: dict[str, tuple[str, str, str]]
) -> None:
    """Without repairs a row that needs one is not sent, and the reason names the repair."""
    row = check(values, repair="none")
    assert row.correction is None
    assert row.repairs == ()
    assert {(one.field, one.rule) for one in row.errors} == {
        (field, "repair_off") for field in expected
    }
    assert all("turned off" in one.sentence for one in row.errors)


def test_repairs_are_turned_on_one_by_one() -> None:
    """A cell that needs two repairs needs both turned on."""
    values = US | {"zip_postal_code": "'2134"}
    both = frozenset({"zip_zero", "text_guard"})
    assert RowChecker(RuleOptions(repair=both)).check(values, {}).correction is not None
    one = RowChecker(RuleOptions(repair=frozenset({"zip_zero"}))).check(values, {})
    assert [finding.sentence for finding in one.errors] == [
        "zip_postal_code needs the repair text_guard, which is turned off; correct the cell."
    ]


REFUSED: tuple[tuple[Cells, str, str], ...] = (
    (US | {"address_1": "N/A"}, "address_1", "address_1_missing"),
    (US | {"address_1": " - "}, "address_1", "address_1_missing"),
    (US | {"city": "."}, "city", "city_missing"),
    (US | {"order_id": ""}, "order_id", "order_id_missing"),
    ({name: US[name] for name in US if name != "order_id"}, "order_id", "order_id_missing"),
    (US | {"order_id": "0"}, "order_id", "order_id_form"),
    (US | {"order_id": "-5"}, "order_id", "order_id_form"),
    (US | {"order_id": "12,345"}, "order_id", "order_id_form"),
    (US | {"order_id": "#12345"}, "order_id", "order_id_form"),
    (US | {"order_id": "12345.5"}, "order_id", "order_id_form"),
    (US | {"order_id": "１２３"}, "order_id", "order_id_form"),
    (US | {"order_id": "1234567890123456"}, "order_id", "order_id_rounded"),
    (US | {"order_id": "1.23457E+11"}, "order_id", "order_id_rounded"),
    (US | {"order_id": "1E5"}, "order_id", "order_id_rounded"),
    (US | {"first_name": " "}, "first_name", "first_name_missing"),
    (US | {"last_name": ""}, "last_name", "last_name_missing"),
    (US | {"address_1": ""}, "address_1", "address_1_missing"),
    (US | {"city": "\u200b"}, "city", "city_missing"),
    (US | {"country_code": ""}, "country_code", "country_missing"),
    (US | {"country_code": "England"}, "country_code", "country_unknown"),
    (US | {"country_code": "XX"}, "country_code", "country_unknown"),
    (US | {"country_code": "California"}, "country_code", "country_unknown"),
    (US | {"country_code": "x" * 5000}, "country_code", "country_unknown"),
    (US | {"state_code": ""}, "state_code", "us_state"),
    (US | {"state_code": "Tex.", "zip_postal_code": "78701"}, "state_code", "us_state"),
    (US | {"state_code": "ON"}, "state_code", "us_state"),
    (US | {"state_code": "x" * 5000}, "state_code", "us_state"),
    (US | {"zip_postal_code": ""}, "zip_postal_code", "us_zip"),
    (US | {"zip_postal_code": "2134", "state_code": "TX"}, "zip_postal_code", "us_zip"),
    (US | {"zip_postal_code": "M5V 2T6"}, "zip_postal_code", "us_zip"),
    (US | {"zip_postal_code": "12,345"}, "zip_postal_code", "us_zip"),
    (US | {"zip_postal_code": "''02134"}, "zip_postal_code", "us_zip"),
    (CA | {"zip_postal_code": "12345"}, "zip_postal_code", "postcode_form"),
    (CA | {"zip_postal_code": ""}, "zip_postal_code", "postcode_missing"),
    (DE | {"zip_postal_code": "1067"}, "zip_postal_code", "postcode_form"),
    (US | {"state_code": "", "province": "Washington", "zip_postal_code": "20001"},
     "state_code", "us_state"),
    (DE | {"zip_postal_code": "1067.0"}, "zip_postal_code", "postcode_form"),
    (US | {"last_name": "x" * 51}, "last_name", "last_name_long"),
    (US | {"address_1": "x" * 101}, "address_1", "address_1_long"),
    (US | {"address_order_po": "x" * 51}, "address_order_po", "address_order_po_long"),
    (DE | {"country_code": "hk", "zip_postal_code": "x" * 11, "province": "Kowloon"},
     "zip_postal_code", "zip_postal_code_long"),
    (US | {"city": "M\ufffdnchen"}, "city", "text_lost"),
    (US | {"city": "Du\x9aan"}, "city", "text_lost"),
    (US | {"phone": "########"}, "phone", "hashes"),
    (US | {"address_2": "#N/A"}, "address_2", "excel_error"),
    (DE | {"zip_postal_code": "#N/A"}, "zip_postal_code", "excel_error"),
    (US | {"order_id": "########"}, "order_id", "hashes"),
    # country, state and ZIP that contradict each other: one is wrong, nobody knows which
    (CA | {"state_code": "TX", "province": ""}, "state_code", "us_state_abroad"),
    (CA | {"state_code": "TX"}, "state_code", "us_state_abroad"),
    (CA | {"state_code": "QC"}, "state_code", "region_conflict"),
    (CA | {"state_code": "x" * 120, "province": ""}, "province", "province_long"),
    (DE | {"state_code": "DE", "province": "", "zip_postal_code": "19801"},
     "state_code", "us_state_abroad"),
    (DE | {"country_code": "MA", "state_code": "MA", "province": ""},
     "state_code", "us_state_abroad"),
    (DE | {"country_code": "IL", "state_code": "IL", "province": "", "zip_postal_code": "60601"},
     "state_code", "us_state_abroad"),
    (US | {"province": "Texas"}, "province", "region_conflict"),
    (US | {"country_code": "PR"}, "state_code", "region_conflict"),
    (US | {"country_code": "PR", "state_code": "", "zip_postal_code": "90210"},
     "zip_postal_code", "us_zip"),
    (US | {"state_code": "Washington", "zip_postal_code": "20001"}, "state_code", "us_state"),
)  # fmt: skip


@pytest.mark.parametrize(("values", "field", "rule"), REFUSED)
def test_what_is_wrong_is_not_sent(values: Cells, field: str, rule: str) -> None:
    """A wrong cell refuses its row with one sentence that begins with the field."""
    row = check(values)
    assert row.correction is None
    assert [(one.field, one.rule) for one in row.errors] == [(field, rule)]
    sentence = row.errors[0].sentence
    assert sentence.startswith(f"{field} ")
    assert sentence.endswith(".")
    assert RULES[rule].severity == "error"


def test_sentences_never_quote_a_cell() -> None:
    """No finding repeats what stands in an address cell."""
    for values, field, _ in REFUSED:
        said = " ".join(one.sentence for one in check(values).errors)
        cell = values.get(field, "").strip()
        assert len(cell) < 4 or cell not in said or cell == "########"


WARNED: tuple[tuple[Cells, str, str], ...] = (
    (US | {"company_name": "Byron &amp; Co"}, "company_name", "looks_garbled"),
    (US | {"last_name": "O&#039;Neil"}, "last_name", "looks_garbled"),
    (US | {"address_1": "5 Engine Street<br>Apt 4"}, "address_1", "looks_garbled"),
    (US | {"city": "Orl&eacute;ans"}, "city", "looks_garbled"),
    (US | {"zip_postal_code": "90210"}, "zip_postal_code", "zip_not_of_state"),
    (CA | {"province": ""}, "province", "province_missing"),
    (CA | {"province": "Texas"}, "province", "province_unknown"),
    (CA | {"province": "Narnia"}, "province", "province_unknown"),
    (DE | {"province": "TX"}, "province", "province_unknown"),
    (US | {"province": "Suffolk County"}, "province", "province_in_us"),
    (US | {"phone": "3.01235E+11"}, "phone", "phone_doubtful"),
    (US | {"phone": "n/a"}, "phone", "phone_doubtful"),
    (US | {"email": "ada@example"}, "email", "email_doubtful"),
    (US | {"city": "MÃ¼nchen – Süd"}, "city", "looks_garbled"),
)


@pytest.mark.parametrize(("values", "field", "rule"), WARNED)
def test_what_is_doubtful_is_told_and_sent_unchanged(values: Cells, field: str, rule: str) -> None:
    """A doubt is a warning: the row is sent, with the cell as it stands."""
    row = check(values)
    assert [(one.field, one.rule) for one in row.warnings] == [(field, rule)]
    assert row.correction is not None
    assert row.repairs == ()
    assert row.address[field] == (values[field] or None)
    assert RULES[rule].severity == "warning"


@pytest.mark.parametrize("province", ["", "Narnia"])
def test_province_may_be_an_error(province: str) -> None:
    """``sheet.province: error`` refuses what would be warned of."""
    row = check(CA | {"province": province}, province="error")
    assert row.correction is None
    assert row.warnings == ()
    assert [one.field for one in row.errors] == ["province"]


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("date", "excel_date"),
        ("boolean", "excel_boolean"),
        ("error", "excel_error"),
        ("formula", "excel_formula"),
    ],
)
@pytest.mark.parametrize(
    "field", ["address_2", "last_name", "country_code", "order_id", "state_code"]
)
def test_cells_that_excel_turned_into_something_else(kind: OddKind, rule: str, field: str) -> None:
    """A date, a boolean, an error or an empty formula in an address field refuses the row."""
    row = check(US | {field: ""}, {field: OddCell(kind)})
    assert [(one.field, one.rule) for one in row.errors] == [(field, rule)]


def test_numbers_are_no_damage() -> None:
    """A cell stored as a number is text as any other."""
    assert rules(check(US, {"order_id": OddCell("number", "4100231")}))["repairs"] == []


def test_a_padded_zip_is_listed() -> None:
    """A ZIP that only its number format shows in full is a listed repair."""
    padded = {"zip_postal_code": OddCell("padded", "2134")}
    row = check(US, padded)
    assert [(one.rule, one.before, one.after) for one in row.repairs] == [
        ("zip_padded", "2134", "02134")
    ]
    assert row.correction is not None
    assert rules(check(US, padded, repair="none"))["errors"] == ["repair_off"]
    whole = {"zip_postal_code": OddCell("padded", "02134")}
    assert rules(check(US, whole))["repairs"] == []
    refused = check(DE | {"zip_postal_code": "0106"}, padded)
    assert rules(refused) == {"errors": ["postcode_form"], "warnings": [], "repairs": []}


@pytest.mark.parametrize(
    ("full_name", "first", "last"),
    [("Ada Byron", "Ada", "Byron"), ("Ludwig van Beethoven", "Ludwig", "van Beethoven")],
)
def test_one_column_of_full_names(full_name: str, first: str, last: str) -> None:
    """A full name is split silently."""
    values = {name: US[name] for name in US if name not in {"first_name", "last_name"}}
    row = check(values | {"full_name": full_name})
    assert (row.address["first_name"], row.address["last_name"]) == (first, last)
    assert rules(row) == {"errors": [], "warnings": [], "repairs": []}


def test_a_single_name() -> None:
    """A single name is an error, unless the configuration says what to send as the last name."""
    values = {name: US[name] for name in US if name not in {"first_name", "last_name"}}
    assert rules(check(values | {"full_name": "Cher"}))["errors"] == ["last_name_missing"]
    row = check(values | {"full_name": "Cher"}, missing_last_name="-")
    assert row.address["last_name"] == "-"
    assert row.correction is not None
    nameless = check(values | {"full_name": ""}, missing_last_name="-")
    assert rules(nameless)["errors"] == ["first_name_missing", "last_name_missing"]


def test_a_broken_full_name_is_one_error() -> None:
    """A full name that Excel turned into an error is told once."""
    values = {name: US[name] for name in US if name not in {"first_name", "last_name"}}
    row = check(values | {"full_name": "#N/A"})
    assert [(one.field, one.rule) for one in row.errors] == [("full_name", "excel_error")]


def _with_region(values: Cells, region: str) -> dict[str, str]:
    return {
        name: text for name, text in values.items() if name not in {"state_code", "province"}
    } | {"region": region}


def test_one_column_of_states_and_provinces() -> None:
    """A region goes silently where the country wants it; names still become codes."""
    us = check(_with_region(US, "ma"))
    assert (us.address["state_code"], us.address["province"]) == ("MA", None)
    assert rules(us) == {"errors": [], "warnings": [], "repairs": []}
    canada = check(_with_region(CA, "ON"))
    assert (canada.address["state_code"], canada.address["province"]) == (None, "ON")
    assert rules(canada) == {"errors": [], "warnings": [], "repairs": []}
    named = check(_with_region(US, "Massachusetts"))
    assert [(one.field, one.before, one.after) for one in named.repairs] == [
        ("state_code", "Massachusetts", "MA")
    ]
    invisible = check(_with_region(US, "MA\u200b"))
    assert [(one.field, one.after) for one in invisible.repairs] == [("state_code", "MA")]


@pytest.mark.parametrize(
    ("values", "field", "rule"),
    [
        (_with_region(CA, "TX"), "province", "us_state_abroad"),
        (_with_region(US, ""), "state_code", "us_state"),
        (_with_region(US, "MA") | {"state_code": "TX"}, "state_code", "region_conflict"),
        (_with_region(US, "MA") | {"state_code": "T\x98"}, "state_code", "text_lost"),
        (_with_region(US, "Washington") | {"zip_postal_code": "20001"}, "state_code", "us_state"),
    ],
)
def test_a_region_that_contradicts(values: Cells, field: str, rule: str) -> None:
    """A US state in another country's row is refused, whichever column it came from."""
    assert [(one.field, one.rule) for one in check(values).errors] == [(field, rule)]


def test_a_broken_region_is_one_error() -> None:
    """A region that Excel turned into an error is told once, under its own column's name."""
    row = check(_with_region(US, "#N/A"))
    assert [(one.field, one.rule) for one in row.errors] == [("region", "excel_error")]


def test_country_case() -> None:
    """The country's code is sent in the case that is configured."""
    assert check(US | {"country_code": "US"}).address["country_code"] == "us"
    assert check(US, country_case="upper").address["country_code"] == "US"
    upper = check(US | {"country_code": "USA"}, country_case="upper")
    assert [one.after for one in upper.repairs] == ["US"]
    assert upper.correction is not None


def test_findings_stand_in_the_order_of_the_address() -> None:
    """Several mistakes are told from the top of the address to its end."""
    row = check({"order_id": "", "city": "", "zip_postal_code": "1", "country_code": "us"})
    assert [one.field for one in row.errors] == [
        *("order_id", "first_name", "last_name", "address_1", "city"),
        *("state_code", "zip_postal_code"),
    ]


def test_a_row_names_its_order_even_if_nothing_else_is_right() -> None:
    """The order is known as soon as its number is, so that a conflict can be seen."""
    row = check({"order_id": "5.0"}, repair="none")
    assert row.order_id == 5
    assert row.correction is None


def test_no_address_in_a_repr() -> None:
    """A checked row shows no cell."""
    shown = repr(check(US | {"zip_postal_code": "2134"}))
    assert not any(US[name] in shown for name in ("first_name", "address_1", "city", "email"))
    assert "2134" not in shown


@pytest.mark.parametrize(
    ("values", "bare"),
    [
        ({"order_id": "5"}, True),
        ({"order_id": "5", "city": " ", "zip_postal_code": "\xa0", "first_name": ""}, True),
        ({"state_code": "TX", "email": "ada@example.com"}, True),
        ({"full_name": "Ada"}, False),
        ({"country_code": "us"}, False),
        ({"zip_postal_code": "02134"}, False),
        ({"address_1": "5 Elm"}, False),
    ],
)
def test_rows_that_continue_an_order(values: Cells, bare: bool) -> None:
    """A row without name, street, city, ZIP and country carries no address."""
    assert carries_no_address(values) is bare
