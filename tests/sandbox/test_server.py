"""The sandbox over HTTP: it answers as the API does, and says nothing to anybody else."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from pipeline.core.address import ADDRESS_FIELDS, Correction, CustomerInfo
from pipeline.core.errors import ConfigError
from pipeline.core.reply import Answer, Decision, judge
from pipeline.core.target import Target
from pipeline.sandbox import Sandbox
from tests.stub_api.openapi import faults

KEYS = {"web_api_key": "account-key", "app_key": "application-key"}
INFO: dict[str, Any] = dict.fromkeys(ADDRESS_FIELDS) | {
    "first_name": "Ada",
    "last_name": "Byron",
    "address_1": "12 Analytical Way",
    "city": "Austin",
    "state_code": "TX",
    "zip_postal_code": "73301",
    "country_code": "us",
}
PUT = "/v3/update_customer"
STATUS = "/v3/fetch_order_status"


class Caller:
    """A plain client: it checks nothing, so that the sandbox has to."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self._session = session

    async def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: dict[str, str] = KEYS,
        raw: bytes | None = None,
        content_type: str = "application/json",
    ) -> tuple[Answer, Any]:
        data = io.BytesIO(raw if raw is not None else json.dumps(body).encode())
        async with self._session.request(
            method,
            self.sandbox.base_url + path,
            data=None if method == "GET" else data,
            headers=headers | {"Content-Type": content_type},
        ) as response:
            text = await response.read()
            assert response.content_type == "application/json"
            retry_after = response.headers.get("Retry-After")
            return Answer(response.status, text, retry_after), json.loads(text)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def call(session: aiohttp.ClientSession) -> AsyncIterator[Caller]:
    async with Sandbox(orders={"#1001": 41, "1002": 42}) as sandbox:
        yield Caller(sandbox, session)


async def test_a_correction_is_stored_and_confirmed(call: Caller) -> None:
    """A sound PUT is remembered whole and answered with a flat response_status."""
    correction = Correction(order_id=7, customer_info=CustomerInfo.model_validate(INFO))
    answer, body = await call("PUT", PUT, raw=correction.body().encode())
    assert call.sandbox.orders == {7: INFO}
    assert re.fullmatch("[0-9a-f]{32}", body.pop("reference_id"))
    assert body == {"success": True, "status_code": 200, "message": "", "debug": None}
    assert judge(answer).decision is Decision.DONE


async def test_the_last_address_of_an_order_stands(call: Caller) -> None:
    """A later PUT replaces the whole address, and each call has its own reference id."""
    first = await call("PUT", PUT, {"order_id": 7, "customer_info": INFO | {"phone": "1"}})
    later = await call("PUT", PUT, {"order_id": 7, "customer_info": INFO})
    assert call.sandbox.orders == {7: INFO}
    assert first[1]["reference_id"] != later[1]["reference_id"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"web_api_key": "a"},
        {"app_key": "b"},
        {"web_api_key": "", "app_key": "b"},
        {"web_api_key": "a", "app_key": "a"},
    ],
)
async def test_two_different_keys_are_needed(call: Caller, headers: dict[str, str]) -> None:
    """A key that is missing, empty or the other one again is refused with HTTP 400."""
    for method, path in (("PUT", PUT), ("GET", "/v3/test_my_credentials"), ("POST", STATUS)):
        answer, body = await call(method, path, {}, headers=headers)
        assert answer.status == 400
        assert body == {
            "Message": "The request is invalid.",
            "ModelState": {
                "ApiC.Models.authorization_credentials": ["Missing or unauthorized api credentials"]
            },
        }
        assert judge(answer).decision is Decision.STOP_KEYS
    assert call.sandbox.orders == {}


async def test_a_wrong_body_is_refused_in_the_frameworks_form(call: Caller) -> None:
    """ModelState names the field by its path, and nothing is stored."""
    wrong = {"order_id": 7, "customer_info": INFO | {"zip_postal_code": ""}}
    answer, body = await call("PUT", PUT, wrong)
    assert body["ModelState"] == {
        "request.customer_info.zip_postal_code": ["The zip_postal_code field is required."]
    }
    verdict = judge(answer)
    assert verdict.decision is Decision.REFUSED
    assert "zip_postal_code" in verdict.sentence
    assert call.sandbox.orders == {}


@pytest.mark.parametrize(
    ("raw", "content_type", "status"),
    [
        (b'{"order_id": 7', "application/json", 400),
        (b"", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"{}", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/json", 400),
        (b" " * (2 << 20), "application/json", 413),
    ],
)
async def test_what_is_no_json_request_is_refused(
    call: Caller, raw: bytes, content_type: str, status: int
) -> None:
    """Half JSON is 400, another media type 415, a giant 413."""
    answer, body = await call("PUT", PUT, raw=raw, content_type=content_type)
    assert (answer.status, faults("ErrorBody", body)) == (status, [])


async def test_json_with_a_charset_is_json(call: Caller) -> None:
    """Parameters of the media type do not matter."""
    body = {"order_id": 7, "customer_info": INFO}
    answer, _ = await call("PUT", PUT, body, content_type="application/json; charset=utf-8")
    assert answer.status == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "keys_in_body"),
    [
        ("PUT", "/v3/update_costumer", 404, {"Message", "MessageDetail"}),
        ("GET", "/", 404, {"Message", "MessageDetail"}),
        ("POST", PUT, 405, {"Message"}),
        ("GET", STATUS, 405, {"Message"}),
    ],
)
async def test_wrong_places_and_verbs_stop_a_run(
    call: Caller, method: str, path: str, status: int, keys_in_body: set[str]
) -> None:
    """An unknown route is 404 with MessageDetail, a wrong verb 405; both say: wrong address."""
    answer, body = await call(method, path, {})
    assert (answer.status, set(body)) == (status, keys_in_body)
    assert judge(answer).decision is Decision.STOP_TARGET


async def test_orders_are_found_by_id_and_by_po(call: Caller) -> None:
    """fetch_order_status finds orders by id and PO, each once, and leaves unknown POs out."""
    sent = {"order_id": 99, "customer_info": INFO | {"address_order_po": "PO-9"}}
    await call("PUT", PUT, sent)
    asked = {"order_ids": [42], "order_pos": ["#1001", "PO-9", "1002", "unheard of"]}
    _, body = await call("POST", STATUS, asked)
    assert faults("FetchOrderStatusResponse", body) == []
    assert [(o["order_id"], o["order_po"]) for o in body["orders"]] == [
        (42, "1002"),
        (41, "#1001"),
        (99, "PO-9"),
    ]
    assert all(o["order_confirmation_id"] != o["order_id"] for o in body["orders"])
    assert body["status"]["success"] is True


async def test_a_po_follows_the_address_that_was_sent_last(call: Caller) -> None:
    """A PO learned from an address goes with it; one known beforehand stays."""
    for order_id, po in ((7, "A"), (8, "A"), (7, "B"), (41, "C")):
        info = INFO | {"address_order_po": po}
        await call("PUT", PUT, {"order_id": order_id, "customer_info": info})
    found = {po: call.sandbox.ids_of(po) for po in ("A", "B", "C", "#1001")}
    assert found == {"A": (8,), "B": (7,), "C": (), "#1001": (41,)}


async def test_an_empty_status_request_is_refused(call: Caller) -> None:
    """Asking for nothing is a fault of the caller."""
    answer, body = await call("POST", STATUS, {"order_ids": []})
    assert (answer.status, list(body["ModelState"])) == (400, ["request.order_ids"])


@pytest.mark.parametrize("path", ["/v3/test_my_credentials", "/v3/list_order_status_definitions"])
async def test_other_endpoints_answer_in_an_envelope(call: Caller, path: str) -> None:
    """Everything but update_customer has its response_status under ``status``."""
    answer, body = await call("GET", path)
    assert (answer.status, body["status"]["success"]) == (200, True)
    assert faults("TestMyCredentialsResponse", body) == []
    if "definitions" in path:
        assert body["definitions"][2] == {
            "order_status_id": 3,
            "order_status_label": "Order Received",
        }


async def test_beyond_the_limit_it_answers_429(session: aiohttp.ClientSession) -> None:
    """After the burst: HTTP 429 with whole seconds in Retry-After, and nothing is stored."""
    async with Sandbox(rate_per_second=0.01, burst=2) as sandbox:
        call = Caller(sandbox, session)
        answers = [
            (await call("PUT", PUT, {"order_id": i, "customer_info": INFO}))[0] for i in (1, 2, 3)
        ]
    assert [a.status for a in answers] == [200, 200, 429]
    assert [a.retry_after for a in answers] == [None, None, "100"]
    assert sorted(sandbox.orders) == [1, 2]
    assert sandbox.requests == 3


async def test_latency_is_waited_by_all_at_once(session: aiohttp.ClientSession) -> None:
    """Latency delays each answer, not the queue of them."""
    clock = asyncio.get_running_loop().time
    async with Sandbox(latency_seconds=0.05) as sandbox:
        call, begun = Caller(sandbox, session), clock()
        await asyncio.gather(*[call("GET", "/v3/test_my_credentials") for _ in range(20)])
        assert 0.05 <= clock() - begun < 0.9


async def test_it_is_a_target_on_this_machine(call: Caller) -> None:
    """Its URL is loopback, so keys may go there and http is allowed."""
    assert call.sandbox.base_url.startswith("http://127.0.0.1:")
    assert Target.from_base_url(call.sandbox.base_url).loopback


async def test_a_port_that_is_taken_is_one_sentence(call: Caller) -> None:
    """The error names the port and what to do."""
    port = int(call.sandbox.base_url.rsplit(":", 1)[1])
    with pytest.raises(ConfigError, match=f"port {port} .* give another port"):
        async with Sandbox(port=port):
            pytest.fail("it listens twice")


async def test_a_port_that_cannot_be_is_one_sentence() -> None:
    """So does that of a port that no machine has."""
    with pytest.raises(ConfigError, match="port 70000"):
        async with Sandbox(port=70_000):
            pytest.fail("it listens on no port")


async def test_it_ends_at_once_with_a_client_connected(session: aiohttp.ClientSession) -> None:
    """A kept-alive connection does not hold it, and afterwards nobody listens."""
    clock = asyncio.get_running_loop().time
    async with Sandbox() as sandbox:
        call = Caller(sandbox, session)
        await call("GET", "/v3/test_my_credentials")
        begun = clock()
    assert clock() - begun < 1.9
    with pytest.raises(aiohttp.ClientConnectorError):
        await call("GET", "/v3/test_my_credentials")


async def test_nothing_is_logged_or_printed(
    session: aiohttp.ClientSession,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Good, bad and broken requests alike leave no line anywhere."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    async with Sandbox() as sandbox:
        call = Caller(sandbox, session)
        await call("PUT", PUT, {"order_id": 1, "customer_info": INFO})
        await call("PUT", PUT, {"order_id": 0, "customer_info": INFO | {"city": "SECRETVILLE"}})
        reader, writer = await asyncio.open_connection("127.0.0.1", int(sandbox.base_url[17:]))
        writer.write(b"PUT SECRETVILLE nonsense\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.")
        writer.close()
        await writer.wait_closed()
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


async def asked(call: Caller, *pos: str) -> dict[str, int]:
    _, body = await call("POST", STATUS, {"order_pos": list(pos)})
    assert faults("FetchOrderStatusResponse", body) == []
    return {order["order_po"]: order["order_id"] for order in body["orders"]}


async def test_ids_are_made_up_where_that_is_wanted(session: aiohttp.ClientSession) -> None:
    """Always the same one for a number as FinerWorks keeps it; none of it can be a real order's."""
    pos = ("2001", "A7", "0101", "101", "#2001", "unheard of", "A-7", "1" * 11, "9" * 10)
    found: dict[str, int] = {}
    for _ in range(2):
        async with Sandbox(orders={"#1001": 41}, make_up_ids=True) as sandbox:
            again = await asked(Caller(sandbox, session), *pos, "#1001")
            assert found in ({}, again)
            assert await asked(Caller(sandbox, session), *pos, "#1001") == again
            found = again
    assert found.pop("#1001") == 41
    assert set(found) == {"2001", "A7", "0101", "101", "1" * 11, "9" * 10}
    assert found["2001"] == 10_000_002_001
    assert len(set(found.values())) == len(found)
    assert all(len(str(order_id)) == 11 for order_id in found.values())


async def test_no_id_is_made_up_unasked(call: Caller) -> None:
    """What is not known is left out."""
    assert await asked(call, "2001", "#1001") == {"#1001": 41}
