"""``doctor``: each line says how a thing is and, where it is bad, what to do."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.doctoring import findings, folder
from pipeline.core.mounts import Mount
from pipeline.ledger import Ledger, runs
from pipeline.ledger.schema import MIGRATIONS
from pipeline.pages.status import Status
from pipeline.watching.presence import Presence
from tests.functional.command import Ended, Place, order, write_sheet
from tests.functional.conftest import Call
from tests.functional.troubled import WITHOUT_RIGHTS_OF_ROOT, begin
from tests.stub_api import behaviours as api
from tests.stub_api.replies import Page
from tests.stub_api.server import StubApi, refusing_url
from tests.stub_api.wire import Seen

PREFIX = "ADDRESS_PIPELINE_"


def told(ended: Ended) -> list[tuple[str, str, str]]:
    """Read what was found: name, level, words."""
    found: dict[str, Any] = json.loads(ended.stdout)
    assert found["exit_code"] == ended.code
    return [(one["name"], one["level"], one["words"]) for one in found["findings"]]


def of(ended: Ended, name: str) -> list[tuple[str, str]]:
    """Give level and words of the lines with a name."""
    return [(level, words) for one, level, words in told(ended) if one == name]


def test_all_is_well(place: Place, call: Call) -> None:
    """Every place is looked at, and nothing has to be done."""
    (place.work / "inbox").mkdir()
    place.environ |= {
        f"{PREFIX}LOG__FILE": str(place.home / "logs" / "log.jsonl"),
        f"{PREFIX}METRICS__TEXTFILE": str(place.home / "a.prom"),
        f"{PREFIX}NOTIFY__HEALTHCHECK_URL": "https://hc.example/SECRET-UUID",
    }
    with StubApi() as stub:
        ended = call("doctor", "inbox", "--base-url", stub.url, "--json")
    found = told(ended)
    assert ended.code == 0
    assert {level for name, level, _ in found if name != "keychain"} == {"ok"}
    names = ("config", "log", "metrics", "notify", "keys", "keychain", "state", "ledger")
    assert set(names) | {"folder", "network"} == {name for name, _, _ in found}
    assert ("ok", f"whole (version {len(MIGRATIONS)})") in of(ended, "ledger")
    assert ("ok", "unattended runs ping hc.example") in of(ended, "notify")
    assert "SECRET" not in ended.stdout
    assert list((place.work / "inbox").iterdir()) == []
    assert not (place.home / "logs").exists()


def test_a_machine_that_cannot_write_there(place: Place) -> None:
    """Log, metrics and folder: the line says whose rights to give."""
    closed = place.home / "closed"
    closed.mkdir()
    closed.chmod(0o500)
    place.environ |= {
        f"{PREFIX}LOG__FILE": str(closed / "deeper" / "log"),
        f"{PREFIX}METRICS__TEXTFILE": str(closed / "a.prom"),
    }
    ended = begin(place, WITHOUT_RIGHTS_OF_ROOT, "doctor", str(closed), "--json")
    stdout, _ = ended.communicate(timeout=20)
    looked = Ended(ended.returncode, stdout, "")
    assert looked.code == 2
    assert of(looked, "log")[0][0] == "bad"
    assert f"cannot be made in {closed}" in of(looked, "log")[0][1]
    assert f"give {closed} to this user" in of(looked, "metrics")[0][1]
    words = f"{closed}: this user cannot write there (Permission denied); give its rights"
    assert of(looked, "folder")[0][1].startswith(words)


def test_places_that_are_none(place: Place, call: Call) -> None:
    """A folder that is a file, a log that is a folder, metrics in no folder."""
    place.environ |= {
        f"{PREFIX}LOG__FILE": str(place.home),
        f"{PREFIX}METRICS__TEXTFILE": str(place.home / "none" / "a.prom"),
    }
    ended = call("doctor", "none", "--json")
    assert of(ended, "folder") == [("bad", "none is no folder; make it, or name another.")]
    assert "is a folder" in of(ended, "log")[0][1]
    assert "is no folder; make it" in of(ended, "metrics")[0][1]
    assert ended.code == 2


def test_what_kind_of_folder_it_is(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network share and a synced folder work, with something to know."""
    inbox = place.work / "Dropbox" / "inbox"
    inbox.mkdir(parents=True)
    monkeypatch.setattr(folder, "mount_table", lambda: [Mount(str(inbox.resolve()), "cifs")])
    ended = call("doctor", "Dropbox/inbox", "--json")
    notes = [words for level, words in of(ended, "folder") if level == "note"]
    assert notes == [
        "is not on a disk of this machine (cifs): one machine only may watch it",
        "is synced by Dropbox: a sheet may come in pieces or twice, so let a person approve",
    ]
    assert ended.code == 0


def test_who_looks_after_a_folder_and_what_waits(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody yet; at work now; ended in order; fallen silent; on another machine."""
    inbox = place.work / "in"
    inbox.mkdir()
    write_sheet(inbox / "a.csv", [order(1)])

    def lines(*more: str) -> list[tuple[str, str]]:
        return of(call("doctor", "in", "--json", *more), "folder")[2:]

    assert lines() == [
        ("ok", "no watcher has been there yet"),
        ("note", "sheets: 1 in the folder"),
    ]
    place.environ[f"{PREFIX}WATCH__NAME"] = "office"
    with Ledger(place.ledger.parent) as ledger:
        here = Presence.begin(ledger, inbox, "office", once=False, now=time.time())
    page = Status(here.who, "TEST", "")
    here.write(page, time.time())
    assert re.fullmatch(r"the watcher office on \S+ looks after it, seen 0 s ago", lines()[0][1])
    other = lines("--state-dir", str(place.home / "other"))[0]
    assert (other[0], "with another ledger" in other[1]) == ("note", True)
    os.utime(inbox / "_STATUS.html", (time.time() - 7_300,) * 2)
    level, words = lines()[0]
    assert (level, "has been silent for 2 hours" in words) == ("bad", True)
    assert "--take-over office" in words
    here.write(replace(page, who=replace(here.who, off=True)), time.time())
    assert "ended in order 0 s ago" in lines()[0][1]
    for name, count in (("working/office", 1), ("to-approve", 2), ("needs-attention", 3)):
        (inbox / name).mkdir(parents=True)
        for number in range(count):
            (inbox / name / f"{number}.csv").write_text("x")
            (inbox / name / f"{number}.check.xlsx").write_text("x")
    told = "1 in the folder, 1 being worked on, 2 waiting for a yes, 3 in needs-attention"
    assert lines()[1] == ("note", f"sheets: {told}")
    here.leave()


def test_too_little_room(place: Place, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """State and folder are told apart."""
    monkeypatch.setattr(findings, "LEAST_FREE_MEGABYTES", 10**12)
    ended = call("doctor", ".", "--json")
    assert ended.code == 2
    for name in ("state", "folder"):
        assert [level for level, words in of(ended, name) if "make room" in words] == ["bad"]


def _damage(ledger: Path) -> None:
    data = bytearray(ledger.read_bytes())
    data[4096 * 3 : 4096 * 5] = b"\xff" * 8192
    ledger.write_bytes(data)


def _age(ledger: Path) -> None:
    with sqlite3.connect(ledger) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()


@pytest.mark.parametrize(
    ("harm", "words"), [(_damage, "damaged"), (_age, "newer address-pipeline")]
)
def test_a_ledger_that_cannot_be_used(
    place: Place, call: Call, harm: Callable[[Path], None], words: str
) -> None:
    """Damage and a version to come are told, with exit 2."""
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, 100)])
    call("apply", "orders.csv", "--sandbox")
    harm(place.ledger)
    ended = call("doctor", "--json")
    assert ended.code == 2
    (found,) = of(ended, "state")
    assert found[0] == "bad"
    assert words in found[1]


def test_runs_that_are_at_work_or_were_cut_off(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line names the run, and the command that goes on."""
    write_sheet(place.work / "orders.csv", [order(1)])
    with StubApi(api.unauthorized) as stub:
        run = call("apply", "orders.csv", "--base-url", stub.url, "--json").json["runs"][0]
    words = f"{run['run_id']} was cut off: address-pipeline resume {run['run_id']} goes on"
    assert of(call("doctor", "--json"), "runs") == [("note", words)]
    monkeypatch.setattr(runs, "is_alive", lambda _ledger, _no: True)
    told_now = of(call("doctor", "--json"), "runs")
    assert told_now[0] == ("note", f"1 run at work now, the newest {run['run_id']}")


def test_keys_from_two_places(place: Place, call: Call) -> None:
    """It may be meant, so it is said and no more."""
    del place.environ["FINERWORKS_APP_KEY"]
    env = place.work / ".env"
    env.write_text("FINERWORKS_APP_KEY=another-key\n", encoding="utf-8")
    env.chmod(0o600)
    found = of(call("doctor", "--json"), "keys")
    assert [words for level, words in found if level == "note"] == [
        "the two come from different places"
    ]
    assert ("ok", "FINERWORKS_APP_KEY from .env") in found


def _late(seen: Seen) -> Page:
    answer = api.credentials_ok(seen)
    date = {"Date": "Mon, 23 Nov 2026 10:00:00 GMT"}
    return Page(answer.status, answer.body, answer.content_type, date)


def test_the_network_and_its_clock(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer is exit 5, refused keys are exit 4, a clock that is off is told in seconds."""
    monkeypatch.setattr("pipeline.cli.doctoring.network.time.time", lambda: 1795428000.0 + 900)
    with StubApi(credentials=_late) as stub:
        ended = call("doctor", "--base-url", stub.url, "--json")
    assert of(ended, "clock") == [
        ("note", "this machine's clock is 900 s apart from the server's; set it.")
    ]
    with StubApi(credentials=api.credentials_400) as stub:
        assert call("doctor", "--base-url", stub.url).code == 4
    with refusing_url() as url:
        ended = call("doctor", "--base-url", url, "--json")
    assert (ended.code, of(ended, "network")[0][0]) == (5, "bad")
