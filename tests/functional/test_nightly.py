"""A nightly job is told of what is new: ``--fail-on new``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.functional.command import Ended, Place, order, write_sheet
from tests.functional.conftest import Call
from tests.stub_api import behaviours as api
from tests.stub_api.replies import Json, Reply
from tests.stub_api.server import StubApi
from tests.stub_api.wire import Seen

BROKEN = order(7, zip_postal_code="")
CLASHING = [order(8), order(8, city="Salem")]
REFUSED = 9


class Nights:
    """The same export every night, to an API that refuses one order."""

    def __init__(self, place: Place, call: Call) -> None:
        self.place = place
        self.call = call
        self.message = "No such street."
        self.down = False
        self.url = ""
        place.environ |= {
            "ADDRESS_PIPELINE_RETRY__ATTEMPTS": "1",
            "ADDRESS_PIPELINE_RETRY__LINGER_SECONDS": "0",
        }

    def answer(self, seen: Seen) -> Reply:
        """Refuse order 9, take the others."""
        if self.down:
            return Json(500, {"Message": "Fault"})
        if seen.order_id == REFUSED:
            state = {"request.customer_info.address_1": [self.message]}
            return Json(400, {"Message": "The request is invalid.", "ModelState": state})
        return api.ok(seen)

    def night(self, *rows: dict[str, str], flag: str = "new", name: str = "export.csv") -> Ended:
        """Apply the export of a night."""
        write_sheet(self.place.work / name, rows)
        to = ("--base-url", self.url, "--max-rate", "0")
        return self.call("apply", name, *to, "--json", "--fail-on", flag)


@pytest.fixture
def nights(place: Place, call: Call) -> Iterator[Nights]:
    """Give the job and the API it calls."""
    job = Nights(place, call)
    with StubApi(job.answer) as stub:
        job.url = stub.url
        yield job


def test_three_nights(nights: Nights) -> None:
    """What needed a person last night for the same reason is no news; what is new is."""
    rows = [order(1), BROKEN, *CLASHING, order(REFUSED)]
    first = nights.night(*rows)
    assert (first.code, first.json["outcomes"]["invalid"]) == (1, 1)
    second = nights.night(order(2), *rows)  # a row in front: all others have moved
    assert second.code == 0
    assert second.json["runs"][0]["exit_code"] == 0
    assert {name: n for name, n in second.json["outcomes"].items() if n} == {
        "updated": 1,
        "unchanged": 1,
        "invalid": 1,
        "conflict": 2,
        "rejected": 1,
    }
    assert nights.night(*rows, flag="any").code == 1
    assert nights.night(*rows, order(3, country_code="xx")).code == 1
    assert nights.night(*rows, order(3, country_code="xx")).code == 0


@pytest.mark.parametrize("what", ["cell", "rule", "answer", "name"])
def test_another_content_or_reason_is_news(nights: Nights, what: str) -> None:
    """Another cell in the broken row, another error, another answer; another sheet's nights."""
    assert nights.night(BROKEN, order(REFUSED)).code == 1
    changed = dict(BROKEN)
    if what == "cell":
        changed["city"] = "Salem"
    elif what == "rule":
        changed |= {"zip_postal_code": "02134", "last_name": ""}
    elif what == "answer":
        nights.message = "No such number."
    name = "other.csv" if what == "name" else "export.csv"
    assert nights.night(changed, order(REFUSED), name=name).code == 1
    assert nights.night(changed, order(REFUSED), name=name).code == 0


def test_rows_to_send_again_always_count(nights: Nights) -> None:
    """What may go through next time is worth a repetition, however often it failed."""
    nights.down = True
    for _ in range(2):
        ended = nights.night(BROKEN, order(1), order(2))
        assert (ended.code, ended.json["outcomes"]["unknown"]) == (1, 2)


def test_what_was_deleted_meanwhile_is_still_known(nights: Nights) -> None:
    """``forget`` takes cells and reasons; fingerprints and rules stay."""
    rows = [BROKEN, *CLASHING, order(REFUSED)]
    assert nights.night(*rows).code == 1
    assert nights.call("forget", "--older-than", "0d").code == 0
    assert nights.night(*rows).code == 0


def test_an_unknown_word_is_refused(nights: Nights, place: Place) -> None:
    """A typo must not turn the alarm off."""
    ended = nights.night(BROKEN, flag="neu")
    assert ended.code == 2
    assert "--fail-on" in ended.stderr
    assert not place.ledger.exists()
