"""Commands that are told as the next step work as they stand, with all that was said before."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

import pytest

from tests.functional.command import COLUMNS, Ended, Place, order, read_results, write_sheet
from tests.functional.conftest import Call
from tests.functional.test_to_fix import judge
from tests.stub_api.behaviours import unauthorized
from tests.stub_api.server import StubApi

CUT_ZIP = "2134"


@pytest.fixture
def stub() -> Iterable[StubApi]:
    with StubApi(judge) as running:  # type: ignore[arg-type]
        yield running


def told(ended: Ended, verb: str) -> list[str]:
    """Give the words of the last command of this kind that was told."""
    found = re.findall(rf"address-pipeline ({verb} [^\n]*)", ended.stdout)
    return shlex.split(found[-1])


def test_what_must_not_be_repaired_is_not_repaired_later(
    place: Place, call: Call, stub: StubApi
) -> None:
    """Mapping, --no-repair and the folder of the ledger are said again, from the ledger too."""
    town = ["Town" if name == "city" else name for name in COLUMNS]
    row = order(1, zip_postal_code=CUT_ZIP)
    write_sheet(place.work / "-a.csv", [{**row, "Town": "Boston"}], town)
    said = ("--map", "city=Town", "--no-repair", "--state-dir", "st")
    ended = call("apply", "./-a.csv", *said, "--base-url", stub.url)
    for _ in range(2):
        again = call(*told(ended, "apply"))
        (found,) = read_results(max(place.work.glob("*.results*.csv")))
        assert (again.code, found["outcome"]) == (1, "invalid")
        listed = call("runs", "--state-dir", "st")
        ended = call(*told(listed, "runs"))
        assert ended.code == 0
    assert stub.puts() == []


def test_a_resumed_run_tells_its_target(place: Place, call: Call, stub: StubApi) -> None:
    """What is to be fixed is not sent to another host because ``resume`` needs no target."""
    stub.behave = unauthorized
    write_sheet(place.work / "a.csv", [order(1), order(2, city="")])
    ended = call("apply", "a.csv", "--base-url", stub.url, "--state-dir", "st")
    stub.behave = judge  # type: ignore[assignment]
    ended = call(*told(ended, "resume"))
    assert "1 order updated" in ended.stdout
    said = ["--base-url", stub.url, "--state-dir", "st"]
    assert told(ended, "apply") == ["apply", "a.results.csv", *said]


def test_sheets_that_contradict_each_other_are_applied_together(
    place: Place, call: Call, stub: StubApi
) -> None:
    """Alone, either of them would be sent, though nobody has said which one is right."""
    write_sheet(place.work / "a.csv", [order(1), order(2, city="")])
    write_sheet(place.work / "b.csv", [order(1, address_1="Else Road 7")])
    ended = call("apply", "a.csv", "b.csv", "--base-url", stub.url)
    assert told(ended, "apply")[:3] == ["apply", "a.results.csv", "b.results.csv"]
    assert call(*told(ended, "apply")).code == 1
    assert stub.puts() == []
