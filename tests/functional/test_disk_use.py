"""What docs/operations.md says a row costs on the disk is what it costs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.reading import page
from tests.functional.command import Place, order, write_sheet
from tests.stub_api.server import StubApi

ROWS = 5_000


@pytest.mark.nightly
def test_a_row_costs_what_the_page_says(place: Place) -> None:
    """Ledger and results, full and after forgetting, each within a sixth of the figure."""
    table = page("docs/operations.md").partition("<!-- measured -->")[2].partition("<!-- end")[0]
    told = [int(figure) for figure in re.findall(r"\| (\d+) \|$", table, re.MULTILINE)]
    write_sheet(
        place.work / "a.csv",
        [
            order(
                7_000_000 + number,
                address_1=f"{number * 7919 % 9973} Long Hill Road",
                email=f"ada.{number}@example.com",
            )
            for number in range(ROWS)
        ],
    )
    with StubApi() as stub:
        to = ("--base-url", stub.url, "--max-rate", "0", "-q", "--missing", "clear")
        assert place.run("apply", "a.csv", *to).code == 0
    found = [_bytes_a_row(place.ledger)]
    run = place.run("runs").stdout.split()[0]
    assert place.run("results", run, "-o", "a.xlsx").code == 0
    assert place.run("forget", "--older-than", "0d", "-y").code == 0
    found.append(_bytes_a_row(place.ledger))
    found += [_bytes_a_row(place.work / name) for name in ("a.results.csv", "a.xlsx")]
    assert found == [pytest.approx(figure, rel=1 / 6) for figure in told]


def _bytes_a_row(path: Path) -> float:
    return path.stat().st_size / ROWS
