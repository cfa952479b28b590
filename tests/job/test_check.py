"""From a sheet to its check sheet: which rows are rows, which order they are, what is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.core.errors import SheetError
from pipeline.core.order_ids import NO_NUMBER
from pipeline.job.plan import PlanOptions
from pipeline.ledger import Ledger
from tests.examples import examples
from tests.job.workbench import ADA, BO, HEAD, checked, ids, read, write


def test_rows_keep_their_places_and_titles_have_no_outcome(ledger: Ledger, tmp_path: Path) -> None:
    """Title lines, blank rows and totals come back as they were, where they were."""
    sheet = write(
        tmp_path, "Corrections of Monday", "", HEAD, f"1,{ADA},x", "", f"2,{BO},y", "Total,,,,,,,,2"
    )
    found = checked(ledger, sheet)
    assert found.outcomes() == {4: "ready", 6: "ready"}
    source = read(sheet)
    assert [line[:9] for line in found.lines if line] == [
        line + [""] * (9 - len(line)) for line in source if line
    ]
    assert [bool(line) for line in found.lines] == [bool(line) for line in source]
    assert [
        line[9:] for line in found.lines if line and line[0] in ("Total", "Corrections of Monday")
    ] == [[""] * 12] * 2
    assert found.summary.exit_code == 0


def test_equal_rows_are_one_order(ledger: Ledger, tmp_path: Path) -> None:
    """Sent once; the second says which row it is like."""
    found = checked(ledger, write(tmp_path, HEAD, f"1,{ADA},x", f"1,{ADA},y"))
    assert found.outcomes() == {2: "ready", 3: "ready"}
    assert "row 2" in found.rows[3]["reason"]
    assert (found.plan.to_send, found.summary.sheets[0].orders) == (1, 1)


def test_different_rows_are_a_conflict_also_with_an_invalid_one(
    ledger: Ledger, tmp_path: Path
) -> None:
    """All of them; the invalid one too."""
    broken = ADA.replace("Austin", "")
    found = checked(ledger, write(tmp_path, HEAD, f"1,{ADA},x", f"2,{BO},x", f"1,{broken},y"))
    assert found.outcomes() == {2: "conflict", 3: "ready", 4: "conflict"}
    assert "Row 4" in found.rows[2]["reason"]
    assert found.summary.exit_code == 1


def test_the_last_one_wins_where_asked_for(ledger: Ledger, tmp_path: Path) -> None:
    """The earlier one is superseded and names the row that won."""
    sheet = write(tmp_path, HEAD, f"1,{ADA},x", f"1,{BO},y")
    found = checked(ledger, sheet, options=PlanOptions(duplicates="last"))
    assert found.outcomes() == {2: "superseded", 3: "ready"}
    assert found.rows[2]["reason"].startswith("Row 3")
    assert found.rows[2]["next_step"] == "nothing"


def test_further_lines_of_an_order_share_its_outcome(ledger: Ledger, tmp_path: Path) -> None:
    """A row without an address continues the order it names, or the one directly above."""
    sheet = write(
        tmp_path,
        HEAD,
        "1,,,,,,,,line before its address",
        f"1,{ADA},x",
        ",,,,,,,,blank number",
        f",{BO},no number",
        ",,,,,,,,of an invalid order",
        "9,,,,,,,,no address anywhere",
    )
    found = checked(ledger, sheet)
    assert found.outcomes() == {
        2: "ready",
        3: "ready",
        4: "ready",
        5: "invalid",
        6: "invalid",
        7: "invalid",
    }
    assert "row 3" in found.rows[2]["reason"]
    assert "row 3" in found.rows[4]["reason"]
    assert found.summary.sheets[0].orders == 3
    assert found.plan.to_send == 1


def test_a_first_row_with_nothing_to_continue_is_invalid(ledger: Ledger, tmp_path: Path) -> None:
    """There is no order above it."""
    found = checked(ledger, write(tmp_path, HEAD, ",,,,,,,,lost", f"1,{ADA},x"))
    assert found.outcomes() == {2: "invalid", 3: "ready"}


def test_a_surplus_cell_is_an_error_of_its_row_only(ledger: Ledger, tmp_path: Path) -> None:
    """Nothing is shifted; trailing delimiters and short records do no harm."""
    sheet = write(tmp_path, HEAD, f"1,{ADA},x,surplus", f"2,{BO},y,,", f"3,{BO}")
    found = checked(ledger, sheet)
    assert found.outcomes() == {2: "invalid", 3: "ready", 4: "ready"}
    assert "more cells" in found.rows[2]["reason"]


def test_an_open_quote_costs_its_own_row_only(ledger: Ledger, tmp_path: Path) -> None:
    """A quote in the wrong place is a finding, never a shifted column."""
    found = checked(ledger, write(tmp_path, HEAD, f'1,"Ada"x,{ADA},x', f"2,{BO},y"))
    assert found.outcomes() == {2: "invalid", 3: "ready"}


def test_a_line_below_a_broken_one_is_not_the_order_above_it(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Nobody knows which order the broken line was, so its items wait with it."""
    sheet = write(tmp_path, HEAD, f"1,{ADA},x", f'2,"Bo"x,{BO},y', ",,,,,,,,item of order 2")
    assert checked(ledger, sheet).outcomes() == {2: "ready", 3: "invalid", 4: "invalid"}


def test_po_numbers_become_order_ids_by_the_ids_sheet(ledger: Ledger, tmp_path: Path) -> None:
    """A single fit counts; anything else is invalid, and an order over rows stays one."""
    head = HEAD.replace("order_id", "order_po")
    sheet = write(
        tmp_path, head, f"#1001,{ADA},x", "#1001,,,,,,,,line", f"#1002,{BO},x", "#1002,,,,,,,,line"
    )
    found = checked(ledger, sheet, sheet_options=ids({"1001": "4100001"}))
    assert found.outcomes() == {2: "ready", 3: "ready", 4: "invalid", 5: "invalid"}
    assert found.rows[4]["next_step"] == "fix"
    assert found.summary.sheets[0].orders == 2


def test_a_po_sheet_without_ids_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    """A shop's number never becomes an order id."""
    sheet = write(tmp_path, HEAD.replace("order_id", "order_po"), f"1001,{ADA},x")
    with pytest.raises(SheetError, match="--ids"):
        checked(ledger, sheet)


def test_headings_only_is_a_file_error(ledger: Ledger, tmp_path: Path) -> None:
    """One sentence, and nothing stays in the ledger."""
    with pytest.raises(SheetError, match="headings only"):
        checked(ledger, write(tmp_path, HEAD))
    assert ledger.connection.execute("SELECT COUNT(*) FROM runs").fetchone() == (0,)


def test_conflicts_are_found_across_sheets(ledger: Ledger, tmp_path: Path) -> None:
    """All sheets are staged first; the reason names sheet and row."""
    one = write(tmp_path, HEAD, f"1,{ADA},x", f"2,{BO},x", name="one.csv")
    two = write(tmp_path, HEAD, f"3,{ADA},x", f"1,{BO},y", f"2,{BO},z", name="two.csv")
    found = checked(ledger, one, two)
    assert found.outcomes() == {2: "ready", 3: "conflict", 4: "ready"}
    assert "Row 2 of one.csv" in found.rows[3]["reason"]
    assert "row 3 of one.csv" in found.rows[4]["reason"]
    assert found.plan.to_send == 2


def test_a_check_sheet_fed_back_is_the_same_sheet(ledger: Ledger, tmp_path: Path) -> None:
    """Our columns are ignored, renamed headings and guards undone; nothing piles up."""
    head = HEAD.replace("note", "success")
    sheet = write(tmp_path, head, f"1,{ADA},=1+1", f"2,{BO},'-x")
    first = checked(ledger, sheet)
    back = tmp_path / "orders.check.csv"
    again = checked(ledger, back)
    assert [line[:9] for line in again.lines] == [line[:9] for line in first.lines]
    assert len(again.lines[0]) == len(first.lines[0])
    cells = [
        row[0]
        for row in ledger.connection.execute(
            "SELECT cells FROM rows WHERE kind IN ('order', 'heading') ORDER BY id"
        )
    ]
    assert cells[:3] == cells[3:]


def test_repairs_are_listed_and_warnings_named(ledger: Ledger, tmp_path: Path) -> None:
    """One a line, field: before → after."""
    damaged = BO.replace("02134", "2134").replace(",us", ",USA")
    found = checked(ledger, write(tmp_path, HEAD, f"1,{damaged},x"))
    assert sorted(found.rows[2]["repairs"].splitlines()) == [
        "country_code: USA → us",
        "zip_postal_code: 2134 → 02134",
    ]
    assert found.plan.sheets[0].told.repaired_rows == 1


cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["1", "2", "x", ""]), cells, cells), max_size=8))
def test_every_row_comes_back_once_with_one_outcome(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    """Whatever the cells hold, results keep rows and order, and totals agree."""
    import csv

    folder = tmp_path_factory.mktemp("sheet")
    sheet = folder / "orders.csv"
    with sheet.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD.split(","))
        writer.writerow(["77", *ADA.split(","), "sound"])
        for order, first, note in rows:
            writer.writerow([order, first, *BO.split(",")[1:], note])
    with Ledger(folder / "state") as own:
        found = checked(own, sheet)
    assert found.summary.sheets[0].rows == len(found.rows) == len(rows) + 1
    assert sum(found.summary.sheets[0].outcomes.values()) == len(rows) + 1
    assert [row["order_id"] for row in found.rows.values()] == ["77", *(row[0] for row in rows)]


@pytest.mark.uncounted
def test_many_rows_of_one_order_are_decided_in_chunks(ledger: Ledger, tmp_path: Path) -> None:
    """What is written while the rows are still read does not disturb the reading."""
    rows = [f"{number // 2},{ADA},{number}" for number in range(10, 9010)]
    found = checked(ledger, write(tmp_path, HEAD, *rows))
    assert found.summary.sheets[0].orders == found.plan.to_send == 4500


@pytest.mark.parametrize(
    "line",
    [
        "Total",
        "Total,3",
        ",,Total,,,,,,30.00",
        "3 orders",
        "Count,3,,,,,,,$30",
        "Grand total:,3",
        "Sum,1,200.50",
    ],
)
def test_rows_of_totals_are_no_rows(ledger: Ledger, tmp_path: Path, line: str) -> None:
    """Wherever the word stands, and whatever figures stand beside it."""
    found = checked(ledger, write(tmp_path, HEAD, f"1,{ADA},x", line))
    assert found.outcomes() == {2: "ready"}
    assert found.lines[2][0] == line.partition(",")[0]


@pytest.mark.parametrize(
    "line",
    [
        "2,Total,Bliss,5 Engine St,Boston,MA,02134,us,x",
        ",Sum,Young,,,,,,x",
        "7,Total,,,,,,,x",
        "#1001,,,,,,,,3 items",
    ],
)
def test_people_with_such_names_are_rows(ledger: Ledger, tmp_path: Path, line: str) -> None:
    """A row that names an order, or holds words in an address field, is somebody's."""
    found = checked(ledger, write(tmp_path, HEAD, f"1,{ADA},x", line))
    assert set(found.outcomes()) == {2, 3}


def test_rows_that_lost_their_number_name_no_order(ledger: Ledger, tmp_path: Path) -> None:
    """Excel shows many long numbers alike: none is looked up, and they are no conflict."""
    lost = "5.76461E+17"
    head = HEAD.replace("order_id", "order_po")
    sheet = write(tmp_path, head, f"{lost},{ADA},x", f"{lost},{BO},y", f",{BO},z")
    found = checked(ledger, sheet, sheet_options=ids({lost: "1"}))
    assert found.outcomes() == {2: "invalid", 3: "invalid", 4: "invalid"}
    reasons = [found.rows[row]["reason"] for row in (2, 3, 4)]
    assert reasons == [NO_NUMBER, NO_NUMBER, "order_po is empty; fill in the order's PO number."]


def test_the_headings_once_more_are_no_row(ledger: Ledger, tmp_path: Path) -> None:
    """Printed pages repeat them, and so do sheets that were put one under another."""
    sheet = write(tmp_path, HEAD, f"1,{ADA},x", f"{HEAD},", f"2,{BO},y")
    found = checked(ledger, sheet)
    assert (found.outcomes(), found.summary.exit_code) == ({2: "ready", 4: "ready"}, 0)
    assert found.lines[2][:9] == HEAD.split(",")


def test_other_headings_further_down_are_refused(ledger: Ledger, tmp_path: Path) -> None:
    """They mean other columns for all rows under them, however far down they stand."""
    swapped = HEAD.replace("first_name,last_name", "last_name,first_name")
    rows = [f"{number},{ADA},x" for number in range(1, 80)]
    sheet = write(tmp_path, HEAD, *rows, swapped, f"80,{BO},y")
    with pytest.raises(SheetError) as refused:
        checked(ledger, sheet)
    assert "rows 1 and 81 both look like rows of headings" in str(refused.value)


@pytest.mark.parametrize(
    ("item", "rows"),
    [("Total Eclipse, 16x20", 2), ("Sum 41", 1), ("Total orders: 2", 1), ("Count Dracula", 2)],
)
def test_a_line_item_is_no_total(ledger: Ledger, tmp_path: Path, item: str, rows: int) -> None:
    """A print may be called like a total; a total has nothing beside it but what it counts."""
    sheet = write(tmp_path, HEAD, f"1,{ADA},x", f',,,,,,,,"{item}"')
    assert len(checked(ledger, sheet).rows) == rows


def test_broken_lines_count_among_the_rows_with_errors(ledger: Ledger, tmp_path: Path) -> None:
    """A sheet that is half garbage is no sheet to send the other half of."""
    lines = [
        f'{n},"Ada"x,{ADA},x' if n % 2 else f"{n},{BO.replace('5 Engine', f'{n * 2} Engine')},y"
        for n in range(1, 41)
    ]
    found = checked(ledger, write(tmp_path, HEAD, *lines))
    assert [one.rule for one in found.plan.findings] == ["too_many_errors"]
    assert found.plan.findings[0].sentence.startswith("20 of 40 rows have errors")
