"""What the API says is quoted for a person, whatever it is: one line, short, and nothing unseen."""

from __future__ import annotations

import json
import unicodedata
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.reply import MAX_QUOTED, Answer, Decision, Verdict, judge

LONGEST: Final = MAX_QUOTED + 140
"""A quotation, and our own words around it."""
MARK: Final = "qzmarkqz"

_HOSTILE: Final = st.sampled_from(
    [
        *("\n", "\r\n", "\t", "\x00", "\x1b[31m", "\x85", "\u2028", "\u2029", "\u202e", "\u2066"),
        *("\u2069", "\u200b", "\u200f", "\ufeff", "\u00ad", "\u061c", "\U000e0041", "\u0301" * 40),
        *(
            "\u3164",
            "\u2800",
            "\ufe0f",
            '"',
            "\u201c",
            "\u201d",
            "'",
            "=1+1",
            "<script>",
            "; ",
            MARK,
        ),
        *("\ud800", "\ue000", "\uffff", "é", "ñ", "山", "🏠"),
    ]
)
_TEXTS: Final = st.lists(
    _HOSTILE | st.text(st.characters(exclude_categories=()), max_size=40), max_size=60
).map("".join)
_BODIES: Final = (
    _TEXTS.map(lambda text: {"Message": text})
    | _TEXTS.map(lambda text: {"success": False, "message": text})
    | _TEXTS.map(lambda text: {"status": {"success": False, "message": text}})
    | st.dictionaries(_TEXTS, _TEXTS | st.lists(_TEXTS), max_size=6).map(
        lambda state: {"Message": MARK, "ModelState": state}
    )
)
STATUSES: Final = st.sampled_from([200, 400, 404, 409, 422, 429, 500, 503])


def _judged(status: int, body: Any) -> Verdict:
    return judge(Answer(status, json.dumps(body).encode()))


@given(STATUSES, _BODIES)
def test_a_hostile_message_is_one_line_bounded_and_harmless(
    status: int, body: dict[str, Any]
) -> None:
    """No line break, control, bidi or other invisible character gets into ``reason``."""
    sentence = _judged(status, body).sentence
    assert len(sentence) <= LONGEST
    assert len(sentence.splitlines()) <= 1
    assert [c for c in sentence if unicodedata.category(c)[0] == "C"] == []
    assert not set("\u2028\u2029\u3164\u2800\ufe0f") & set(sentence)
    assert sentence == "" or sentence[0].isalpha()
    assert "\u0301" * 5 not in sentence


@given(STATUSES, _BODIES)
def test_only_a_refusal_quotes_and_its_quotation_marks_stand_alone(
    status: int, body: dict[str, Any]
) -> None:
    """Other sentences go to the screen, so they quote nothing; a quotation ends where it ends."""
    verdict = _judged(status, body)
    assert verdict.decision is Decision.REFUSED or MARK not in verdict.sentence
    assert verdict.sentence.count("“") == verdict.sentence.count("”") <= 1


@pytest.mark.parametrize(
    ("message", "quoted"),
    [
        ('the "zip" is wrong', '“the "zip" is wrong”'),
        ("the “zip” is wrong", "“the ‘zip’ is wrong”"),
        ("line one\r\n  line two\x00", "“line one line two”"),
        ("abc\u202etxt.exe", "“abc txt.exe”"),
        ("e\u0301" + "\u0301" * 9, "“e\u0301\u0301\u0301\u0301”"),
        ("x" * 1000, f"“{'x' * (MAX_QUOTED - 1)}…”"),
        ("\u200b\n", None),
    ],
)
def test_a_message_stays_readable(message: str, quoted: str | None) -> None:
    """Quotes within it are kept, what is unseen goes, and a cut shows as one."""
    sentence = _judged(409, {"Message": message}).sentence
    assert (quoted in sentence) if quoted else ("without saying why" in sentence)
    assert sentence.endswith("; ask FinerWorks about this order.")
