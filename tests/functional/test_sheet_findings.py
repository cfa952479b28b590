"""A sheet that looks damaged as a whole: shown first, asked about, and not sent unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.functional.command import Place, order, read_results, write_sheet
from tests.functional.conftest import Call
from tests.functional.terminal import typed
from tests.stub_api.server import StubApi

FILLED = [order(n, address_1=f"{n + 10} Elm Street") for n in range(1, 7)]
DAMAGED = [*FILLED, order(20), order(21, city="")]


def _sheet(place: Place, name: str = "orders.csv") -> Path:
    return write_sheet(place.work / name, DAMAGED)


def test_unattended_nothing_of_the_sheet_is_sent(place: Place, call: Call) -> None:
    """Its sound rows say which finding held them back; the wrong row keeps its own reason."""
    _sheet(place)
    with StubApi() as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--json")
    assert (ended.code, stub.puts()) == (1, [])
    assert "count up by one" in ended.stderr
    assert "--accept-findings" in ended.stderr
    rows = read_results(place.work / "orders.results.csv")
    assert {(row["outcome"], row["next_step"]) for row in rows} == {
        ("not_sent", "fix"),
        ("invalid", "fix"),
    }
    held = rows[6]
    assert held["reason"].startswith("Nothing of the sheet was sent: the house numbers in rows 2")
    assert "filled down" in rows[0]["warnings"]
    assert held["warnings"] == ""
    assert rows[7]["reason"].startswith("city is empty")
    (run,) = ended.json["runs"]
    assert [(one["rule"], one["rows"]) for one in run["findings"]] == [("filled_down", 6)]
    assert ended.json["outcomes"]["not_sent"] == 7


def test_even_a_quiet_run_says_why(place: Place, call: Call) -> None:
    """cron writes to somebody only if something stands on stderr."""
    _sheet(place)
    with StubApi() as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--yes", "-q")
    assert "count up by one" in ended.stderr


def test_other_sheets_of_the_command_are_sent(place: Place, call: Call) -> None:
    """A finding is about one sheet."""
    _sheet(place)
    write_sheet(place.work / "sound.csv", [order(90)])
    with StubApi() as stub:
        ended = call("apply", "orders.csv", "sound.csv", "--base-url", stub.url, "--yes")
        assert [put.order_id for put in stub.puts()] == [90]
    assert ended.code == 1


def test_accepted_findings_are_sent(place: Place, call: Call) -> None:
    """The person says that the sheet is right as it is; it is shown all the same."""
    _sheet(place)
    with StubApi() as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--yes", "--accept-findings")
        assert len(stub.puts()) == 7
    assert "count up by one" in ended.stderr
    assert "So nothing of it is sent" not in ended.stderr


def test_after_a_finding_the_same_command_can_still_send(place: Place, call: Call) -> None:
    """What was held back was not sent, so nothing of it is unchanged or superseded."""
    _sheet(place)
    with StubApi() as stub:
        to_stub = ("orders.csv", "--base-url", stub.url, "--yes")
        assert call("apply", *to_stub).code == 1
        assert call("apply", *to_stub, "--accept-findings").code == 1
        assert len(stub.puts()) == 7


@pytest.mark.parametrize(("answer", "sent"), [("y", 7), ("", 0)])
def test_on_a_terminal_it_is_asked_about(place: Place, answer: str, sent: int) -> None:
    """The finding stands before the counts, and the question names it."""
    _sheet(place)
    with StubApi() as stub:
        ended = typed(place, answer, "apply", "orders.csv", "--base-url", stub.url)
        assert len(stub.puts()) == sent
    assert ended.stderr.index("count up by one") < ended.stderr.index("will be sent")
    assert "although the sheet looks damaged" in ended.stderr


def test_a_check_ends_with_1_and_marks_the_rows(place: Place, call: Call) -> None:
    """The rows are ready, and yet somebody has to look at the sheet first."""
    write_sheet(place.work / "orders.csv", FILLED)
    ended = call("check", "orders.csv", "--json")
    assert (ended.code, ended.json["outcomes"]["ready"]) == (1, 6)
    assert call("check", "orders.csv", "--accept-findings").code == 0
    shown = call("check", "orders.csv").stdout
    assert "Sheet     The house numbers in rows 2 to 7 count up by one" in shown


def test_a_finding_can_be_left_out_for_good(place: Place, call: Call) -> None:
    """By its id, as any rule that rests on judgement."""
    write_sheet(place.work / "orders.csv", FILLED)
    place.environ["ADDRESS_PIPELINE_SHEET__IGNORE"] = "filled_down"
    assert call("check", "orders.csv").code == 0


def test_only_edited_rows_of_a_results_sheet_are_looked_at(place: Place, call: Call) -> None:
    """What was accepted once is not asked about again; what is dragged down since is."""
    _sheet(place)
    with StubApi() as stub:
        to_stub = ("--base-url", stub.url, "--yes")
        call("apply", "orders.csv", *to_stub, "--accept-findings")
        results = place.work / "orders.results.csv"
        text = results.read_text(encoding="utf-8-sig")
        results.write_text(
            text.replace(
                "21,Ada,Byron,,Harbour Street 21B,,,,", "21,Ada,Byron,,Harbour Street 21B,,,Boston,"
            ),
            encoding="utf-8-sig",
        )
        ended = call("apply", "orders.results.csv", *to_stub)
        assert (ended.code, stub.puts()[-1].order_id, len(stub.puts())) == (0, 21, 8)
        results.write_text(text.replace(" Elm Street", " Elm Road"), encoding="utf-8-sig")
        assert call("apply", "orders.results.csv", *to_stub).code == 1
        assert len(stub.puts()) == 8
        assert call("check", "orders.results.csv").code == 1


def test_runs_tells_of_it(place: Place, call: Call) -> None:
    """Months later somebody wants to know why nothing went out."""
    _sheet(place)
    with StubApi() as stub:
        call("apply", "orders.csv", "--base-url", stub.url, "--yes")
    run_id = read_results(place.work / "orders.results.csv")[0]["run_id"]
    assert "count up by one" in call("runs", run_id).stdout


def test_what_was_accepted_does_not_hold_back_what_is_new(place: Place, call: Call) -> None:
    """A sheet that grows night by night is doubted for its new rows only."""
    write_sheet(place.work / "orders.csv", FILLED)
    with StubApi() as stub:
        to_stub = ("orders.csv", "--base-url", stub.url, "--yes")
        assert call("apply", *to_stub, "--accept-findings").code == 0
        write_sheet(place.work / "orders.csv", [*FILLED, order(30)])
        assert call("apply", *to_stub).code == 0
        assert [put.order_id for put in stub.puts()] == [1, 2, 3, 4, 5, 6, 30]
        write_sheet(place.work / "orders.csv", [*FILLED[:5], FILLED[5] | {"city": "Salem"}])
        assert call("apply", *to_stub).code == 1
        assert len(stub.puts()) == 7


def test_a_held_back_sheet_stays_held_back_by_its_results(place: Place, call: Call) -> None:
    """Its results sheet fed back unedited, or half mended, still shows what nobody accepted."""
    _sheet(place)
    with StubApi() as stub:
        to_stub = ("--base-url", stub.url, "--yes")
        assert call("apply", "orders.csv", *to_stub).code == 1
        results = place.work / "orders.results.csv"
        assert call("apply", "orders.results.csv", *to_stub).code == 1
        mended = results.read_text(encoding="utf-8-sig").replace("11 Elm Street", "4 Oak Road")
        results.write_text(mended, encoding="utf-8-sig")
        assert call("apply", "orders.results.csv", *to_stub).code == 1
        assert stub.puts() == []


def test_a_new_shared_address_is_found_beside_an_accepted_one(place: Place, call: Call) -> None:
    """However large the group is that was accepted the night before."""
    names = ("Byron", "Hopper", "Lamarr", "Curie", "Noether", "Meitner")

    def to_one(first: int, count: int, street: str) -> list[dict[str, str]]:
        return [order(first + n, last_name=names[n % 6], address_1=street) for n in range(count)]

    school = to_one(1000, 60, "1 School Road")
    write_sheet(place.work / "orders.csv", school)
    with StubApi() as stub:
        to_stub = ("orders.csv", "--base-url", stub.url, "--yes", "--max-rate", "0")
        assert call("apply", *to_stub, "--accept-findings").code == 0
        write_sheet(place.work / "orders.csv", [*school, *to_one(2000, 6, "9 Mill Lane")])
        ended = call("apply", *to_stub)
        assert (ended.code, len(stub.puts())) == (1, 60)
    assert "6 orders of different last names have one and the same address" in ended.stderr
    assert "60 orders" not in ended.stderr


def test_a_sound_sheet_is_sent_though_it_shares_a_row_with_a_damaged_one(
    place: Place, call: Call
) -> None:
    """The row that was to share a sending gets its own."""
    _sheet(place)
    write_sheet(place.work / "sound.csv", [order(20), order(90), order(20)])
    with StubApi() as stub:
        ended = call("apply", "orders.csv", "sound.csv", "--base-url", stub.url, "--yes")
        assert {put.order_id for put in stub.puts()} == {20, 90}
        assert len(stub.puts()) == 2
    assert ended.code == 1
    rows = read_results(place.work / "sound.results.csv")
    assert [row["outcome"] for row in rows] == ["updated"] * 3
    held = read_results(place.work / "orders.results.csv")
    assert {row["outcome"] for row in held} == {"not_sent", "invalid"}
