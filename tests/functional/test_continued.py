"""A cut-off run goes on under its own name, by the same ``apply``; or a new one says why not."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pipeline import wiring
from tests.functional.command import Ended, Place, order, read_results, write_sheet
from tests.functional.conftest import Call
from tests.functional.terminal import typed
from tests.stub_api import behaviours as api
from tests.stub_api.behaviours import Step
from tests.stub_api.replies import Hang
from tests.stub_api.server import StubApi

COUNT = 10
NUMBERS = range(1, COUNT + 1)
SENT = 4
"""So many are confirmed before the run is cut off; the next one's own answer stops it."""


@pytest.fixture
def sheet(place: Place) -> Path:
    """Ten orders, sent one after the other."""
    place.environ |= {
        "ADDRESS_PIPELINE_RATE__WORKERS": "1",
        "ADDRESS_PIPELINE_RATE__MAX_PER_SECOND": "0",
    }
    return write_sheet(place.work / "orders.csv", [order(number) for number in NUMBERS])


def _apply(call: Call, stub: StubApi, *arguments: str | Path) -> Ended:
    return call("apply", *(arguments or ("orders.csv",)), "--base-url", stub.url, "--json")


def _cut_off(call: Call, stub: StubApi, *arguments: str | Path, sent: int = SENT) -> str:
    """Apply the sheet until the keys are refused; gives the run's id."""
    stub.behave = api.after(sent, api.unauthorized)
    ended = _apply(call, stub, *arguments)
    stub.behave = api.ok
    assert ended.code == 4
    return _run_id(ended)


def _run_id(ended: Ended) -> str:
    return str(ended.json["runs"][0]["run_id"])


def _outcomes(ended: Ended) -> dict[str, int]:
    return {name: count for name, count in ended.json["outcomes"].items() if count}


def _change(place: Place, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(place.ledger)) as ledger, ledger:
        assert ledger.execute(statement, values).rowcount > 0


def _died(place: Place) -> None:
    """Make the ledger look as after a power cut: two orders were claimed, the run never ended."""
    _change(place, "UPDATE runs SET state = 'sending', ended_at = NULL, exit_code = NULL")
    _change(place, "UPDATE rows SET state = 'claimed' WHERE order_id IN (6, 7)")


def _counts(stub: StubApi) -> list[int]:
    return [len(stub.puts(number)) for number in NUMBERS]


def test_refused_keys_and_then_the_rest(place: Place, call: Call, sheet: Path) -> None:
    """After exit 4 the same command goes on: same run, each settled row sent once, all told."""
    with StubApi() as stub:
        run_id = _cut_off(call, stub)
        second = _apply(call, stub)
        assert _counts(stub) == [1] * SENT + [2] + [1] * (COUNT - SENT - 1)
        rows = read_results(place.work / "orders.results.csv")
        third = _apply(call, stub)
    assert (second.code, _run_id(second), _outcomes(second)) == (0, run_id, {"updated": COUNT})
    assert (second.json["requests"], second.json["retries"]) == (COUNT + 1, 1)
    assert f"continues run {run_id}" in second.stderr
    assert f"Continues run {run_id}, begun" in second.stderr
    assert f"{SENT} of {COUNT} orders done" in second.stderr
    assert [row["attempts"] for row in rows] == ["1"] * SENT + ["2"] + ["1"] * (COUNT - SENT - 1)
    assert {row["run_id"] for row in rows} == {run_id}
    assert _run_id(third) != run_id
    assert _outcomes(third) == {"unchanged": COUNT}


def test_a_wrong_address_of_the_api_and_then_the_rest(
    place: Place, call: Call, sheet: Path
) -> None:
    """After exit 5 the same command goes on as well."""
    with StubApi(api.after(SENT, api.not_found_route)) as stub:
        first = _apply(call, stub)
        stub.behave = api.ok
        second = _apply(call, stub)
        assert _counts(stub) == [1] * SENT + [2] + [1] * (COUNT - SENT - 1)
    assert (first.code, _outcomes(first)["updated"]) == (5, SENT)
    assert (second.code, _run_id(second)) == (0, _run_id(first))


def test_an_outage_that_outlasts_the_run_and_then_the_rest(
    place: Place, call: Call, sheet: Path
) -> None:
    """What met the outage may be stored, is ``unknown`` until then, and goes when it is over."""
    place.environ |= {
        "ADDRESS_PIPELINE_STOP__AFTER_FAILURES": "2",
        "ADDRESS_PIPELINE_STOP__OUTAGE_SECONDS": "0.3",
        "ADDRESS_PIPELINE_RETRY__MAX_WAIT_SECONDS": "0.1",
    }
    with StubApi(api.after(SENT, api.server_error)) as stub:
        first = _apply(call, stub)
        stub.behave = api.ok
        before = _counts(stub)
        second = _apply(call, stub)
        sent = [now - then for now, then in zip(_counts(stub), before, strict=True)]
    tried = sum(count > 0 for count in before) - SENT
    outcomes = _outcomes(first)
    assert (first.code, outcomes["updated"], outcomes["unknown"]) == (5, SENT, tried)
    assert (second.code, _run_id(second)) == (0, _run_id(first))
    assert sent == [0] * SENT + [1] * (COUNT - SENT)
    rows = read_results(place.work / "orders.results.csv")
    assert [int(row["attempts"]) for row in rows] == _counts(stub)


def test_what_failed_or_is_uncertain_goes_again(place: Place, call: Call, sheet: Path) -> None:
    """All that says ``send again`` is sent when the run goes on, with its attempts; no other."""
    place.environ["ADDRESS_PIPELINE_RETRY__ATTEMPTS"] = "1"
    ends: dict[int, Step] = {
        2: api.server_error,
        3: api.too_many(),
        4: api.modelstate_400,
        6: api.unauthorized,
    }
    with StubApi(api.by_order(ends)) as stub:
        first = _apply(call, stub)
        stub.behave = api.ok
        second = _apply(call, stub)
        assert _counts(stub) == [1, 2, 2, 1, 1, 2, 1, 1, 1, 1]
    outcomes = _outcomes(first)
    assert (first.code, outcomes["unknown"], outcomes["failed"]) == (4, 1, 1)
    assert (second.code, _run_id(second)) == (1, _run_id(first))
    assert _outcomes(second) == {"updated": COUNT - 1, "rejected": 1}
    rows = read_results(place.work / "orders.results.csv")
    assert [int(row["attempts"]) for row in rows] == [1, 2, 2, 1, 1, 2, 1, 1, 1, 1]


def test_what_was_claimed_when_it_died_goes_again(place: Place, call: Call, sheet: Path) -> None:
    """Rows that the dead process had claimed may have arrived: the plan says so, and they go."""
    with StubApi() as stub:
        run_id = _cut_off(call, stub)
        _died(place)
        assert "cut off" in call("runs").stdout
        shown = call("runs", run_id)
        second = _apply(call, stub)
    assert f"address-pipeline resume {run_id}" in shown.stdout
    assert "2  of them may have arrived already" in second.stderr
    assert (second.code, _run_id(second), _outcomes(second)) == (0, run_id, {"updated": COUNT})


def test_doubt_stays_while_it_goes_on(place: Place, call: Call, sheet: Path) -> None:
    """What may have arrived is ``unknown`` until it is certain, however often the run stops."""
    with StubApi() as stub:
        run_id = _cut_off(call, stub)
        _died(place)
        again = _cut_off(call, stub, sent=0)
    rows = read_results(place.work / "orders.results.csv")
    assert again == run_id
    assert [row["outcome"] for row in rows] == (
        ["updated"] * SENT + ["not_sent"] + ["unknown"] * 2 + ["not_sent"] * 3
    )
    assert sum("may be stored" in row["reason"] for row in rows) == 2


def _another_sheet(place: Place) -> None:
    write_sheet(
        place.work / "orders.csv", [order(1, city="Salem"), *(order(n) for n in NUMBERS[1:])]
    )


def _old(place: Place) -> None:
    _change(place, "UPDATE runs SET begun_at = begun_at - 86401")


CHANGES: dict[str, tuple[Callable[[Place], None], tuple[str, ...], str]] = {
    "sheet": (_another_sheet, (), "the sheet has changed since"),
    "map": (
        lambda _: None,
        ("--map", "address_2=address_3", "--map", "address_3=address_2"),
        "its columns are read in another way now",
    ),
    "duplicates": (
        lambda _: None,
        ("--duplicates", "last"),
        "another choice was made about duplicates",
    ),
    "repair": (lambda _: None, ("--no-repair",), "the rules are set otherwise now"),
    "country_case": (
        lambda place: place.environ.update(ADDRESS_PIPELINE_API__COUNTRY_CASE="upper"),
        (),
        "the rules are set otherwise now",
    ),
    "key": (
        lambda place: place.environ.update(FINERWORKS_APP_KEY="another"),
        (),
        "it was begun with other keys",
    ),
    "resend": (lambda _: None, ("--resend",), "--resend sends everything"),
    "age": (_old, (), "it was begun more than 24 hours ago"),
    "purged": (
        lambda place: _change(place, "UPDATE runs SET purged_at = 1"),
        (),
        "what it would send was deleted since",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_makes_a_new_run(place: Place, call: Call, sheet: Path, change: str) -> None:
    """Where anything that shapes a payload is another, a new run begins and the plan says why."""
    act, flags, why = CHANGES[change]
    with StubApi() as stub:
        run_id = _cut_off(call, stub)
        act(place)
        again = _apply(call, stub, "orders.csv", *flags)
        told = " ".join(again.stderr.split())
        assert f"Run {run_id} of this sheet was cut off and is not continued: {why}." in told
        assert (again.code, _run_id(again) != run_id) == (0, True)
        assert sum(_outcomes(again).values()) == COUNT
        third = _apply(call, stub)
    assert "was cut off" not in third.stderr


def test_another_version_of_the_program_makes_a_new_run(
    place: Place, call: Call, sheet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rules may be others, so nothing is mixed."""
    with StubApi() as stub:
        run_id = _cut_off(call, stub)
        monkeypatch.setattr(wiring, "app_version", lambda: "99")
        again = _apply(call, stub)
    assert "by another version of address-pipeline" in " ".join(again.stderr.split())
    assert _run_id(again) != run_id


def test_another_ids_sheet_makes_a_new_run(place: Place, call: Call, sheet: Path) -> None:
    """The order ids are part of what is sent."""
    rows = [{**order(n), "order_po": f"#{n}"} for n in NUMBERS]
    columns = ("order_po", *(name for name in rows[0] if name not in ("order_id", "order_po")))
    write_sheet(place.work / "shop.csv", rows, columns)
    pairs = [{"order_po": f"#{n}", "order_id": str(n)} for n in NUMBERS]
    ids = write_sheet(place.work / "ids.csv", pairs, ("order_po", "order_id"))
    with StubApi() as stub:
        run_id = _cut_off(call, stub, "shop.csv", "--ids", ids)
        write_sheet(ids, pairs[::-1], ("order_po", "order_id"))
        again = _apply(call, stub, "shop.csv", "--ids", ids)
    assert "not continued: --ids holds something else now." in " ".join(again.stderr.split())
    assert (again.code, _run_id(again) != run_id) == (0, True)


def test_another_target_makes_a_new_run(place: Place, call: Call, sheet: Path) -> None:
    """A run belongs to its host; the cut-off one still goes on where it went."""
    with StubApi() as stub, StubApi() as elsewhere:
        run_id = _cut_off(call, stub)
        other = _apply(call, elsewhere)
        back = _apply(call, stub)
    assert "it went to another target" in " ".join(other.stderr.split())
    assert (_run_id(other) != run_id, _outcomes(other)) == (True, {"updated": COUNT})
    assert (_run_id(back), _outcomes(back)) == (run_id, {"updated": COUNT})


@pytest.mark.parametrize("answers", ["y\ny", pytest.param("n\ny", marks=pytest.mark.nightly)])
def test_after_a_day_a_person_is_asked(place: Place, call: Call, sheet: Path, answers: str) -> None:
    """Are the addresses still right? Yes: the run goes on; no: a new one begins."""
    with StubApi() as stub:
        run_id = _cut_off(call, stub)
        _old(place)
        ended = typed(place, answers, "apply", "orders.csv", "--base-url", stub.url)
    assert ended.code == 0, ended.stderr
    assert f"Run {run_id} of orders.csv was cut off" in ended.stderr
    assert ("continues run" in ended.stderr) == answers.startswith("y")


def test_a_no_leaves_the_run_as_it_was(place: Place, call: Call, sheet: Path) -> None:
    """The question is asked as always; without a yes nothing is sent, and the run can go on."""
    with StubApi() as stub:
        run_id = _cut_off(call, stub)
        _died(place)
        asked = len(stub.requests)
        ended = typed(place, "n", "apply", "orders.csv", "--base-url", stub.url)
        assert (ended.code, len(stub.requests)) == (130, asked)
        assert "6  will be sent" in ended.stderr
        second = _apply(call, stub)
    assert (_run_id(second), _outcomes(second)) == (run_id, {"updated": COUNT})


def test_a_live_run_asks_for_the_count_of_what_is_left(place: Place, call: Call) -> None:
    """Where real orders change, a person types how many are still to go."""
    place.environ |= {
        "ADDRESS_PIPELINE_API__PROXY": "http://127.0.0.1:9",  # nothing leaves this machine
        "ADDRESS_PIPELINE_RETRY__ATTEMPTS": "1",
        "ADDRESS_PIPELINE_STOP__AFTER_FAILURES": "1",
        "ADDRESS_PIPELINE_STOP__OUTAGE_SECONDS": "0",
        "ADDRESS_PIPELINE_RATE__START_PER_SECOND": "20",
    }
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 61)])
    stopped = call("apply", "orders.csv", "--live", "--json")
    assert stopped.code == 5
    _change(
        place,
        "UPDATE rows SET state = 'settled', outcome = 'updated', next_step = 'nothing'"
        " WHERE order_id <= 7",
    )
    ended = typed(place, "60", "apply", "orders.csv", "--live")
    assert (ended.code, "Type 53 to start" in ended.stderr) == (130, True)
    assert "7 of 60 orders done" in ended.stderr


def test_a_later_run_keeps_what_it_took(place: Place, call: Call, sheet: Path) -> None:
    """A run that goes on stays as old as it is: what a later run changed it does not send."""
    with StubApi() as stub:
        run_id = _cut_off(call, stub)
        write_sheet(place.work / "other.csv", [order(9, city="Salem"), order(1, city="Salem")])
        os.utime(sheet, (1_700_000_000, 1_700_000_000))
        assert _apply(call, stub, "other.csv").code == 0
        second = _apply(call, stub)
        assert {n for n, info in stub.confirmed().items() if info["city"] == "Salem"} == {1, 9}
    assert (second.code, _run_id(second)) == (0, run_id)
    assert _outcomes(second) == {"updated": COUNT - 1, "superseded": 1}
    assert "1  changed by a later run, not sent" in second.stderr
    assert "5  will be sent" in second.stderr


def test_a_sheet_saved_again_after_a_later_run_is_meant_anew(
    place: Place, call: Call, sheet: Path
) -> None:
    """Who saves it again wants its addresses, also those that the later run changed."""
    with StubApi() as stub:
        _cut_off(call, stub)
        write_sheet(place.work / "other.csv", [order(9, city="Salem")])
        assert _apply(call, stub, "other.csv").code == 0
        ahead = time.time() + 5
        os.utime(sheet, (ahead, ahead))
        second = _apply(call, stub)
        assert stub.confirmed()[9]["city"] == "Boston"
    assert "the sheet was saved again after run" in " ".join(second.stderr.split())


def test_the_same_content_by_another_name_goes_on(place: Place, call: Call, sheet: Path) -> None:
    """A sheet is known by its content; the results land beside the one that was named."""
    with StubApi() as stub:
        run_id = _cut_off(call, stub)
        sheet.rename(place.work / "renamed.csv")
        second = _apply(call, stub, "renamed.csv")
    assert (_run_id(second), _outcomes(second)) == (run_id, {"updated": COUNT})
    assert second.json["runs"][0]["results"] == str(place.work / "renamed.results.csv")


def test_sheets_that_began_together_go_on_together(place: Place, call: Call, sheet: Path) -> None:
    """Both runs go on, with what was decided across them; one of them alone begins anew."""
    write_sheet(place.work / "b.csv", [order(20), order(3), order(21)])
    both = ("orders.csv", "b.csv")
    with StubApi() as stub:
        first = _cut_off(call, stub, *both, sent=SENT)
        second = _apply(call, stub, *both)
        assert _counts(stub) == [1] * SENT + [2] + [1] * (COUNT - SENT - 1)
    assert _run_id(second) == first
    assert (second.code, len(second.json["runs"])) == (0, 2)
    assert _outcomes(second) == {"updated": COUNT + 3}
    assert f"run {first} of orders.csv" in second.stderr


def test_a_sheet_and_its_copy_go_on_together(place: Place, call: Call, sheet: Path) -> None:
    """Two sheets of one content are two runs, and each order is sent once."""
    (place.work / "copy.csv").write_bytes(sheet.read_bytes())
    both = ("orders.csv", "copy.csv")
    with StubApi() as stub:
        first = _cut_off(call, stub, *both)
        second = _apply(call, stub, *both)
        assert _counts(stub) == [1] * SENT + [2] + [1] * (COUNT - SENT - 1)
    assert (_run_id(second), _outcomes(second)) == (first, {"updated": 2 * COUNT})


def test_one_of_several_sheets_begins_anew(place: Place, call: Call, sheet: Path) -> None:
    """What was decided across sheets holds for all of them only."""
    write_sheet(place.work / "b.csv", [order(20), order(21)])
    with StubApi() as stub:
        _cut_off(call, stub, "orders.csv", "b.csv")
        alone = _apply(call, stub, "b.csv")
    assert "it was begun together with orders.csv" in " ".join(alone.stderr.split())
    assert (alone.code, _outcomes(alone)) == (0, {"updated": 2})


def test_a_duplicate_keeps_its_leader(place: Place, call: Call) -> None:
    """Rows that share one sending still do after the run went on."""
    place.environ["ADDRESS_PIPELINE_RATE__WORKERS"] = "1"
    rows = [order(1), order(2), order(2), order(3), order(3, city="Salem")]
    write_sheet(place.work / "orders.csv", rows)
    with StubApi() as stub:
        _cut_off(call, stub, sent=1)
        second = _apply(call, stub)
        assert [len(stub.puts(number)) for number in (1, 2, 3)] == [1, 2, 0]
    assert (second.code, _outcomes(second)) == (1, {"updated": 3, "conflict": 2})
    results = read_results(place.work / "orders.results.csv")
    assert results[1]["reference_id"] == results[2]["reference_id"] != ""


def test_a_run_of_a_sandbox_is_not_continued(place: Place, call: Call, sheet: Path) -> None:
    """What a started sandbox confirmed ends with it, and so does its run."""
    ended = call("apply", "orders.csv", "--sandbox", "--json")
    _change(place, "UPDATE runs SET state = 'sending', ended_at = NULL")
    again = call("apply", "orders.csv", "--sandbox", "--json")
    assert "not continued: its sandbox has ended." in " ".join(again.stderr.split())
    assert _outcomes(again) == {"updated": COUNT}
    assert call("resume").code == 0
    named = call("resume", _run_id(ended))
    assert (named.code, "went to a sandbox that ended with it" in named.stderr) == (2, True)


# -- resume ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [True, False])
def test_resume_needs_no_sheet(place: Place, call: Call, sheet: Path, *, named: bool) -> None:
    """The run goes on from the ledger to its own target; results land where the sheet was."""
    with StubApi() as stub:
        run_id = _cut_off(call, stub)
        sheet.unlink()
        ended = call("resume", *([run_id] if named else []), "--json")
        assert _counts(stub) == [1] * SENT + [2] + [1] * (COUNT - SENT - 1)
    assert (ended.code, _run_id(ended), _outcomes(ended)) == (0, run_id, {"updated": COUNT})
    rows = read_results(place.work / "orders.results.csv")
    assert ({row["outcome"] for row in rows}, len(rows)) == ({"updated"}, COUNT)
    again = call("resume", *([run_id] if named else []))
    assert (again.code, "Nothing to continue" in again.stdout) == (0, True)


def test_resume_asks_as_apply_does(place: Place, call: Call, sheet: Path) -> None:
    """On a terminal the plan is shown and a yes is needed."""
    with StubApi() as stub:
        run_id = _cut_off(call, stub)
        ended = typed(place, "y", "resume")
    assert ended.code == 0, ended.stderr
    assert "CUSTOM HOST" in ended.stderr
    assert f"continues run {run_id}" in ended.stderr
    assert "Send them? [y/N]" in ended.stderr
    assert f"{COUNT} orders updated" in ended.stdout


def test_resume_refuses_other_keys_and_targets(place: Place, call: Call, sheet: Path) -> None:
    """The run belongs to its keys (exit 4) and its host (exit 2); nothing is sent."""
    with StubApi() as stub:
        run_id = _cut_off(call, stub)
        asked = len(stub.requests)
        other = call("resume", run_id, "--live")
        assert (other.code, "not to api.finerworks.com" in other.stderr) == (2, True)
        place.environ["FINERWORKS_APP_KEY"] = "another"
        keys = call("resume", run_id, "--json")
        assert (keys.code, "with other keys" in keys.json["error"]) == (4, True)
        assert len(stub.requests) == asked


@pytest.mark.nightly
def test_resume_after_a_day_needs_a_person(place: Place, call: Call, sheet: Path) -> None:
    """Unattended an old run is refused in a sentence; a person may say that it is right."""
    with StubApi() as stub:
        run_id = _cut_off(call, stub)
        _old(place)
        unattended = call("resume", run_id, "--yes")
        assert (unattended.code, "more than 24 hours ago" in unattended.stderr) == (2, True)
        assert "Nothing to continue" in call("resume").stdout
        asked = typed(place, "y\ny", "resume", run_id)
    assert asked.code == 0, asked.stderr


def test_resume_wants_a_foreign_host_named_again(place: Place, call: Call, sheet: Path) -> None:
    """The keys go to no host that only the ledger names."""
    with StubApi() as stub:
        run_id = _cut_off(call, stub)
    _change(
        place,
        "UPDATE runs SET mapping = json_set(mapping, '$.base_url', 'https://api.example.com')",
    )
    ended = call("resume", run_id)
    assert (ended.code, "--base-url https://api.example.com" in ended.stderr) == (2, True)
    _change(place, "UPDATE runs SET mapping = json_remove(mapping, '$.base_url')")
    with StubApi() as other:
        place.environ["ADDRESS_PIPELINE_API__BASE_URL"] = other.url
        elsewhere = call("resume", run_id)
        assert (elsewhere.code, other.requests) == (2, [])


def test_resume_takes_the_target_that_is_configured(place: Place, call: Call, sheet: Path) -> None:
    """A foreign host that the environment names again is named well enough."""
    with StubApi() as stub:
        run_id = _cut_off(call, stub)
        _change(place, "UPDATE runs SET mapping = json_remove(mapping, '$.base_url')")
        place.environ["ADDRESS_PIPELINE_API__BASE_URL"] = stub.url
        ended = call("resume", run_id, "--json")
    assert (ended.code, _outcomes(ended)) == (0, {"updated": COUNT})


def test_resume_of_what_cannot_go_on(place: Place, call: Call, sheet: Path) -> None:
    """No ledger, no such run, a run that ended: a sentence each, and nothing is sent."""
    assert call("resume").code == 2
    with StubApi(api.by_order({1: api.modelstate_400})) as stub:
        ended = _apply(call, stub)
        asked = len(stub.requests)
        missing = call("resume", "20261123-nnnnnn")
        finished = call("resume", _run_id(ended), "--json")
        assert len(stub.requests) == asked
    assert (missing.code, "There is no run" in missing.stderr) == (2, True)
    assert (finished.code, finished.json["requests"]) == (1, 0)


def test_resume_passes_over_a_run_that_was_replaced(place: Place, call: Call, sheet: Path) -> None:
    """A later run of the same sheet took its place, so only its name still brings it back."""
    with StubApi() as stub:
        run_id = _cut_off(call, stub)
        _another_sheet(place)
        assert _apply(call, stub).code == 0
        assert "Nothing to continue" in call("resume").stdout
        assert "resume" not in call("runs").stdout
        named = call("resume", run_id, "--json")
        assert (named.code, stub.confirmed()[1]["city"]) == (0, "Salem")
    assert _outcomes(named) == {"updated": SENT, "superseded": COUNT - SENT}


@pytest.mark.nightly
def test_one_run_is_not_continued_twice_at_once(place: Place, call: Call, sheet: Path) -> None:
    """While one process goes on with it, another ends with 6, by apply or by resume."""
    with StubApi() as stub:
        run_id = _cut_off(call, stub)
        stub.behave = lambda seen: Hang() if seen.order_id == 5 else api.ok(seen)
        before = len(stub.puts())
        with place.start("resume", "--json") as first:
            stub.wait_for_puts(before + 1)
            sheet.rename(place.work / "moved.csv")
            assert call("resume", run_id).code == 6
            sheet = (place.work / "moved.csv").rename(sheet)
            assert _apply(call, stub).code == 6
            first.kill()
            first.communicate(timeout=20)
        stub.behave = api.ok
        last = _apply(call, stub)
    assert (_run_id(last), _outcomes(last)) == (run_id, {"updated": COUNT})


# -- what is told ---------------------------------------------------------------------------------


def test_a_stopped_run_names_the_command_that_goes_on(
    place: Place, call: Call, sheet: Path
) -> None:
    """The summary ends with it; after --resend the same command would send everything once more."""
    with StubApi() as stub:
        stub.behave = api.after(SENT, api.unauthorized)
        first = call("apply", "orders.csv", "--base-url", stub.url)
        stub.behave = api.after(SENT, api.unauthorized)
        resent = call("apply", "orders.csv", "--base-url", stub.url, "--resend")
    shown = " ".join(first.stdout.split())
    assert "go on the same command within 24 hours, or: address-pipeline resume" in shown
    assert "go on     address-pipeline resume" in resent.stdout
    assert "address-pipeline resume" in call("runs").stdout


@pytest.mark.nightly
def test_results_of_a_run_that_is_still_sending(place: Place, call: Call, sheet: Path) -> None:
    """They are of one moment: what is claimed is ``unknown``, what is not, ``not_sent``."""
    place.environ["ADDRESS_PIPELINE_RATE__MAX_PER_SECOND"] = "20"
    out = place.work / "now.csv"
    with StubApi() as stub:
        stub.behave = lambda seen: Hang() if seen.order_id == 3 else api.ok(seen)
        with place.start("apply", "orders.csv", "--base-url", stub.url) as process:
            stub.wait_for_puts(3)
            run_id = json.loads(call("runs", "--json").stdout)["runs"][0]["run_id"]
            live = call("results", run_id, "-o", out)
            process.kill()
            process.communicate(timeout=20)
        killed = call("results", run_id, "--json")
    assert (live.code, "still sending" in live.stdout) == (0, True)
    rows = read_results(out)
    assert len(rows) == COUNT
    assert {row["outcome"] for row in rows} <= {"updated", "unknown", "not_sent"}
    assert rows[2]["outcome"] == "unknown"
    outcomes = json.loads(killed.stdout)["outcomes"]
    assert (sum(outcomes.values()), outcomes["unknown"] >= 1) == (COUNT, True)


def test_a_run_that_could_not_deliver_anything_goes_on(place: Place, call: Call) -> None:
    """What its summary says of ``resume`` holds, also where each order's tries were used up."""
    place.environ["ADDRESS_PIPELINE_RETRY__ATTEMPTS"] = "1"
    write_sheet(place.work / "orders.csv", [order(1), order(2)])
    with StubApi() as stub:
        url = stub.url
    first = call("apply", "orders.csv", "--base-url", url)
    run_id = json.loads(call("runs", "--json").stdout)["runs"][0]["run_id"]
    second = call("resume", run_id)
    assert (first.code, f"address-pipeline resume {run_id}" in first.stdout) == (5, True)
    assert (second.code, "Nothing to continue" in second.stdout) == (5, False)


@pytest.mark.parametrize("accepted", [True, False])
def test_accepted_findings_begin_anew(
    place: Place, call: Call, sheet: Path, *, accepted: bool
) -> None:
    """A sheet that was held back beside one that was cut off is sent once somebody accepts it."""
    damaged = [order(n, address_1=f"{n} Elm Street") for n in range(21, 29)]
    write_sheet(place.work / "damaged.csv", damaged)
    both = ("damaged.csv", "orders.csv")
    flags = ("--accept-findings",) if accepted else ()
    with StubApi() as stub:
        run_id = _cut_off(call, stub, *both)
        second = _apply(call, stub, *both, *flags)
        sent = {seen.order_id for seen in stub.puts()}
    assert second.code == (0 if accepted else 1)
    assert (run_id == _run_id(second)) is not accepted
    assert (28 in sent) is accepted
    assert set(NUMBERS) <= sent
