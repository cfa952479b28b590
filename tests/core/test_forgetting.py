"""Whose row is it: emails and order numbers as people type them, and how old is old."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import ConfigError
from pipeline.core.forgetting import Sought, seconds_of_age


@pytest.mark.parametrize(
    ("text", "days"), [("90d", 90), ("12w", 84), ("0d", 0), (" 1D ", 1), ("99999d", 99_999)]
)
def test_an_age_is_days_or_weeks(text: str, days: int) -> None:
    """``90d`` and ``12w``, in any case."""
    assert seconds_of_age(text) == days * 86_400


@pytest.mark.parametrize("text", ["", "90", "d", "3m", "1y", "-1d", "1.5d", "999999d", "٣d"])
def test_any_other_age_is_refused(text: str) -> None:
    """A month may be 28 days or a minute, so nobody guesses."""
    with pytest.raises(ConfigError, match="--older-than 90d"):
        seconds_of_age(text)


@pytest.mark.parametrize(
    "text",
    [
        "ann@example.com",
        "ANN@Example.COM",
        "Ann Lee <ann@example.com>",
        "'ann@example.com",
        "mailto:ann@example.com",
        "Ask ann@example.com.",
        "line\nann@example.com, b@example.com",
        "ann@exam\u200bple.com",
        "ａｎｎ@example.com",
    ],
)
def test_an_email_is_found_wherever_it_stands(text: str) -> None:
    """Case, company, guards and invisible characters do not hide it."""
    sought = Sought.of(emails=[" Ann@example.com "])
    assert sought.may_hold(text)
    assert sought.is_in(["x", text])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "joann@example.com",
        "jo.ann@example.com",
        "jo-ann@example.com",
        "ann@example.com.au",
        "ann@example.community",
        "ann@example",
        "annXexample.com",
    ],
)
def test_a_longer_email_is_another_one(text: str) -> None:
    """Nobody else is forgotten with a person."""
    assert not Sought.of(emails=["ann@example.com"]).is_in([text])


@given(st.text(max_size=20), st.text(max_size=20), st.sampled_from(["ann@x.com", "ü.n@ß.de"]))
def test_the_quick_look_misses_nothing(before: str, after: str, email: str) -> None:
    """What is found at the second look was let through by the first."""
    sought = Sought.of(emails=[email])
    text = f"{before}{email.upper()}{after}"
    assert not sought.is_in([text]) or sought.may_hold(text)
    assert sought.is_in([f"{before} {email} {after}"])


@pytest.mark.parametrize("email", ["", "ann", "@", "ann@", "a b@c.de", "a@b@c"])
def test_what_is_no_email_is_refused_and_not_repeated(email: str) -> None:
    """Half an address would find half of everybody."""
    with pytest.raises(ConfigError, match="--email takes one whole address") as raised:
        Sought.of(emails=[email])
    assert not email or f"{email} " not in str(raised.value)


@pytest.mark.parametrize("number", ["", "0", "#1001", "1e5", "-3", "12.5", "a@b.de", "1" * 30])
def test_an_order_id_is_a_whole_number(number: str) -> None:
    """The seller's own number has a flag of its own, for it may be another order's id."""
    with pytest.raises(ConfigError, match="--po"):
        Sought.of(orders=[number])


def test_a_po_number_needs_a_letter_or_digit() -> None:
    """``#`` alone would be like every other number without any."""
    with pytest.raises(ConfigError, match="--po takes"):
        Sought.of(pos=["#-"])


@pytest.mark.parametrize("cell", ["1001", "#1001", " '1001", '="1001"', "1001.0", "10-01"])
def test_a_po_number_is_compared_by_letters_and_digits(cell: str) -> None:
    """As FinerWorks keeps it, and as spreadsheets spoil it."""
    assert Sought.of(pos=["#1001"]).names([], [cell])
    assert not Sought.of(pos=["#1001"]).names([cell], [])


@pytest.mark.parametrize("cell", ["12345", "012345", "12,345", "12345.0", " '12345"])
def test_an_order_id_that_was_not_understood_is_known_again(cell: str) -> None:
    """A row that was refused for its number is about that order all the same."""
    assert Sought.of(orders=["12345"]).names([cell], [])
    assert not Sought.of(orders=["12345"]).names([], [cell])
    assert not Sought.of(orders=["12345"]).names(["123456"], [])


def test_nothing_typed_is_shown() -> None:
    """Neither in a ``repr`` nor, so, in a traceback."""
    assert "ann" not in repr(Sought.of(emails=["ann@example.com"], pos=["ann-1"]))
