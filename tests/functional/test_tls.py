"""The command against hosts whose TLS is wrong: the cause in words, and nothing lost."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from tests.functional.command import COLUMNS, Place, order, read_results, write_sheet
from tests.functional.conftest import Call
from tests.stub_api import tls
from tests.stub_api.replies import Raw
from tests.stub_api.server import PLAIN_400, StubApi

ORDERS = 3


@dataclass(frozen=True)
class Case:
    """What a server shows, and the words that are to reach a person."""

    name: str
    what: str
    todo: str
    shows: Callable[[], ssl.SSLContext | None] = lambda: None
    to_tls: bytes = PLAIN_400


PROTOCOL_VERSION = b"\x15\x03\x01\x00\x02\x02\x46"
HANDSHAKE_FAILURE = b"\x15\x03\x01\x00\x02\x02\x28"
"""The alerts of a server that shares no version, or no cipher, with its client."""
CASES = [
    Case(
        "expired",
        "the host's certificate has expired",
        "look at this machine's clock",
        lambda: tls.context(days=(-9, -2)),
    ),
    Case(
        "not valid yet",
        "the host's certificate is not valid yet",
        "look at this machine's clock",
        lambda: tls.context(days=(2, 9)),
    ),
    Case(
        "another name",
        "the host's certificate is made out to another name",
        "check the target's name",
        lambda: tls.context("api.example.test"),
    ),
    Case(
        "another authority",
        "this machine does not know who signed the host's certificate",
        "api.ca_file",
        lambda: tls.context(signer=trustme.CA()),
    ),
    Case(
        "signed by itself",
        "the host's certificate is signed by nobody but itself",
        "api.ca_file",
        tls.self_signed,
    ),
    Case(
        "too old",
        "the host speaks no TLS 1.2 or later",
        "ask who runs the host",
        to_tls=PROTOCOL_VERSION,
    ),
    Case(
        "no cipher in common",
        "no secure connection could be made",
        "look at this machine's network",
        to_tls=HANDSHAKE_FAILURE,
    ),
    Case(
        "TLS 1.1 only",
        "the host cut the connection at once",
        "look at this machine's network",
        lambda: tls.context(newest=ssl.TLSVersion.TLSv1_1),
    ),
    Case(
        "cut off",
        "the host cut the connection at once",
        "look at this machine's network",
        to_tls=b"",
    ),
    Case(
        "no TLS at all",
        "that port of the host does not speak TLS",
        "check the target's URL and port",
    ),
]


def _ready(place: Place) -> None:
    place.environ |= {
        "ADDRESS_PIPELINE_API__CA_FILE": str(tls.ca_file(place.home)),
        "ADDRESS_PIPELINE_API__TIMEOUT_SECONDS": "10",
        "ADDRESS_PIPELINE_STOP__OUTAGE_SECONDS": "0.1",
        "ADDRESS_PIPELINE_RETRY__ATTEMPTS": "2",
        "ADDRESS_PIPELINE_RETRY__MAX_WAIT_SECONDS": "0.01",
    }
    write_sheet(place.work / "orders.csv", [order(number) for number in range(1, ORDERS + 1)])


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_host_that_is_not_to_be_trusted_gets_nothing(
    place: Place, call: Call, case: Case
) -> None:
    """Exit 5, the cause and what to do; no row is in doubt, all go once the host is well."""
    _ready(place)
    with StubApi(tls=case.shows(), to_tls=case.to_tls) as stub:
        url = f"https://{tls.HOST}:{stub.port}"
        ended = call("apply", "orders.csv", "--base-url", url, "--max-rate", "0", "--json")
        assert stub.requests == []
    assert ended.code == 5
    assert case.what in ended.json["error"]
    assert case.todo in ended.json["error"]
    rows = read_results(place.work / "orders.results.csv")
    assert {row["outcome"] for row in rows} <= {"failed", "not_sent"}
    assert {row["next_step"] for row in rows} == {"send again"}
    for row in rows:
        if row["outcome"] == "failed":
            assert case.what in row["reason"]
            assert case.todo in row["reason"]

    with StubApi(tls=tls.context()) as sound:
        again = call("apply", "orders.csv", "--base-url", sound.url, "--max-rate", "0", "--json")
    assert (again.code, again.json["outcomes"]["updated"]) == (0, ORDERS)
    assert [len(sound.puts(number)) for number in range(1, ORDERS + 1)] == [1] * ORDERS


def test_https_on_this_machine_may_hold_the_keys(place: Place, call: Call) -> None:
    """Loopback over https with ``api.ca_file`` is a target like any: keys go, rows end well."""
    _ready(place)
    with StubApi(tls=tls.context()) as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    assert (ended.code, ended.json["outcomes"]["updated"]) == (0, ORDERS)
    assert {seen.header("app_key") for seen in stub.puts()} == {place.environ["FINERWORKS_APP_KEY"]}


def test_ids_and_doctor_name_the_cause_too(place: Place, call: Call) -> None:
    """Whichever command calls the API, a person reads the same words; exit 5, no ids written."""
    _ready(place)
    orders = [order("", order_po=f"PO-{number}") for number in range(1, ORDERS + 1)]
    columns = ("order_po", *COLUMNS[1:])
    write_sheet(place.work / "shop.csv", orders, columns)
    with StubApi(tls=tls.context(days=(-9, -2))) as stub:
        asked = call("ids", "shop.csv", "-o", "ids.csv", "--base-url", stub.url, "--max-rate", "0")
        looked = call("doctor", "--base-url", stub.url)
        assert stub.requests == []
    assert (asked.code, looked.code) == (5, 5)
    for words in (asked.stderr, looked.stdout):
        assert "the host's certificate has expired" in words
        assert "look at this machine's clock" in words
    assert not (place.work / "ids.csv").exists()


@pytest.mark.parametrize("alerts", [True, False], ids=["with an alert", "without"])
def test_http_to_a_port_of_https(place: Place, call: Call, alerts: bool) -> None:
    """Whether it arrived nobody knows, so rows are in doubt; an alert of TLS is known as one."""
    _ready(place)
    port = StubApi(Raw(PROTOCOL_VERSION)) if alerts else StubApi(tls=tls.context())
    with port, StubApi(tls=tls.context()) as stub:
        url = port.url.replace("https://", "http://")
        ended = call("apply", "orders.csv", "--base-url", url, "--max-rate", "0", "--json")
        rows = read_results(place.work / "orders.results.csv")
        again = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    what = "give the URL with https://"
    assert ended.code == 5
    assert {row["outcome"] for row in rows} <= {"unknown", "not_sent"}
    assert (what if alerts else "the connection was cut") in ended.json["error"]
    assert (again.code, again.json["outcomes"]["updated"]) == (0, ORDERS)


def _no_file(folder: Path) -> Path:
    return folder / "gone.pem"


def _a_folder(folder: Path) -> Path:
    return folder


def _text(folder: Path) -> Path:
    path = folder / "ca.pem"
    path.write_text("This is our authority.\n")
    return path


def _binary(folder: Path) -> Path:
    path = folder / "ca.der"
    path.write_bytes(ssl.PEM_cert_to_DER_cert(tls.authority().cert_pem.bytes().decode()))
    return path


def _only_a_key(folder: Path) -> Path:
    path = folder / "ca.key"
    tls.authority().private_key_pem.write_to_path(path)
    return path


def _broken(folder: Path) -> Path:
    path = folder / "ca.pem"
    path.write_text(tls.authority().cert_pem.bytes().decode().replace("M", "N", 3))
    return path


@pytest.mark.parametrize("made", [_no_file, _a_folder, _text, _binary, _only_a_key, _broken])
def test_an_authority_that_cannot_be_read_stops_the_call(
    place: Place, call: Call, made: Callable[[Path], Path]
) -> None:
    """Exit 2 and a sentence that names the key; nothing was sent, and the sheet goes later."""
    _ready(place)
    sound = place.environ["ADDRESS_PIPELINE_API__CA_FILE"]
    place.environ["ADDRESS_PIPELINE_API__CA_FILE"] = str(made(place.home))
    with StubApi(tls=tls.context()) as stub:
        ended = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
        assert (ended.code, stub.requests) == (2, [])
        assert "api.ca_file" in ended.json["error"]
        place.environ["ADDRESS_PIPELINE_API__CA_FILE"] = sound
        again = call("apply", "orders.csv", "--base-url", stub.url, "--max-rate", "0", "--json")
    assert (again.code, again.json["outcomes"]["updated"]) == (0, ORDERS)
