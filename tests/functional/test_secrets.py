"""Keys and addresses in no log, error or report: recognisable values go through every path, and
everything that was written is searched for them.

The sheets themselves, their results and the ledger hold addresses, for that is what they are for;
no key stands anywhere.
"""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.checking import RowChecker
from pipeline.job import send
from pipeline.sending import ApiClient
from tests.functional.command import APP_KEY, COLUMNS, WEB_KEY, Ended, Place, order, write_sheet
from tests.functional.conftest import Call
from tests.stub_api import behaviours as api
from tests.stub_api.behaviours import Step
from tests.stub_api.replies import Hang, Json, Page, Redirect, Reply, Reset
from tests.stub_api.server import StubApi, refusing_url
from tests.stub_api.wire import Seen

KEYS = (WEB_KEY, APP_KEY)
PERSON = {
    "first_name": "Zebedeemarker",
    "last_name": "Quackenmarker",
    "company_name": "Companymarker Ltd",
    "address_1": "77 Streetmarker Lane",
    "address_2": "Unitmarker 4",
    "city": "Citymarker",
    "phone": "617-555-0177",
    "email": "mailmarker@example.com",
    "address_order_po": "Pomarker-9",
}
TRACES = ("marker", PERSON["phone"])
"""What would give a person away; every value but the phone holds ``marker``."""
ALLOWED = ("orders", "other")
"""Names of sheets; their results begin alike."""


def _person(number: int | str, **changes: str) -> dict[str, str]:
    return order(number, **{**PERSON, **changes})


def _leaks(text: str, secrets: tuple[str, ...]) -> list[str]:
    return [secret for secret in secrets if secret.casefold() in text.casefold()]


class Searched:
    """Runs commands in a place, and searches all they leave."""

    def __init__(self, place: Place, call: Call) -> None:
        self.place = place
        self.call = call
        temporary = place.home / "tmp"
        temporary.mkdir()
        place.environ["TMPDIR"] = str(temporary)
        place.environ |= {
            "ADDRESS_PIPELINE_API__TIMEOUT_SECONDS": "0.25",
            "ADDRESS_PIPELINE_RETRY__ATTEMPTS": "2",
            "ADDRESS_PIPELINE_RETRY__MAX_WAIT_SECONDS": "0.01",
        }

    def __call__(self, *arguments: str | Path) -> Ended:
        """Run with ``--debug`` and search."""
        return self.look_at(self.call(*arguments, "--debug"))

    def look_at(self, ended: Ended) -> Ended:
        """Search both streams, and every file below the place."""
        for text in (ended.stdout, ended.stderr):
            assert _leaks(text, (*KEYS, *TRACES)) == []
        for path, text in self._files():
            secrets = KEYS if self._holds_addresses(path) else (*KEYS, *TRACES)
            assert _leaks(path.name, (*KEYS, *TRACES)) == []
            assert _leaks(text, secrets) == [], path.name
        return ended

    def holds(self, name: str) -> bool:
        """Tell whether the person's address is found in a file: the search does find things."""
        return any(path.name == name and _leaks(text, TRACES) for path, text in self._files())

    def _files(self) -> Iterator[tuple[Path, str]]:
        for folder in (self.place.home, self.place.work):
            for path in folder.rglob("*"):
                if path.is_file() and path.name not in (".env", "config.yaml"):
                    yield path, path.read_bytes().decode("latin-1")

    def _holds_addresses(self, path: Path) -> bool:
        return path.name.startswith((*ALLOWED, self.place.ledger.name))


@pytest.fixture
def searched(place: Place, call: Call) -> Searched:
    """Give the runner that searches."""
    write_sheet(place.work / "orders.csv", [_person(number) for number in range(1, 5)])
    return Searched(place, call)


def _echo(seen: Seen) -> Reply:
    """An API that says back all it was told, keys and address alike."""
    told = {"headers": dict(seen.headers), "body": seen.body.decode()}
    return Json(500, {"Message": "Fault", "ExceptionMessage": json.dumps(told)})


def _echo_message(seen: Seen) -> Reply:
    """A refusal whose message quotes the address."""
    return Json(400, {"ModelState": {"request.customer_info.city": [seen.body.decode()[:200]]}})


def _echo_keys(seen: Seen) -> Reply:
    """A refusal whose message quotes the keys."""
    quoted = f"Not for {seen.header('web_api_key')} and {seen.header('app_key')}"
    return Json(400, {"Message": quoted, "ModelState": {f"request.{WEB_KEY}": [quoted]}})


REPLIES: dict[str, Step] = {
    "ok": api.ok,
    "echo in a fault": _echo,
    "echo in a message": _echo_message,
    "echo of the keys": _echo_keys,
    "keys refused": api.credentials_400,
    "401 that quotes": lambda seen: Page(401, f"{seen.headers}{seen.body!r}".encode()),
    "success: false": api.success_false,
    "a page": api.html_200,
    "429": api.too_many("0"),
    "redirect": Redirect("http://127.0.0.1:9/v3/update_customer?key=1"),
    "reset": Reset(),
    "hang": Hang(),
    "no route": api.not_found_route,
}


@pytest.mark.parametrize("step", REPLIES.values(), ids=REPLIES)
def test_whatever_the_api_says(searched: Searched, step: Step) -> None:
    """No reply brings a key or an address anywhere but into sheets and ledger."""
    with StubApi(step) as stub:
        ended = searched(
            "apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "-v", "--json"
        )
    for seen in stub.puts():
        assert seen.header("app_key") == APP_KEY
        assert _leaks(seen.body.decode(), TRACES)
    assert ended.code != 70
    assert searched.holds("orders.results.csv")
    assert searched.holds("ledger.sqlite3")
    run_id = ended.json["runs"][0]["run_id"]
    searched("runs")
    searched("runs", run_id)
    searched("runs", run_id, "--json")
    searched("results", run_id)


@pytest.mark.parametrize("credentials", [_echo, api.credentials_400, Hang()])
def test_whatever_is_said_of_the_keys(searched: Searched, credentials: Step) -> None:
    """Neither the look at the keys nor ``doctor`` shows one, nor the account they belong to."""
    with StubApi(credentials=credentials) as stub:
        ended = searched("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0")
        doctor = searched("doctor", "--base-url", stub.url)
    assert "ACCOUNT-PROFILE" not in ended.stderr + doctor.stdout + doctor.stderr


def test_a_port_that_is_closed(searched: Searched, place: Place) -> None:
    """Nor does a connection that fails."""
    place.environ["ADDRESS_PIPELINE_STOP__OUTAGE_SECONDS"] = "0.5"
    with refusing_url() as url:
        assert searched("apply", "orders.csv", "--base-url", url, "--max-rate", "0").code == 5


@dataclass(frozen=True)
class Sheet:
    """A sheet in a bad state."""

    name: str
    rows: list[dict[str, str]]
    columns: tuple[str, ...] = COLUMNS
    text: str = ""


TITLES = tuple(column for column in COLUMNS if column != "city")
SHEETS = [
    Sheet("invalid cells", [_person("", email="no mail marker"), _person("1.5E+15")]),
    Sheet("too long", [_person(1, address_1="Streetmarker " * 20, city="Citymarker " * 9)]),
    Sheet("conflicts", [_person(1), _person(1, city="Othermarker"), _person(2)]),
    Sheet("a missing column", [_person(1)], TITLES),
    Sheet("damaged cells", [_person(1, zip_postal_code="2134", city="CityÂ\xa0marker")]),
    Sheet(
        "a surplus cell", [], text=",".join([*COLUMNS, "\n", *_person(1).values(), "marker", "x"])
    ),
    Sheet("an open quote", [], text=",".join(COLUMNS) + '\n1,"Zebedeemarker,Quackenmarker\n'),
    Sheet("no headings", [], text=",".join(_person(1).values()) + "\n"),
    Sheet(
        "no headings, many rows",
        [],
        text="".join(",".join(_person(number).values()) + "\n" for number in range(1, 9)),
    ),
]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
@pytest.mark.parametrize("command", ["apply", "check"])
def test_whatever_is_wrong_with_a_sheet(searched: Searched, sheet: Sheet, command: str) -> None:
    """Errors name headings, rows and files, never what stands in an address."""
    path = searched.place.work / "other.csv"
    if sheet.text:
        path.write_text(sheet.text, encoding="utf-8")
    else:
        write_sheet(path, sheet.rows, sheet.columns)
    flags = ("--sandbox",) if command == "apply" else ()
    assert searched(command, "other.csv", *flags, "-v").code in (0, 1, 3)


CALLS: dict[str, tuple[str, ...]] = {
    "key as a flag": ("--app-key", APP_KEY),
    "key in a flag": (f"--web_api_key={WEB_KEY}",),
    "key in the URL's user": ("--base-url", f"https://{WEB_KEY}:{APP_KEY}@api.finerworks.com"),
    "key in the URL's query": ("--base-url", f"https://api.finerworks.com?key={APP_KEY}"),
}


@pytest.mark.parametrize("flags", CALLS.values(), ids=CALLS)
def test_keys_in_the_wrong_place_of_a_call(searched: Searched, flags: tuple[str, ...]) -> None:
    """A key on the command line is refused without being repeated."""
    assert searched("apply", "orders.csv", "--yes", "--json", *flags).code == 2


FILES: dict[str, str] = {
    "a key of ours": f"web_api_key: {WEB_KEY}\n",
    "in a section": f"api:\n  app_key: {APP_KEY}\n",
    "as a base URL": f"api:\n  base_url: https://x:{WEB_KEY}@api.finerworks.com\n",
    "as a proxy": f"api:\n  proxy: socks://x:{WEB_KEY}@proxy.example.com\n",
    "as a number's value": f"rate:\n  workers: {WEB_KEY}\n",
    "as broken YAML": f"api: [{WEB_KEY}\n",
    "as a bare line": f"{WEB_KEY}\n",
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_keys_in_a_configuration_file(searched: Searched, text: str) -> None:
    """A key in ``config.yaml`` is refused without being repeated."""
    (searched.place.work / "config.yaml").write_text(text, encoding="utf-8")
    assert searched("apply", "orders.csv", "--sandbox", "--json").code == 2


@pytest.mark.parametrize(
    "variable", ["ADDRESS_PIPELINE_APP_KEY", "ADDRESS_PIPELINE_API__APP_KEY", "FINERWORKS_APP_KEY"]
)
def test_keys_in_a_wrong_variable(searched: Searched, variable: str) -> None:
    """Nor is a value of the environment that cannot be used."""
    spoilt = f"{APP_KEY}\nX-Other: 1" if variable == "FINERWORKS_APP_KEY" else APP_KEY
    searched.place.environ[variable] = spoilt
    ended = searched("apply", "orders.csv", "--base-url", "http://127.0.0.1:9", "--json")
    assert ended.code in (2, 4)


def _raise(seen: list[str]) -> Callable[..., Any]:
    def broken(*_: object, **__: object) -> None:
        seen.append("reached")
        raise RuntimeError(f"{APP_KEY} {PERSON['address_1']} {PERSON['email']}")

    return broken


@pytest.mark.parametrize(
    ("where", "name"),
    [(RowChecker, "check"), (ApiClient, "put_customer"), (ApiClient, "test_credentials")],
    ids=["staging", "sending", "testing the keys"],
)
def test_a_bug_of_ours_tells_no_secret(
    searched: Searched, monkeypatch: pytest.MonkeyPatch, where: type, name: str
) -> None:
    """Even an error that quotes a row or a key is shown by its kind and place only; exit 70."""
    reached: list[str] = []
    monkeypatch.setattr(send, "GRACE_SECONDS", 0.1)
    monkeypatch.setattr(where, name, _raise(reached))
    with StubApi() as stub:
        ended = searched("apply", "orders.csv", "--base-url", stub.url, "--json")
    assert reached
    assert ended.code == 70
    assert "RuntimeError" in ended.stderr
    assert "Traceback" in ended.stderr
    assert ended.json["error"] == ended.stderr.splitlines()[-1]


def test_a_run_that_is_interrupted(searched: Searched) -> None:
    """A signal in mid-run leaves nothing on the streams either."""
    place = searched.place
    write_sheet(place.work / "orders.csv", [_person(number) for number in range(1, 200)])
    with StubApi(latency_seconds=0.02) as stub:
        process = place.start("apply", "orders.csv", "--base-url", stub.url, "--debug", "-v")
        stub.wait_for_puts(5)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    searched.look_at(Ended(130, stdout, stderr))


def test_what_others_may_see_of_a_process(searched: Searched) -> None:
    """The keys stand in no argument; the state folder and what is in it are the user's alone."""
    place = searched.place
    with StubApi() as stub:
        process = place.start("apply", "orders.csv", "--base-url", stub.url)
        assert isinstance(process.args, list)
        assert _leaks(subprocess.list2cmdline(process.args), KEYS) == []
        process.communicate(timeout=20)
    state = place.ledger.parent
    assert state.stat().st_mode & 0o077 == 0
    assert [path.name for path in state.iterdir() if path.is_file() and _open(path)] == []


def _open(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o077)
