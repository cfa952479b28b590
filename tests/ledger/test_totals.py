"""Totals over all runs: whatever happens between two looks, nothing counts twice or goes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.core.outcome import Outcome
from pipeline.core.ticks import LATENCY_BANDS
from pipeline.ledger import Ledger, runs, totals
from pipeline.ledger.rows import StagedLine, stage
from pipeline.ledger.runs import RunFacts, Source
from pipeline.ledger.totals import Totals, grown_totals
from tests.examples import examples

SOURCE = Source("/sheets/orders.csv", "a" * 64, 10, 0.0, "csv", ",", "")


def begin(ledger: Ledger, kind: str = "live") -> int:
    """Begin a run of three rows, of which one is invalid; gives its number."""
    facts = RunFacts("together", kind, "host", None, "user", "machine", "1")
    begun = runs.begin(ledger, facts, SOURCE, {}, 0.0)
    begun.lock.release()
    lines = [StagedLine(row, "order", ["x"], outcome=Outcome.UPDATED) for row in (2, 3)]
    stage(ledger, begun.run_no, [*lines, StagedLine(4, "order", ["x"], outcome=Outcome.INVALID)])
    runs.mark_staged(ledger, begun.run_no, width=1, widths=[1])
    return begun.run_no


def send(ledger: Ledger, run_no: int, requests: int, second: int) -> None:
    """Have the run send so many requests within a second."""
    latency = str([requests, *[0] * len(LATENCY_BANDS)])
    with ledger.atomic() as db:
        db.execute(
            "UPDATE runs SET state = 'sending', requests = requests + ?, retries = retries + 1"
            " WHERE run_no = ?",
            (requests, run_no),
        )
        db.execute(
            "INSERT INTO ticks VALUES (?, ?, ?, 0, 0, 0, ?)", (run_no, second, requests, latency)
        )


def end(ledger: Ledger, run_no: int) -> None:
    """End the run for good."""
    runs.end(ledger, run_no, finished=True)


def flat(found: Totals) -> dict[str, int]:
    """Give every number there is, by name."""
    numbers: dict[str, int] = {}
    for kind, one in found.targets.items():
        numbers |= {
            f"{kind} {name}": getattr(one, name) for name in ("runs", "requests", "retries")
        }
        numbers |= {f"{kind} {outcome}": count for outcome, count in one.rows.items()}
        numbers[f"{kind} latency"] = sum(one.latency)
    return {name: number for name, number in numbers.items() if number}


def test_a_run_counts_once(ledger: Ledger) -> None:
    """However often it is looked at; requests at once, rows at its end."""
    run_no = begin(ledger)
    assert flat(grown_totals(ledger, None)) == {}
    send(ledger, run_no, 5, 1)
    sent = {"live requests": 5, "live retries": 1, "live latency": 5}
    assert flat(grown_totals(ledger, None)) == sent
    assert flat(grown_totals(ledger, None)) == sent
    end(ledger, run_no)
    whole = {**sent, "live runs": 1, "live updated": 2, "live invalid": 1}
    assert flat(grown_totals(ledger, None)) == whole
    assert flat(grown_totals(ledger, None)) == whole


def test_a_run_that_waited_for_a_yes_is_not_passed_over(ledger: Ledger) -> None:
    """A younger run may end first; and one that was answered with no leaves nothing."""
    waiting, refused, quick = begin(ledger), begin(ledger), begin(ledger)
    end(ledger, quick)
    grown_totals(ledger, None)
    runs.discard(ledger, refused)
    send(ledger, waiting, 2, 1)
    end(ledger, waiting)
    found = flat(grown_totals(ledger, None))
    assert (found["live runs"], found["live requests"], found["live updated"]) == (2, 2, 4)


def test_targets_are_counted_apart_and_play_is_not(ledger: Ledger) -> None:
    """What a started sandbox took says nothing of FinerWorks."""
    for kind in ("live", "test", "sandbox"):
        run_no = begin(ledger, kind)
        send(ledger, run_no, 3, 1)
        end(ledger, run_no)
    assert set(grown_totals(ledger, None).targets) == {"live", "test"}


def test_the_last_success_is_remembered(ledger: Ledger) -> None:
    """A failure after it does not make it forgotten."""
    assert grown_totals(ledger, None).succeeded_at is None
    assert grown_totals(ledger, 12.5).succeeded_at == 12.5
    assert grown_totals(ledger, None).succeeded_at == 12.5


def test_runs_that_never_go_on_do_not_pile_up(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest are let go as they are, and never count twice."""
    monkeypatch.setattr(totals, "MOST_WAITING", 2)
    cut = [begin(ledger) for _ in range(4)]
    for run_no in cut:
        send(ledger, run_no, 1, 1)
    grown_totals(ledger, None)
    end(ledger, cut[0])
    end(ledger, cut[3])
    found = flat(grown_totals(ledger, None))
    assert (found["live requests"], found["live runs"]) == (4, 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(15))
@given(steps=st.lists(st.tuples(st.sampled_from("bsel"), st.integers(0, 3)), max_size=25))
def test_counters_never_go_back(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    """Begin, send, end and look in any order: numbers only grow, and all is counted at last."""
    folder: Path = tmp_path_factory.mktemp("state")
    with Ledger(folder) as ledger:
        begun: list[int] = []
        ended: set[int] = set()
        sent = 0
        before: dict[str, int] = {}
        for second, (what, which) in enumerate(steps):
            open_runs = [run_no for run_no in begun if run_no not in ended]
            if what == "b":
                begun.append(begin(ledger))
            elif what == "l":
                after = flat(grown_totals(ledger, None))
                assert all(after.get(name, 0) >= number for name, number in before.items())
                before = after
            elif open_runs:
                run_no = open_runs[which % len(open_runs)]
                if what == "s":
                    send(ledger, run_no, which, second)
                    sent += which
                else:
                    end(ledger, run_no)
                    ended.add(run_no)
        found = flat(grown_totals(ledger, None))
    assert found.get("live requests", 0) == found.get("live latency", 0) == sent
    assert found.get("live runs", 0) == len(ended)
    assert found.get("live updated", 0) == 2 * len(ended)
