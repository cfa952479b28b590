"""Phones and e-mail addresses: what cannot be right."""

from __future__ import annotations

import pytest

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
