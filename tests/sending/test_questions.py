"""Questions to fetch_order_status: what goes out, and how often it is asked again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from yarl import URL

from pipeline.core.order_lookup import LookupReply, Order
from pipeline.core.pace import Pace
from pipeline.core.reply import Answer, Decision, NoAnswer
from pipeline.core.retrying import RetryPolicy
from pipeline.sending import ApiClient, ClientOptions, Gate, Questions
from tests.fakes.clock import FakeClock
from tests.fakes.sender import LOST, NO_WAY, status

API = "https://api.example.test"
STATUS_URL = f"{API}/v3/fetch_order_status"
POLICY = RetryPolicy(attempts=3, max_wait_seconds=60)
FOUND = {
    "status": {"success": True},
    "orders": [{"order_po": "1001", "order_id": 5, "order_status_label": "Shipped"}],
}
OTHER = {"status": {"success": True}, "orders": [{"order_po": "1002", "order_id": 6}]}


async def ask(mocked: Any, clock: FakeClock | None = None) -> tuple[LookupReply, Questions]:
    clock = clock or FakeClock()
    async with ApiClient(ClientOptions(API, "web-key-1", "app-key-2")) as client:
        questions = Questions(client, Gate(Pace(5, 5), clock), POLICY, clock)
        return await questions.ask(["1001"]), questions


async def test_a_question_is_exactly_this(mocked: Any) -> None:
    """One POST: its URL, the two keys and the JSON type as headers, the numbers as texts."""
    mocked.post(STATUS_URL, payload=FOUND)
    reply, questions = await ask(mocked)
    assert list(mocked.requests) == [("POST", URL(STATUS_URL))]
    (call,) = mocked.requests["POST", URL(STATUS_URL)]
    payload = call.kwargs["data"]
    assert json.loads(payload.decode()) == {"order_pos": ["1001"]}
    headers = call.kwargs["headers"]
    assert (headers["web_api_key"], headers["app_key"]) == ("web-key-1", "app-key-2")
    assert payload.content_type == headers["Accept"] == "application/json"
    assert call.kwargs["allow_redirects"] is False
    assert reply.orders == (Order("1001", 5, "Shipped"),)
    assert (questions.requests, questions.retries) == (1, 0)


@pytest.mark.parametrize(
    ("answers", "decision", "requests"),
    [
        ([(500, {}), (200, FOUND)], Decision.DONE, 2),
        ([(200, [FOUND]), (200, OTHER), (200, FOUND)], Decision.DONE, 3),
        ([(429, {}), (429, {}), (429, {})], Decision.RETRY, 3),
        ([(400, {"Message": "no"})], Decision.REFUSED, 1),
        ([(500, {}), (401, {})], Decision.STOP_KEYS, 2),
    ],
)
async def test_what_cannot_be_trusted_is_asked_again(
    mocked: Any, answers: Sequence[tuple[int, Any]], decision: Decision, requests: int
) -> None:
    """As many tries as the policy allows; a refusal is final at once."""
    for code, body in answers:
        mocked.post(STATUS_URL, status=code, payload=body)
    reply, questions = await ask(mocked)
    assert reply.verdict.decision is decision
    assert (questions.requests, questions.retries) == (requests, requests - 1)


async def test_retry_after_holds_the_whole_pool(mocked: Any) -> None:
    """A 429 with Retry-After shuts the gate for every call that passes it."""
    clock = FakeClock()
    begun = clock.now
    mocked.post(STATUS_URL, status=429, headers={"Retry-After": "20"})
    mocked.post(STATUS_URL, payload=FOUND)
    await ask(mocked, clock)
    assert clock.now - begun >= 20


class _Silent:
    def __init__(self, reply: Answer | NoAnswer) -> None:
        self.reply = reply

    async def fetch_order_status(self, body: bytes) -> Answer | NoAnswer:
        return self.reply


@pytest.mark.parametrize("reply", [LOST, NO_WAY, status(503)])
async def test_the_last_reply_is_told(reply: Answer | NoAnswer) -> None:
    """When the tries are used up, what came last says why: the API is away."""
    clock = FakeClock()
    asker = _Silent(reply)
    questions = Questions(asker, Gate(Pace(5, 5), clock), POLICY, clock)
    told = await questions.ask(["1001"])
    assert (told.away, questions.requests) == (True, 3)
