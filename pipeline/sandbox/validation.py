"""Check request bodies exactly as strictly as the API's description does.

A body that is found fault with here is refused by ``openapi.yaml`` (test data) and the other way
round; a test proves it on generated bodies. The limits of the fields are :data:`LIMITS`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from pipeline.core.address import ADDRESS_FIELDS, LIMITS, REQUIRED_FIELDS

__all__ = ["Faults", "parsed", "status_faults", "update_faults"]

Faults = dict[str, list[str]]
"""Texts by the path of what is wrong, as ModelState has them; empty for a sound body."""

_LARGEST_ID: Final = 2**63 - 1
_LONGEST_PO: Final = 50
_TWO_LETTERS: Final = re.compile(r"[A-Za-z]{2}")
_ADDRESS_KEYS: Final = frozenset(ADDRESS_FIELDS)
_NEVER_NULL: Final = frozenset(REQUIRED_FIELDS)
# The ZIP's key must be sent and must not be blank; null is for countries without postcodes.
_NEVER_BLANK: Final = _NEVER_NULL | {"zip_postal_code"}


def parsed(raw: bytes) -> object:
    """Read strict JSON in UTF-8; ValueError for anything else (NaN and bottomless nesting too)."""
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_no_such_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def update_faults(body: object) -> Faults:
    """Find what is wrong with a body of ``PUT /v3/update_customer``."""
    if not isinstance(body, dict):
        return {"request": ["The request must be a JSON object."]}
    faults = _unknown_keys(body, {"order_id", "customer_info"}, "request")
    if not _is_order_id(body.get("order_id")):
        faults["request.order_id"] = ["The order_id field must be a positive whole number."]
    info = body.get("customer_info")
    if isinstance(info, dict):
        faults |= _address_faults(info, "request.customer_info")
    else:
        faults["request.customer_info"] = ["The customer_info field is required."]
    return faults


def status_faults(body: object) -> Faults:
    """Find what is wrong with a body of ``POST /v3/fetch_order_status``."""
    if not isinstance(body, dict):
        return {"request": ["The request must be a JSON object."]}
    faults = _unknown_keys(body, {"order_ids", "order_pos", "account_key"}, "request")
    for path, text in _list_faults(body):
        faults[path] = [text]
    account_key = body.get("account_key")
    if account_key is not None and not isinstance(account_key, str):
        faults["request.account_key"] = ["The account_key field must be text."]
    if not (_is_filled(body.get("order_ids")) or _is_filled(body.get("order_pos"))):
        faults.setdefault("request.order_ids", ["The order_ids field is required."])
    return faults


def _address_faults(info: dict[str, Any], path: str) -> Faults:
    faults = _unknown_keys(info, _ADDRESS_KEYS, path)
    for name in ADDRESS_FIELDS:
        text = _field_fault(info, name)
        if text:
            faults[f"{path}.{name}"] = [text]
    text = _state_fault(info.get("country_code"), info.get("state_code"))
    if text:
        faults.setdefault(f"{path}.state_code", []).append(text)
    return faults


def _field_fault(info: dict[str, Any], name: str) -> str:
    required = f"The {name} field is required."
    value = info.get(name)
    if value is None:
        missing = name in _NEVER_NULL or (name in _NEVER_BLANK and name not in info)
        return required if missing else ""
    if not isinstance(value, str):
        return f"The {name} field must be text."
    if not value:
        return required if name in _NEVER_BLANK else ""
    if len(value) > LIMITS[name]:
        return f"The field {name} must be a string with a maximum length of {LIMITS[name]}."
    if name == "country_code" and not _TWO_LETTERS.fullmatch(value):
        return f"The {name} field must be two letters."
    return ""


def _state_fault(country: object, state: object) -> str:
    """The US needs a state; elsewhere the field must be blank (seen in clients)."""
    if not isinstance(country, str):
        return ""
    if country.lower() != "us":
        blank = state is None or state == ""
        return "" if blank else "The state_code must be left blank when country_code is not 'us'."
    if isinstance(state, str) and _TWO_LETTERS.fullmatch(state):
        return ""
    return "The state_code field must be two letters when country_code is 'us'."


def _list_faults(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, sound in (("order_ids", _is_order_id), ("order_pos", _is_po)):
        entries = body.get(name)
        if entries is None:
            continue
        if not isinstance(entries, list):
            yield f"request.{name}", f"The {name} field must be a list."
            continue
        for index, entry in enumerate(entries):
            if not sound(entry):
                yield f"request.{name}[{index}]", f"An entry of {name} is not valid."


def _unknown_keys(body: dict[str, Any], known: set[str] | frozenset[str], path: str) -> Faults:
    return {
        f"{path}.{name}": ["The field is not known here."] for name in body if name not in known
    }


def _is_order_id(value: object) -> bool:
    """A JSON integer: ``true`` and ``5.0`` are none."""
    return type(value) is int and 1 <= value <= _LARGEST_ID


def _is_po(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= _LONGEST_PO


def _is_filled(value: object) -> bool:
    return isinstance(value, list) and bool(value)


def _no_such_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
