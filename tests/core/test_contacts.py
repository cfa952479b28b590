"""Phones and e-mail addresses: what cannot be right."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.core import contacts
from pipeline.core.contacts import email_plausible, phone_plausible


@pytest.mark.parametrize(
    ("phone", "country", "plausible"),
    [
        ("617-555-0123", "us", True),
        ("(617) 555-0123", "us", True),
        ("+1 617.555.0123", "us", True),
        ("16175550123", "us", True),
        ("617-555-0123 ext. 45", "us", True),
        ("617-555-0123x45", "us", True),
        ("1-800-FLOWERS", "us", True),
        ("+49 30 123456", "us", True),
        ("555-0123", "us", False),
        ("6175550123455", "us", False),
        ("000-000-0000", "us", False),
        ("117-555-0123", "us", False),
        ("9999999999", "us", False),
        ("+44 20 7946 0958", "gb", True),
        ("030 123456", "de", True),
        ("030/123456", "de", True),
        ("1234567890123456", "de", False),
        ("1234", "de", False),
        ("00000000", "de", False),
        ("3.01235E+11", "de", False),
        ("3.01235E+11", "us", False),
        ("n/a", "us", False),
        ("n/a", None, False),
        ("ada@example.com", "us", False),
        ("########", "us", False),
        ("416-555-0123", "ca", True),
        ("416-555-012", "ca", False),
        ("876-555-0123", "jm", True),
        ("555-0123", "jm", True),
        ("555-01234", "jm", True),
        ("1234", "jm", False),
        ("+1 876 555 0123", "jm", True),
        ("+1 876 555 012", "jm", False),
        ("011 44 20 7946 0958", "us", True),
        ("0049 30 123456", "us", True),
        ("011-123-4567", "jp", True),
        ("001 617 555 0123", "de", True),
        ("001 617 555 012", "de", False),
        ("+49 (0)30 123456", "us", True),
        ("(+49) 30 123456", "de", True),
        ("617-555-0123 / 617-555-0144", "us", True),
        ("617-555-0123 or 617-555-0144 x5", "us", True),
        ("617-555-0123 / 555", "us", False),
        ("617-555-0123 (cell)", "us", True),
        ("617-555-0123,45", "us", True),
        ("514-555-0199 poste 12", "ca", True),
        ("0800 REVERSE", "nz", True),
        ("０３-５５５５-０１２３", "jp", True),
        ("03（5555）0123", "jp", True),
        ("٠١١٥٥٥٠١٢٣", "sa", True),
        ("\u202a+1 617 555 0123\u202c", "us", True),
        ("５", "jp", False),
        ("5125560000", "us", True),
        ("5125600000", "us", False),
        ("491701000000", "de", False),
        ("617 560 0000 0", "de", True),
        ("", "de", False),
    ],
)
def test_phone(phone: str, country: str | None, plausible: bool) -> None:
    """A phone is doubted only where it cannot be right."""
    assert phone_plausible(phone, country) is plausible


@pytest.mark.parametrize(
    ("email", "plausible"),
    [
        ("ada@example.com", True),
        ("ada.byron+art@mail.example.co.uk", True),
        ("o'brien@example.org", True),
        ("josé@münchen.de", True),
        ("a@xn--mnchen-3ya.de", True),
        ("ada_b-c@my-shop.example", True),
        ("ada@example", False),
        ("ada@@example.com", False),
        ("ada example.com", False),
        ("ada b@example.com", False),
        ("ada@example.com,", False),
        ("ada@example.com; b@example.com", False),
        ("ada.@example.com", False),
        (".ada@example.com", False),
        ("a..b@example.com", False),
        ("ada@-example.com", False),
        ("ada@example..com", False),
        ("<ada@example.com>", False),
        ("n/a", False),
    ],
)
def test_email(email: str, plausible: bool) -> None:
    """An e-mail address is doubted only where it cannot be right."""
    assert email_plausible(email) is plausible


@given(st.from_regex(r"\A\(?[0-9]{3}(?:\) ?|[-. ])[0-9]{3}[-. ][0-9]{4}\Z"))
@example("222-222-2222")
@example("(999) 999-9999")
@example("222-222-2223")
def test_a_usual_phone_is_told_at_once_and_the_same(phone: str) -> None:
    """The quick way says what the rules say."""
    assert phone_plausible(phone, "us") == contacts._plausible(phone, "us")
