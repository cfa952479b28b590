"""The chosen columns: shown before anything is sent, kept with the run, saved when asked."""

from __future__ import annotations

import json
import sqlite3
import stat
from contextlib import closing

import yaml

from tests.functional.command import COLUMNS, Place, order, write_sheet
from tests.functional.conftest import Call
from tests.stub_api.server import StubApi

GERMAN = {"zip_postal_code": "PLZ", "city": "Ort", "address_1": "Street"}


def _german(place: Place) -> None:
    rows = [{GERMAN.get(name, name): cell for name, cell in order(1).items()}]
    write_sheet(place.work / "orders.csv", rows, [GERMAN.get(name, name) for name in COLUMNS])


MAPS = ("--map", "zip=PLZ", "--map", "city=Ort")


def test_the_plan_shows_the_columns(place: Place, call: Call) -> None:
    """Before it is sent; the run keeps which heading was which field."""
    _german(place)
    with StubApi() as stub:
        ended = call("apply", "orders.csv", *MAPS, "--base-url", stub.url, "--yes")
    assert "PLZ → zip_postal_code" in ended.stderr
    with closing(sqlite3.connect(place.ledger)) as ledger:
        (kept,) = ledger.execute("SELECT mapping FROM runs").fetchone()
    assert json.loads(kept)["fields"]["zip_postal_code"] == "PLZ"


def test_a_saved_mapping_need_not_be_typed_again(place: Place, call: Call) -> None:
    """A new config.yaml appears here, and the next check does without --map."""
    _german(place)
    saved = call("check", "orders.csv", *MAPS, "--save-mapping")
    assert (saved.code, "Saved to sheet.columns of" in saved.stderr) == (0, True)
    file = place.work / "config.yaml"
    assert yaml.safe_load(file.read_text()) == {
        "sheet": {"columns": {"zip_postal_code": "PLZ", "city": "Ort"}}
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert call("check", "orders.csv").code == 0


def test_saving_leaves_the_rest_of_the_file_alone(place: Place, call: Call) -> None:
    """Comments, order and other keys stay; columns that are not in this sheet stay too."""
    _german(place)
    file = place.work / "config.yaml"
    file.write_text(
        "# ours\nrate:\n  workers: 4  # few\nsheet:\n  # of the old shop\n"
        "  columns: {email: E-Post}\n"
    )
    file.chmod(0o640)
    order_with_email = {GERMAN.get(n, n): c for n, c in order(1).items()} | {
        "E-Post": "a@example.com"
    }
    columns = [GERMAN.get(name, name) for name in COLUMNS if name != "email"] + ["E-Post"]
    write_sheet(place.work / "orders.csv", [order_with_email], columns)
    assert call("check", "orders.csv", *MAPS, "--save-mapping").code == 0
    text = file.read_text()
    assert text.startswith("# ours\nrate:\n  workers: 4  # few\nsheet:\n  # of the old shop\n")
    assert yaml.safe_load(text)["sheet"]["columns"] == {
        "email": "E-Post",
        "zip_postal_code": "PLZ",
        "city": "Ort",
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_nothing_to_save_is_said(place: Place, call: Call) -> None:
    """A sheet of the fields' own names needs no configuration."""
    write_sheet(place.work / "orders.csv", [order(1)])
    ended = call("check", "orders.csv", "--save-mapping")
    assert "Nothing to save" in ended.stderr
    assert not (place.work / "config.yaml").exists()


def test_two_sheets_of_different_columns_cannot_be_saved_together(place: Place, call: Call) -> None:
    """One field has one heading in the configuration."""
    _german(place)
    write_sheet(
        place.work / "b.csv",
        [order(2) | {"Town": "Boston"}],
        [*(name for name in COLUMNS if name != "city"), "Town"],
    )
    columns = ("--map", "zip=PLZ")
    ended = call("check", "orders.csv", *columns, "--map", "city=Ort", "--save-mapping")
    assert ended.code == 0
    ended = call("check", "orders.csv", "b.csv", "--save-mapping")
    assert (ended.code, "one sheet at a time" in ended.stderr) == (2, True)


def test_columns_that_are_not_used_are_named_and_offered(place: Place, call: Call) -> None:
    """What a person takes for the e-mail must not be cleared in silence."""
    columns = [name for name in COLUMNS if name != "email"] + [
        "E-mail of the buyer",
        "Custmer email",
    ]
    write_sheet(place.work / "orders.csv", [order(1)], columns)
    shown = call("check", "orders.csv").stdout
    assert "not used: E-mail of the buyer, Custmer email" in shown
    assert 'is it this one? --map email="Custmer email"' in shown


def test_a_seller_s_number_is_offered_for_the_order_po(place: Place, call: Call) -> None:
    """It is read to find the order, and not sent unless somebody says so."""
    columns = ["order_po", *(n for n in COLUMNS if n not in ("order_id", "address_order_po"))]
    write_sheet(place.work / "orders.csv", [order(1) | {"order_po": "1001"}], columns)
    (place.work / "ids.csv").write_text("order_po,order_id\n1001,500011\n")
    shown = call("check", "orders.csv", "--ids", "ids.csv").stdout
    assert 'to send the order number there too: --map address_order_po="order_po"' in shown
