"""The report beside the results: where it lands, that it harms nobody, and that it repeats."""

from __future__ import annotations

import errno
import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.functional.command import Ended, Place, order, write_sheet
from tests.functional.conftest import Call
from tests.pages.reading import PageRead, read_page
from tests.stub_api import behaviours as api
from tests.stub_api.server import StubApi

ROWS = [order(1), order(2), order(3, zip_postal_code="")]


def _apply(stub: StubApi, sheet: str, *flags: str) -> tuple[str, ...]:
    return ("apply", sheet, "--base-url", stub.url, "--max-rate", "0", *flags)


def _read(path: str | Path) -> PageRead:
    return read_page(Path(path).read_text(encoding="utf-8"))


def _told(ended: Ended) -> dict[str, Any]:
    (run,) = ended.json["runs"]
    assert isinstance(run, dict)
    return run


def test_apply_writes_a_report_and_says_where(place: Place, call: Call) -> None:
    """The last line names both files; the page says what became of the sheet."""
    write_sheet(place.work / "orders.csv", ROWS)
    with StubApi(api.by_order({2: api.modelstate_400})) as stub:
        ended = call(*_apply(stub, "orders.csv", "--yes"))
    assert ended.code == 1
    assert ended.stdout.splitlines()[-1] == (
        "Results orders.results.csv   Report orders.report.html"
    )
    page = _read(place.work / "orders.report.html")
    assert [one.text for one in page.all("h1")] == ["2 of 3 orders need a person."]
    assert "Rows 3" not in page.words
    assert "Row 3" in page.words
    assert "Row 4" in page.words
    assert "CUSTOM HOST" in page.words
    (command,) = [one.text for one in page.all("pre")]
    assert command == f"address-pipeline apply orders.results.csv --base-url {stub.url}"


def test_the_report_holds_no_cell_and_no_answer(place: Place, call: Call) -> None:
    """Neither what the sheet holds of a person nor what the API said stands on the page."""
    write_sheet(place.work / "orders.csv", ROWS)
    with StubApi(api.by_order({1: api.modelstate_400, 2: api.success_false})) as stub:
        call(*_apply(stub, "orders.csv", "--yes"))
    html = (place.work / "orders.report.html").read_text(encoding="utf-8")
    for cell in ("Byron", "Harbour", "Boston", "617-555", "ada@example.com"):
        assert cell not in html
    for said in ("field is required", "cannot be updated"):
        assert said not in html


def test_json_names_the_report(place: Place, call: Call) -> None:
    """``apply``, ``runs RUN`` and ``results RUN`` give the same path; a check has none."""
    write_sheet(place.work / "orders.csv", ROWS)
    with StubApi() as stub:
        run = _told(call(*_apply(stub, "orders.csv", "--json")))
    assert run["report"] == str(place.work / "orders.report.html")
    assert call("runs", run["run_id"], "--json").stdout.count(run["report"]) == 1
    again = json.loads(call("results", run["run_id"], "--json").stdout)
    assert (again["results"], again["report"]) == (run["results"], run["report"])
    told = call("runs", run["run_id"]).stdout.splitlines()
    assert "  Report    orders.report.html" in [line.rstrip() for line in told]
    checked = call("check", "orders.csv", "--json")
    assert checked.json["runs"][0]["report"] is None
    assert sorted(path.name for path in place.work.glob("*.html")) == ["orders.report.html"]


@pytest.mark.parametrize(
    ("output", "named"),
    [("fixed.xlsx", "fixed.report.html"), ("out", "out/orders.report.html")],
)
def test_it_is_named_after_the_results(place: Place, call: Call, output: str, named: str) -> None:
    """Beside them, also where ``-o`` put them."""
    write_sheet(place.work / "orders.csv", ROWS)
    with StubApi() as stub:
        run = _told(call(*_apply(stub, "orders.csv", "--json", "-o", output)))
    assert run["report"] == str(place.work / named)
    assert Path(run["report"]).is_file()


def test_results_under_another_number_have_their_report_there(place: Place, call: Call) -> None:
    """Corrections in the results stay, and so do the two pages that belong to each."""
    write_sheet(place.work / "orders.csv", ROWS)
    with StubApi() as stub:
        call(*_apply(stub, "orders.csv", "--yes"))
        (place.work / "orders.results.csv").write_text("edited", encoding="utf-8")
        run = _told(call(*_apply(stub, "orders.csv", "--json")))
    assert Path(run["results"]).name == "orders.results (2).csv"
    assert Path(run["report"]).name == "orders.report (2).html"


def test_the_same_run_gives_the_same_bytes(place: Place, call: Call) -> None:
    """``results RUN`` replaces our own page by an equal one."""
    write_sheet(place.work / "orders.csv", ROWS)
    with StubApi(api.by_order({2: api.not_found_order})) as stub:
        run = _told(call(*_apply(stub, "orders.csv", "--json")))
    report = Path(run["report"])
    first = report.read_bytes()
    ended = call("results", run["run_id"])
    assert ended.code == 0
    (line,) = [line for line in ended.stdout.splitlines() if line.startswith("Results ")]
    assert line == "Results orders.results.csv   Report orders.report.html"
    assert report.read_bytes() == first
    report.unlink()
    call("results", run["run_id"])
    assert report.read_bytes() == first
    assert [path.name for path in place.work.glob("*.html")] == ["orders.report.html"]


def test_a_run_that_stopped_names_the_command_that_goes_on(place: Place, call: Call) -> None:
    """It stands on the page that is written at once, and on the one that is written later."""
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 9)])
    with StubApi(api.unauthorized) as stub:
        run = _told(call(*_apply(stub, "orders.csv", "--json")))
    assert run["exit_code"] == 4
    first = Path(run["report"]).read_bytes()
    page = _read(run["report"])
    assert f"address-pipeline resume {run['run_id']}" in [one.text for one in page.all("pre")]
    assert "Stopped: the keys were refused" in page.words
    call("results", run["run_id"])
    assert Path(run["report"]).read_bytes() == first


def test_somebodys_page_is_never_replaced(place: Place, call: Call) -> None:
    """Neither a file of that name, nor our own page once it was changed."""
    write_sheet(place.work / "orders.csv", ROWS)
    own = place.work / "orders.report.html"
    own.write_text("mine", encoding="utf-8")
    with StubApi() as stub:
        first = _told(call(*_apply(stub, "orders.csv", "--json")))
        second = Path(first["report"])
        assert second.name == "orders.report (2).html"
        second.write_text("noted", encoding="utf-8")
        third = _told(call(*_apply(stub, "orders.csv", "--json")))
    assert Path(third["report"]).name == "orders.report (3).html"
    assert (own.read_text("utf-8"), second.read_text("utf-8")) == ("mine", "noted")


def test_it_is_as_open_as_the_sheet(place: Place, call: Call) -> None:
    """Who may read the sheet may read what became of it, and nobody else."""
    sheet = write_sheet(place.work / "orders.csv", ROWS)
    sheet.chmod(0o640)
    with StubApi() as stub:
        run = _told(call(*_apply(stub, "orders.csv", "--json")))
    assert stat.S_IMODE(Path(run["report"]).stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (KeyError("a mistake of ours"), "KeyError"),
    ],
)
def test_a_report_that_cannot_be_written_costs_nothing(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch, trouble: Exception, why: str
) -> None:
    """Results and exit code are as without it, and stderr says what is missing."""
    write_sheet(place.work / "orders.csv", ROWS)

    def broken(*_: object, **__: object) -> str:
        raise trouble

    monkeypatch.setattr("pipeline.pages.report_page", broken)
    with StubApi() as stub:
        ended = call(*_apply(stub, "orders.csv", "--json"))
    run = _told(ended)
    assert (ended.code, run["report"]) == (1, None)
    assert Path(run["results"]).is_file()
    assert f"The report orders.report.html cannot be written ({why})" in ended.stderr
    monkeypatch.undo()
    assert call("results", run["run_id"]).code == 0
    assert (place.work / "orders.report.html").is_file()


def test_it_can_be_turned_off(place: Place, call: Call) -> None:
    """``results.report: false`` writes the results alone."""
    write_sheet(place.work / "orders.csv", ROWS)
    place.environ["ADDRESS_PIPELINE_RESULTS__REPORT"] = "false"
    with StubApi() as stub:
        ended = call(*_apply(stub, "orders.csv", "--yes"))
    assert ended.stdout.splitlines()[-1] == "Results orders.results.csv"
    assert list(place.work.glob("*.html")) == []


def test_forget_does_not_name_it(place: Place, call: Call) -> None:
    """It holds row numbers and order ids, which stay in the ledger too."""
    write_sheet(place.work / "orders.csv", ROWS)
    with StubApi() as stub:
        call(*_apply(stub, "orders.csv", "--yes"))
    files = json.loads(call("forget", "--order", "1", "--json").stdout)["files"]
    assert [Path(file["path"]).name for file in files] == ["orders.csv", "orders.results.csv"]


def test_no_other_command_waits_for_the_templates() -> None:
    """``--help`` and ``check`` load no template engine."""
    script = (
        "import sys\n"
        "from pipeline.cli import run\n"
        "import pipeline.cli.apply, pipeline.cli.check, pipeline.cli.history, pipeline.pages\n"
        "run(['--help'])\n"
        "assert not {'jinja2', 'markupsafe'} & set(sys.modules)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
