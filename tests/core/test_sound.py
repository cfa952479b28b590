"""The quick way for sound rows says exactly what the rules say."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.core.address import ADDRESS_FIELDS
from pipeline.core.checking import RowChecker
from pipeline.core.rules import RuleOptions

SOUND = {
    "order_id": "4100001",
    "first_name": "Ada",
    "last_name": "Byron",
    "address_1": "12 Analytical Way",
    "city": "Boston",
    "state_code": "MA",
    "zip_postal_code": "02134",
    "country_code": "us",
    "phone": "617-555-0101",
    "email": "ada@example.com",
}
CELLS = {
    "order_id": ["4100001", "04100001", "0", "", "1" * 16, "4100001.0", "A1", "٤"],
    "first_name": ["Ada", "", " Ada", "A" * 51, "José"],
    "last_name": ["Byron", ""],
    "full_name": ["Ada van der Berg", "Cher", "", "A" * 30 + " " + "B" * 30],
    "address_1": [
        *(
            "12 Analytical Way",
            "",
            "x" * 60,
            "x" * 101,
            "12  Way",
            "# 5",
            "MÃ¼nchner Weg",
            "Apt #5",
        ),
        *("12 Elm St, Boston, MA 02134", "12 Elm St, Springfield, IL 62704", "-", "Elm? St", "E?m"),
    ],
    "city": ["Boston", "", "München", "Boston, MA", "BOSTON MA", "Boston MA 02134", "n/a"],
    "state_code": ["MA", "ma", "TX", "Texas", "Tex.", "", "ON"],
    "province": ["", "ON", "Texas", "Bayern", "x" * 51],
    "region": ["MA", "Texas", "", "Ontario", "US-TX"],
    "zip_postal_code": ["02134", "2134", "", "02134-1001", "10115", "H3Z 2Y7", "'02134", "x" * 11],
    "country_code": ["us", "US", "de", "ca", "Germany", "PR", "", "XX", "gb"],
    "phone": ["", "617-555-0101", "+49 30 901820", "12", "Tel. 617-555-0101", "6175550101.0"],
    "email": ["", "ada@example.com", "ada@", "x" * 45 + "@example.com"],
    "company_name": ["", "Texas", "=1+1", "AT&amp;T", "x" * 45, "#N/A", "####", "x" * 50, "x" * 51],
    "address_order_po": ["", "#1001", "#N/A", "a|#1"],
}
rows = st.builds(
    lambda changes, absent: {k: v for k, v in (SOUND | changes).items() if k not in absent},
    st.dictionaries(st.sampled_from(sorted(CELLS)), st.none(), max_size=4).flatmap(
        lambda names: st.fixed_dictionaries({name: st.sampled_from(CELLS[name]) for name in names})
    ),
    st.sets(st.sampled_from(sorted(CELLS)), max_size=2),
)
options = st.builds(
    RuleOptions,
    repair=st.sampled_from(["all", "none"]),
    country_case=st.sampled_from(["lower", "upper"]),
    province=st.sampled_from(["warning", "error"]),
    missing_last_name=st.sampled_from(["", "-"]),
    ignore=st.sampled_from(
        [
            frozenset[str](),
            frozenset({"phone_doubtful", "postcode_form"}),
            frozenset({"whole_address", "address_repeated", "looks_garbled"}),
            frozenset({"zip_not_of_state", "province_missing", "email_doubtful"}),
        ]
    ),
)


@given(rows, options)
@example(SOUND, RuleOptions())
@example(
    SOUND | {"country_code": "de", "state_code": "", "zip_postal_code": "10115"}, RuleOptions()
)
def test_both_ways_say_the_same(row: dict[str, str], given_options: RuleOptions) -> None:
    """Whether a row went the quick way or to the rules, nobody can tell by what is said of it."""
    checker = RowChecker(given_options)
    for _ in range(2):  # the second time its place is remembered
        quick = checker.check(row, {})
        slow = checker._ruled(row, {}, plain=False)
        assert quick == slow


def test_a_sound_row_goes_the_quick_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the speed of a check does not depend on the rules."""
    checker = RowChecker(RuleOptions())
    monkeypatch.setattr(checker, "_ruled", None)
    checked = checker.check(SOUND, {})
    assert list(checked.address) == list(ADDRESS_FIELDS)
    assert checked.correction is not None


def test_a_place_with_a_doubt_is_remembered_with_it() -> None:
    """The second row of the same place is warned like the first."""
    checker = RowChecker(RuleOptions())
    row = SOUND | {"zip_postal_code": "78701"}
    assert [w.rule for _ in range(2) for w in checker.check(row, {}).warnings] == [
        "zip_not_of_state"
    ] * 2


@pytest.mark.parametrize("rule", ["phone_doubtful", "postcode_form", "province_missing"])
def test_an_ignored_rule_is_not_looked_for(rule: str) -> None:
    """The row is sent as it stands, without a word."""
    abroad = {"country_code": "de", "state_code": "", "zip_postal_code": "1011", "phone": "12"}
    row = SOUND | abroad
    others = {"phone_doubtful", "postcode_form", "province_missing"} - {rule}
    told = RowChecker(RuleOptions(ignore=frozenset({rule}))).check(row, {})
    assert {one.rule for one in (*told.errors, *told.warnings)} == others
