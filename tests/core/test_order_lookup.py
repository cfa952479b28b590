"""What fetch_order_status answers becomes pairs, and never a guess."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core import order_ids
from pipeline.core.order_ids import OrderIds, bare_number
from pipeline.core.order_lookup import (
    DAMAGED,
    MOST_PER_CALL,
    NO_ID,
    NOT_FOUND,
    ONE_WITHOUT_ID,
    PAIR_COLUMNS,
    ROUNDED,
    SEVERAL,
    SHARED,
    TOO_LONG,
    Lookup,
    Order,
    read_reply,
    request_body,
    slices,
)
from pipeline.core.platforms import plain
from pipeline.core.reply import Answer, Decision, NoAnswer
from pipeline.sandbox import replies as api
from pipeline.sandbox.replies import ApiReply
from tests.stub_api.openapi import faults

GOOD: dict[str, Any] = {"success": True, "status_code": 200, "message": ""}


def entry(po: object, order_id: object, label: object = "Order Received") -> dict[str, Any]:
    return {
        "order_po": po,
        "order_id": order_id,
        "order_confirmation_id": 411_000_111,
        "order_status_label": label,
    }


def answer(body: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode())


def answered(*entries: object, **more: object) -> Answer:
    return answer({"status": GOOD, "orders": list(entries), **more})


def said(reply: ApiReply) -> Answer:
    return Answer(reply.status, reply.encoded())


@pytest.mark.parametrize(
    ("given", "order"),
    [
        (entry("1001", 500101), Order("1001", 500101, "Order Received")),
        (entry("1001", "500101"), Order("1001", 500101, "Order Received")),
        (entry("1001", " 500101 "), Order("1001", 500101, "Order Received")),
        (entry(1001, 500101), Order("1001", 500101, "Order Received")),
        (entry("#1001", 500101, None), Order("#1001", 500101)),
        (entry("1001", 500101, "In\nPro\u200bduction"), Order("1001", 500101, "In Pro duction")),
        (entry("1001", 500101, "x" * 99), Order("1001", 500101, "x" * 60)),
        *(
            (entry("1001", wrong, ""), Order("1001", None))
            for wrong in (None, "", 0, -5, 5.0, True, "5e3", "12345678901234567", [5], "٥")
        ),
    ],
)
def test_an_order_is_read_with_care(given: object, order: Order) -> None:
    """``order_id`` may come as text; the confirmation id is never taken in its place."""
    reply = read_reply(["1001"], answered(given, {**entry("1001", 7)}))
    assert reply.verdict.decision is Decision.DONE
    assert reply.orders == (order, Order("1001", 7, "Order Received"))


def test_the_body_that_asks_is_one_that_the_api_takes() -> None:
    """The numbers as texts, nothing else; any letter survives."""
    body = json.loads(request_body(["#1001", "Ä-7\ud800"]))
    assert body == {"order_pos": ["#1001", "Ä-7\ud800"]}
    assert faults("FetchOrderStatusRequest", json.loads(request_body(["#1001"]))) == []


def test_orders_that_are_not_found_are_left_out() -> None:
    """An empty list, or null in its place, is an answer."""
    for body in ({"status": GOOD, "orders": []}, {"status": GOOD, "orders": None}):
        reply = read_reply(["1001"], answer(body))
        assert (reply.verdict.decision, reply.orders) == (Decision.DONE, ())


@pytest.mark.parametrize(
    "reply",
    [
        answer([entry("1001", 500101)]),
        answer({"orders": [entry("1001", 500101)]}),
        answer({"status": {"success": "true"}, "orders": [entry("1001", 500101)]}),
        answer({"status": GOOD}),
        answer({"status": GOOD, "orders": {"1001": 500101}}),
        answered("1001"),
        answered(entry("1002", 500102)),
        answered(entry("1001", 500101), entry("10010", 500102)),
        answered(entry(None, 500101)),
        answered(entry("", 500101)),
        answered(entry(True, 500101)),
        Answer(200, b"<!doctype html>"),
        Answer(200, b""),
        Answer(200, answered(entry("1001", 5)).body, whole=False),
        said(api.fault()),
        said(api.too_many("3")),
        NoAnswer(reached=True, what="the connection was cut"),
    ],
)
def test_what_cannot_be_trusted_is_asked_again(reply: Answer | NoAnswer) -> None:
    """A bare array, no success, another number than asked for: tried again, nothing believed."""
    read = read_reply(["1001"], reply)
    assert (read.verdict.decision, read.orders) == (Decision.RETRY, ())
    assert read.trouble


@pytest.mark.parametrize(
    ("reply", "decision", "unknown", "away"),
    [
        (said(api.credentials_refused()), Decision.STOP_KEYS, False, False),
        (said(api.denied(403)), Decision.STOP_KEYS, False, False),
        (said(api.no_route()), Decision.STOP_TARGET, False, False),
        (Answer(302, b""), Decision.STOP_TARGET, False, False),
        (said(api.order_not_found()), Decision.REFUSED, True, False),
        (Answer(404, b"<p>"), Decision.REFUSED, False, False),
        (said(api.invalid({"request.order_pos": ["SECRET"]})), Decision.REFUSED, False, False),
        (said(api.refused("SECRET")), Decision.REFUSED, False, False),
        (said(api.fault()), Decision.RETRY, False, False),
        (said(api.too_many()), Decision.RETRY, False, True),
        (said(api.fault(503)), Decision.RETRY, False, True),
        (NoAnswer(reached=False, what="no connection"), Decision.RETRY, False, True),
    ],
)
def test_every_reply_has_its_meaning(
    reply: Answer | NoAnswer, decision: Decision, unknown: bool, away: bool
) -> None:
    """The table of replies is the one of corrections; what is told of it quotes no body."""
    read = read_reply(["1001"], reply)
    assert (read.verdict.decision, read.unknown, read.away) == (decision, unknown, away)
    assert "SECRET" not in read.trouble


def looked_up(numbers: Iterable[str], *orders: Order) -> Lookup:
    lookup = Lookup(numbers)
    lookup.take(orders)
    return lookup


def lines(lookup: Lookup) -> list[tuple[str, int | None, str]]:
    return [(pair.order_po, pair.order_id, pair.note) for pair in lookup.pairs()]


def read_back(lookup: Lookup) -> OrderIds:
    return OrderIds.from_rows(PAIR_COLUMNS, [pair.cells() for pair in lookup.pairs()])


def test_numbers_count_once_in_the_order_of_the_sheet() -> None:
    """Blank ones say nothing; further lines of an order name it again."""
    assert Lookup(["#2", "", "#1", "#2"]).pos == ("#2", "#1")


def test_other_spellings_are_asked_for_what_has_no_order_yet() -> None:
    """First as written; then without the #, letters and digits only, and with a #."""
    lookup = Lookup(["#1001", "A-7", "1003", "#10-4", "1005"])
    assert lookup.as_written() == ["#1001", "A-7", "1003", "#10-4", "1005"]
    lookup.take([Order("1005", 5)])
    assert lookup.otherwise() == ["1001", "A7", "#1003", "10-4", "104"]


def test_a_spelling_that_was_asked_is_not_asked_again() -> None:
    """``1001`` beside ``#1001`` in one sheet costs no second question."""
    assert Lookup(["#1001", "1001"]).otherwise() == []


@pytest.mark.parametrize("number", ["#", "--", "x" * 51])
def test_no_spelling_loses_the_number(number: str) -> None:
    """A number of signs only has no other spelling, and none is longer than a PO may be."""
    assert Lookup([number]).otherwise() == []


def test_as_written_comes_before_letters_and_digits() -> None:
    """``#1001`` and ``1001`` may be two orders; ``10-01`` fits both and so none."""
    orders = Order("#1001", 1), Order("1001", 2)
    assert lines(looked_up(["#1001", "1001", "10-01"], *orders)) == [
        ("#1001", 1, ""),
        ("1001", 2, ""),
        ("10-01", 1, SEVERAL),
        ("10-01", 2, SEVERAL),
    ]


def test_a_number_is_found_by_letters_and_digits() -> None:
    """FinerWorks keeps ``1001`` of a shop's ``#1001``; the case of letters does not matter."""
    lookup = looked_up(["#1001", "a-7"], Order("1001", 1), Order("A7", 2, "Shipped"))
    assert [pair.cells() for pair in lookup.pairs()] == [
        ("#1001", "1", "", ""),
        ("a-7", "2", "Shipped", ""),
    ]


def test_what_has_no_single_order_says_why() -> None:
    """Not found, several, without an id, or an id of two numbers: each with its note."""
    lookup = looked_up(
        ["1", "2", "3", "4", "5", "6"],
        Order("2", 21),
        Order("2", 22),
        Order("3", None),
        Order("4", 41),
        Order("4", None),
        Order("5", 50),
        Order("6", 50),
    )
    assert lines(lookup) == [
        ("1", None, NOT_FOUND),
        ("2", 21, SEVERAL),
        ("2", 22, SEVERAL),
        ("3", None, NO_ID),
        ("4", None, ONE_WITHOUT_ID),
        ("5", None, SHARED),
        ("6", None, SHARED),
    ]
    assert lookup.counts() == {"found": 0, "not_found": 2, "several": 4}
    ids = read_back(lookup)
    assert [ids.find(po) for po in lookup.pos] == [
        order_ids.NOT_THERE,
        order_ids.SEVERAL,
        order_ids.NOT_THERE,
        order_ids.NOT_THERE,
        order_ids.NOT_THERE,
        order_ids.NOT_THERE,
    ]


def test_numbers_that_cannot_be_right_are_not_asked_for() -> None:
    """Over 50 characters, rounded by Excel, or turned into a date by it: listed, not asked."""
    numbers = ["x" * 51, "1.23457E+15", "5E+20", "2026-11-03", "1E5", "7"]
    lookup = Lookup(numbers, {"2026-11-03"})
    assert lookup.as_written() == ["1E5", "7"]
    assert [note for _, _, note in lines(lookup)] == [
        TOO_LONG,
        ROUNDED,
        ROUNDED,
        DAMAGED,
        NOT_FOUND,
        NOT_FOUND,
    ]


def test_trouble_is_told_unless_another_spelling_was_found() -> None:
    """A number that could not be asked for is listed with the reason, if nothing else is known."""
    lookup = Lookup(["#1", "#2"])
    lookup.give_up("#1", "HTTP 500")
    lookup.give_up("#2", "HTTP 500")
    assert lookup.otherwise() == ["1", "2"]
    lookup.take([Order("2", 20)])
    assert lines(lookup) == [
        ("#1", None, "no answer about it: HTTP 500; run the same command again"),
        ("#2", 20, ""),
    ]


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (25, [25]), (26, [25, 1]), (50, [25, 25])])
def test_calls_hold_25_numbers(count: int, sizes: Sequence[int]) -> None:
    """As many as fit, in their order."""
    pos = [str(number) for number in range(count)]
    cut = slices(pos)
    assert [len(each) for each in cut] == sizes
    assert [po for each in cut for po in each] == pos
    assert MOST_PER_CALL == 25


# A guard within a guard is left out: no sheet holds a number so.
numbers = (
    st.text(st.sampled_from("#-' \"=A7a1."), max_size=5)
    .map(bare_number)
    .filter(lambda number: bare_number(number) == number)
)


@given(st.data())
def test_reading_the_sheet_back_gives_what_was_found(data: st.DataObject) -> None:
    """``--ids`` finds the order of each found number, and none for any other; all are counted."""
    pos = data.draw(st.lists(numbers, max_size=6))
    spelt = st.sampled_from([po for po in pos if po] or ["1"]).flatmap(
        lambda po: st.sampled_from([po, plain(po) or po, plain(po).upper() or po])
    )
    found = data.draw(st.lists(st.tuples(spelt, st.none() | st.integers(1, 6)), max_size=8))
    lookup = looked_up(pos, *(Order(po, order_id) for po, order_id in found))
    ids, counts = read_back(lookup), lookup.counts()
    assert sum(counts.values()) == len(lookup.pos)
    single = {pair.order_po: pair.order_id for pair in lookup.pairs() if not pair.note}
    assert len(single) == counts["found"]
    for po in lookup.pos:
        got = ids.find(po)
        assert got == single[po] if po in single else isinstance(got, str)
