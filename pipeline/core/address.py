"""The payload of ``PUT /v3/update_customer``: an order's number and its whole new address.

Source of keys, limits and the state rule: the vendor's ``address`` model and public clients, as
set down in ``docs/api.md``. The call replaces the whole address, so all 14 keys are always sent,
``null`` for what is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import to_json

__all__ = [
    "ADDRESS_FIELDS",
    "LIMITS",
    "REQUIRED_FIELDS",
    "Correction",
    "CustomerInfo",
    "body_of",
]

LIMITS: Mapping[str, int] = {
    "first_name": 50,
    "last_name": 50,
    "company_name": 50,
    "address_1": 100,
    "address_2": 100,
    "address_3": 100,
    "city": 50,
    "state_code": 2,
    "province": 50,
    "zip_postal_code": 10,
    "country_code": 2,
    "phone": 50,
    "email": 50,
    "address_order_po": 50,
}
"""The 14 keys in the vendor's order, each with its most characters."""

ADDRESS_FIELDS: tuple[str, ...] = tuple(LIMITS)
REQUIRED_FIELDS = ("first_name", "last_name", "address_1", "city", "country_code")
"""What every address needs; ``zip_postal_code`` too where the country has postcodes."""


def _text(most: int, *, least: int = 1) -> StringConstraints:
    return StringConstraints(min_length=least, max_length=most, strict=True)


class CustomerInfo(BaseModel):
    """A complete address as the API takes it; what is empty is ``None``, never ``""``."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    first_name: Annotated[str, _text(50)]
    last_name: Annotated[str, _text(50)]
    company_name: Annotated[str, _text(50)] | None
    address_1: Annotated[str, _text(100)]
    address_2: Annotated[str, _text(100)] | None
    address_3: Annotated[str, _text(100)] | None
    city: Annotated[str, _text(50)]
    state_code: Annotated[str, _text(2, least=2)] | None
    province: Annotated[str, _text(50)] | None
    zip_postal_code: Annotated[str, _text(10)] | None
    country_code: Annotated[str, _text(2, least=2)]
    phone: Annotated[str, _text(50)] | None
    email: Annotated[str, _text(50)] | None
    address_order_po: Annotated[str, _text(50)] | None

    @model_validator(mode="after")
    def _state_belongs_to_the_us(self) -> Self:
        """The service wants a state in the US and refuses one elsewhere."""
        if (self.country_code.lower() == "us") != (self.state_code is not None):
            raise ValueError("state_code is for the US, and needed there")
        return self

    def __repr__(self) -> str:
        """Never show an address."""
        return "CustomerInfo(…)"

    __str__ = __repr__


class Correction(BaseModel):
    """The body of one PUT: ``{"order_id": integer, "customer_info": {all 14 keys}}``."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    order_id: Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]
    customer_info: CustomerInfo

    @classmethod
    def of(cls, order_id: int | None, address: Mapping[str, str | None]) -> Self:
        """Validate an order's number and its 14 fields; raises pydantic's ValidationError."""
        return cls.model_validate({"order_id": order_id, "customer_info": address})

    def body(self) -> str:
        """Give the JSON text to send; the same correction gives the same text."""
        return self.model_dump_json()


def body_of(order_id: int, address: Mapping[str, str | None]) -> str:
    """Give the same text as :meth:`Correction.body`, of values that are known to be valid.

    ``address`` has all 14 fields, in their order.
    """
    return to_json({"order_id": order_id, "customer_info": address}).decode()
