"""docs/performance.md shows what the simulation gives."""

from __future__ import annotations

import re

import pytest

from tests.pace_simulation.__main__ import PAGE
from tests.pace_simulation.grid import CHANGES, LIMITS, SERVERS, Cell, Change, Figures, cells

pytestmark = pytest.mark.uncounted  # much computing, which the tests of the core cover
TEXT = PAGE.read_text(encoding="utf-8")
SOME = [
    Cell(server, limit, latency)
    for server in SERVERS
    for limit, latency in ((10, 0.1), (50, 0.1), (20, 1.0))
]


def shown(name: str) -> dict[tuple[str, ...], list[str]]:
    """Read a table of the page: the rest of each line by its first words."""
    part = re.search(rf"<!-- simulated: {name} -->\n(.*?)<!-- end -->", TEXT, re.DOTALL)
    assert part is not None
    lines = [line.strip("|").split("|") for line in part[1].splitlines()[2:]]
    head = 1 if name == "changes" else 2
    return {
        tuple(cell.strip() for cell in line[:head]): [cell.strip() for cell in line[head:]]
        for line in lines
    }


FIRST, SECOND, CHANGED = shown("first run"), shown("second run"), shown("changes")


def assert_like(figures: Figures, told: str) -> None:
    """Another machine's arithmetic may round otherwise once, and end a little elsewhere."""
    share, refused = (float(number) for number in re.findall(r"[\d.]+", told))
    assert figures.share == pytest.approx(share, abs=0.03)
    assert 100 * figures.refused / figures.requests == pytest.approx(refused, abs=0.4, rel=0.3)


def compare(cell: Cell) -> None:
    """Compare both runs of a cell with the page."""
    line, column = (cell.server, f"{cell.latency:g} s"), LIMITS.index(cell.limit)
    for figures, table in zip(cell.both(), (FIRST, SECOND), strict=True):
        assert_like(figures, table[line][column])


@pytest.mark.parametrize("cell", SOME, ids=str)
def test_cells_are_as_the_page_shows_them(cell: Cell) -> None:
    """Some cells of each server, simulated anew."""
    compare(cell)


def test_the_page_has_every_cell() -> None:
    """Each server and latency has its line, in both tables."""
    lines = {(cell.server, f"{cell.latency:g} s") for cell in cells()}
    assert set(FIRST) == set(SECOND) == lines
    assert {len(line) for line in (*FIRST.values(), *SECOND.values())} == {len(LIMITS)}
    assert [what for (what,) in CHANGED] == [change.what for change in CHANGES]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.what)
def test_changes_are_as_the_page_shows_them(change: Change) -> None:
    """Each limit that changes, simulated anew."""
    told = [float(cell) for cell in CHANGED[(change.what,)]]
    assert change.shares()[0] == pytest.approx(told, abs=0.05)


@pytest.mark.nightly
@pytest.mark.timeout(600)
def test_the_whole_table_is_as_the_page_shows_it() -> None:
    """Every cell."""
    for cell in cells():
        compare(cell)
