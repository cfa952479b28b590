"""What holds for any row whatever."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.address import ADDRESS_FIELDS, Correction
from pipeline.core.checking import RowChecker
from pipeline.core.records import OddCell, OddKind
from pipeline.core.rules import RULES, RuleOptions
from tests.examples import examples

NAMES = (*ADDRESS_FIELDS, "order_id", "full_name", "region", "order_po")
KINDS: tuple[OddKind, ...] = ("date", "boolean", "error", "padded", "number", "formula")

likely = st.sampled_from(
    [
        *("", "us", "USA", "U.S.A.", "ca", "UK", "de", "PR", "VI", "England", "Georgia", "IL"),
        *("TX", "Texas", "US-TX", "MA", "Washington", "ON", "Ontario", "QC", "Puerto Rico", "IL"),
        *("02134", "2134", "2134.0", "'02134", '="02134"', "021341001", "901", "M5V 2T6", "10115"),
        *("90210", "20001", "2134-1001", "12345.0", "4100231", "1E5", "12,345", "########"),
        *("Ada", "Byron", "MÃ¼nchen", "CAFÉ–BAR", "O\x92Brien", "12\xa0Main", "M\ufffdn", "#N/A"),
        *("617-555-0123", "Tel: 617-555-0123,", "ada@example.com", "x" * 60, "x" * 120),
    ]
)
garbled = st.text(min_size=1, max_size=8).map(
    lambda text: text.encode("utf-8", "ignore").decode("latin-1")
)
cells = likely | likely | st.text(st.characters(codec=None), max_size=60) | garbled
rows = st.dictionaries(st.sampled_from(NAMES), cells)
SOUND = {
    "order_id": "4100231",
    "first_name": "Ada",
    "last_name": "Byron",
    "address_1": "5 Engine Street",
    "city": "Boston",
    "country_code": "us",
    "state_code": "MA",
    "zip_postal_code": "02134",
}
ABROAD = {"country_code": "ca", "state_code": "", "province": "ON", "zip_postal_code": "M5V 2T6"}
ISLAND = {"country_code": "PR", "state_code": "", "zip_postal_code": "00901"}
FITTING = {
    "order_id": ("4100231", "4100231.0", "'4100231", " 12 "),
    "first_name": ("Ada", "JosÃ©", "Ann\u200b", "CAFÉ–BAR"),
    "last_name": ("Byron", "O\x92Brien", "van  Dyck", ""),
    "full_name": ("Ada Byron", "Cher"),
    "address_1": ("5 Engine St", "12\xa0Main\nApt 4", "１丁目", "='x'"),
    "city": ("Boston", "MÃ¼nchen", "'s-Hertogenbosch"),
    "state_code": ("MA", "Massachusetts", "US-MA", "tx", "", "ON", "PR", "Washington"),
    "province": ("", "ON", "Ontario", "MA", "Narnia", "Texas"),
    "region": ("", "MA", "ON", "Ontario"),
    "zip_postal_code": ("02134", "2134", "2134.0", "'02134", "021341001", "M5V2T6", "901", "90210"),
    "country_code": ("us", "USA", "U.S.A.", "CA", "Canada", "PR", "Guam", "hk", "de"),
    "phone": ("617-555-0123", "6175550123.0", "Tel: 617-555-0123,", "n/a", "+49 30 123456"),
    "email": ("ada@example.com", "n/a"),
}
nearly_sound = st.builds(
    lambda base, damage, noise: base | damage | noise,
    st.sampled_from([SOUND, SOUND | ABROAD, SOUND | ISLAND]),
    st.fixed_dictionaries({}, optional={one: st.sampled_from(FITTING[one]) for one in FITTING}),
    st.just({}) | st.just({}) | st.dictionaries(st.sampled_from(NAMES), cells, max_size=2),
)
odd_cells = st.dictionaries(
    st.sampled_from(NAMES), st.builds(OddCell, st.sampled_from(KINDS), cells), max_size=3
)
choices = st.builds(
    RuleOptions,
    repair=st.sampled_from(("all", "none"))
    | st.frozensets(st.sampled_from([one for one in RULES if RULES[one].severity == "repair"])),
    country_case=st.sampled_from(("lower", "upper")),
    province=st.sampled_from(("warning", "error")),
    missing_last_name=st.sampled_from(("", "-")),
)


@settings(max_examples=examples(500))
@given(rows | nearly_sound, odd_cells, choices)
def test_any_row_is_judged(
    values: dict[str, str], odd: dict[str, OddCell], options: RuleOptions
) -> None:
    """Any row gives a correction that is valid or an error that says why, and never crashes."""
    before = dict(values)
    row = RowChecker(options).check(values, odd)
    assert values == before
    assert (row.correction is None) == bool(row.errors)
    assert tuple(row.address) == ADDRESS_FIELDS
    assert "" not in row.address.values()
    assert all(finding.rule in RULES for finding in (*row.errors, *row.warnings))
    assert all(RULES[repair.rule].severity == "repair" for repair in row.repairs)
    assert all(options.repairs(repair.rule) for repair in row.repairs)
    assert not any("\n" in repair.before + repair.after for repair in row.repairs)
    assert all(repair.before != repair.after for repair in row.repairs)
    assert len({finding.field for finding in row.errors}) == len(row.errors)
    if row.correction is not None:
        body = json.loads(row.correction.body())
        assert body == {"order_id": row.order_id, "customer_info": row.address}
        again = Correction.model_validate(body)
        assert again == row.correction
        assert (row.address["country_code"] or "").lower() == "us" or not row.address["state_code"]


@settings(max_examples=examples(500))
@given(rows | nearly_sound, odd_cells)
def test_repairing_twice_changes_nothing(values: dict[str, str], odd: dict[str, OddCell]) -> None:
    """What was sent, read again, is clean: no repair, no error, the same address."""
    checker = RowChecker(RuleOptions())
    row = checker.check(values, odd)
    if row.correction is None:
        return
    sent = {name: text or "" for name, text in row.address.items()}
    again = checker.check(sent | {"order_id": str(row.order_id)}, {})
    assert again.repairs == ()
    assert again.errors == ()
    assert again.address == row.address


@settings(max_examples=examples(500))
@given(nearly_sound)
def test_no_repair_never_sends_what_a_repair_would_change(values: dict[str, str]) -> None:
    """With repairs off a row is sent only if with repairs on it would be sent the same."""
    with_repairs = RowChecker(RuleOptions()).check(values, {})
    without = RowChecker(RuleOptions(repair="none")).check(values, {})
    assert without.repairs == ()
    assert (without.correction is not None) == (
        with_repairs.correction is not None and not with_repairs.repairs
    )
    if without.correction is not None:
        assert without.correction == with_repairs.correction
