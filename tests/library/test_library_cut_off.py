"""A call that is cut off settles what is in flight, and the same call goes on with its run."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline import (
    Busy,
    ConfigError,
    CredentialsRefused,
    SheetError,
    StopRun,
    Target,
    apply_rows,
    apply_sheet,
)
from pipeline.config import Keys
from pipeline.job.summary import summarise
from pipeline.ledger import Ledger, lock_for_sheet, runs
from tests.functional.command import order, write_sheet
from tests.stub_api import behaviours as api
from tests.stub_api.replies import Hang, Late
from tests.stub_api.server import StubApi

KEYS = Keys("one-key", "another-key")
COUNT = 6
ROWS = [order(number) for number in range(1, COUNT + 1)]


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("ADDRESS_PIPELINE_RATE__WORKERS", "1")
    monkeypatch.chdir(tmp_path)


def _options(stub: StubApi, tmp_path: Path) -> dict[str, Any]:
    target = Target.from_base_url(stub.url)
    return {"target": target, "keys": KEYS, "max_rate": 0, "state_dir": tmp_path / "state"}


def _counts(stub: StubApi) -> list[int]:
    return [len(stub.puts(number)) for number in range(1, COUNT + 1)]


@pytest.mark.parametrize("given", ["sheet", "rows"])
async def test_the_same_call_goes_on(tmp_path: Path, given: str) -> None:
    """After a stop the same sheet, or the same rows (a generator, say), go on in the same run."""
    sheet = write_sheet(tmp_path / "orders.csv", ROWS)
    with StubApi(api.after(2, api.unauthorized)) as stub:
        options = _options(stub, tmp_path)

        async def call() -> pipeline.Run:
            if given == "sheet":
                return await apply_sheet(sheet, **options)
            return await apply_rows((row for row in ROWS), **options)

        first = await call()
        stub.behave = api.ok
        second = await call()
        third = await call()
        assert _counts(stub) == [1, 1, 2, 1, 1, 1]
    assert (first.exit_code, first.outcomes["updated"]) == (4, 2)
    assert (second.run_id, second.outcomes["updated"]) == (first.run_id, COUNT)
    assert [row["attempts"] for row in second.rows] == [1, 1, 2, 1, 1, 1]
    assert (third.run_id != first.run_id, third.outcomes["unchanged"]) == (True, COUNT)


async def test_other_keys_are_another_run(tmp_path: Path) -> None:
    """A new run begins, and its notes say why."""
    with StubApi(api.after(2, api.unauthorized)) as stub:
        options = _options(stub, tmp_path)
        first = await apply_rows(ROWS, **options)
        stub.behave = api.ok
        second = await apply_rows(ROWS, **options | {"keys": Keys("one-key", "third-key")})
    assert (first.notes, second.outcomes["updated"]) == ((), COUNT)
    (note,) = second.notes
    assert note.startswith(f"Run {first.run_id} of this sheet was cut off and is not continued: ")
    assert note.endswith("it was begun with other keys.")


async def test_other_rows_are_another_run(tmp_path: Path) -> None:
    """Rows have no file, so their content alone tells whether they are the same."""
    with StubApi(api.after(2, api.unauthorized)) as stub:
        options = _options(stub, tmp_path)
        first = await apply_rows(ROWS, **options)
        stub.behave = api.ok
        second = await apply_rows([*ROWS[:-1], order(COUNT, city="Salem")], **options)
    assert second.run_id != first.run_id
    assert (second.outcomes["unchanged"], second.outcomes["updated"]) == (2, COUNT - 2)


async def test_cancelling_settles_what_is_in_flight(tmp_path: Path) -> None:
    """The answer on its way is awaited and kept, nothing more is sent, the task is cancelled."""
    with StubApi(lambda seen: Late(0.2, api.ok(seen))) as stub:
        options = _options(stub, tmp_path)
        task = asyncio.create_task(apply_rows(ROWS, **options))
        await asyncio.to_thread(stub.wait_for_puts, 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(stub.puts()) == 1
        assert _outcomes(tmp_path) == {"not_sent": COUNT - 1, "updated": 1}
        stub.behave = api.ok
        second = await apply_rows(ROWS, **options)
        assert _counts(stub) == [1] * COUNT
    assert second.outcomes["updated"] == COUNT


async def test_cancelling_twice_does_not_wait(tmp_path: Path) -> None:
    """An answer that does not come leaves its row ``unknown``; the next call sends it again."""
    with StubApi(Hang()) as stub:
        options = _options(stub, tmp_path)
        task = asyncio.create_task(apply_rows(ROWS, **options))
        await asyncio.to_thread(stub.wait_for_puts, 1)
        task.cancel()
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(5):
                await task
        assert _outcomes(tmp_path) == {"not_sent": COUNT - 1, "unknown": 1}
        stub.behave = api.ok
        second = await apply_rows(ROWS, **options)
    assert (second.outcomes["updated"], second.rows[0]["attempts"]) == (COUNT, 2)


def _outcomes(tmp_path: Path) -> dict[str, int]:
    """The outcomes as everybody is shown them."""
    with Ledger(tmp_path / "state") as ledger:
        (run,) = runs.listed(ledger)
        return {name: n for name, n in summarise(ledger, run).outcomes.items() if n}


PROGRAM = """
import sys
from pathlib import Path
from pipeline import Target, apply_rows_sync
from pipeline.config import Keys
from tests.functional.command import order
rows = [order(number) for number in range(1, 7)]
target = Target.from_base_url(sys.argv[1])
keys = Keys("one-key", "another-key")
apply_rows_sync(rows, target=target, keys=keys, max_rate=0, state_dir=Path("state"))
"""


def test_ctrl_c_in_a_program_settles_what_is_in_flight(tmp_path: Path) -> None:
    """KeyboardInterrupt reaches the program, after the answer on its way was kept."""
    with StubApi(lambda seen: Late(0.3, api.ok(seen))) as stub:
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, stub.url],
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env={**_environ(), "ADDRESS_PIPELINE_RATE__WORKERS": "1"},
        )
        stub.wait_for_puts(1)
        program.send_signal(signal.SIGINT)
        _, stderr = program.communicate(timeout=20)
        assert stderr.rstrip().endswith("KeyboardInterrupt")
        assert _outcomes(tmp_path) == {"not_sent": COUNT - 1, "updated": 1}
        stub.behave = api.ok
        second = pipeline.apply_rows_sync(ROWS, **_options(stub, tmp_path))
        assert _counts(stub) == [1] * COUNT
    assert second.outcomes["updated"] == COUNT


def _environ() -> dict[str, str]:
    top = Path(pipeline.__file__).parents[1]
    return {**os.environ, "PYTHONPATH": str(top), "PYTHONWARNINGS": "error"}


async def test_a_sync_twin_in_a_running_loop_says_what_to_write() -> None:
    """As in a notebook: one sentence instead of a loop that stands still, and nothing is sent."""
    with pytest.raises(ConfigError, match="await apply_rows"):
        pipeline.apply_rows_sync(ROWS, target=Target.sandbox())
    with pytest.raises(ConfigError, match="await apply_sheet"):
        pipeline.apply_sheet_sync("orders.csv", target=Target.sandbox())


async def test_a_sheet_that_somebody_works_on_is_busy(tmp_path: Path) -> None:
    """Repeat later: that is an error of its own."""
    sheet = write_sheet(tmp_path / "orders.csv", ROWS)
    lock = lock_for_sheet(tmp_path / "state", sheet)
    with pytest.raises(Busy, match="another address-pipeline"):
        await apply_sheet(sheet, target=Target.sandbox(), state_dir=tmp_path / "state")
    lock.release()
    run = await apply_sheet(sheet, target=Target.sandbox(), state_dir=tmp_path / "state")
    assert run.outcomes["updated"] == COUNT


def test_errors_are_told_apart_by_what_to_do() -> None:
    """Mend the call, mend the sheet, continue the run, repeat later: no one is another."""
    groups = (ConfigError, SheetError, StopRun, Busy)
    assert issubclass(CredentialsRefused, StopRun)
    assert [sum(issubclass(one, other) for other in groups) for one in groups] == [1] * 4
