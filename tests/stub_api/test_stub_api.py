"""The stub does what its name promises: seen through a raw socket, which hides nothing."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable

import aiohttp
import pytest

from tests.stub_api import behaviours as does
from tests.stub_api.openapi import faults
from tests.stub_api.replies import (
    CloseBeforeReply,
    Endless,
    HalfBody,
    Hang,
    Held,
    Json,
    KeepAliveThenDrop,
    Late,
    Raw,
    Redirect,
    Reply,
    Reset,
    Slow,
)
from tests.stub_api.server import Limit, StubApi, refusing_url

INFO = {"city": "Austin"}


def connect(url: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(url.removeprefix("http://"), timeout=5)


def body_of(order_id: int, **info: str) -> bytes:
    return json.dumps({"order_id": order_id, "customer_info": INFO | info}).encode()


def send(on: http.client.HTTPConnection, order_id: int = 1, **info: str) -> tuple[int, bytes]:
    on.request("PUT", "/v3/update_customer", body_of(order_id, **info), {"app_key": "k"})
    response = on.getresponse()
    return response.status, response.read()


def put(stub: StubApi, order_id: int = 1, **info: str) -> tuple[int, bytes]:
    connection = connect(stub.url)
    try:
        return send(connection, order_id, **info)
    finally:
        connection.close()


def raw_answer(stub: StubApi) -> bytes:
    """Everything the stub writes, up to the end of the connection."""
    with socket.create_connection(("127.0.0.1", int(stub.url.rsplit(":", 1)[1])), 5) as raw:
        body = body_of(1)
        raw.sendall(
            b"PUT /v3/update_customer HTTP/1.1\r\nConnection: close\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        return b"".join(iter(lambda: raw.recv(1 << 16), b""))


GOOD_BODY: list[tuple[does.Behaviour, int, str]] = [
    (does.ok, 200, "ResponseStatus"),
    (does.ok_without_reference, 200, "ResponseStatus"),
    (does.text_plain_json, 200, "ResponseStatus"),
    (does.success_false, 200, "ResponseStatus"),
    (does.credentials_ok, 200, "TestMyCredentialsResponse"),
    (does.credentials_400, 400, "HttpError"),
    (does.modelstate_400, 400, "HttpError"),
    (does.unauthorized, 401, "HttpError"),
    (does.forbidden, 403, "HttpError"),
    (does.not_found_route, 404, "HttpError"),
    (does.not_found_order, 404, "StatusEnvelope"),
    (does.too_many("5"), 429, "PlainMessage"),
    (does.server_error, 500, "HttpError"),
]


@pytest.mark.parametrize(("behave", "status", "schema"), GOOD_BODY)
def test_replies_of_the_api_have_its_shapes(
    behave: does.Behaviour, status: int, schema: str
) -> None:
    """What the stub says in the API's name is what openapi.yaml describes."""
    with StubApi(behave) as stub:
        got, body = put(stub)
    assert (got, faults(schema, json.loads(body))) == (status, [])


@pytest.mark.parametrize(
    ("behave", "is_wrong"),
    [
        (does.html_200, lambda b: b.startswith(b"<!doctype html>")),
        (does.empty_200, lambda b: b == b""),
        (does.half_json, lambda b: b.startswith(b'{"success": true') and not b.endswith(b"}")),
        (does.array_200, lambda b: isinstance(json.loads(b), list)),
        (does.success_as_text, lambda b: json.loads(b)["success"] == "true"),
    ],
)
def test_wrong_replies_are_wrong_under_http_200(
    behave: does.Behaviour, is_wrong: Callable[[bytes], bool]
) -> None:
    """Each has the one fault of its name, and none confirms anything."""
    with StubApi(behave) as stub:
        status, body = put(stub)
        assert stub.confirmed() == {}
    assert status == 200
    assert is_wrong(body)


def test_what_arrived_is_kept_as_it_arrived() -> None:
    """Method, path, headers with their case, body, order, connection and times are all there."""
    with StubApi() as stub:
        connection = connect(stub.url)
        send(connection, 5)
        send(connection, 6)
        put(stub, 7)
        connection.close()
        seen = stub.puts()
    assert [(s.order_id, s.connection, s.number) for s in seen] == [(5, 1, 0), (6, 1, 1), (7, 2, 2)]
    assert (seen[0].method, seen[0].path) == ("PUT", "/v3/update_customer")
    assert seen[0].body == body_of(5)
    assert seen[0].json["customer_info"] == INFO
    assert ("app_key", "k") in seen[0].headers
    assert seen[0].header("APP_KEY") == "k"
    assert seen[0].header("web_api_key") is None
    assert all(s.started_at <= (s.ended_at or 0) <= time.monotonic() for s in seen)
    assert [s.order_id for s in stub.puts(6)] == [6]


def test_reference_ids_differ() -> None:
    """Each request has its own reference id, 32 lower-case hex characters."""
    with StubApi() as stub:
        ids = {json.loads(put(stub)[1])["reference_id"] for _ in range(3)}
    assert len(ids) == 3
    assert all(len(i) == 32 and set(i) <= set("0123456789abcdef") for i in ids)


def test_reset_tears_the_connection() -> None:
    """The client gets RST, not an orderly end."""
    with StubApi(Reset()) as stub, pytest.raises(ConnectionResetError):
        raw_answer(stub)


def test_close_before_reply_ends_in_good_order() -> None:
    """The client reads an end of file and not one byte."""
    with StubApi(CloseBeforeReply()) as stub:
        assert raw_answer(stub) == b""
        assert len(stub.puts()) == 1


def test_half_body_breaks_off_in_the_middle() -> None:
    """The head promises more than comes."""
    with StubApi(HalfBody(Json(200, {"success": True, "message": "x" * 100}))) as stub:
        with pytest.raises(http.client.IncompleteRead):
            put(stub)
        assert stub.confirmed() == {}


def test_raw_bytes_go_out_as_they_are() -> None:
    """Not even HTTP is needed."""
    with StubApi(Raw(b"\x00SSH-2.0\r\n")) as stub:
        assert raw_answer(stub) == b"\x00SSH-2.0\r\n"


def test_a_hanging_request_is_open_until_the_client_goes() -> None:
    """No byte comes, and the request ends when the client gives up."""
    with StubApi(Hang()) as stub:
        connection = connect(stub.url)
        connection.request("PUT", "/v3/update_customer", body_of(1))
        (seen,) = stub.wait_for_puts(1)
        assert seen.ended_at is None
        assert isinstance(connection.sock, socket.socket)
        connection.sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            connection.getresponse()
        connection.close()
        assert stub.wait_until(lambda: seen.ended_at is not None)


def test_a_hanging_request_does_not_hold_the_stub() -> None:
    """The stub ends at once although a client still waits."""
    with StubApi(Hang()) as stub:
        connection = connect(stub.url)
        connection.request("PUT", "/v3/update_customer", body_of(1))
        (seen,) = stub.wait_for_puts(1)
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()
    assert seen.ended_at is not None


def test_slow_brings_the_whole_answer_in_pieces() -> None:
    """The answer is whole in the end, and took its time."""
    with StubApi(Slow(Json(200, {"success": True}), pieces=4, delay_seconds=0.02)) as stub:
        begun = time.monotonic()
        assert put(stub) == (200, b'{"success": true}')
        assert time.monotonic() - begun >= 0.06
        assert stub.confirmed() == {1: INFO}


def test_endless_goes_on_until_the_client_goes() -> None:
    """More comes than any client should read, and the stub notices that nobody reads."""
    with StubApi(Endless()) as stub:
        connection = connect(stub.url)
        connection.request("PUT", "/v3/update_customer", body_of(1))
        response = connection.getresponse()
        assert len(response.read(3 << 20)) == 3 << 20
        response.close()
        connection.close()
        assert stub.wait_until(lambda: stub.puts()[0].ended_at is not None)
        assert stub.confirmed() == {}


def test_a_redirect_names_another_place() -> None:
    """Status and Location are as asked for."""
    with StubApi(Redirect("http://127.0.0.1:9/elsewhere", 302)) as stub:
        answer = raw_answer(stub)
    assert answer.startswith(b"HTTP/1.1 302 Found\r\n")
    assert b"\r\nLocation: http://127.0.0.1:9/elsewhere\r\n" in answer


def test_a_kept_connection_drops_its_next_request_only() -> None:
    """First answered, second read and cut; a new connection is answered again."""
    with StubApi(lambda seen: KeepAliveThenDrop(does.ok(seen))) as stub:
        connection = connect(stub.url)
        assert send(connection, 1)[0] == 200
        with pytest.raises(http.client.RemoteDisconnected):
            send(connection, 2)
        assert put(stub, 2)[0] == 200
        connection.close()
        assert [(s.order_id, s.connection) for s in stub.puts()] == [(1, 1), (2, 1), (2, 2)]
        assert sorted(stub.confirmed()) == [1, 2]


def test_late_answers_although_the_client_has_gone() -> None:
    """The server goes on with a request whose client gave up, and stores it."""
    with StubApi(Late(0.05, Json(200, {"success": True}))) as stub:
        connection = connect(stub.url)
        connection.request("PUT", "/v3/update_customer", body_of(1))
        stub.wait_for_puts(1)
        connection.close()
        assert stub.confirmed() == {}
        assert stub.wait_until(lambda: stub.confirmed() == {1: INFO})


def test_held_answers_when_the_test_says_so() -> None:
    """Requests stay open together until the gate is opened; then all are answered."""
    gate = threading.Event()
    with StubApi(Held(gate, Json(200, {"success": True}))) as stub:
        connections = [connect(stub.url) for _ in range(3)]
        for order_id, connection in zip((1, 1, 2), connections, strict=True):
            connection.request("PUT", "/v3/update_customer", body_of(order_id))
        stub.wait_for_puts(3)
        assert all(seen.ended_at is None for seen in stub.puts())
        gate.set()
        assert [connection.getresponse().status for connection in connections] == [200] * 3
        for connection in connections:
            connection.close()
        assert (stub.max_open_per_order(), stub.max_open()) == (2, 3)


def test_answered_requests_are_not_open() -> None:
    """One after the other is never two at once, however fast the client is."""
    with StubApi() as stub:
        connection = connect(stub.url)
        for _ in range(200):
            send(connection, 1)
        connection.close()
        assert (stub.max_open_per_order(), stub.max_open()) == (1, 1)


def test_a_sequence_runs_for_each_order_anew() -> None:
    """Every order sees the steps from the first one on, then ``then``."""
    with StubApi(does.sequence([does.server_error, does.too_many()])) as stub:
        got = [(order, put(stub, order)[0]) for order in (1, 2, 1, 2, 1, 1)]
    assert got == [(1, 500), (2, 500), (1, 429), (2, 429), (1, 200), (1, 200)]


def test_orders_can_be_treated_differently() -> None:
    """An order with its own step gets it; the others get the rest."""
    with StubApi(does.by_order({2: does.not_found_order})) as stub:
        assert [put(stub, order)[0] for order in (1, 2, 3)] == [200, 404, 200]


def test_after_counts_requests_of_all_orders() -> None:
    """The first so many go well, whatever their order; all later ones do not."""
    with StubApi(does.after(2, does.unauthorized)) as stub:
        assert [put(stub, order)[0] for order in (1, 2, 1, 3)] == [200, 200, 401, 401]


def test_behaviour_can_change_while_it_runs() -> None:
    """An outage ends when the test says so."""
    with StubApi(does.server_error) as stub:
        before = put(stub)[0]
        stub.behave = does.ok
        assert (before, put(stub)[0]) == (500, 200)


def test_confirmed_is_what_was_answered_last() -> None:
    """Only confirmed addresses count, and the last of them stands."""
    behave = does.sequence([does.ok, does.ok, does.success_false, Reset()])
    with StubApi(behave) as stub:
        put(stub, 1, city="first")
        put(stub, 1, city="second")
        put(stub, 1, city="refused")
        with pytest.raises(ConnectionError):
            put(stub, 1, city="torn")
        assert stub.confirmed() == {1: {"city": "second"}}


@pytest.mark.parametrize("retry_after", [None, "7", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_limit_turns_away_what_is_too_much(retry_after: str | None) -> None:
    """After the burst comes 429, with the Retry-After that was asked for or none."""
    with StubApi(limit=Limit(0.001, burst=1, retry_after=retry_after)) as stub:
        assert put(stub)[0] == 200
        answer = raw_answer(stub)
    header = b"" if retry_after is None else f"Retry-After: {retry_after}\r\n".encode()
    assert answer.startswith(b"HTTP/1.1 429 ")
    assert (b"Retry-After" in answer) == (retry_after is not None)
    assert header in answer


@pytest.mark.parametrize(
    ("credentials", "status"), [(does.credentials_ok, 200), (does.not_found_route, 404)]
)
def test_credentials_are_answered_on_their_own(credentials: does.Step, status: int) -> None:
    """test_my_credentials is no correction: ``behave`` does not see it."""
    with StubApi(Reset(), credentials=credentials) as stub:
        connection = connect(stub.url)
        connection.request("GET", "/v3/test_my_credentials")
        assert connection.getresponse().status == status
        connection.close()
        assert (len(stub.requests), stub.puts()) == (1, [])


def test_latency_is_waited_before_every_answer() -> None:
    """No answer comes sooner."""
    with StubApi(latency_seconds=0.03) as stub:
        begun = time.monotonic()
        put(stub)
        assert time.monotonic() - begun >= 0.03


def test_an_error_in_a_behaviour_fails_the_test() -> None:
    """A stub that broke must not look like an API that hung up."""

    def broken(seen: object) -> Reply:
        raise ZeroDivisionError

    def run() -> None:
        with StubApi(broken) as stub, pytest.raises(http.client.RemoteDisconnected):
            put(stub)

    with pytest.raises(RuntimeError, match="the stub itself failed"):
        run()


def test_waiting_for_what_does_not_come_fails() -> None:
    """The error counts what did come."""
    with StubApi() as stub, pytest.raises(AssertionError, match="0 of 1 corrections"):
        stub.wait_for_puts(1, timeout_seconds=0.01)


def test_a_refusing_url_refuses() -> None:
    """The port is nobody else's, and no connection is made."""
    with refusing_url() as url, pytest.raises(ConnectionRefusedError):
        connect(url).connect()


async def test_it_shows_what_an_http_client_repeats_by_itself() -> None:
    """aiohttp, left alone, sends a PUT twice when a kept connection drops; the stub sees both."""
    with StubApi(lambda seen: KeepAliveThenDrop(does.ok(seen))) as stub:
        async with aiohttp.ClientSession() as session:
            for order_id in (1, 2):
                url = stub.url + "/v3/update_customer"
                async with session.put(url, data=body_of(order_id)) as response:
                    assert response.status == 200
        assert [seen.order_id for seen in stub.puts()] == [1, 2, 2]
