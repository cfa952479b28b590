"""What a file's name says in a folder that people, Excel and copying programs share."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.results import results_name
from pipeline.folder.names import (
    beside,
    conflict_copy,
    fitting,
    free_names,
    is_left_alone,
    numbered,
    opened_by,
    side_of,
)

LEFT_ALONE = (
    "~$orders.xlsx .orders.csv .~lock.orders.csv# ._orders.xlsx orders.xlsx.tmp orders.part"
    " orders.xlsx.crdownload Thumbs.db desktop.ini _STATUS.html _status.html .DS_Store"
    " orders.report.html orders.error.txt orders.csv~ orders.xlsx.filepart"
).split()
SHEETS = (
    "orders.xlsx",
    "orders.csv",
    "ORDERS.XLS",
    "orders (2).xlsx",
    "orders.results.xlsx",
    "orders.check.csv",
    "error.txt",
    "report.html",
    "~orders.xlsx",
    "orders",
    "Bestellungen für März.xlsx",
)
CONFLICTS = (
    "orders (Ada's conflicted copy 2026-11-26).xlsx",
    "orders (conflicted copy 2026-11-26 120000).csv",
    "orders (Case Conflict).xlsx",
    "orders.sync-conflict-20261126-120000-ABCDEFG.csv",
    "orders [Conflict].xlsx",
    "orders (in Konflikt stehende Kopie von Ada 2026-11-26).xlsx",
)


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_no_sheets_are_left_alone(name: str) -> None:
    """Files of Excel, of systems, of copying programs and our own pages are never taken."""
    assert is_left_alone(name)


@pytest.mark.parametrize("name", SHEETS)
def test_who_has_a_sheet_open_is_known_by_the_file_beside_it(name: str) -> None:
    """Excel and LibreOffice each leave one while it is open."""
    assert opened_by(f"~${name}") == opened_by(f".~lock.{name}#") == name
    assert opened_by(name) is None
    assert is_left_alone(f"~${name}")
    assert is_left_alone(f".~lock.{name}#")


@pytest.mark.parametrize("name", SHEETS)
def test_what_may_be_a_sheet_is_taken(name: str) -> None:
    """What only looks a little like one of those is a sheet like any other."""
    assert not is_left_alone(name)


@pytest.mark.parametrize("name", CONFLICTS)
def test_conflict_copies_are_known_by_name(name: str) -> None:
    """The marks of syncing programs are known anywhere."""
    assert conflict_copy(name)


def test_a_machine_in_the_name_counts_where_onedrive_syncs() -> None:
    """OneDrive puts the machine's name behind a dash; elsewhere that is a name like any other."""
    assert conflict_copy("orders-DESKTOP-4F7K2Q1.xlsx", "OneDrive")
    assert not conflict_copy("orders-DESKTOP-4F7K2Q1.xlsx", "Dropbox")
    assert not conflict_copy("orders-november.xlsx", "OneDrive")


@pytest.mark.parametrize("name", SHEETS)
def test_other_names_are_no_conflict_copies(name: str) -> None:
    """A number in brackets is what browsers do, too."""
    assert not conflict_copy(name, "Dropbox")


STEMS = st.text(st.characters(codec="utf-8", exclude_characters="/\0\n\r"), min_size=1).filter(
    lambda text: text.strip(" .") == text
)


@given(STEMS, st.sampled_from(["results", "check"]))
def test_our_names_are_known_again(stem: str, kind: str) -> None:
    """Whatever a sheet is called, the names we give to what is beside it are known as ours."""
    name = results_name(f"{stem}.xlsx", "xlsx", kind)  # type: ignore[arg-type]
    assert side_of(name) == kind


@given(STEMS)
def test_free_names_are_all_different(stem: str) -> None:
    """No name comes twice, and the first is the wanted one."""
    names = list(islice(free_names(f"{stem}.csv"), 5))
    assert names[0] == f"{stem}.csv"
    assert len(set(names)) == 5


@given(STEMS, st.integers(min_value=2, max_value=99_999))
def test_a_numbered_name_is_never_too_long(stem: str, number: int) -> None:
    """A file system holds 255 bytes of a name: the stem gives way, kind and number stay."""
    long = (stem * 60).encode()[:251].decode(errors="ignore")
    name = numbered(f"{long}.csv", number)
    assert len(name.encode()) <= 255
    assert name.endswith(f" ({number}).csv")


def test_an_ending_fits_behind_any_name() -> None:
    """A short name is taken as it is, a long one is cut where a letter ends."""
    assert fitting("a", ".error.txt") == "a.error.txt"
    assert fitting("é" * 127, ".error.txt") == f"{'é' * 121}….error.txt"


def test_a_pair_stays_a_pair() -> None:
    """What lies beside a sheet takes part in its new name."""
    assert numbered("a.xlsx", 2) == "a (2).xlsx"
    assert beside("a.results.xlsx", "a.csv", "a (2).csv") == "a (2).results.xlsx"
    assert beside("a (2).results.xlsx", "a (2).csv", "a.csv") == "a.results.xlsx"
    assert beside("other.xlsx", "a.csv", "b.csv") == "other.xlsx"
