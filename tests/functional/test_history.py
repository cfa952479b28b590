"""``runs``, ``runs RUN`` and ``results RUN``: what was, how it ended, and the way on."""

from __future__ import annotations

import csv
import json
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.functional.command import Ended, Place, order, read_results, write_sheet
from tests.functional.conftest import Call
from tests.stub_api import behaviours as api
from tests.stub_api.replies import Hang
from tests.stub_api.server import StubApi

LONG_NAME: Final = f"orders of {'a customer with a long name and ' * 3}may.csv"
BROKEN, REFUSED = 7, 8


@pytest.fixture
def sheet(place: Place) -> Path:
    """Eight orders: two with errors, one that the API breaks at, one that it refuses."""
    place.environ |= {
        "ADDRESS_PIPELINE_RATE__WORKERS": "1",
        "ADDRESS_PIPELINE_RATE__MAX_PER_SECOND": "0",
        "ADDRESS_PIPELINE_RETRY__ATTEMPTS": "1",
    }
    rows = [order(number) for number in range(1, 9)]
    rows[1]["zip_postal_code"] = "213"
    rows[2]["last_name"] = ""
    return write_sheet(place.work / "orders.csv", rows)


FAULTS: Final = api.by_order({BROKEN: api.server_error, REFUSED: api.modelstate_400})


def _apply(call: Call, stub: StubApi, sheet: str | Path = "orders.csv", *flags: str) -> Ended:
    return call("apply", sheet, "--base-url", stub.url, "--json", *flags)


def _run_id(ended: Ended) -> str:
    return str(ended.json["runs"][0]["run_id"])


def _wide(ended: Ended) -> list[str]:
    """The lines that a terminal of 80 columns would break, but for commands to be pasted."""
    lines = ended.stdout.splitlines()
    return [line for line in lines if len(line) > 80 and "address-pipeline " not in line]


def _commands(told: Ended) -> list[list[str]]:
    """The commands of a page that can be pasted, by their words."""
    lines = [line.strip().removeprefix("Next: ") for line in told.stdout.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("address-pipeline ")]


def test_the_list_is_told_in_80_columns(place: Place, call: Call, sheet: Path) -> None:
    """Newest first: when, which sheet, where to, how it ended, what became of it, what is next."""
    write_sheet(place.work / LONG_NAME, [order(number) for number in range(20, 23)])
    with StubApi(FAULTS) as stub:
        first, second = _apply(call, stub), _apply(call, stub, LONG_NAME)
        stub.behave = api.unauthorized
        third = _apply(call, stub, "orders.csv", "--resend")
    listed = call("runs")
    assert (listed.code, _wide(listed)) == (0, [])
    shown = listed.stdout.splitlines()
    ids = [_run_id(ended) for ended in (third, second, first)]
    assert [line.split()[0] for line in shown if line[:1] not in (" ", "")][:3] == ids
    assert "orders of a cust" in shown[2]
    assert shown[2].endswith("may.csv")
    assert shown[1] == "  custom, stopped: keys refused   6 not sent   2 to fix   Next: go on"
    assert shown[3] == "  custom, finished   3 orders updated"
    assert shown[5] == "  custom, finished   4 orders updated   1 unknown   3 to fix"
    assert shown[-1] == f"Go on:    address-pipeline resume {ids[0]}"


def test_a_run_is_told_with_what_to_fix_and_the_command(
    place: Place, call: Call, sheet: Path
) -> None:
    """Counts, groups with their rows, facts; last the commands, and they work as they stand."""
    with StubApi(FAULTS) as stub:
        run_id = _run_id(_apply(call, stub))
        told = call("runs", run_id)
        shown = told.stdout
        assert (told.code, _wide(told)) == (0, [])
        for line in (
            "  4  orders updated",
            "  1  to send again",
            "        1  may be stored or not (HTTP 500)   row 8",
            "  3  to fix",
            "        1  US ZIP missing or not 5 digits   row 3",
            "        1  last_name is empty   row 4",
            "  Results   orders.results.csv",
        ):
            assert line in shown.splitlines()
        assert "finished (exit 1)" in shown
        assert f"Results again: address-pipeline results {run_id}" in shown
        stub.behave = api.ok
        again, fix = _commands(told)
        assert call(*again, "--json").json["order_outcomes"]["updated"] == 2
        _mend(place.work / fix[1])
        assert call(*fix, "--json").json["order_outcomes"]["invalid"] == 0
        newest = json.loads(call("runs", "--json").stdout)["runs"][0]["run_id"]
    later = call("runs", run_id).stdout.splitlines()[-1]
    assert later == f"Next: a later run took over: address-pipeline runs {newest}"


def _mend(results: Path) -> None:
    rows = read_results(results)
    for row in rows:
        row["zip_postal_code"], row["last_name"] = "02134", "Byron"
    with results.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_a_stopped_run_goes_on_by_the_command_told(place: Place, call: Call, sheet: Path) -> None:
    """Why it stopped, and ``resume`` with its id; what is to fix waits until then."""
    with StubApi(api.unauthorized) as stub:
        run_id = _run_id(_apply(call, stub))
        told = call("runs", run_id)
        assert "stopped: keys refused (exit 4)" in told.stdout
        assert "FinerWorks did not take the two keys (HTTP 401)" in told.stdout
        assert told.stdout.splitlines()[-1] == f"Next: address-pipeline resume {run_id}"
        stub.behave = api.ok
        (go_on,) = _commands(told)
        assert call(*go_on, "--json").json["order_outcomes"]["updated"] == 6
    assert "To send again" not in call("runs", run_id).stdout


@pytest.mark.parametrize("command", ["runs", "results", "resume"])
def test_a_part_of_an_id_names_its_run(place: Place, call: Call, sheet: Path, command: str) -> None:
    """The tail, or the beginning with the target or without; two that fit are both told."""
    with StubApi() as stub:
        one, other = _run_id(_apply(call, stub)), _run_id(_apply(call, stub))
    assert call("forget", "--older-than", "1d", "--yes").code == 0  # leaves them as they are
    tail = one[-6:]
    for name in (tail, one.removeprefix("custom-"), one[:-1], f" {one.upper()} "):
        told = call(command, name)
        assert told.code in (0, 1)
        assert one in told.stdout or "orders.results" in told.stdout
        assert other not in told.stdout.splitlines()[0]
    both = call(command, "custom-")
    assert (both.code, one in both.stderr, other in both.stderr) == (2, True, True)
    unknown = call(command, f"{one[:-1]}#")
    assert (unknown.code, unknown.stdout) == (2, "")
    assert unknown.stderr.startswith(f"There is no run {one[:-1]}#;")
    assert one in unknown.stderr
    assert "There is no run" in call(command, tail[:2]).stderr


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_results_again_are_the_same_bytes(
    place: Place, call: Call, sheet: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A day later, from the ledger alone, to a file, to a folder, and in their own place."""
    first = place.work / f"first.{kind}"
    with StubApi(FAULTS) as stub:
        run_id = _run_id(_apply(call, stub, "orders.csv", "-o", first.name))
    written = first.read_bytes()
    sheet.unlink()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 86_400)
    place.environ["ADDRESS_PIPELINE_RESULTS__KIND"] = kind
    assert call("results", run_id, "-o", f"again.{kind}").code == 0
    assert call("results", run_id, "-o", "folder").stdout.startswith("Results folder/orders.res")
    assert call("results", run_id).code == 0
    assert call("results", run_id).code == 0
    for name in (f"again.{kind}", f"folder/orders.results.{kind}", f"orders.results.{kind}"):
        assert (place.work / name).read_bytes() == written
    assert sorted(path.name for path in place.work.iterdir() if "(2)" in path.name) == []


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_results_of_a_stopped_run_again(place: Place, call: Call, sheet: Path, kind: str) -> None:
    """What was not sent, and how to go on, is told in the same words whenever it is asked."""
    with StubApi(api.unauthorized) as stub:
        run_id = _run_id(_apply(call, stub, "orders.csv", "-o", f"first.{kind}"))
    assert call("results", run_id, "-o", f"again.{kind}").code == 0
    first, again = (place.work / f"{name}.{kind}" for name in ("first", "again"))
    assert again.read_bytes() == first.read_bytes()


@pytest.mark.nightly
def test_results_while_it_sends(place: Place, call: Call, sheet: Path) -> None:
    """What has no outcome yet is told to come, and the list says that the run is at work."""
    with StubApi(api.after(2, Hang())) as stub:
        process = place.start("apply", "orders.csv", "--base-url", stub.url, "--json")
        try:
            _until(lambda: len(stub.requests) > 2)
            run_id = json.loads(call("runs", "--json").stdout)["runs"][0]["run_id"]
            assert "custom, running" in call("runs").stdout
            assert "still to come" in call("runs", run_id).stdout
            told = call("results", run_id, "-o", "now.csv")
        finally:
            process.kill()
            process.communicate()
    assert "still sending" in told.stdout
    reasons = {row["reason"] for row in read_results(place.work / "now.csv")}
    assert "Its run is still sending; write the results again when it has ended." in reasons


def _until(reached: Callable[[], bool]) -> None:
    for _ in range(400):
        if reached():
            return
        time.sleep(0.02)
    raise AssertionError


def test_what_was_added_to_the_json(place: Place, call: Call, sheet: Path) -> None:
    """A run's object has its report, the learned rate, and whether it can go on."""
    with StubApi(api.unauthorized) as stub:
        run_id = _run_id(_apply(call, stub))
    told = json.loads(call("runs", run_id, "--json").stdout)
    assert told["resume"] is True
    assert {"report", "learned_per_second", "results", "state"} <= set(told)
    again = json.loads(call("results", run_id, "-o", "again.csv", "--json").stdout)
    assert again["results"] == str(place.work / "again.csv")
