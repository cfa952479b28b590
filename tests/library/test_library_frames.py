"""DataFrames and rows in and out: text stays text, and nothing becomes a float."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline import Run, Target, apply_rows, check_rows
from tests.functional.command import order


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.chdir(tmp_path)


async def test_text_stays_text_through_a_frame_and_back() -> None:
    """Leading zeros, Namibia, a surname like an empty cell and a house number like a float."""
    rows = [
        order(4100001, zip_postal_code="02134"),
        order(
            4100002,
            last_name="Null",
            country_code="NA",
            state_code="",
            zip_postal_code="10001",
            city="Windhoek",
            address_1="1E5 Avenue",
            phone="",
        ),
    ]
    frame = pd.DataFrame(rows, dtype="string")
    run = await apply_rows(frame, target=Target.sandbox())
    out = run.to_frame()
    assert run.outcomes["updated"] == 2
    assert out[list(rows[0])].to_dict("records") == rows
    assert out["order_id"].tolist() == ["4100001", "4100002"]
    assert out["success"].tolist() == [True, True]
    again = await apply_rows(out, target=Target.sandbox())
    assert again.to_frame()[list(rows[0])].to_dict("records") == rows


@pytest.mark.parametrize("kind", ["int64", "Int64", "float64", "object", "string", "Int64[gap]"])
def test_order_ids_are_never_floats(kind: str) -> None:
    """Whatever pandas made of the column, the order id is the whole number it was."""
    frame = pd.DataFrame([order(4100001), order(4100002), order(4100003)])
    if kind == "Int64[gap]":
        frame["order_id"] = pd.array([4100001, None, 4100003], dtype="Int64")
        expected = ["4100001", "", "4100003"]
    else:
        frame["order_id"] = (
            frame["order_id"].astype("int64").astype(pd.api.types.pandas_dtype(kind))
        )
        expected = ["4100001", "4100002", "4100003"]
    run = check_rows(frame)
    assert run.to_frame()["order_id"].tolist() == expected
    assert run.outcomes["ready"] == len([one for one in expected if one])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal(7), "7"),
        (Decimal("7.00"), "7"),
        (Decimal("7.10"), "7.10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("NaN"), ""),
        (Decimal("sNaN"), ""),
        (Decimal("Infinity"), "Infinity"),
        (np.float32("nan"), ""),
        (np.float32(7), "7"),
        (np.int64(7), "7"),
        (np.bool_(1), "TRUE"),
        (10**20, "100000000000000000000"),
        ("NA", "NA"),
        ("nan", "nan"),
        ("1E5", "1E5"),
        ("02134", "02134"),
    ],
    ids=repr,
)
def test_a_value_is_read_as_a_person_would_write_it(value: object, text: str) -> None:
    """Numbers of every make, and text that only looks like a number or like nothing."""
    (row,) = check_rows([order(1) | {"note": value}]).rows
    assert row["note"] == text


def test_a_frame_of_nothing_to_do_has_its_columns() -> None:
    """What is broken comes back as well, row by row, with numbers as numbers."""
    run: Run = check_rows(pd.DataFrame([order("x"), order(2)]))
    out = run.to_frame()
    assert out["outcome"].tolist() == ["invalid", "ready"]
    assert out["success"].isna().tolist() == [False, True]
    assert {str(out[name].dtype) for name in ("row", "attempts", "http_status")} == {"Int64"}
