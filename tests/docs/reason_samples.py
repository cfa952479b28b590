"""What may stand in ``reason``, outcome by outcome, as the program itself wrote it just now.

Each sample is a row that went through the real code: the library against the server of the tests,
the tries of one order against a script, or a ledger in a folder of its own. Days and run ids are
made alike afterwards, so that the page does not change from day to day.
"""

from __future__ import annotations

import asyncio
import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import openpyxl

from pipeline import Run, Target, apply_rows_sync, apply_sheet_sync, check_sheet
from pipeline.config import Keys
from pipeline.core.claim import Claimed
from pipeline.core.outcome import Outcome
from pipeline.core.pace import Pace
from pipeline.core.reply import Answer, NoAnswer
from pipeline.core.results import ResultRow
from pipeline.core.retrying import RetryPolicy
from pipeline.job import send
from pipeline.job.finish import result_lines
from pipeline.ledger import Ledger, runs
from pipeline.ledger.claims import Claims
from pipeline.ledger.cut_off import carry_on
from pipeline.sending import Attempts, Gate
from tests.docs.reply_samples import REPLIES
from tests.fakes.clock import FakeClock
from tests.fakes.sender import FakeSender
from tests.fakes.staged import NOW, staged, target
from tests.functional.command import COLUMNS, order, write_sheet
from tests.stub_api import behaviours as api
from tests.stub_api.server import StubApi

__all__ = ["Sample", "samples"]


@dataclass(frozen=True)
class Sample:
    """A row as results show it; ``when`` says in a few words how it came to that."""

    when: str
    outcome: str
    next_step: str
    reason: str


@cache
def samples() -> tuple[Sample, ...]:
    """Give all samples, in the order of the outcomes."""
    found = [_alike(sample) for sample in (*_from_sheets(), *_from_replies(), *_from_ledgers())]
    places = {outcome: at for at, outcome in enumerate(Outcome)}
    return tuple(sorted(found, key=lambda sample: places[Outcome(sample.outcome)]))


def _alike(sample: Sample) -> Sample:
    text = re.sub(r"(?:custom-)?\d{8}-[a-z0-9]{6}", "20261123-k3f9q2", sample.reason)
    text = re.sub(r"\d{4}-\d\d-\d\d", "2026-11-23", text)
    return Sample(sample.when, sample.outcome, sample.next_step, text)


# -- whole sheets ---------------------------------------------------------------------------------


class _Job:
    """Applies and checks in a folder of its own, against a server that takes everything."""

    def __init__(self, folder: Path, stub: StubApi) -> None:
        self.folder = folder
        self.stub = stub
        self._config = folder / "config.yaml"
        self.configure()

    def configure(self, more: str = "") -> None:
        self._config.write_text(f"rate: {{workers: 1}}\n{more}", encoding="utf-8")
        self._config.chmod(0o600)

    def _options(self) -> dict[str, Any]:
        return {
            "target": Target.from_base_url(self.stub.url, "flag"),
            "keys": Keys("one-key", "another-key"),
            "state_dir": self.folder / "state",
            "config": self._config,
            "max_rate": 0,
        }

    def rows(self, rows: Iterable[Mapping[str, str]]) -> Run:
        return apply_rows_sync(list(rows), **self._options())

    def sheet(self, name: str, **more: Any) -> Run:
        return apply_sheet_sync(self.folder / name, **self._options(), **more)

    def checked(self, name: str, **more: Any) -> Run:
        return check_sheet(
            self.folder / name, state_dir=self.folder / "state", config=self._config, **more
        )


def _told(when: str, row: Mapping[str, Any]) -> Sample:
    return Sample(when, str(row["outcome"]), str(row["next_step"]), str(row["reason"]))


def _from_sheets() -> Iterator[Sample]:
    with TemporaryDirectory() as folder, StubApi() as stub:
        job = _Job(Path(folder), stub)
        yield from _sent_again(job)
        yield from _several_rows(job)
        yield from _came_back(job)
        yield from _refused_by_rules(job)
        yield from _stopped(job)


def _sent_again(job: _Job) -> Iterator[Sample]:
    write_sheet(job.folder / "may.csv", [order(1)])
    first = job.sheet("may.csv")
    yield _told("it went well", first.rows[0])
    yield _told("the same address was confirmed before", job.sheet("may.csv").rows[0])
    job.rows([order(1, city="Salem")])
    yield _told("an old sheet, and a later run changed the order", job.sheet("may.csv").rows[0])
    _write(job.folder / "may.results.csv", first.rows)
    back = job.sheet("may.results.csv")
    yield _told("an unedited row of old results, and a later run changed the order", back.rows[0])


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def _several_rows(job: _Job) -> Iterator[Sample]:
    twice = job.rows([order(2), order(2)]).rows
    yield _told("the same order and address again", twice[1])
    bare = dict.fromkeys(COLUMNS, "") | {"order_id": "3"}
    lines = job.rows([order(3), bare]).rows
    yield _told("a further line of an order", lines[1])
    yield _told("no line of the order has an address", job.rows([bare]).rows[0])
    apart = [order(4), order(4, city="Salem")]
    yield _told("another row wants another address", job.rows(apart).rows[0])
    job.configure("sheet: {duplicates: last}\n")
    yield _told("`--duplicates last`, and a later row won", job.rows(apart).rows[0])
    job.configure()


def _came_back(job: _Job) -> Iterator[Sample]:
    bare = dict.fromkeys(COLUMNS, "")
    rows = [
        *(order(11, city=""), order(11, city="Keene")),
        *(order(12), order(12, city="Salem")),
        *(order(13), order(13, city="Salem")),
        *(order(14, city=""), {**bare, "order_id": "14"}),
        *(order(15), {**bare, "order_id": "15"}),
    ]
    first = job.rows(rows).rows
    elsewhere = {**first[0], "order_id": "16", "run_id": "20261001-k3f9q2"}
    lines = [first[7], first[9]]
    main = [{**first[0], "city": "Boston"}, *first[1:5], *lines, {**elsewhere, "city": "Boston"}]
    to_fix = [{**first[0], "city": "Salem"}, first[1], first[2], {**elsewhere, "city": "Salem"}]
    book = openpyxl.Workbook()
    for name, found in (("Orders", main), ("To fix", to_fix)):
        page = book.create_sheet(name)
        page.append(list(first[0]))
        for row in found:
            page.append(list(row.values()))
    book.save(job.folder / "back.results.xlsx")
    told = job.sheet("back.results.xlsx").rows
    yield _told("edited in two worksheets, each in another way", told[0])
    yield _told("the other edit of it", told[8])
    yield _told("another row of that order", told[1])
    yield _told("deleted in `To fix`, and another row of the order was kept", told[3])
    yield _told("deleted in `To fix`, and no other row of the order was kept", told[4])
    yield _told("results of another machine, with worksheets that differ", told[7])
    yield _told("a further line, and the row with the address was deleted", told[5])
    yield _told("the same, and the order is confirmed by now", told[6])


def _refused_by_rules(job: _Job) -> Iterator[Sample]:
    yield _told("errors of the row, a sentence each: see [rules](rules.md)", _with_errors(job))
    for when, text in (
        ("a quotation mark too many", f'{_line(order(5))}\n{_line(order(6))}\n7,"Ada,Byron\n'),
        ("more cells than headings", f"{_line(order(5))},surplus\n"),
    ):
        (job.folder / "broken.csv").write_text(f"{','.join(COLUMNS)}\n{text}", encoding="utf-8")
        yield _told(when, job.checked("broken.csv").rows[-1])
    yield from _without_order_id(job)


def _line(row: Mapping[str, str]) -> str:
    return ",".join(row[name] for name in COLUMNS)


def _with_errors(job: _Job) -> Mapping[str, Any]:
    row = order(5, last_name="", zip_postal_code="213") | {"Ship to zip": "213"}
    del row["zip_postal_code"]
    write_sheet(job.folder / "wrong.csv", [row], list(row))
    return job.checked("wrong.csv").rows[0]


def _without_order_id(job: _Job) -> Iterator[Sample]:
    pairs = ("order_po,order_id", "10,500", "1-1,501", "11,502", "12,x", "13,503", "14,503")
    (job.folder / "ids.csv").write_text("\n".join(pairs) + "\n", encoding="utf-8")
    columns = ("PO No.", *COLUMNS[1:-1])
    numbers = {
        "the PO number is empty": "",
        "Excel rounded the PO number": "5.76461E+17",
        "the PO number is not in the `--ids` sheet": "99",
        "the PO number fits several orders there": "1.1",
        "its order id there is no whole number": "12",
        "its order id there has another PO number too": "13",
    }
    rows = [{"PO No.": po, **order(9)} for po in numbers.values()]
    write_sheet(job.folder / "shop.csv", rows, columns)
    run = job.checked("shop.csv", ids=job.folder / "ids.csv")
    for when, row in zip(numbers, run.rows, strict=True):
        yield _told(when, row)


def _stopped(job: _Job) -> Iterator[Sample]:
    filled = [order(n, address_1=f"{n} Elm Street", last_name=f"Ek{n}") for n in range(20, 30)]
    held = job.rows(filled)
    yield _told("the sheet looks damaged as a whole", held.rows[0])
    job.stub.behave = api.unauthorized
    stopped = job.rows([order(30), order(31)])
    yield _told("the run stopped before it", stopped.rows[1])
    job.stub.behave = api.ok


# -- the tries of one order -----------------------------------------------------------------------


_STORIES: Final[Mapping[str, tuple[str, ...]]] = {
    "refused: a field": ("400 about a field (`ModelState`)",),
    "refused: the request": ("400 otherwise, as JSON",),
    "refused: `success` is `false`": ("2xx, `success` is `false`",),
    "refused: the order is not known": ("404 of the order",),
    "refused, but not in the API's words": ("another 4xx, not JSON",),
    "turned away every time": ("429",),
    "never reached": ("no connection: refused, unknown host, TLS, proxy",),
    "no answer": ("no answer in time, or the connection was cut",),
    "a fault every time": ("500",),
    "no word of success": ("2xx, empty",),
    "a fault, then turned away": ("500", "429"),
    "its answer refuses the keys": ("401",),
    "its answer is not the API's": ("404 of the route",),
    "its answer is a redirect": ("3xx",),
}
_CAUSES: Final = {
    "never reached": NoAnswer(False, "the connection was refused", "look whether the API is up"),
    "no answer": NoAnswer(True, "none within 30 seconds"),
}


def _from_replies() -> Iterator[Sample]:
    for when, what in _STORIES.items():
        replies = [_CAUSES.get(when, REPLIES[name]) for name in what]
        report = asyncio.run(_sent(replies))
        yield Sample(when, report.outcome, report.next_step, report.reason)


async def _sent(replies: Sequence[Answer | NoAnswer]) -> Any:
    clock = FakeClock()
    gate = Gate(Pace(5, 5, adaptive=False), clock)
    policy = RetryPolicy(attempts=5)
    sender = FakeSender({7: replies})
    attempts = Attempts(sender, gate, policy, clock, lambda _claim, _tries: None)
    claim = Claimed(1, 7, json.dumps({"order_id": 7}).encode())
    return await attempts.send(claim, await gate.admit())


# -- what the ledger tells ------------------------------------------------------------------------


def _from_ledgers() -> Iterator[Sample]:
    with TemporaryDirectory() as folder, Ledger(Path(folder) / "state") as ledger:
        number = target(ledger)
        old, new = (
            staged(ledger, [(1, "a"), (2, "b")], target_no=number, content=content)
            for content in ("old", "new")
        )
        for begun in (old, new):
            runs.mark_sending(ledger, [begun.run_no], NOW, "--yes")
        alive = True
        claims = Claims(ledger, [new.run_no], number, linger_seconds=30, alive=lambda _: alive)
        claims.settle_and_claim([], 1, NOW)
        at_work = _lines(ledger, new.run_no, sending=True)
        yield _of("the run is still sending (`results RUN` meanwhile)", at_work[1])
        after = _lines(ledger, new.run_no)
        yield _of("the run ended before its answer came", after[0])
        old.lock.release()
        run = runs.find(ledger, old.run_no)
        assert run is not None
        carry_on(ledger, [run], NOW, "--yes")
        yield _of("a later run took the order over meanwhile", _lines(ledger, old.run_no)[0])
        yield Sample("the API was down when its turn came", "not_sent", "send again", send._SILENT)


def _lines(ledger: Ledger, run_no: int, *, sending: bool = False) -> list[ResultRow]:
    run = runs.find(ledger, run_no)
    assert run is not None
    lines = result_lines(ledger, run, check=False, sending=sending)
    return [line for line in lines if isinstance(line, ResultRow)]


def _of(when: str, row: ResultRow) -> Sample:
    return Sample(when, row.outcome, row.next_step, row.reason)
