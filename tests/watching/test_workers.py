"""Processes are kept ready, told what to do, and let go."""

from __future__ import annotations

import io
import sys
import time

import pytest

from pipeline.cli import child
from pipeline.core.outcome import ExitCode
from pipeline.watching import worker
from pipeline.watching.told import Told, Work
from pipeline.watching.worker import IDLE_SECONDS, Worker, Workers
from tests.stub_api import behaviours as api
from tests.stub_api.server import StubApi

ECHO = """
import sys
line = sys.stdin.buffer.readline()
print('{"code": 0, "beside": [], "error": "did it"}', flush=True) if line else sys.exit(143)
"""
WORK = Work("apply", "a.csv")


def _wait(made: Worker) -> Told:
    end = time.monotonic() + 10
    while (told := made.poll()) is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    return told


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Workers:
    """Workers whose processes only say that they did it."""
    monkeypatch.setattr(worker, "COMMAND", ("-c", ECHO))
    return Workers()


def test_the_one_that_is_ready_is_taken(workers: Workers) -> None:
    """It was started before there was anything to do, and does what it is told then."""
    workers.prepare(wanted=True, now=0.0)
    workers.prepare(wanted=True, now=1.0)
    ready = workers._ready
    assert ready is not None
    assert workers.start(WORK) is ready
    assert _wait(ready) == Told(0, "did it")
    assert _wait(workers.start(WORK)) == Told(0, "did it")


def test_one_that_died_is_not_taken(workers: Workers) -> None:
    """Another one is started in its place."""
    workers.prepare(wanted=True, now=0.0)
    ready = workers._ready
    assert ready is not None
    ready.kill()
    taken = workers.start(WORK)
    assert taken is not ready
    assert _wait(taken) == Told(0, "did it")


def test_what_nobody_wants_is_let_go(workers: Workers) -> None:
    """An idle watcher keeps nothing in memory."""
    workers.prepare(wanted=True, now=0.0)
    workers.prepare(wanted=False, now=IDLE_SECONDS)
    ready = workers._ready
    assert ready is not None
    workers.prepare(wanted=False, now=IDLE_SECONDS + 1)
    assert workers._ready is None
    assert ready.poll() is not None
    workers.close()


def test_a_process_on_a_leash_ends_with_it(workers: Workers) -> None:
    """Whoever holds the leash may die without a word."""
    made = Worker()
    made.let_go()
    assert _wait(made) == Told(143)


# -- the process itself, called in this one -----------------------------------------------------


def _main(monkeypatch: pytest.MonkeyPatch, line: bytes) -> tuple[int, Told]:
    out = io.TextIOWrapper(io.BytesIO())
    for name in ("bound_this_process", "_hold_the_leash", "listen"):
        monkeypatch.setattr(child, name, lambda: None)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line)))
    monkeypatch.setattr(sys, "stdout", out)
    with pytest.raises(SystemExit) as ended:
        child.main()
    code = int(ended.value.code or 0)
    written = out.buffer.getvalue()
    return code, Told.of_output(code, written)


def test_it_tells_what_went_wrong_before_the_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that nobody named is not the sheet's fault."""
    code, told = _main(monkeypatch, Work("apply", "a.csv").as_line())
    assert (code, told.began) == (ExitCode.USAGE, False)
    assert (told.error or "").startswith("No target was chosen")


def test_it_ends_where_nobody_tells_it_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its watcher was killed while it got ready."""
    assert _main(monkeypatch, b"") == (ExitCode.SIGTERM, Told(ExitCode.SIGTERM))


def test_an_interrupt_and_a_bug_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by its code; a bug's message is not repeated, for it may hold a cell."""

    def stopped(_: object) -> None:
        raise KeyboardInterrupt

    def broken(_: object) -> None:
        raise RuntimeError("Ada Byron")

    monkeypatch.setattr(child, "_asked", stopped)
    assert child.carry_out(WORK) == Told(ExitCode.SIGINT, "Stopped.")
    monkeypatch.setattr(child, "_asked", broken)
    told = child.carry_out(WORK)
    assert told.code == ExitCode.BUG
    assert "Ada" not in (told.error or "")


def test_a_probe_tells_whether_the_api_takes_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """One harmless call: taken, refused, or nobody there; and a sandbox is always there."""
    monkeypatch.setenv("FINERWORKS_WEB_API_KEY", "one")
    monkeypatch.setenv("FINERWORKS_APP_KEY", "two")

    def probed(url: str) -> int:
        return child.carry_out(Work("probe", asked={"base_url": url, "maps": []})).code

    with StubApi() as stub:
        assert probed(stub.url) == ExitCode.OK
        assert stub.puts() == []
    with StubApi(credentials=api.unauthorized) as stub:
        assert probed(stub.url) == ExitCode.CREDENTIALS
    with StubApi(credentials=api.server_error) as stub:
        assert probed(stub.url) == ExitCode.STOPPED
    assert probed("http://127.0.0.1:9") == ExitCode.STOPPED
    assert child.carry_out(Work("probe", asked={"sandbox": True})).code == ExitCode.OK
