"""Every reply has one meaning."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.outcome import NextStep
from pipeline.core.reply import Answer, Decision, NoAnswer, judge

OK = {"success": True, "status_code": 200, "message": "", "debug": None, "reference_id": "0f3c"}
KEYS = {
    "Message": "The request is invalid.",
    "ModelState": {
        "ApiC.Models.authorization_credentials": ["Missing or unauthorized api credentials"]
    },
}
FIELD = {
    "Message": "The request is invalid.",
    "ModelState": {"request.customer_info.zip_postal_code": ["The zip_postal_code is wrong."]},
}
ROUTE = {"Message": "No HTTP resource was found that matches.", "MessageDetail": "No action."}
DONE, REFUSED, RETRY = Decision.DONE, Decision.REFUSED, Decision.RETRY
STOP_KEYS, STOP_TARGET = Decision.STOP_KEYS, Decision.STOP_TARGET


def answer(status: int, body: Any, *, raw: bool = False) -> Answer:
    return Answer(status, body if raw else json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "body", "decision", "doubt"),
    [
        (200, OK, DONE, False),
        (201, OK, DONE, False),
        (200, {"status": OK}, DONE, False),
        (200, OK | {"status_code": 500}, DONE, False),
        (200, OK | {"reference_id": None}, DONE, False),
        (200, OK | {"success": False}, REFUSED, False),
        (200, {"status": OK | {"success": False}}, REFUSED, False),
        (200, OK | {"success": "true"}, RETRY, True),
        (200, OK | {"success": 1}, RETRY, True),
        (200, OK | {"success": None}, RETRY, True),
        (200, {}, RETRY, True),
        (200, [OK], RETRY, True),
        (200, "yes", RETRY, True),
        (200, None, RETRY, True),
        (200, KEYS, STOP_KEYS, False),
        (301, {}, STOP_TARGET, False),
        (302, OK, STOP_TARGET, False),
        (307, {}, STOP_TARGET, False),
        (400, KEYS, STOP_KEYS, False),
        (400, {"ModelState": {"x": ["Missing or unauthorized api credentials"]}}, STOP_KEYS, False),
        (400, FIELD, REFUSED, False),
        (400, OK | {"success": False}, REFUSED, False),
        (400, {"message": "no"}, REFUSED, False),
        (400, OK, REFUSED, False),
        (401, {}, STOP_KEYS, False),
        (403, {}, STOP_KEYS, False),
        (404, ROUTE, STOP_TARGET, False),
        (404, {"Message": "No HTTP resource was found"}, STOP_TARGET, False),
        (404, {"status": {"success": False, "message": "not found"}}, REFUSED, False),
        (405, {"Message": "no"}, STOP_TARGET, False),
        (407, {}, STOP_TARGET, False),
        (408, {}, RETRY, True),
        (409, {"Message": "no"}, REFUSED, False),
        (415, {"Message": "no"}, STOP_TARGET, False),
        (422, FIELD, REFUSED, False),
        (429, {"message": "slow"}, RETRY, False),
        (500, {"Message": "An error has occurred."}, RETRY, True),
        (500, OK, RETRY, True),
        (502, {}, RETRY, True),
        (503, {}, RETRY, True),
        (504, {}, RETRY, True),
    ],
)
def test_each_reply_has_its_decision(
    status: int, body: Any, decision: Decision, doubt: bool
) -> None:
    """HTTP code, JSON, object, success decide in this order; doubt only if it may be stored."""
    verdict = judge(answer(status, body))
    assert (verdict.decision, verdict.doubt) == (decision, doubt)
    assert verdict.http_status == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>ok</html>",
        b'{"success": true',
        b"\xff\xfe{",
        b"[" * 100_000,
        b'{"success": NaN}',
    ],
)
def test_a_2xx_that_cannot_be_believed_is_no_success(body: bytes) -> None:
    """A 2xx alone is not success."""
    verdict = judge(Answer(200, body))
    assert (verdict.decision, verdict.doubt) == (RETRY, True)


def test_a_body_that_was_cut_off_is_not_believed() -> None:
    """A reply that broke off or was too long is no success, whatever its beginning says."""
    assert judge(Answer(200, json.dumps(OK).encode(), whole=False)).decision is RETRY


def test_a_byte_order_mark_does_no_harm() -> None:
    """JSON with a BOM is JSON."""
    assert judge(Answer(200, b"\xef\xbb\xbf" + json.dumps(OK).encode())).decision is DONE


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422])
def test_a_4xx_page_is_suspicious(status: int) -> None:
    """A final refusal that is not the API's own voice is refused, but counted as a failure."""
    verdict = judge(Answer(status, b"<html>blocked</html>"))
    assert (verdict.decision, verdict.suspicious) == (REFUSED, True)
    assert verdict.next_step is NextStep.ASK


def test_only_too_many_and_unavailable_are_complaints() -> None:
    """429 and 503 slow the pool; one poison order's 500 must not."""
    complaining = [s for s in range(200, 600) if judge(answer(s, {})).complaint]
    assert complaining == [429, 503]


def test_no_connection_is_safe_and_no_answer_is_not() -> None:
    """Only a request that never left is certain not to be stored."""
    assert not judge(NoAnswer(reached=False, what="no connection")).doubt
    assert judge(NoAnswer(reached=True, what="the connection was cut")).doubt


def test_the_cause_and_the_doubt_stand_in_the_sentence() -> None:
    """Why no answer came, and what that means for the order."""
    told = [judge(NoAnswer(reached, "a cause", "do this")).sentence for reached in (False, True)]
    assert told == [
        "No answer came from the API (a cause).",
        "No answer came from the API (a cause), so the address may be stored.",
    ]


@pytest.mark.parametrize("status", [0, 99, 101, 199])
def test_what_is_no_final_answer_of_http_is_not_the_api(status: int) -> None:
    """A switch of protocols, or a number that HTTP does not have, stops the run."""
    verdict = judge(Answer(status, json.dumps(OK).encode()))
    assert verdict.decision is Decision.STOP_TARGET
    assert f"What answered (HTTP {status}) is not FinerWorks' API" in verdict.sentence


def test_the_reference_is_kept_verbatim() -> None:
    """reference_id is recorded as it came, and never needed."""
    assert judge(answer(200, OK | {"reference_id": "A b-1"})).reference_id == "A b-1"
    assert judge(answer(200, OK | {"reference_id": 17})).reference_id == "17"
    assert judge(answer(200, OK | {"reference_id": True})).reference_id is None
    assert judge(answer(200, {"success": True})).reference_id is None


def test_a_refusal_names_the_field_by_the_end_of_its_path() -> None:
    """ModelState is flattened to ``field: text``."""
    verdict = judge(answer(400, FIELD))
    assert "“zip_postal_code: The zip_postal_code is wrong.”" in verdict.sentence
    assert verdict.next_step is NextStep.FIX


def test_what_the_api_says_is_quoted_clean_and_short() -> None:
    """Control characters and endless messages do not reach the sheet."""
    noisy = {"success": False, "message": "bad\r\n\x00\u202etext " + "x" * 5000}
    sentence = judge(answer(200, noisy)).sentence
    assert "bad text x" in sentence
    assert len(sentence) < 450


@given(
    st.integers(100, 599),
    st.one_of(
        st.binary(max_size=80),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["success", "status", "message", "Message", "ModelState"]),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode()),
    ),
)
def test_done_needs_all_three_proofs(status: int, body: bytes) -> None:
    """Done only for a 2xx with an object whose success is exactly true; and nothing crashes."""
    verdict = judge(Answer(status, body))
    if verdict.decision is DONE:
        parsed = json.loads(body)
        flag = parsed["success"] if "success" in parsed else parsed["status"]["success"]
        assert flag is True
        assert 200 <= status < 300
