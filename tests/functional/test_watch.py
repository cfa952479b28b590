"""``watch --once``: every sheet ends in one place, with what a person needs beside it.

The work of each sheet is done in this process; test_watch_processes.py has processes of their own.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.cli import watch as cli_watch
from pipeline.watching.told import Told, Work
from tests.functional.command import APP_KEY, WEB_KEY, Place, bare_address, order, write_sheet
from tests.functional.conftest import Call
from tests.functional.hot_folder import AtOnce, HotFolder, InThisProcess
from tests.stub_api import behaviours as api
from tests.stub_api.server import StubApi

NOBODY = "http://127.0.0.1:9"
"""Where nothing listens."""


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_watch, "Workers", InThisProcess)
    monkeypatch.setattr(cli_watch._Signals, "wait", lambda _self, _seconds: None)


@pytest.fixture
def folder(place: Place, call: Call) -> HotFolder:
    """An empty hot folder."""
    return HotFolder(place, call)


def test_each_sheet_ends_in_one_place(folder: HotFolder) -> None:
    """Well: done. Rows to see to: needs attention, with results. Unreadable: with a sentence."""
    del folder.place.environ["ADDRESS_PIPELINE_RESULTS__REPORT"]
    with StubApi() as stub:
        folder.drop("good.csv", [order(1), order(2)])
        folder.drop("bad.csv", [order(3), order(4, city="")])
        (folder.root / "broken.xlsx").write_bytes(b"%PDF-1.7")
        (folder.root / "~$good.xlsx").write_bytes(b"Ada")
        first = folder.auto(stub.url)
        second = folder.auto(stub.url)
    assert folder.files() == {
        ".": ["~$good.xlsx"],
        "done": ["good.csv", "good.report.html", "good.results.xlsx"],
        "needs-attention": [
            "bad.csv",
            "bad.report.html",
            "bad.results.xlsx",
            "broken.error.txt",
            "broken.xlsx",
        ],
    }
    assert folder.outcomes("done/good.results.xlsx") == ["updated", "updated"]
    assert folder.outcomes("needs-attention/bad.results.xlsx") == ["updated", "invalid"]
    sentence = (folder.root / "needs-attention/broken.error.txt").read_text()
    assert sentence == "broken.xlsx is a PDF, not a spreadsheet; give an xlsx or a CSV.\n"
    assert first.code == 1
    assert first.stdout.splitlines() == [
        "bad.csv needs attention: 1 row did not end well; the results beside it say what to do.",
        f"broken.xlsx needs attention: {sentence.strip()}",
    ]
    assert first.stderr == ""
    assert (second.code, second.stdout, second.stderr) == (0, "", "")


def test_the_json_object_has_the_shape_of_all_commands(folder: HotFolder, call: Call) -> None:
    """Counts of all sheets on top, each run with where its files ended, and nothing else said."""
    with StubApi() as stub:
        folder.drop("a.csv", [order(1), order(2)])
        folder.drop("b.csv", [order(3), order(4, city="")])
        told = folder.auto(stub.url, "--json").json
        write_sheet(folder.place.work / "c.csv", [order(9)])
        applied = call("apply", "c.csv", "--base-url", stub.url, "--json").json
    assert set(applied) <= set(told)
    assert (told["rows"], told["requests"], told["exit_code"]) == (4, 3, 1)
    assert {name: n for name, n in told["outcomes"].items() if n} == {"updated": 3, "invalid": 1}
    assert [run["exit_code"] for run in told["runs"]] == [0, 1]
    for run in told["runs"]:
        assert Path(run["source"]).exists()
        assert Path(run["results"]).exists()
    assert [(one["name"], one["place"]) for one in told["sheets"]] == [
        ("a.csv", "done"),
        ("b.csv", "needs-attention"),
    ]


def test_the_same_file_twice_and_another_of_its_name(folder: HotFolder, call: Call) -> None:
    """Each is kept, none is overwritten, and what was confirmed is not sent again."""
    with StubApi() as stub:
        folder.drop("a.csv", [order(1)])
        assert folder.auto(stub.url).code == 0
        folder.drop("a.csv", [order(1)])
        folder.drop("b.csv", [order(1)])
        assert folder.auto(stub.url).code == 0
        folder.drop("a.csv", [order(2)])
        assert folder.auto(stub.url).code == 0
        results = json.loads(call("runs", "--json").stdout)["runs"]
    assert folder.files()["done"] == [
        "a (2).csv",
        "a (2).results.xlsx",
        "a (3).csv",
        "a (3).results.xlsx",
        "a.csv",
        "a.results.xlsx",
        "b.csv",
        "b.results.xlsx",
    ]
    assert folder.outcomes("done/a (2).results.xlsx") == ["unchanged"]
    assert [len(stub.puts(number)) for number in (1, 2)] == [1, 1]
    assert all(Path(run["results"]).exists() for run in results)


def test_what_is_approved_is_exactly_what_is_sent(folder: HotFolder) -> None:
    """Nothing leaves before the yes; the yes takes findings and absent columns as shown."""
    folder.place.environ["ADDRESS_PIPELINE_WATCH__CONFIRM"] = "always"
    columns = [name for name in order(1) if name not in ("phone", "email")]
    filled_down = [
        order(number, address_1=f"{100 + number} Elm Street", last_name=f"Byron{number}")
        for number in range(1, 8)
    ]
    with StubApi() as stub:
        folder.drop("a.csv", [*filled_down, order(8, city="")], columns)
        shown = folder.once(stub.url)
        assert folder.files() == {"to-approve": ["a.check.xlsx", "a.csv"]}
        assert set(folder.outcomes("to-approve/a.check.xlsx")) == {"ready", "invalid"}
        again = folder.once(stub.url)
        assert stub.puts() == []
        folder.move("a.csv", "to-approve", "approved")
        sent = folder.once(stub.url)
    assert shown.code == 0
    assert shown.stdout == (
        "a.csv waits in to-approve: 7 orders would be sent; look at the check file, then move the "
        "sheet to approved.\n"
    )
    assert (again.code, again.stdout) == (0, "")
    assert {seen.order_id: seen.json["customer_info"] for seen in stub.puts()} == {
        number: {**bare_address(number), "address_1": f"{100 + number} Elm Street"}
        | {"last_name": f"Byron{number}", "phone": None, "email": None}
        for number in range(1, 8)
    }
    assert sent.code == 1
    assert folder.files() == {"needs-attention": ["a.check.xlsx", "a.csv", "a.results.xlsx"]}


def test_a_yes_holds_when_the_run_is_cut_off(folder: HotFolder) -> None:
    """It goes on with what was approved, and asks for no other yes."""
    folder.place.environ |= {
        "ADDRESS_PIPELINE_WATCH__CONFIRM": "always",
        "ADDRESS_PIPELINE_RATE__WORKERS": "1",
    }
    with StubApi(api.after(1, api.unauthorized)) as stub:
        folder.drop("a.csv", [order(1), order(2), order(3)])
        folder.once(stub.url)
        folder.move("a.csv", "to-approve", "approved")
        assert folder.once(stub.url).code == 4
        stub.behave = api.ok
        assert folder.once(stub.url).code == 0
    assert folder.files() == {"done": ["a.check.xlsx", "a.csv", "a.results.xlsx"]}
    assert folder.outcomes("done/a.results.xlsx") == ["updated"] * 3
    assert [len(stub.puts(number)) for number in (1, 3)] == [1, 1]


def test_another_run_in_between_makes_a_new_preview(folder: HotFolder, call: Call) -> None:
    """Nothing is sent of what nobody saw; after another look it is."""
    folder.place.environ["ADDRESS_PIPELINE_WATCH__CONFIRM"] = "always"
    with StubApi() as stub:
        folder.drop("a.csv", [order(1), order(2)])
        folder.once(stub.url)
        other = write_sheet(folder.place.work / "other.csv", [order(2, city="Salem")])
        assert call("apply", other, "--base-url", stub.url).code == 0
        folder.move("a.csv", "to-approve", "approved")
        ended = folder.once(stub.url)
        assert folder.files() == {"to-approve": ["a.check.xlsx", "a.csv"]}
        assert [seen.order_id for seen in stub.puts()] == [2]
        folder.move("a.csv", "to-approve", "approved")
        assert folder.once(stub.url).code == 0
    assert ended.code == 0
    assert "waits in to-approve" in ended.stdout
    assert [seen.order_id for seen in stub.puts()] == [2, 1, 2]
    assert folder.files() == {"done": ["a.check.xlsx", "a.csv", "a.results.xlsx"]}


@pytest.mark.parametrize("where", ["to-approve", "approved"])
def test_a_sheet_that_was_changed_is_shown_anew(folder: HotFolder, where: str) -> None:
    """Be it saved again where it waits, or on its way."""
    folder.place.environ["ADDRESS_PIPELINE_WATCH__CONFIRM"] = "always"
    with StubApi() as stub:
        folder.drop("a.csv", [order(1)])
        folder.once(stub.url)
        write_sheet(folder.root / "to-approve/a.csv", [order(1, city="Salem")])
        if where == "approved":
            folder.move("a.csv", "to-approve", "approved")
        folder.once(stub.url)
        assert folder.files() == {"to-approve": ["a.check.xlsx", "a.csv"]}
        assert stub.puts() == []
        folder.move("a.csv", "to-approve", "approved")
        assert folder.once(stub.url).code == 0
    assert [seen.json["customer_info"]["city"] for seen in stub.puts()] == ["Salem"]


def test_what_nobody_was_shown_is_shown_first(folder: HotFolder) -> None:
    """A sheet that is put into approved by itself, or only the check file of one, sends nothing."""
    folder.place.environ["ADDRESS_PIPELINE_WATCH__CONFIRM"] = "always"
    with StubApi() as stub:
        folder.once(stub.url)
        write_sheet(folder.root / "approved/a.csv", [order(1)])
        folder.once(stub.url)
        assert folder.files() == {"to-approve": ["a.check.xlsx", "a.csv"]}
        folder.move("a.check.xlsx", "to-approve", "approved")
        folder.once(stub.url)
        assert folder.files() == {"to-approve": ["a.csv"], "approved": ["a.check.xlsx"]}
        assert "only a check file" in folder.page
        assert stub.puts() == []
        folder.move("a.csv", "to-approve", "approved")
        assert folder.once(stub.url).code == 0
    assert folder.files() == {"done": ["a.check.xlsx", "a.csv", "a.results.xlsx"]}


def test_a_large_sheet_waits_for_a_yes_even_with_auto(folder: HotFolder) -> None:
    """Over watch.max_rows rows nothing goes out unseen; up to it everything does."""
    folder.place.environ["ADDRESS_PIPELINE_WATCH__MAX_ROWS"] = "2"
    with StubApi() as stub:
        folder.drop("large.csv", [order(number) for number in (1, 2, 3)])
        folder.drop("small.csv", [order(number) for number in (4, 5)])
        ended = folder.auto(stub.url)
    assert ended.code == 0
    assert folder.files() == {
        "to-approve": ["large.check.xlsx", "large.csv"],
        "done": ["small.csv", "small.results.xlsx"],
    }
    assert sorted(seen.order_id or 0 for seen in stub.puts()) == [4, 5]


@pytest.mark.nightly
def test_nothing_to_send_needs_no_yes(folder: HotFolder) -> None:
    """A sheet of which all is confirmed already goes straight to done."""
    folder.place.environ["ADDRESS_PIPELINE_WATCH__CONFIRM"] = "always"
    with StubApi() as stub:
        folder.drop("a.csv", [order(1)])
        folder.auto(stub.url)
        folder.drop("b.csv", [order(1)])
        assert folder.once(stub.url).code == 0
    assert "b.results.xlsx" in folder.files()["done"]
    assert len(stub.puts()) == 1


def test_results_come_back_as_work_only_where_somebody_changed_them(folder: HotFolder) -> None:
    """Untouched results go to done as they are; corrected ones are sent."""
    with StubApi() as stub:
        folder.drop("a.csv", [order(1), order(2, city="")])
        folder.auto(stub.url)
        results = folder.root / "needs-attention/a.results.xlsx"
        shutil.copy(results, folder.root / "untouched.xlsx")
        assert folder.auto(stub.url).code == 0
        assert folder.files()["done"] == ["untouched.xlsx"]
        import openpyxl

        book = openpyxl.load_workbook(results)
        head = [cell.value for cell in book.worksheets[0][1]]
        book.worksheets[0].cell(3, head.index("city") + 1).value = "Boston"
        book.save(folder.root / "a.results.xlsx")
        assert folder.auto(stub.url).code == 0
    assert [seen.order_id for seen in stub.puts()] == [1, 2]
    assert "a.results (2).xlsx" in folder.files()["done"]


@pytest.mark.nightly
def test_absent_columns_and_findings_stop_what_nobody_attends(folder: HotFolder) -> None:
    """Without a person neither is meant: the sentence says what to do, and nothing was sent."""
    columns = [name for name in order(1) if name != "phone"]
    with StubApi() as stub:
        filled = [
            order(n, address_1=f"{100 + n} Elm Street", last_name=f"Byron{n}") for n in range(1, 8)
        ]
        folder.drop("filled.csv", filled)
        folder.drop("short.csv", [order(9)], columns)
        ended = folder.auto(stub.url)
    # On this machine absent columns are cleared with a warning; elsewhere they are refused.
    assert [seen.order_id for seen in stub.puts()] == [9]
    assert ended.code == 1
    assert "filled.csv needs attention: Nothing of it was sent. The house numbers" in ended.stdout


def test_conflict_copies_are_for_a_person(folder: HotFolder) -> None:
    """Which of two copies is right no program can tell."""
    name = "a (Ada's conflicted copy 2026-11-26).csv"
    with StubApi() as stub:
        folder.drop(name, [order(1)])
        ended = folder.auto(stub.url)
    assert (ended.code, stub.puts()) == (1, [])
    assert folder.files() == {"needs-attention": [name, f"{name[:-4]}.error.txt"]}


def test_auto_is_refused_where_a_cloud_syncs(place: Place, call: Call) -> None:
    """There a sheet may come twice or in pieces; with somebody who looks it is taken."""
    (place.work / "Dropbox" / "in").mkdir(parents=True)
    arguments = ("watch", "Dropbox/in", "--once", "--sandbox")
    refused = call(*arguments, "--auto")
    assert refused.code == 2
    assert "kept in step by Dropbox" in refused.stderr
    assert call(*arguments).code == 0


def test_an_outage_leaves_the_sheet_to_the_next_pass(folder: HotFolder) -> None:
    """It stays in working, the pass ends with 5, and the next one goes on with the same run."""
    folder.place.environ |= {
        "ADDRESS_PIPELINE_STOP__OUTAGE_SECONDS": "0",
        "ADDRESS_PIPELINE_STOP__AFTER_FAILURES": "1",
        "ADDRESS_PIPELINE_RETRY__ATTEMPTS": "1",
        "ADDRESS_PIPELINE_RATE__WORKERS": "1",
    }
    with StubApi(api.after(1, api.unauthorized)) as stub:
        folder.drop("a.csv", [order(1), order(2), order(3)])
        first = folder.auto(stub.url)
        assert first.code == 4
        assert list(folder.files()) == [f"working/{os.uname().nodename}"]
        assert "did not take the two keys" in first.stderr
        stub.behave = api.ok
        second = folder.auto(stub.url)
    assert (second.code, second.stdout, second.stderr) == (0, "", "")
    assert folder.files() == {"done": ["a.csv", "a.results.xlsx"]}
    assert [len(stub.puts(number)) for number in (1, 3)] == [1, 1]


@pytest.mark.nightly
def test_an_api_that_cannot_be_reached_sends_no_sheet_to_a_person(folder: HotFolder) -> None:
    """One sheet finds it out; the others wait where they are."""
    folder.place.environ["ADDRESS_PIPELINE_STOP__OUTAGE_SECONDS"] = "0"
    folder.place.environ["ADDRESS_PIPELINE_RETRY__MAX_WAIT_SECONDS"] = "0.1"
    folder.drop("a.csv", [order(1)])
    folder.drop("b.csv", [order(2)])
    ended = folder.auto(NOBODY)
    assert ended.code == 5
    assert folder.files()["."] == ["b.csv"]
    assert len(folder.files()[f"working/{os.uname().nodename}"]) >= 1


def test_a_run_whose_end_nobody_heard_is_not_run_again(
    folder: HotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watcher was killed right then: the next one hears it from the ledger."""

    class Unheard(AtOnce):
        heard = False

        def poll(self) -> Told:
            if self.heard:
                return Told(-9)
            self.heard = True
            raise KeyboardInterrupt

    with StubApi() as stub:
        folder.drop("a.csv", [order(1), order(2, city="")])
        with monkeypatch.context() as patch:
            patch.setattr(InThisProcess, "kind", Unheard)
            assert folder.auto(stub.url).code == 130
        assert folder.auto(stub.url).code == 1
    assert folder.outcomes("needs-attention/a.results.xlsx") == ["updated", "invalid"]
    assert len(stub.puts()) == 1


def test_what_waits_for_over_a_day_is_said(folder: HotFolder) -> None:
    """A schedule that nobody looks at must not hide a sheet that nobody approves."""
    folder.place.environ["ADDRESS_PIPELINE_WATCH__CONFIRM"] = "always"
    with StubApi() as stub:
        folder.drop("a.csv", [order(1)])
        assert folder.once(stub.url).code == 0
        with closing(sqlite3.connect(folder.place.ledger)) as ledger, ledger:
            ledger.execute("UPDATE dropped SET ended_at = ended_at - 90000")
        ended = folder.once(stub.url)
        told = folder.once(stub.url, "--json")
    assert (ended.code, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Waiting in to-approve for over 24 hours: a.csv.")
    assert (told.code, told.json["waits_long"]) == (1, ["a.csv"])


def test_one_machine_works_a_folder(folder: HotFolder) -> None:
    """Another one is kept out while the first may be alive; then it takes over what is left."""
    url = NOBODY
    page = folder.root / "_STATUS.html"
    assert folder.auto(url, "--state-dir", "one").code == 0
    page.write_text(page.read_text().replace("&#34;off&#34;: true", "&#34;off&#34;: false"))
    kept_out = folder.auto(url, "--state-dir", "two")
    assert kept_out.code == 6
    assert f"--take-over {os.uname().nodename}" in kept_out.stderr
    assert folder.auto(url, "--state-dir", "one").code == 0
    page.write_text(page.read_text().replace("&#34;off&#34;: true", "&#34;off&#34;: false"))
    os.utime(page, (time.time() - 301,) * 2)
    folder.place.environ["ADDRESS_PIPELINE_WATCH__NAME"] = "second"
    write_sheet(folder.root / "working" / os.uname().nodename / "left.csv", [order(1)])
    with StubApi() as stub:
        waits = folder.auto(stub.url, "--state-dir", "two")
        assert (waits.code, stub.puts()) == (0, [])
        assert "left by the watcher" in folder.page
        ended = folder.auto(stub.url, "--state-dir", "two", "--take-over", os.uname().nodename)
    assert (ended.code, len(stub.puts())) == (0, 1)
    assert folder.files() == {"done": ["left.csv", "left.results.xlsx"]}


def test_another_name_of_the_machine_orphans_nothing(folder: HotFolder) -> None:
    """The name is kept; one that is configured later takes along what is in work."""
    with StubApi() as stub:
        folder.auto(stub.url)
        (folder.root / "working" / os.uname().nodename / "a.csv").touch()
        write_sheet(folder.root / "working" / os.uname().nodename / "a.csv", [order(1)])
        folder.place.environ["ADDRESS_PIPELINE_WATCH__NAME"] = "renamed"
        assert folder.auto(stub.url).code == 0
    assert folder.files() == {"done": ["a.csv", "a.results.xlsx"]}
    assert not (folder.root / "working" / os.uname().nodename).exists()


def test_nobody_to_take_over_is_said(folder: HotFolder) -> None:
    """A name that is not there is a mistake."""
    ended = folder.auto(NOBODY, "--take-over", "nobody")
    assert (ended.code, "no watcher nobody" in ended.stderr) == (2, True)


def test_keys_never_come_from_a_dotenv(folder: HotFolder) -> None:
    """What runs alone takes none from whatever folder it stands in."""
    folder.place.without_keys()
    dotenv = folder.place.work / ".env"
    dotenv.write_text(f"FINERWORKS_WEB_API_KEY={WEB_KEY}\nFINERWORKS_APP_KEY={APP_KEY}\n")
    dotenv.chmod(0o600)
    ended = folder.auto(NOBODY)
    assert ended.code == 4
    assert "are not set" in ended.stderr


def test_a_config_that_is_dropped_is_a_file_like_any_other(
    folder: HotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the watcher stands in its folder, nobody who drops files says how sheets are sent."""
    monkeypatch.chdir(folder.root)
    folder.place.work = folder.root

    class Dropping(AtOnce):
        def __init__(self, work: Work) -> None:
            if work.sheet.endswith("a.csv"):
                (folder.root / "config.yaml").write_text("sheet:\n  nonsense: 1\n")
            super().__init__(work)

    class Starter(InThisProcess):
        kind = Dropping

    monkeypatch.setattr(cli_watch, "Workers", Starter)
    with StubApi() as stub:
        folder.drop("a.csv", [order(6)])
        folder.call("watch", ".", "--once", "--auto", "--base-url", stub.url)
        (folder.root / "config.yaml").touch()
        ended = folder.call("watch", ".", "--once", "--auto", "--base-url", stub.url)
    assert "a.csv" in folder.files()["done"]
    assert "config.yaml" in folder.files()["needs-attention"]
    assert ended.code == 2
    assert "config.yaml lies in the folder that is watched" in ended.stderr


def test_a_name_that_is_no_text_stops_nobody(folder: HotFolder) -> None:
    """It is left where it is and said; the others are sent."""
    strange = folder.root / os.fsdecode(b"caf\xe9.csv")
    with StubApi() as stub:
        folder.drop("a.csv", [order(7)])
        write_sheet(strange, [order(8)])
        first, second = folder.auto(stub.url), folder.auto(stub.url)
    assert first.stderr == (
        "1 file is left alone: its name is not UTF-8; rename with a program that shows it.\n"
    )
    assert (first.code, second.code) == (1, 1)
    assert strange.exists()
    assert "a.csv" in folder.files()["done"]
    assert "its name is not UTF-8" in folder.page


def test_a_name_says_nothing_of_its_own(folder: HotFolder) -> None:
    """No second line, no colour and no markup come from what somebody called a file."""
    with StubApi() as stub:
        folder.drop("a\nb\x1b[31m<img src=x>.csv", [order(9, city="")])
        ended = folder.auto(stub.url)
    (line,) = ended.stdout.splitlines()
    assert line.startswith("a�b�[31m<img src=x>.csv needs attention: ")
    assert "<img" not in folder.page


def test_a_target_must_be_named(folder: HotFolder, call: Call) -> None:
    """Nobody is asked, so nothing is guessed."""
    assert call("watch", "in", "--once").code == 2
    assert call("watch", "nowhere", "--once", "--sandbox").code == 2


def test_the_page_tells_files_and_counts_and_no_person(folder: HotFolder) -> None:
    """Whoever may see the folder may see the page."""
    with StubApi() as stub:
        folder.drop("a.csv", [order(1), order(2, city="", last_name="Quackenmarker")])
        folder.auto(stub.url)
    assert "a.csv" in folder.page
    assert "1 updated, 1 invalid" in folder.page
    for secret in ("Quackenmarker", "Harbour", "Ada", "example.com", WEB_KEY, "617-555"):
        assert secret not in folder.page


def test_done_sheets_are_deleted_when_they_are_old(folder: HotFolder) -> None:
    """Only those of done, with what is beside them, and only where that is configured."""
    done = folder.root / "done"
    with StubApi() as stub:
        folder.drop("a.csv", [order(1)])
        folder.drop("b.csv", [order(2, city="")])
        folder.drop("saved.csv", [order(3)])
        folder.auto(stub.url)
        _days_pass(folder, 3)
        (done / "somebody's.csv").touch()
        folder.auto(stub.url)
        assert "a.csv" in folder.files()["done"]
        folder.place.environ["ADDRESS_PIPELINE_WATCH__KEEP_DAYS"] = "2"
        (done / "saved.results.xlsx").write_text("what somebody wrote over it")
        folder.auto(stub.url)
    assert folder.files()["done"] == ["saved.results.xlsx", "somebody's.csv"]
    assert folder.files()["needs-attention"] == ["b.csv", "b.results.xlsx"]


def test_what_a_kill_left_of_the_page_goes(folder: HotFolder) -> None:
    """Who writes one right now keeps his; nobody else's file is touched."""
    old, new, other = (folder.root / f"{name}.tmp" for name in ("._STATUS.a", "._STATUS.b", ".a"))
    for path in (old, new, other):
        path.touch()
    for path in (old, other):
        os.utime(path, (1, 1))
    with StubApi() as stub:
        folder.auto(stub.url)
    assert [path.exists() for path in (old, new, other)] == [False, True, True]


def test_a_newer_sheet_of_the_name_is_not_deleted_with_the_old_one(folder: HotFolder) -> None:
    """Who empties done/ every day has the same names there again the day after."""
    folder.place.environ["ADDRESS_PIPELINE_WATCH__KEEP_DAYS"] = "2"
    done = folder.root / "done"
    with StubApi() as stub:
        for city in ("Boston", "Cambridge"):
            for path in done.glob("*"):
                path.unlink()
            _days_pass(folder, 3)
            folder.drop("a.csv", [order(1, city=city)])
            folder.auto(stub.url)
        folder.auto(stub.url)
        assert folder.files()["done"] == ["a.csv", "a.results.xlsx"]
        _days_pass(folder, 3)
        folder.auto(stub.url)
    assert "done" not in folder.files()


def _days_pass(folder: HotFolder, days: int) -> None:
    if folder.place.ledger.exists():
        with closing(sqlite3.connect(folder.place.ledger)) as ledger, ledger:
            ledger.execute("UPDATE dropped SET ended_at = ended_at - ?", (days * 86_400,))
    for path in (folder.root / "done").glob("*"):
        os.utime(path, (path.stat().st_mtime - days * 86_400,) * 2)


def test_what_a_kill_left_of_a_move_is_finished(folder: HotFolder) -> None:
    """The ledger knows where everything was to go; some of it is there already."""
    with StubApi() as stub:
        folder.auto(stub.url)
        working = folder.root / "working" / os.uname().nodename
        write_sheet(working / "a.csv", [order(1)])
        (folder.root / "done" / "a.csv").touch()
        (folder.root / "done" / "a.results.xlsx").write_text("moved before")
        moves = [
            [str(working / name), str(folder.root / "done" / name)]
            for name in ("a.csv", "a.results.xlsx", "a.report.html")
        ]
        with closing(sqlite3.connect(folder.place.ledger)) as ledger, ledger:
            ledger.execute(
                "INSERT INTO dropped (folder, name, came_from, file, task, claimed_at, place,"
                " moves) VALUES (?, 'a.csv', '', ?, 'apply', 0, 'done', ?)",
                (str(folder.root), str(working / "a.csv"), json.dumps(moves)),
            )
        assert folder.auto(stub.url).code == 0
    assert folder.files() == {"done": ["a.csv", "a.results.xlsx"]}
    assert (folder.root / "done" / "a.csv").stat().st_size > 0
    assert stub.puts() == []
