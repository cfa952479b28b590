"""``forget`` and the purge: what a person sees, what is left on the disk, and what still holds."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline import Target, apply_rows_sync
from pipeline.cli.forget import FORGET_JSON_KEYS
from pipeline.core.errors import Busy
from pipeline.core.forgetting import Sought
from pipeline.job.forget import Forget
from pipeline.ledger import Ledger
from pipeline.ledger.runs import run_lock
from tests.docs.reading import page
from tests.functional.command import Ended, Place, order, read_results, write_sheet
from tests.functional.conftest import Call
from tests.functional.terminal import typed
from tests.functional.traces import traces
from tests.stub_api import behaviours as api
from tests.stub_api.replies import Hang, Json, Reply
from tests.stub_api.server import StubApi
from tests.stub_api.wire import Seen

ANN = {
    "first_name": "Annmarker",
    "last_name": "Leemarker",
    "address_1": "7 Annmarker Lane",
    "email": "Ann.Marker@example.com",
    "address_order_po": "#1001",
}
ROWS = [order(1, **ANN), order(2), order(3, email="bob@example.com")]


def apply(call: Call, stub: StubApi, *arguments: str) -> Ended:
    return call(
        "apply",
        *(arguments or ("orders.csv",)),
        "--base-url",
        stub.url,
        "--max-rate",
        "0",
        "--json",
    )


def outcomes(ended: Ended) -> dict[str, int]:
    return {name: count for name, count in ended.json["outcomes"].items() if count}


def age(place: Place, days: int) -> None:
    """Let the runs of a ledger be so much older."""
    with closing(sqlite3.connect(place.ledger)) as ledger, ledger:
        for column in ("begun_at", "sending_at", "ended_at"):
            ledger.execute(f"UPDATE runs SET {column} = {column} - {days} * 86400")
        ledger.execute("DELETE FROM meta WHERE name = 'purge'")


def an_echo(seen: Seen) -> Reply:
    """A refusal that quotes the row."""
    info = seen.json["customer_info"]
    quoted = f"Cannot ship to {info['address_1']} for {info['email']}"
    return Json(400, {"ModelState": {"request.customer_info.address_1": [quoted]}})


@pytest.fixture
def stub() -> Iterator[StubApi]:
    """An API that stays where it is, so that it is one target."""
    with StubApi() as started:
        yield started


@pytest.fixture
def applied(place: Place, call: Call, stub: StubApi) -> Ended:
    """Three orders, the first of which was refused with words that quote it."""
    write_sheet(place.work / "orders.csv", ROWS)
    stub.behave = api.by_order({1: an_echo})
    ended = apply(call, stub)
    stub.behave = api.ok
    assert outcomes(ended) == {"updated": 2, "rejected": 1}
    assert traces(place)
    return ended


@pytest.mark.parametrize(
    "flags",
    [
        ("--order", "1"),
        ("--po", "1001"),
        ("--email", "ann.MARKER@example.com"),
        ("--email", "ann.marker@example.com", "--order", "1"),
        ("--older-than", "0d"),
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("applied")
def test_no_byte_of_it_is_left(place: Place, call: Call, flags: tuple[str, ...]) -> None:
    """Not in the ledger, nor in a file beside it; and the command names what still holds it."""
    ended = call("forget", *flags)
    assert ended.code == 0
    assert traces(place) == []
    rows = 3 if "--older-than" in flags else 1
    assert f"Deleted the personal data of {rows} row{'s' * (rows > 1)} in 1 run" in ended.stdout
    for name in ("orders.csv", "orders.results.csv   (written by address-pipeline)", "Backups"):
        assert name in ended.stdout
    assert "marker" not in (ended.stdout + ended.stderr).casefold()
    assert "1001" not in ended.stdout + ended.stderr
    again = call("forget", *flags)
    assert (again.code, again.stdout.splitlines()[0]) == (
        0,
        "The ledger holds nothing of it" + (" any more." * ("--order" in flags)).rjust(1, "."),
    )


@pytest.mark.usefixtures("applied")
def test_the_others_stay(place: Place, call: Call, stub: StubApi, applied: Ended) -> None:
    """Their results can be written again; the row that is gone says so and keeps its outcome."""
    call("forget", "--order", "1", "--yes")
    run_id = applied.json["runs"][0]["run_id"]
    assert call("results", run_id, "-o", "again.csv").code == 0
    gone, *others = read_results(place.work / "again.csv")
    before = read_results(place.work / "orders.results.csv")
    assert others == before[1:]
    assert (gone["outcome"], gone["row"], gone["address_1"]) == ("rejected", "2", "")
    assert gone["reason"].startswith("The personal data of this row was deleted from the ledger on")
    back = apply(call, stub, "again.csv")
    assert outcomes(back) == {"unchanged": 2}


@pytest.mark.parametrize("flags", [("--order", "2"), ("--older-than", "0d")])
@pytest.mark.usefixtures("applied")
def test_what_was_confirmed_stays_known(call: Call, stub: StubApi, flags: tuple[str, str]) -> None:
    """The same sheet again sends only what is not certain, for fingerprints stay."""
    assert call("forget", *flags).code == 0
    again = apply(call, stub)
    assert outcomes(again) == {"unchanged": 2, "updated": 1}


def test_a_run_whose_cells_are_gone_says_so(place: Place, call: Call, applied: Ended) -> None:
    """``results`` in one sentence with the date; ``runs`` still tells all the rest."""
    run_id = applied.json["runs"][0]["run_id"]
    call("forget", "--older-than", "0d")
    ended = call("results", run_id)
    assert ended.code == 2
    assert f"The cells of run {run_id} were deleted on 20" in ended.stderr
    shown = call("runs", run_id).stdout
    assert "Deleted   its addresses, 20" in shown
    assert "3 rows → 3 orders" in shown
    assert "address-pipeline results" not in shown
    told = json.loads(call("runs", run_id, "--json").stdout)
    assert {name: count for name, count in told["outcomes"].items() if count} == {
        "updated": 2,
        "rejected": 1,
    }
    assert told["purged_at"].startswith("20")
    assert "2 orders updated   1 to fix" in call("runs").stdout


@pytest.mark.usefixtures("applied")
def test_results_of_a_purged_run_are_fed_back(place: Place, call: Call, stub: StubApi) -> None:
    """What was edited since is sent and nothing else, for that needs no cell of the ledger."""
    call("forget", "--older-than", "0d")
    path = place.work / "orders.results.csv"
    text = path.read_text(encoding="utf-8-sig").replace("Harbour Street 2B", "Elm Street 2B")
    path.write_text(text, encoding="utf-8-sig")
    back = apply(call, stub, "orders.results.csv")
    assert outcomes(back) == {"updated": 2, "unchanged": 1}
    assert stub.confirmed()[2]["address_1"] == "Elm Street 2B"


def test_who_ran_what_is_shown(call: Call, applied: Ended) -> None:
    """User, machine, version, and how it was approved."""
    run_id = applied.json["runs"][0]["run_id"]
    told = json.loads(call("runs", run_id, "--json").stdout)
    assert told["approved"] == "unattended"
    assert all(told[name] for name in ("os_user", "machine", "version"))
    shown = " ".join(call("runs", run_id).stdout.split())
    assert (
        f"by {told['os_user']} on {told['machine']} with version {told['version']}, "
        "approved: unattended"
    ) in shown


@pytest.mark.usefixtures("applied")
def test_a_dry_run_deletes_nothing(place: Place, call: Call) -> None:
    """It says what would go."""
    before = place.ledger.read_bytes()
    ended = call("forget", "--order", "1", "--dry-run")
    assert "Would delete the personal data of 1 row in 1 run" in ended.stdout
    told = json.loads(call("forget", "--older-than", "0d", "-n", "--json").stdout)
    assert (told["rows"], told["dry_run"], told["deleted"]) == (3, True, False)
    assert place.ledger.read_bytes() == before


@pytest.mark.usefixtures("applied")
def test_an_email_from_stdin(place: Place) -> None:
    """``--email -`` keeps it out of the shell's history and of the list of processes."""
    ended = place.run("forget", "--email", "-", "--json", stdin="ANN.marker@example.com\n")
    assert (ended.code, ended.json["rows"], ended.json["deleted"]) == (0, 1, True)
    assert list(ended.json) == list(FORGET_JSON_KEYS)
    assert [(Path(one["path"]).name, one["kind"]) for one in ended.json["files"]] == [
        ("orders.csv", "sheet"),
        ("orders.results.csv", "written"),
    ]
    assert "marker" not in (ended.stdout + ended.stderr).casefold()
    assert traces(place) == []


@pytest.mark.usefixtures("applied")
def test_files_that_are_gone_are_not_named(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But those are that nobody can look for: they may well be there."""
    (place.work / "orders.csv").unlink()
    ended = call("forget", "--order", "1", "-n")
    assert "orders.results.csv" in ended.stdout
    assert "orders.csv" not in ended.stdout

    def refused(_: Path) -> bool:
        raise PermissionError

    with Ledger(place.ledger.parent) as ledger:
        monkeypatch.setattr("pipeline.job.forget.Path.is_file", refused)
        looked = Forget(ledger, Sought.of(orders=["1"]), 0.0).look()
    assert [Path(one.path).name for one in looked.places] == ["orders.csv", "orders.results.csv"]


@pytest.mark.parametrize(
    ("answer", "code"), [pytest.param("y", 0, marks=pytest.mark.nightly), ("", 130)]
)
@pytest.mark.usefixtures("applied")
def test_a_person_is_asked(place: Place, answer: str, code: int) -> None:
    """Anything but a yes deletes nothing."""
    ended = typed(place, answer, "forget", "--order", "1")
    assert ended.code == code
    assert "Delete the personal data of 1 row in 1 run from the ledger?" in ended.stderr
    assert bool(traces(place)) is (code != 0)


WRONG: dict[str, tuple[str, ...]] = {
    "nothing named": (),
    "both": ("--older-than", "9d", "--email", "ann.marker@example.com"),
    "no age": ("--older-than", "marker"),
    "an email as order": ("--order", "ann.marker@example.com"),
    "half an email": ("--email", "ann.marker"),
    "without a flag": ("ann.marker@example.com",),
    "misspelt": ("--emial", "ann.marker@example.com"),
    "misspelt with =": ("--emial=ann.marker@example.com",),
    "after --": ("--", "ann.marker@example.com"),
}


@pytest.mark.parametrize("more", [(), ("--json", "--debug")])
@pytest.mark.usefixtures("applied")
def test_wrong_usage_repeats_nothing(place: Place, call: Call, more: tuple[str, ...]) -> None:
    """One sentence, exit 2, nothing deleted, and what was typed is not said again."""
    before = place.ledger.read_bytes()
    for what, flags in WRONG.items():
        ended = call("forget", *more, *flags)
        assert ended.code == 2, what
        assert "marker" not in ended.stdout + ended.stderr, what
        assert place.ledger.read_bytes() == before, what


def test_without_a_ledger_there_is_nothing(place: Place, call: Call) -> None:
    """It says where it looked, and makes none."""
    ended = call("forget", "--order", "1")
    assert ended.code == 2
    assert "There is no ledger in" in ended.stderr
    assert not place.ledger.exists()


def test_a_run_at_work_is_not_disturbed(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 6 while it lasts, nothing deleted; another order can be forgotten meanwhile, though the
    file of a large ledger is then left as it is.
    """
    write_sheet(place.work / "old.csv", [order(8, **ANN), order(9)])
    write_sheet(place.work / "orders.csv", ROWS)
    with StubApi() as stub:
        apply(call, stub, "old.csv")
        stub.behave = api.by_order({3: Hang()})
        process = place.start("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0")
        stub.wait_for_puts(3)
        busy = call("forget", "--order", "1", "-y")
        fine = call("forget", "--order", "8", "-y")
        monkeypatch.setattr("pipeline.job.forget.COMPACT_BESIDE_A_RUN", 0)
        old = call("forget", "--older-than", "0d", "--json")
        process.kill()
        process.communicate()
    assert (busy.code, fine.code) == (6, 0)
    assert "is at work on rows that are to be forgotten, so nothing was deleted" in busy.stderr
    assert (old.code, old.json["rows"], old.json["deleted"]) == (6, 1, False)
    assert "removed only when no run is at work" in old.stderr
    assert call("forget", "--order", "1", "-y").code == 0
    assert traces(place) == []


def test_an_old_run_goes_by_itself(place: Place, call: Call, stub: StubApi, applied: Ended) -> None:
    """The next ``apply`` after ``ledger.keep_days`` deletes it, without a word."""
    age(place, 91)
    write_sheet(place.work / "other.csv", [order(7)])
    place.environ["ADDRESS_PIPELINE_LEDGER__KEEP_DAYS"] = "0"
    apply(call, stub, "other.csv")
    assert traces(place)
    del place.environ["ADDRESS_PIPELINE_LEDGER__KEEP_DAYS"]
    ended = apply(call, stub, "other.csv")
    assert traces(place) == []
    again = apply(call, stub, "orders.csv")
    assert outcomes(ended) == {"unchanged": 1}
    assert outcomes(again) == {"unchanged": 2, "updated": 1}
    assert call("results", applied.json["runs"][0]["run_id"]).code == 2


@pytest.mark.usefixtures("applied")
def test_a_program_lets_old_runs_go_too(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library keeps no longer than the command."""
    age(place, 91)
    for name, value in place.environ.items():
        monkeypatch.setenv(name, value)
    apply_rows_sync([order(7)], target=Target.sandbox(), state_dir=place.ledger.parent)
    assert traces(place) == []


@pytest.mark.usefixtures("applied")
def test_a_purge_that_cannot_be_written_is_left_for_later(
    place: Place, call: Call, stub: StubApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run that was asked for goes its way; the next command purges."""
    age(place, 91)
    write_sheet(place.work / "other.csv", [order(2)])

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("pipeline.ledger.purge.rewritten", full)
        assert outcomes(apply(call, stub, "other.csv")) == {"unchanged": 1}
    assert traces(place)
    assert outcomes(apply(call, stub, "other.csv")) == {"unchanged": 1}
    assert traces(place) == []


def test_the_page_names_the_keys_of_the_json_object() -> None:
    """Scripts rely on them."""
    section = page("docs/commands.md").partition("\n## forget\n")[2].partition("\n## ")[0]
    assert [name for name in FORGET_JSON_KEYS if f"`{name}`" not in section] == []


@pytest.mark.usefixtures("applied")
def test_a_run_that_went_on_while_forget_asked_is_seen(place: Place, call: Call) -> None:
    """Between the question and the answer anything may happen: what is at work is left alone."""
    with Ledger(place.ledger.parent) as ledger:
        forget = Forget(ledger, Sought.of(orders=["1"]), 2_000_000_000.0)
        assert forget.look().rows == 1
        ((run_no,),) = ledger.connection.execute("SELECT run_no FROM runs").fetchall()
        lock = run_lock(ledger, run_no)
        assert lock.take()
        with pytest.raises(Busy, match="nothing was deleted"):
            forget.carry_out()
        lock.release()
    assert traces(place)
