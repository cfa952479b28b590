"""Which version of a row counts where several worksheets have it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.records import Record
from pipeline.core.rejoin import AsItIs, Key, Place, Rejoin, Version, versions_kept

UNTOUCHED = Version(b"as it was", edited=False)
ONE, OTHER = Version(b"one", edited=True), Version(b"other", edited=True)

versions = st.lists(st.sampled_from([UNTOUCHED, ONE, OTHER]), min_size=1, max_size=4)


@given(versions)
def test_an_edit_beats_what_nobody_touched(found: list[Version]) -> None:
    """One edit wins wherever it stands; edits that contradict each other all stay."""
    kept = [found[at] for at in versions_kept(found)]
    edits = {version.print for version in found if version.edited}
    assert kept == [UNTOUCHED] or {version.print for version in kept} == edits
    assert Counter(kept).most_common(1)[0][1] == 1
    assert versions_kept(found) == sorted(versions_kept(found))


@given(versions, st.randoms())
def test_the_order_of_the_worksheets_decides_nothing(found: list[Version], random: object) -> None:
    """The same versions in another order keep the same edits."""
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert {found[at] for at in versions_kept(found)} == {
        shuffled[at] for at in versions_kept(shuffled)
    }


@dataclass(frozen=True)
class Row:
    """A row of a worksheet: the row of the run that it names, or none, and its version."""

    row: int | None
    version: Version


rows = st.builds(Row, st.integers(1, 4) | st.none(), st.sampled_from([UNTOUCHED, ONE, OTHER]))
worksheet = st.lists(rows, max_size=6)


def key(row: Row) -> Key | None:
    return None if row.row is None else ("run", row.row)


def joined(main: Sequence[Row], further: Sequence[Sequence[Row]]) -> tuple[list[Version], Rejoin]:
    """Join worksheets; gives the version that stands in each place of the main one."""
    rejoin = Rejoin()
    record: dict[int, Version] = {}
    for number, each in enumerate(further):
        for at, row in enumerate(each):
            cells = Record(len(record), ("x",))
            record[len(record)] = row.version
            rejoin.add((number, at), key(row), row.version, cells)
    shown = []
    for row in main:
        named = key(row)
        met = AsItIs if named is None else rejoin.meet(named, lambda row=row: row.version)  # type: ignore[misc]
        shown.append(row.version if met.instead is None else record[met.instead[1].row])
    rejoin.close()
    return shown, rejoin


@given(worksheet, st.lists(worksheet, max_size=3))
def test_no_edit_is_lost_and_nothing_comes_twice(main: list[Row], further: list[list[Row]]) -> None:
    """Every edit of a row is in the result, and of each row of a run no version is there twice.

    Copies within one worksheet are rows of their own, and so are rows that name no run.
    """
    shown, rejoin = joined(main, further)

    def at(place: Place) -> Row:
        return further[place[0]][place[1]]

    for number in range(1, 5):
        mine = [index for index, row in enumerate(main) if row.row == number]
        left = sorted(place for place in rejoin.left if at(place).row == number)
        result = [shown[index] for index in mine] + [at(place).version for place in left]
        everything = [row.version for each in (main, *further) for row in each if row.row == number]
        assert {one for one in everything if one.edited} <= {*result}
        copies = sum(
            max(0, sum(row.row == number for row in each) - 1) for each in (main, *further)
        )
        edits = {one for one in everything if one.edited}
        assert len(result) <= copies + max(1, len(edits))
        assert bool(result) == bool(everything)
    nameless = {
        (number, index)
        for number, each in enumerate(further)
        for index, row in enumerate(each)
        if row.row is None
    }
    assert nameless <= rejoin.left
    assert rejoin.torn | rejoin.alone <= rejoin.left


@given(worksheet, worksheet)
def test_torn_means_two_edits_that_differ(main: list[Row], further: list[Row]) -> None:
    """A further row is torn only beside another edit of its own row."""
    _, rejoin = joined(main, [further])
    for _, index in rejoin.torn:
        mine = {row.version for row in main if row.row == further[index].row}
        assert {ONE, OTHER} <= mine | {further[index].version}


def test_a_row_that_only_one_worksheet_has_is_known() -> None:
    """Only where the other worksheet has rows of that run: else nothing was deleted there."""
    one, two = Row(1, UNTOUCHED), Row(2, UNTOUCHED)
    rejoin = Rejoin()
    rejoin.add((0, 5), key(two), two.version, Record(5, ("x",)))
    assert rejoin.meet(("run", 1), lambda: one.version).alone
    assert rejoin.meet(("other", 1), lambda: one.version) is AsItIs
    rejoin.close()
    assert rejoin.alone == {(0, 5)}


def test_an_unedited_version_is_not_even_asked_for() -> None:
    """Rows that nobody edited further on cost nothing but the look."""
    rejoin = Rejoin()
    rejoin.add((0, 5), ("run", 1), UNTOUCHED, Record(5, ("x",)))

    def never() -> Version:
        raise AssertionError

    assert rejoin.meet(("run", 1), never) is AsItIs
    assert rejoin.meet(("run", 1), never) is AsItIs
    rejoin.close()
    assert rejoin.left == set()
