"""What a sheet as a whole shows, and what only looks like it."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.filled_down import CountingUp
from pipeline.core.shared_address import SharedAddress, hash_of, merged, repeated
from pipeline.core.sheet_findings import ROW_WARNINGS, SHEET_FINDINGS, SheetFinding, one_address
from tests.docs.sheet_examples import (
    CITY,
    EXAMPLES,
    HEADINGS,
    NAMES,
    Row,
    sheet_findings,
    sound,
    without,
)


def _rules(rows: list[Row]) -> list[str]:
    return [finding.rule for finding in sheet_findings(rows)]


@pytest.mark.parametrize("rule", SHEET_FINDINGS)
def test_each_finding_has_an_example_with_no_other_of_its_kind(rule: str) -> None:
    """A damaged sheet gives its own finding; shifted rows have errors of their own besides."""
    rules = {finding.rule for finding in sheet_findings(EXAMPLES[rule])}
    assert rules - ({"too_many_errors"} if rule == "shifted" else set()) == {rule}


def test_a_sound_sheet_has_none() -> None:
    """Rows unlike each other are what most sheets are made of."""
    assert sheet_findings([sound(number) for number in range(500)]) == []


def test_every_finding_about_rows_has_words_for_them() -> None:
    """A row inside a finding is warned, so there are words for it."""
    about_rows = {f.rule for rows in EXAMPLES.values() for f in sheet_findings(rows) if f.ranges}
    assert about_rows == ROW_WARNINGS.keys()


def test_no_sentence_quotes_a_cell() -> None:
    """They stand in logs and reports; rows and headings are named, cells never."""
    cells = {cell for rows in EXAMPLES.values() for row in rows for cell in row if len(cell) > 3}
    for rows in EXAMPLES.values():
        for finding in sheet_findings(rows):
            assert [cell for cell in cells if cell in finding.sentence] == []


# -- shifted ----------------------------------------------------------------------------------


def _inserted(row: Row, column: int) -> Row:
    return (*row[:column], "", *row[column:])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda row: without(row, CITY), "one column left"),
        (lambda row: without(without(row, CITY), CITY), "2 columns left"),
        (lambda row: _inserted(row, CITY), "one column right"),
        (lambda row: _inserted(_inserted(row, CITY), CITY), "2 columns right"),
        (lambda row: without(row, 0), "one column left"),
    ],
)
def test_a_shift_names_its_rows_and_its_distance(change, words: str) -> None:  # type: ignore[no-untyped-def]  # lambdas of the table
    """The block's first and last row, and how far its cells stand beside their headings."""
    rows = [sound(n) if n < 10 or n >= 17 else change(sound(n)) for n in range(60)]
    found = [one for one in sheet_findings(rows) if one.rule == "shifted"]
    assert [one.ranges for one in found] == [((12, 18),)]
    assert words in found[0].sentence


def test_a_shift_is_seen_where_the_country_is_the_last_column() -> None:
    """The rules then have one error only, the country's, and it is enough to look."""
    rows = [sound(n) if n < 10 or n >= 17 else without(sound(n)[:8], CITY) for n in range(60)]
    assert [one.ranges for one in sheet_findings(rows)] == [((12, 18),)]


def test_a_shift_names_the_column_where_it_begins() -> None:
    """A person looks there first."""
    rows = [without(sound(n), CITY) for n in range(5)]
    (found, *_) = sheet_findings(rows)
    assert f'from the column "{HEADINGS[CITY]}" on' in found.sentence


@pytest.mark.parametrize("shifted", [1, 2])
def test_one_or_two_shifted_rows_are_errors_of_their_own(shifted: int) -> None:
    """They are refused row by row; a block begins with three."""
    rows = [without(sound(n), CITY) if 5 <= n < 5 + shifted else sound(n) for n in range(30)]
    assert _rules(rows) == []


def test_rows_with_several_slips_are_not_shifted() -> None:
    """Wrong countries and phones together do not make a shift."""
    rows = [sound(n, country_code="Nowhere", phone="12", zip_postal_code="") for n in range(9)]
    assert "shifted" not in _rules([*rows, *(sound(n) for n in range(9, 99))])


def test_addresses_abroad_are_not_shifted() -> None:
    """A sheet of warnings about provinces is no damaged one."""
    rows = [
        sound(n, state_code="", zip_postal_code=f"1{n % 10}115", city="Berlin", country_code="de",
              phone="030 90 18 20")
        for n in range(30)
    ]  # fmt: skip
    assert _rules(rows) == []


def test_one_error_a_row_is_no_shift() -> None:
    """Rows that lack their state, or have a ZIP of the wrong form, stand where they should."""
    rows = [sound(n, state_code="") for n in range(5)]
    rows += [sound(n, zip_postal_code="123") for n in range(5, 10)]
    assert "shifted" not in _rules([*rows, *(sound(n) for n in range(10, 99))])


# -- filled down ------------------------------------------------------------------------------


def _houses(*streets: str) -> list[Row]:
    return [*(sound(n, address_1=street) for n, street in enumerate(streets)), sound(99)]


@pytest.mark.parametrize(
    "texts",
    [
        ["12 Elm St", "13 Elm St", "14 Elm St", "15 Elm St", "16 Elm St"],
        ["9 Elm St", "10 Elm St", "11 Elm St", "12 Elm St", "13 Elm St"],
        ["Elmweg 98", "Elmweg 99", "Elmweg 100", "Elmweg 101", "Elmweg 102"],
        ["PO Box 7", "PO Box 8", "PO Box 9", "PO Box 10", "PO Box 11"],
    ],
)
def test_houses_that_count_up_by_one(texts: list[str]) -> None:
    """At the beginning or the end of the line, also past a power of ten."""
    assert _rules(_houses(*texts)) == ["filled_down"]


@pytest.mark.parametrize(
    "texts",
    [
        ["12 Elm St", "14 Elm St", "16 Elm St", "18 Elm St", "20 Elm St", "22 Elm St"],
        ["12 Elm St", "13 Elm St", "14 Elm St", "15 Elm St", "15 Elm St", "16 Elm St"],
        ["12 Elm St", "13 Oak St", "14 Elm St", "15 Oak St", "16 Elm St", "17 Oak St"],
        ["12 Elm St", "13 Elm St", "14 Elm St", "15 Elm St", "17 Elm St"],
        ["16 Elm St", "15 Elm St", "14 Elm St", "13 Elm St", "12 Elm St"],
        ["12 1/2 Elm St", "13 1/2 Elm Rd", "14 Elm St", "15 Elm St", "16 Elm St"],
    ],
)
def test_streets_where_people_really_live(texts: list[str]) -> None:
    """One side of a street counts by two; four neighbours are neighbours."""
    assert _rules(_houses(*texts)) == []


@pytest.mark.parametrize("form", ["{} Elm St", "Elmweg {}"])
@pytest.mark.parametrize("key", [int, str], ids=["by number", "as text"])
def test_a_sheet_sorted_by_street_has_neighbours(form: str, key) -> None:  # type: ignore[no-untyped-def]  # a sort key
    """The orders of one town: elsewhere in the sheet each street is sorted as well."""
    houses = sorted([*range(10, 16), *range(20, 80, 4)], key=key)
    assert _rules(_houses(*(form.format(number) for number in houses))) == []


def test_a_street_filled_down_among_others_of_its_name_is_found() -> None:
    """Main Street is everywhere, and its houses come in no order."""
    houses = [7, 3, 90, 12, 77, 5, 61, 8, 45, 2, 33, 20, 21, 22, 23, 24, 25]
    assert _rules(_houses(*(f"{number} Main St" for number in houses))) == ["filled_down"]


def _zips(codes: list[str]) -> list[Row]:
    return [
        sound(n, city="Austin", state_code="TX", zip_postal_code=c) for n, c in enumerate(codes)
    ]


def test_zips_that_count_up_by_one() -> None:
    """Dragged down over rows whose ZIPs are otherwise in no order."""
    codes = ["78745", "78701", "78702", "78703", "78704", "78705", "78731", "78702"]
    assert _rules(_zips(codes)) == ["filled_down"]


def test_zips_with_a_leading_zero_count_up_too() -> None:
    """The zero stays while the number counts."""
    rows = [
        sound(n, city="Boston", state_code="MA", zip_postal_code=f"0{2108 + n}") for n in range(5)
    ]
    assert _rules(rows) == ["filled_down"]


@pytest.mark.parametrize("form", ["78701-{}", "K1A {}", "D-{}"])
def test_codes_whose_end_counts_up_are_filled_down(form: str) -> None:
    """Excel counts up the number at the end of any text."""
    counting = CountingUp(whole=True)
    for row in range(2, 8):
        counting.see(row, form.format(1001 + row))
    assert counting.ranges() == ((2, 7),)


def test_a_sheet_sorted_by_zip_is_only_sorted() -> None:
    """Neighbouring ZIPs follow each other where a seller's customers live close by."""
    codes = [str(code) for code in range(78701, 78706)] + ["78710", "78721", "78721"]
    codes += [str(78722 + 2 * n) for n in range(12)]
    assert _rules(_zips(codes)) == []


def test_a_sheet_that_is_nothing_but_a_fill_is_found() -> None:
    """Being sorted is no excuse where nothing else stands in the sheet."""
    assert _rules(_zips([str(78701 + n) for n in range(40)])) == ["filled_down"]


@given(st.lists(st.text(max_size=12), max_size=40), st.booleans())
def test_any_cells_may_come(cells: list[str], whole: bool) -> None:
    """Whatever stands in a column, stretches lie within its rows, in order and apart."""
    counting = CountingUp(whole=whole)
    for row, cell in enumerate(cells, start=2):
        counting.see(row, cell)
    ends = [end for one in counting.ranges() for end in one]
    assert ends == sorted(ends)
    assert all(2 <= end < len(cells) + 2 for end in ends)


# -- one address ------------------------------------------------------------------------------


def _shared(names: list[str], **changes: str) -> list[Row]:
    same = {"address_1": "1 School Road", "city": "Austin", "state_code": "TX",
            "zip_postal_code": "78701"} | changes  # fmt: skip
    rows = [sound(n, last_name=name, **same) for n, name in enumerate(names)]
    return [*rows, *(sound(n) for n in range(50, 70))]


def test_five_orders_of_different_people_to_one_address() -> None:
    """Also where the rows stand apart from each other."""
    rows = _shared(list(NAMES[:5]))
    mixed = [row for pair in zip(rows[:5], rows[5:10], strict=True) for row in pair] + rows[10:]
    (found,) = sheet_findings(mixed)
    assert (found.rule, found.ranges) == (
        "one_address",
        tuple((row, row) for row in (2, 4, 6, 8, 10)),
    )


@pytest.mark.parametrize(
    "names",
    [NAMES[:4], ("Byron",) * 8, ("Byron", "byron", "BYRON", "Hopper", "Hopper")],
    ids=["four of one school", "a family", "a couple"],
)
def test_orders_that_may_well_share_an_address(names: tuple[str, ...]) -> None:
    """A school's four orders, a family's and a couple's are right."""
    assert _rules(_shared(list(names))) == []


def test_the_flats_of_one_house_are_addresses_of_their_own() -> None:
    """Who drags a street down with its city and ZIP drags the second line as well."""
    house = {"address_1": "1 School Road", "city": "Austin", "zip_postal_code": "78701"}
    flats = [hash_of({**house, "address_2": f"Apt {flat}"}) for flat in (1, 2, 1)]
    assert (flats[0] == flats[1], flats[0] == flats[2]) == (False, True)
    assert hash_of(house) == hash_of({**house, "address_2": "", "address_3": ""})


def test_several_rows_of_one_order_count_once() -> None:
    """Ten line items with the address repeated are one order."""
    rows = [sound(0, last_name=name, address_1="1 School Road") for name in NAMES]
    assert "one_address" not in _rules([*rows, *(sound(n) for n in range(50, 90))])


def test_each_shared_address_is_a_finding_of_its_own() -> None:
    """The largest first; so one that was accepted before does not hide a new one."""

    def shared(orders: int, first_row: int) -> SharedAddress:
        group = SharedAddress()
        for row, name in enumerate(NAMES[:orders], start=first_row):
            group.add(row, str(row), name)
        return group

    found = one_address([shared(6, 2), shared(8, 20), shared(4, 40)])
    assert [(one.sentence.split()[0], one.ranges) for one in found] == [
        ("8", ((20, 27),)),
        ("6", ((2, 7),)),
    ]


def test_rows_side_by_side_are_one_stretch() -> None:
    """A million rows of one address are not a million stretches."""
    assert merged([2, 3, 4, 9, 11, 12]) == ((2, 4), (9, 9), (11, 12))


@given(st.lists(st.integers(-3, 9), max_size=60), st.integers(1, 6))
def test_what_repeats_is_found(hashes: list[int], least: int) -> None:
    """Exactly what stands there at least so often; 0 stands for no address."""
    often = {one for one in hashes if hashes.count(one) >= least} - {0}
    assert repeated(array("q", hashes), least) == often


def test_what_repeats_is_found_among_many() -> None:
    """Past the size that is sorted at once the parts give the same."""
    many = array("q", range(1, 200_000))
    many.extend([7] * 4 + [199_999] * 3)
    assert repeated(many) == {7}


# -- counted ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("invalid", "sound_rows", "found"),
    [(9, 0, False), (10, 0, True), (10, 40, False), (11, 40, True)],
)
def test_more_errors_than_the_share_and_at_least_ten(
    invalid: int,
    sound_rows: int,
    found: bool,
) -> None:
    """Nine rows of nine are a small sheet; ten of fifty are just the share."""
    rows = [sound(n, first_name="") for n in range(invalid)]
    rows += [sound(n) for n in range(50, 50 + sound_rows)]
    assert ("too_many_errors" in _rules(rows)) == found


def test_the_share_is_the_users() -> None:
    """stop.invalid_share 1 lets every sheet pass."""
    rows = [sound(n, first_name="") for n in range(30)]
    assert [one.rule for one in sheet_findings(rows, invalid_share=1.0)] == []


def test_rows_are_counted_over_their_ranges() -> None:
    """What ``--json`` tells."""
    assert SheetFinding("shifted", "", ((2, 5), (9, 9))).rows == 5
