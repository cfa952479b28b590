"""States and ZIPs of the US."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.united_states import Zip, find_state, read_zip, zip_belongs


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("TX", "TX"),
        ("tx", "TX"),
        ("Texas", "TX"),
        ("TEXAS", "TX"),
        ("US-TX", "TX"),
        ("us-tx", "TX"),
        ("New York", "NY"),
        ("District of Columbia", "DC"),
        ("D.C.", "DC"),
        ("Puerto Rico", "PR"),
        ("Armed Forces Europe", "AE"),
        ("AP", "AP"),
    ],
)
def test_states(text: str, code: str) -> None:
    """Codes, names and ISO forms of a state mean its code."""
    assert find_state(text) == code


@pytest.mark.parametrize(
    "text",
    [
        *("", "Tex.", "Texsa", "TX.", "T X", "Ont", "ON", "England", "XX", "US", "US-ON", "New"),
        *("Texas, USA", "TX 78701", "Calif", "N York", "Mass", "ＴＸ", "ﬂ"),
    ],
)
def test_what_is_no_state_for_certain(text: str) -> None:
    """Nothing but exact names counts: a near one is a person's to decide."""
    assert find_state(text) is None


READ = (
    ("02134", "MA", Zip("02134")),
    ("02134-1001", "MA", Zip("02134-1001")),
    ("90210", "MA", Zip("90210")),
    ("2134", "MA", Zip("02134", "zip_zero")),
    ("2134.0", "MA", Zip("02134", "zip_zero")),
    ("2134-1001", "MA", Zip("02134-1001", "zip_zero")),
    ("21341001", "MA", Zip("02134-1001", "zip_zero")),
    ("21341001.0", "MA", Zip("02134-1001", "zip_zero")),
    ("021341001", "MA", Zip("02134-1001", "zip_plus4")),
    ("02134 1001", "MA", Zip("02134-1001", "zip_plus4")),
    ("02134–1001", "MA", Zip("02134-1001", "zip_plus4")),
    ("901", "PR", Zip("00901", "zip_zero")),
    ("9011234", "PR", Zip("00901-1234", "zip_zero")),
    ("802", "VI", Zip("00802", "zip_zero")),
    ("501", "NY", Zip("00501", "zip_zero")),
    ("6390", "NY", Zip("06390", "zip_zero")),
    ("9012", "AE", Zip("09012", "zip_zero")),
    ("90210.0", "CA", Zip("90210", "decimal_zero")),
    ("739601234", "TX", Zip("73960-1234", "zip_plus4")),
    ("902101234", "CA", Zip("90210-1234", "zip_plus4")),
    # nothing of these is certain
    ("2134", "TX", None),
    ("2134", None, None),
    ("2134", "CA", None),
    ("1234", "NY", None),
    ("901", "MA", None),
    ("34", "MA", None),
    ("0213", "MA", None),
    ("0901", "PR", None),
    ("021341001", "TX", None),
    ("9021012", "CA", None),
    ("02134-", "MA", None),
    ("02134-100", "MA", None),
    ("O2134", "MA", None),
    ("021345", "MA", None),
    ("2.134", "MA", None),
    ("12,345", "NY", None),
    ("2134.5", "MA", None),
    ("-2134", "MA", None),
    ("０２１３４", "MA", None),
    ("1E5", "MA", None),
    ("", "MA", None),
)


@pytest.mark.parametrize(("text", "state", "found"), READ)
def test_zips(text: str, state: str | None, found: Zip | None) -> None:
    """A lost zero comes back only where the ZIP then belongs to the row's own state."""
    assert read_zip(text, state) == found


@given(st.text("0123456789-. ", max_size=11), st.sampled_from(("MA", "TX", "PR", "NY", "AE")))
def test_what_is_read_is_a_zip(text: str, state: str) -> None:
    """What comes out has the form of a ZIP, reads as itself, and with new zeros fits the state."""
    found = read_zip(text, state)
    if found is not None:
        assert read_zip(found.text, state) == Zip(found.text)
        assert len(found.text) in {5, 10}
        assert found.repair != "zip_zero" or zip_belongs(state, found.text)


@given(st.sampled_from(("MA", "CT", "NJ", "RI", "NH", "ME", "VT")), st.integers(1000, 9999))
def test_a_lost_zero_is_found_again(state: str, number: int) -> None:
    """Every ZIP of New England that lost its zero gets it back; no other four digits do."""
    right = zip_belongs(state, f"0{number}")
    assert read_zip(str(number), state) == (Zip(f"0{number}", "zip_zero") if right else None)
