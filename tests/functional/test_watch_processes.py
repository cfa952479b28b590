"""``watch`` as a service runs it: processes of their own, signals, kills, several at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pipeline.watching import worker
from pipeline.watching.told import Told, Work
from pipeline.watching.worker import Worker
from tests.functional.command import Place, finish, order
from tests.functional.hot_folder import HotFolder
from tests.stub_api import behaviours as api
from tests.stub_api.replies import Hang
from tests.stub_api.server import StubApi

MOST_SECONDS = 60.0


class Watched(HotFolder):
    """A hot folder, and the watchers that were started at it."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.started: list[subprocess.Popen[str]] = []

    def watch(self, url: str) -> subprocess.Popen[str]:
        """Start a watcher that asks nobody."""
        self.started.append(self.place.start("watch", "in", "--auto", "--base-url", url))
        return self.started[-1]


@pytest.fixture
def folder(place: Place) -> Iterator[Watched]:
    """An empty hot folder, looked at ten times a second; what was started there ends."""
    made = Watched(place)
    place.environ["ADDRESS_PIPELINE_WATCH__SETTLE_SECONDS"] = "0.3"
    yield made
    for process in made.started:
        process.kill()
        with suppress(ValueError):  # its end was read already
            process.communicate()


def _until(holds: Callable[[], bool], most_seconds: float = MOST_SECONDS) -> bool:
    end = time.monotonic() + most_seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return holds()


def _lives(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def _children(process: subprocess.Popen[str]) -> list[int]:
    told = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(pid) for pid in told.split()]


def test_a_watcher_sends_what_is_dropped_and_stops(folder: Watched) -> None:
    """A dropped sheet is sent by itself, measured, nothing is said; SIGTERM ends it with 143."""
    metrics = folder.place.home / "a.prom"
    folder.place.environ["ADDRESS_PIPELINE_METRICS__TEXTFILE"] = str(metrics)
    with StubApi() as stub:
        process = folder.watch(stub.url)
        folder.drop("a.csv", [order(1)])
        assert _until(lambda: "a.results.xlsx" in folder.files().get("done", []))
        assert _until(metrics.exists)
        process.send_signal(signal.SIGTERM)
        ended = finish(process)
    assert (ended.code, ended.stdout, ended.stderr) == (143, "", "")
    assert "address_pipeline_last_run_exit_code 143.0" in metrics.read_text(encoding="utf-8")
    assert '<html lang="en" data-state="off"' in folder.page
    assert len(stub.puts()) == 1


@pytest.mark.nightly
@pytest.mark.parametrize("whole_group", [False, True])
def test_sigterm_ends_it_settled_within_ten_seconds(folder: Watched, *, whole_group: bool) -> None:
    """Also where no answer comes, and where a service manager tells every process at once."""
    folder.place.environ["ADDRESS_PIPELINE_RATE__WORKERS"] = "2"
    with StubApi(Hang()) as stub:
        process = folder.watch(stub.url)
        folder.drop("a.csv", [order(2), order(3), order(4)])
        stub.wait_for_puts(2)
        children = _children(process)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        if whole_group:
            for child in children:
                os.kill(child, signal.SIGTERM)
        ended = finish(process)
        took = time.monotonic() - began
        assert not any(map(_lives, children))
        assert 7 < took < 10
        assert (ended.code, ended.stdout, ended.stderr) == (143, "", "")
        assert "was being sent when the watcher stopped; it goes on" in folder.page
        assert "is being sent" not in folder.page
        stub.behave = api.ok
        second = folder.watch(stub.url)
        assert _until(lambda: "a.results.xlsx" in folder.files().get("done", []))
        second.terminate()
        finish(second)
    assert stub.max_open_per_order() == 1
    assert set(folder.outcomes("done/a.results.xlsx")) == {"updated"}


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("import os; os.kill(os.getpid(), 9)", -9),
        ("import sys; sys.exit(70)", 70),
        ("print('no JSON')", 0),
    ],
)
def test_a_process_that_dies_tells_only_that(
    monkeypatch: pytest.MonkeyPatch, source: str, code: int
) -> None:
    """It takes nothing along; what it printed on its way does not count."""
    monkeypatch.setattr(worker, "COMMAND", ("-c", source))
    made = Worker()
    made.begin(Work("apply", "a.csv"))
    assert _until(lambda: made._process.poll() is not None, 10)
    assert made.poll() == Told(code)


@pytest.mark.parametrize(
    ("bomb", "code"),
    [("bytes(1 << 30)", 7), ("while True: pass", -signal.SIGXCPU), ("os.abort()", -signal.SIGABRT)],
    ids=["memory", "time", "crash"],
)
def test_a_bomb_ends_only_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bomb: str, code: int
) -> None:
    """A process may take most of the machine's memory and an hour, and leaves no core behind."""
    source = (
        "import os, resource\n"
        "from pipeline.cli import bounds\n"
        "bounds.MOST_MEMORY = bounds.LEAST_MEMORY = 1 << 29\n"
        "bounds.MOST_CPU_SECONDS = 1\n"
        "bounds.bound_this_process()\n"
        "assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0\n"
        f"try:\n    {bomb}\n"
        "except MemoryError: raise SystemExit(7)"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(worker, "COMMAND", ("-c", source))
    made = Worker()
    made.begin(Work("apply", "a.csv"))
    assert _until(lambda: made._process.poll() is not None, 10)
    assert made.poll() == Told(code)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.nightly
def test_a_killed_watcher_leaves_nobody_sending(folder: Watched) -> None:
    """Its process notices, settles, and ends; the next watcher goes on with the same run."""
    folder.place.environ["ADDRESS_PIPELINE_RATE__START_PER_SECOND"] = "20"
    numbers = range(1, 121)
    with StubApi() as stub:
        first = folder.watch(stub.url)
        folder.drop("a.csv", [order(number) for number in numbers])
        stub.wait_for_puts(10)
        children = _children(first)
        first.kill()
        finish(first)
        assert _until(lambda: not any(map(_lives, children)), 10)
        sent = len(stub.puts())
        assert sent < len(numbers)
        time.sleep(1)
        assert len(stub.puts()) == sent
        second = folder.watch(stub.url)
        assert _until(lambda: "a.results.xlsx" in folder.files().get("done", []))
        second.terminate()
        assert finish(second).code == 143
    assert [len(stub.puts(number)) for number in numbers] == [1] * len(numbers)
    assert set(folder.outcomes("done/a.results.xlsx")) == {"updated"}


@pytest.mark.nightly
def test_a_thousand_sheets_at_once(folder: Watched) -> None:
    """They are all taken, one after the other; memory and open files do not grow."""
    count = 1_000
    for number in range(count):
        (folder.root / f"{number:04}.txt").write_bytes(b"%PDF-1.7\n")
    with StubApi() as stub:
        folder.drop("good.csv", [order(1)])
        os.utime(folder.root / "good.csv", (1, 1))
        process = folder.watch(stub.url)
        assert _until(lambda: len(folder.files().get("needs-attention", [])) > 10)
        before = _held(process.pid)
        assert _until(lambda: len(folder.files().get("needs-attention", [])) > 80, 200)
        after = _held(process.pid)
        process.terminate()
        assert finish(process).code == 143
    assert "good.csv" in folder.files()["done"]
    assert after[0] < before[0] + 5
    assert after[1] < before[1] * 1.2 + 4_000
    left = sum(name.endswith(".txt") and "error" not in name for name in folder.files()["."])
    ended = sum(".error." not in name for name in folder.files()["needs-attention"])
    assert left + ended + len(folder.files().get(f"working/{os.uname().nodename}", [])) == count


def _held(pid: int) -> tuple[int, int]:
    """Give how many files a process has open, and its memory in kB."""
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    status = Path(f"/proc/{pid}/status").read_text()
    return files, int(status.partition("VmRSS:")[2].split()[0])


@pytest.mark.nightly
def test_an_idle_watcher_costs_next_to_nothing(folder: Watched) -> None:
    """At most 1 % of a core and 80 MB, with a look every second."""
    folder.place.environ["ADDRESS_PIPELINE_WATCH__POLL_SECONDS"] = "1"
    with StubApi() as stub:
        process = folder.watch(stub.url)
        assert _until((folder.root / "_STATUS.html").exists)
        time.sleep(2)
        before = _cpu_seconds(process.pid)
        time.sleep(10)
        spent = _cpu_seconds(process.pid) - before
        memory = _held(process.pid)[1]
        process.terminate()
        finish(process)
    assert spent <= 0.1
    assert memory <= 80_000


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.nightly
def test_ten_rows_are_on_their_way_within_two_seconds(folder: Watched) -> None:
    """From the moment a sheet lies there: the settle time, and at most two seconds more."""
    folder.place.environ["ADDRESS_PIPELINE_WATCH__POLL_SECONDS"] = "1"
    folder.place.environ["ADDRESS_PIPELINE_WATCH__SETTLE_SECONDS"] = "2"
    took = []
    with StubApi() as stub:
        process = folder.watch(stub.url)
        assert _until((folder.root / "_STATUS.html").exists)
        for turn in range(3):
            dropped = time.monotonic()
            numbers = range(turn * 10 + 1, turn * 10 + 11)
            folder.drop(f"{turn}.csv", [order(number) for number in numbers])
            stub.wait_for_puts(turn * 10 + 1)
            took.append(time.monotonic() - dropped)
            stub.wait_for_puts(turn * 10 + 10)
        process.terminate()
        finish(process)
    assert max(took) <= 4.0, took


@pytest.mark.nightly
def test_an_api_that_comes_back_is_noticed(folder: Watched) -> None:
    """The keys are refused, then taken again: the sheet goes on by itself, and the next follows."""
    folder.place.environ["ADDRESS_PIPELINE_RATE__WORKERS"] = "1"
    with StubApi(api.after(1, api.unauthorized)) as stub:
        process = folder.watch(stub.url)
        folder.drop("a.csv", [order(1), order(2), order(3)])
        stub.wait_for_puts(2)
        assert _until(lambda: "did not take the two keys" in folder.page)
        stub.behave = api.ok
        folder.drop("b.csv", [order(4)])
        assert _until(lambda: "b.results.xlsx" in folder.files().get("done", []))
        process.terminate()
        ended = finish(process)
    assert ended.code == 143
    assert ended.stdout == ""
    assert folder.outcomes("done/a.results.xlsx") == ["updated"] * 3
    assert sys.platform != "linux" or [len(stub.puts(n)) for n in (1, 3, 4)] == [1, 1, 1]
