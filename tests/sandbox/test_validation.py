"""The sandbox refuses what the API's description refuses, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.address import ADDRESS_FIELDS, LIMITS, Correction, CustomerInfo
from pipeline.sandbox.validation import parsed, status_faults, update_faults
from tests.stub_api.openapi import faults

ADDRESS = {
    "first_name": "Ada",
    "last_name": "Byron",
    "company_name": None,
    "address_1": "12 Analytical Way",
    "address_2": "",
    "address_3": None,
    "city": "Austin",
    "state_code": "TX",
    "province": None,
    "zip_postal_code": "73301",
    "country_code": "us",
    "phone": None,
    "email": None,
    "address_order_po": "1001",
}
ABROAD = ADDRESS | {
    "state_code": None,
    "province": "Ontario",
    "zip_postal_code": "M5V 2T6",
    "country_code": "ca",
}


def update(**changes: Any) -> dict[str, Any]:
    return {"order_id": 4100231, "customer_info": ADDRESS | changes}


def without(field: str) -> dict[str, Any]:
    return {"order_id": 1, "customer_info": {k: v for k, v in ADDRESS.items() if k != field}}


NO_OBJECTS: tuple[object, ...] = (None, [], "text", 5, True)
NO_ORDER_IDS: tuple[object, ...] = (0, -1, True, "5", 5.0, None, 2**63)
REFUSED: list[tuple[object, str]] = [
    *[(body, "request") for body in NO_OBJECTS],
    ({}, "request.order_id"),
    *[(update() | {"order_id": i}, "request.order_id") for i in NO_ORDER_IDS],
    ({"order_id": 1}, "request.customer_info"),
    *[(update() | {"customer_info": i}, "request.customer_info") for i in NO_OBJECTS],
    (update() | {"account_key": "x"}, "request.account_key"),
    (update(zip="73301"), "request.customer_info.zip"),
    *[(update(**{f: "x" * (LIMITS[f] + 1)}), f"request.customer_info.{f}") for f in LIMITS],
    *[(update(**{f: 5}), f"request.customer_info.{f}") for f in LIMITS],
    *[
        (body, f"request.customer_info.{field}")
        for field in ("first_name", "last_name", "address_1", "city", "country_code")
        for body in (without(field), update(**{field: None}), update(**{field: ""}))
    ],
    (without("zip_postal_code"), "request.customer_info.zip_postal_code"),
    (update(zip_postal_code=""), "request.customer_info.zip_postal_code"),
    (without("state_code"), "request.customer_info.state_code"),
    *[
        (update(state_code=state), "request.customer_info.state_code")
        for state in (None, "", "T", "T1", "T\n")
    ],
    (update(country_code="ca"), "request.customer_info.state_code"),
    *[(update(country_code=c), "request.customer_info.country_code") for c in ("u", "u1", "ſs")],
]

TAKEN: list[object] = [
    update(),
    update(country_code="US", state_code="tx"),
    update() | {"order_id": 2**63 - 1},
    without("phone"),
    update(zip_postal_code=None),
    *[update(**{f: "é" * LIMITS[f]}) for f in LIMITS if not f.endswith("_code")],
    update(zip_postal_code="x" * 10),
    {"order_id": 1, "customer_info": ABROAD},
    {"order_id": 1, "customer_info": ABROAD | {"state_code": ""}},
    {"order_id": 1, "customer_info": {k: v for k, v in ABROAD.items() if k != "state_code"}},
    {"order_id": 1, "customer_info": ABROAD | {"province": None}},
]


@pytest.mark.parametrize(("body", "path"), REFUSED)
def test_a_wrong_body_is_refused_by_the_path_of_what_is_wrong(body: object, path: str) -> None:
    """Each fault is named by its path, and the description of the API finds fault as well."""
    found = update_faults(body)
    assert path in found
    assert all(texts and all(texts) for texts in found.values())
    assert faults("UpdateCustomerRequest", body)


@pytest.mark.parametrize("body", TAKEN)
def test_a_sound_body_is_taken(body: object) -> None:
    """What the description of the API allows, the sandbox takes."""
    assert update_faults(body) == {}
    assert faults("UpdateCustomerRequest", body) == []


def test_one_wrong_thing_is_named_once_and_alone() -> None:
    """A fault in one field blames no other field."""
    assert list(update_faults(update(city=None))) == ["request.customer_info.city"]
    assert list(update_faults(update(country_code="ca"))) == ["request.customer_info.state_code"]


def test_no_value_of_the_request_is_quoted() -> None:
    """Texts of faults hold no cell of an address."""
    marked = update(**{field: f"SECRET-{field}" + "x" * LIMITS[field] for field in LIMITS})
    assert "SECRET" not in json.dumps(update_faults(marked))
    assert len(update_faults(marked)) == len(LIMITS)


ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=1),
    st.sampled_from(["", "us", "US", "uS", "ca", "TX", "t1", "us\n", "U\u017f", " ", "éé"]),
    st.text(max_size=4),
    st.integers(49, 52).map("x".__mul__),
    st.integers(99, 102).map("é".__mul__),
    st.integers(9, 12).map("5".__mul__),
)
ABSENT = object()


@st.composite
def changed(draw: st.DrawFn, base: dict[str, Any], more: tuple[str, ...]) -> dict[str, Any]:
    """A sound object with up to three keys replaced, dropped or added."""
    keys = draw(st.lists(st.sampled_from((*base, *more)), max_size=3))
    drawn = {key: draw(ODD_VALUES | st.just(ABSENT)) for key in keys}
    return {key: value for key, value in (base | drawn).items() if value is not ABSENT}


ADDRESSES = st.sampled_from([ADDRESS, ABROAD]).flatmap(
    lambda base: changed(base, ("zip", "state", "Country_Code"))
)
ORDER_IDS = st.one_of(
    st.integers(1, 9_999_999), st.sampled_from([0, -1, 2**63 - 1, 2**63, 5.0, 1e3, True, "5", None])
)
UPDATES = st.one_of(
    st.fixed_dictionaries({"order_id": ORDER_IDS, "customer_info": ADDRESSES}),
    changed({"order_id": 7, "customer_info": ADDRESS}, ("account_key", "")),
    ODD_VALUES,
)


@given(UPDATES)
def test_updates_are_judged_as_the_description_judges_them(body: object) -> None:
    """For any body, the sandbox finds fault exactly when openapi.yaml does."""
    assert bool(update_faults(body)) == bool(faults("UpdateCustomerRequest", body))


LISTS = st.one_of(
    ODD_VALUES,
    st.lists(ORDER_IDS, max_size=3),
    st.lists(ODD_VALUES, max_size=3),
    st.lists(st.text(min_size=1, max_size=5), max_size=30),
)
STATUS_REQUESTS = st.one_of(
    ODD_VALUES,
    st.fixed_dictionaries(
        {},
        optional={
            "order_ids": st.lists(st.integers(1, 99), max_size=30) | LISTS,
            "order_pos": LISTS,
            "account_key": st.none() | st.text(max_size=3) | ODD_VALUES,
            "order_id": st.integers(),
        },
    ),
)


@given(STATUS_REQUESTS)
def test_status_requests_are_judged_as_the_description_judges_them(body: object) -> None:
    """For any body of fetch_order_status, it finds fault exactly when openapi.yaml does."""
    assert bool(status_faults(body)) == bool(faults("FetchOrderStatusRequest", body))


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ([], "request"),
        ({}, "request.order_ids"),
        ({"order_ids": []}, "request.order_ids"),
        ({"order_ids": "5"}, "request.order_ids"),
        ({"order_ids": [5, 0]}, "request.order_ids[1]"),
        ({"order_pos": ["x" * 51]}, "request.order_pos[0]"),
        ({"order_pos": ["x"], "account_key": 5}, "request.account_key"),
        ({"order_pos": ["x"], "per_page": 25}, "request.per_page"),
    ],
)
def test_a_wrong_status_request_is_refused_by_its_path(body: object, path: str) -> None:
    """Each fault of a status request is named by its path."""
    assert path in status_faults(body)


@pytest.mark.parametrize(
    "body",
    [
        {"order_ids": [1, 2]},
        {"order_ids": None, "order_pos": ["x" * 50]},
        {"order_ids": [], "order_pos": ["1001"], "account_key": None},
    ],
)
def test_a_status_request_needs_one_filled_list(body: object) -> None:
    """One list with an entry is enough."""
    assert status_faults(body) == {}


TEXT = st.text(min_size=1, max_size=10)


@given(
    order_id=st.integers(1, 2**63 - 1),
    info=st.fixed_dictionaries({f: st.none() | TEXT for f in ADDRESS_FIELDS}),
    required=st.tuples(TEXT, TEXT, TEXT, TEXT),
    state=st.sampled_from([("us", "TX"), ("US", "NY"), ("ca", None)]),
)
def test_every_payload_of_ours_is_sound(
    order_id: int,
    info: dict[str, str | None],
    required: tuple[str, str, str, str],
    state: tuple[str, str | None],
) -> None:
    """A Correction that could be built is a body that the API's description allows."""
    info |= dict(zip(("first_name", "last_name", "address_1", "city"), required, strict=True))
    info |= {"country_code": state[0], "state_code": state[1]}
    correction = Correction(order_id=order_id, customer_info=CustomerInfo.model_validate(info))
    body = parsed(correction.body().encode())
    assert update_faults(body) == {}
    assert faults("UpdateCustomerRequest", body) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b"\xff\xfe",
        b"[NaN]",
        b"[-Infinity]",
        b"[" * 100_000,
        b"\xef\xbb\xbf{}",
    ],
)
def test_only_strict_json_is_read(raw: bytes) -> None:
    """Half JSON, other encodings, NaN and bottomless nesting are all a ValueError."""
    with pytest.raises(ValueError):  # noqa: PT011 - the kind is all that is promised
        parsed(raw)
