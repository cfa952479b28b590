"""The same job for programs, against the sandbox on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pipeline
from pipeline import ConfigError, CredentialsRefused, SheetError, Target, apply_rows, check_rows
from pipeline.config import Keys
from pipeline.core.outcome import ExitCode
from tests.stub_api.behaviours import unauthorized
from tests.stub_api.server import StubApi

ADA = {
    "order_id": 4100001,
    "first_name": "Ada",
    "last_name": "Byron",
    "company_name": None,
    "address_1": "12 Analytical Way",
    "city": "Boston",
    "state_code": "MA",
    "zip_postal_code": 2134,
    "country_code": "us",
    "phone": None,
    "email": "ada@example.com",
    "address_order_po": None,
}
KEYS = Keys("one-key", "another-key")


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.delenv("FINERWORKS_WEB_API_KEY", raising=False)
    monkeypatch.delenv("FINERWORKS_APP_KEY", raising=False)
    monkeypatch.chdir(tmp_path)


async def test_rows_are_corrected_and_come_back(tmp_path: Path) -> None:
    """Each with its own values as text, its outcome and its reference."""
    run = await apply_rows([ADA, ADA | {"order_id": 2, "city": ""}], target=Target.sandbox())
    assert run.outcomes["updated"] == run.outcomes["invalid"] == 1
    assert run.exit_code is ExitCode.ROWS_TO_SEE_TO
    first, second = run.rows
    assert first["order_id"] == "4100001"
    assert first["success"] is True
    assert len(first["reference_id"]) == 32
    assert first["repairs"] == "zip_postal_code: 2134 → 02134"
    assert (second["outcome"], second["row"]) == ("invalid", 3)
    assert not list(tmp_path.glob("*results*"))


async def test_a_frame_in_and_a_frame_out() -> None:
    """pandas turns whole numbers with a gap into floats; no zero and no order is lost by that."""
    frame = pd.DataFrame([ADA, ADA | {"order_id": 5, "zip_postal_code": None}])
    run = await apply_rows(frame, target=Target.sandbox())
    out = run.to_frame()
    assert out["order_id"].tolist() == ["4100001", "5"]
    assert out["zip_postal_code"].tolist() == ["2134", ""]
    assert out["outcome"].tolist() == ["updated", "invalid"]
    assert out["row"].tolist() == [2, 3]
    assert str(out["attempts"].dtype) == "Int64"


async def test_the_same_guarantees_as_the_command() -> None:
    """Sent once, then unchanged; other keys know nothing of it."""
    with StubApi() as api:
        target = Target.from_base_url(api.url)
        options: dict[str, Any] = {"target": target, "max_rate": 0}
        assert (await apply_rows([ADA], keys=KEYS, **options)).outcomes["updated"] == 1
        assert (await apply_rows([ADA], keys=KEYS, **options)).outcomes["unchanged"] == 1
        other = Keys("one-key", "third-key")
        assert (await apply_rows([ADA], keys=other, **options)).outcomes["updated"] == 1
        assert len(api.puts()) == 2


async def test_rows_handed_over_again_are_meant_again() -> None:
    """One address, another, and the first again: each is sent, for rows have no age."""
    other = ADA | {"address_1": "9 Other Way"}
    with StubApi() as api:
        target = Target.from_base_url(api.url)
        for rows in ([ADA], [other], [ADA]):
            run = await apply_rows(rows, target=target, keys=KEYS, max_rate=0)
            assert run.outcomes["updated"] == 1
        assert len(api.puts()) == 3


async def test_half_a_letter_is_a_finding() -> None:
    """A lone surrogate cannot be sent or stored; it is an error of its row."""
    run = await apply_rows([ADA | {"city": "Bos\ud800ton"}, ADA], target=Target.sandbox())
    assert run.outcomes["invalid"] + run.outcomes["conflict"] == 2


async def test_a_row_never_raises_and_a_stop_is_told() -> None:
    """Refused keys end the run; what is known of the rows is given all the same."""
    with StubApi(unauthorized) as api:
        run = await apply_rows([ADA], target=Target.from_base_url(api.url), keys=KEYS, max_rate=0)
    assert run.outcomes["not_sent"] == 1
    assert run.exit_code is ExitCode.CREDENTIALS
    assert run.error is not None
    assert "keys" in run.error


async def test_what_is_wrong_beforehand_is_raised() -> None:
    """Missing keys, a sheet without an order, absent columns that would clear what is stored."""
    with pytest.raises(CredentialsRefused):
        await apply_rows([ADA], target=Target.live())
    with pytest.raises(SheetError):
        await apply_rows([{"first_name": "Ada"}], target=Target.sandbox())
    with pytest.raises(SheetError, match="no rows"):
        await apply_rows([], target=Target.sandbox())
    bare = {name: value for name, value in ADA.items() if name != "phone"}
    with pytest.raises(ConfigError, match="phone"):
        await apply_rows([bare], target=Target.test(), keys=KEYS)


async def test_rows_that_look_damaged_are_not_sent_unasked() -> None:
    """The finding is told, and accepting it sends them: the same as for the command."""
    filled = [ADA | {"order_id": n, "address_1": f"{n} Elm Street"} for n in range(1, 7)]
    assert [one.split(" count")[0] for one in check_rows(filled).findings] == [
        "The house numbers in rows 2 to 7"
    ]
    held = await apply_rows(filled, target=Target.sandbox())
    assert (held.outcomes["not_sent"], held.exit_code) == (6, ExitCode.ROWS_TO_SEE_TO)
    sent = await apply_rows(filled, target=Target.sandbox(), accept_findings=True)
    assert (sent.outcomes["updated"], len(sent.findings)) == (6, 1)
    assert check_rows(filled).exit_code is ExitCode.ROWS_TO_SEE_TO
    assert check_rows(filled, accept_findings=True).exit_code is ExitCode.OK


def test_sheets_are_read_within_the_configured_bounds(tmp_path: Path) -> None:
    """A program's sheet is no more trusted than the command's."""
    sheet, config = tmp_path / "orders.csv", tmp_path / "small.yaml"
    pd.DataFrame([ADA] * 20_000).to_csv(sheet, index=False)
    config.write_text("sheet:\n  max_megabytes: 1\n")
    with pytest.raises(SheetError, match="max_megabytes"):
        pipeline.check_sheet(sheet, config=config)


def test_a_check_sends_and_keeps_nothing(tmp_path: Path) -> None:
    """No ledger, no files, and what would be sent is ready."""
    run = check_rows([ADA, ADA | {"order_id": "x"}])
    assert run.outcomes["ready"] == run.outcomes["invalid"] == 1
    assert list(tmp_path.iterdir()) == []
    assert "Ada" not in repr(run)


def test_sheets_and_sync_twins(tmp_path: Path) -> None:
    """A file is read as the command reads it; its sync twin needs no event loop."""
    sheet = tmp_path / "orders.csv"
    pd.DataFrame([ADA]).to_csv(sheet, index=False)
    assert pipeline.check_sheet(sheet).outcomes["ready"] == 1
    run = pipeline.apply_sheet_sync(sheet, target=Target.sandbox())
    assert run.outcomes["updated"] == 1
    assert pipeline.apply_rows_sync([ADA], target=Target.sandbox()).outcomes["updated"] == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (float("nan"), ""),
        (pd.NA, ""),
        (pd.NaT, ""),
        (7, "7"),
        (7.0, "7"),
        (7.5, "7.5"),
        (True, "TRUE"),
        ("007", "007"),
        (pd.Timestamp("2026-03-01"), "2026-03-01T00:00:00"),
    ],
)
def test_values_become_text_as_a_workbook_shows_them(value: object, text: str) -> None:
    """Nothing is guessed: a date in a house number's place is a finding, not a number."""
    (row,) = check_rows([ADA | {"note": value}]).rows
    assert row["note"] == text
    assert row["outcome"] == "ready"


def test_the_public_names_are_there() -> None:
    """Every promised name can be had, and nothing else."""
    for name in pipeline.__all__:
        assert getattr(pipeline, name) is not None
    with pytest.raises(AttributeError):
        _ = pipeline.nothing_of_the_kind


async def test_a_program_is_logged_as_the_command_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The configured log tells of the run, and of no cell."""
    monkeypatch.setenv("ADDRESS_PIPELINE_LOG__FILE", str(tmp_path / "log.txt"))
    run = await apply_rows([ADA], target=Target.sandbox())
    text = (tmp_path / "log.txt").read_text(encoding="utf-8")
    events = [line.split("event=")[1].split()[0] for line in text.splitlines()]
    assert events == ["run_begun", "planned", "sending_begun", "run_ended"]
    assert run.run_id in text
    assert "Ada" not in text
