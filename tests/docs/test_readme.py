"""What the README tells people to type does what it says.

Each block of commands says in the comment above it how it is tried: as it stands, against a stub in
place of FinerWorks (``--live`` becomes ``--base-url``), or, for make, by what make would do.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import openpyxl
import pytest

from pipeline.config import key_state
from tests.docs.reading import PROJECT, Block, blocks, page
from tests.fakes.keychains import FILE_VARIABLE
from tests.stub_api.behaviours import decide, ok, order_statuses
from tests.stub_api.replies import Reply
from tests.stub_api.server import StubApi
from tests.stub_api.wire import Seen

TYPED: Final = ("sh", "console", "crontab")
BLOCKS: Final = [block for block in blocks(page("README.md")) if block.language in TYPED]
AS_IT_STANDS, STUB, MAKE, DROPPED = (
    "tried",
    "tried: against a stub",
    "tried: by make -n, and the demo by itself",
    "tried: with somebody who drops a sheet",
)
HEADINGS: Final = (
    "order_id,first_name,last_name,company_name,address_1,address_2,address_3,city,state_code,"
    "province,zip_postal_code,country_code,phone,email,address_order_po"
).split(",")
ROWS: Final = [
    f"{number},Ada,Example,,12 Sample Street,,,Boston,MA,,{code},us,617-555-0123,ada@example.com,"
    for number, code in ((700001, "02134"), (700002, "2134"), (700003, "213"))
]
QUICK: Final = {
    "ADDRESS_PIPELINE_WATCH__SETTLE_SECONDS": "0.1",
    "ADDRESS_PIPELINE_WATCH__POLL_SECONDS": "0.1",
}
KEYS: Final = {"FINERWORKS_WEB_API_KEY": "web-key-for-tests", "FINERWORKS_APP_KEY": "app-key-x"}


@dataclass(frozen=True)
class Desk:
    """A person's folder, with a command ``address-pipeline`` on the path."""

    folder: Path
    environ: dict[str, str]
    stub: StubApi

    def type(self, text: str) -> str:
        """Type a block into a shell; gives what both streams showed."""
        ran = subprocess.run(
            ["/bin/sh", "-c", text],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=50,
        )
        assert "not found" not in ran.stdout
        return ran.stdout

    def codes(self) -> list[int]:
        """Give what each call of the command ended with."""
        return [int(code) for code in Path(self.environ["CODES"]).read_text().split()]


def _answer(seen: Seen) -> Reply:
    """Take every address, and know an order of every number."""
    if seen.path != "/v3/fetch_order_status":
        return ok(seen)
    known = {po: [500_000 + int(po)] for po in seen.json["order_pos"] if po.isdigit()}
    return decide(order_statuses(known), seen)


@pytest.fixture(scope="module")
def stub() -> Iterator[StubApi]:
    with StubApi(_answer) as serving:
        yield serving


@pytest.fixture
def desk(tmp_path: Path, stub: StubApi) -> Desk:
    """Lay out the sheets that the README speaks of."""
    home, folder, programs = tmp_path / "home", tmp_path / "home" / "corrections", tmp_path / "bin"
    for each in (folder, programs):
        each.mkdir(parents=True, mode=0o700)
    command = programs / "address-pipeline"
    command.write_text(
        "#!/bin/sh\n"
        f'sh -c \'echo $$ > "$HERE"; exec {shlex.quote(sys.executable)} -m pipeline "$@"\' - "$@"\n'
        'code=$?; echo $code >> "$CODES"; exit $code\n'
    )
    command.chmod(0o700)
    _sheets(folder)
    environ = {
        "PATH": f"{programs}:{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(PROJECT),
        "HOME": str(home),
        "CODES": str(tmp_path / "codes"),
        "HERE": str(tmp_path / "pid"),
        "LANG": "C.UTF-8",
        "PYTHON_KEYRING_BACKEND": "tests.fakes.keychains.FileKeychain",
        FILE_VARIABLE: str(tmp_path / "keychain.json"),
    }
    return Desk(folder, environ, stub)


def _sheets(folder: Path) -> None:
    text = "\n".join([",".join(HEADINGS), *ROWS]) + "\n"
    (folder / "orders.csv").write_text(text.replace("zip_postal_code", "Post code"))
    (folder / "one-order.csv").write_text("\n".join(text.splitlines()[:2]) + "\n")
    (folder / "inbox").mkdir()
    (folder / "keys").mkdir(mode=0o700)
    for name, key in KEYS.items():
        (folder / "keys" / name.removeprefix("FINERWORKS_").lower()).write_text(f"{key}\n")
    book = openpyxl.Workbook()
    for line in text.splitlines():
        book.worksheets[0].append(line.split(","))
    book.save(folder / "orders.xlsx")
    for name in ("shopify_orders.csv", "finerworks-orders.csv"):
        shutil.copy(PROJECT / "samples" / name, folder)


def _short(block: Block) -> str:
    return re.sub(r"\W+", "-", block.text)[:50].strip("-")


def test_every_block_says_how_it_is_tried() -> None:
    """No command of the README is passed over in silence."""
    assert {block.marker for block in BLOCKS} == {AS_IT_STANDS, STUB, MAKE, DROPPED}
    unmarked = [block for block in blocks(page("README.md")) if not block.language]
    assert unmarked == []


def _by_day(block: Block) -> bool:
    """Tell a block of one command at most; the rest takes seconds, and waits for the night."""
    return block.text.count("address-pipeline") <= 1 and "results" not in block.text


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(b, id=_short(b), marks=[] if _by_day(b) else [pytest.mark.nightly])
        for b in BLOCKS
        if b.language == "sh" and b.marker not in (MAKE, DROPPED)
    ],
)
def test_what_is_typed_works(desk: Desk, block: Block) -> None:
    """Commands end with 0, or with 1 for the row that is to be fixed, and never with our bug."""
    text = block.text
    if block.marker == STUB:
        desk.environ.update(KEYS)
        if "orders.results.xlsx" in text:
            desk.type(f"address-pipeline apply orders.xlsx --base-url {desk.stub.url}")
        text = text.replace("--live", f"--base-url {desk.stub.url}")
        typing = (
            f"printf 'web-key\\napp-key\\n' | address-pipeline login --base-url {desk.stub.url}"
        )
        text = text.replace("address-pipeline login", typing)
    shown = desk.type(text)
    if "address-pipeline" not in text:
        assert key_state({}, desk.folder) == "both found in .env"
        return
    codes = desk.codes()
    assert codes, shown
    assert set(codes) <= {0, 1}, shown


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "console"], ids=_short)
def test_what_is_shown_is_what_comes(desk: Desk, block: Block) -> None:
    """A command and its output stand as they are; … is what differs from time to time."""
    command, _, expected = block.text.removeprefix("$ ").partition("\n")
    pattern = "".join(
        r"(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + r" *\n"
        for line in expected.splitlines()
    )
    shown = desk.type(command)
    assert re.fullmatch(pattern, shown), shown
    assert desk.codes() == [0]


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.marker == MAKE], ids=_short)
def test_make_knows_what_it_is_told(desk: Desk, block: Block) -> None:
    """The targets are there; they are not carried out, for one of them runs this very test."""
    for line in block.text.splitlines():
        words = shlex.split(line, comments=True)
        assert words[0] == "make"
        subprocess.run(
            ["make", "--dry-run", *words[1:]], cwd=PROJECT, check=True, capture_output=True
        )


@pytest.mark.nightly
@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "crontab"], ids=_short)
def test_the_nightly_line_works(desk: Desk, block: Block) -> None:
    """Cron's lines run as they stand: silent when all is well, words when somebody is needed."""
    *settings, line = block.text.splitlines()
    for setting in settings:
        name, _, value = setting.partition("=")
        desk.environ[name] = value
    fields = line.split(maxsplit=5)
    assert all(re.fullmatch(r"[\d*]+", field) for field in fields[:5])
    assert "%" not in fields[5]  # cron would end the line there
    desk.environ.update(QUICK)
    typed = fields[5].replace("--live", f"--base-url {desk.stub.url}")
    inbox = desk.folder / "inbox"
    for name in ("one-order.csv", "orders.xlsx"):
        shutil.copy(desk.folder / name, inbox)
        shown = desk.type(typed)
        assert bool(shown) == (name == "orders.xlsx"), shown
    assert desk.codes() == [0, 1]
    assert (inbox / "done" / "one-order.results.xlsx").exists()
    assert (inbox / "needs-attention" / "orders.results.xlsx").exists()


@pytest.mark.nightly
@pytest.mark.parametrize("block", [b for b in BLOCKS if b.marker == DROPPED], ids=_short)
def test_the_folder_works_as_it_is_said(desk: Desk, block: Block) -> None:
    """A dropped sheet waits with its check file, is moved to approved, and comes back in done."""
    confirm = {"ADDRESS_PIPELINE_WATCH__CONFIRM": "always"}  # as where the target is live
    desk.environ.update(KEYS | QUICK | confirm)
    inbox = desk.folder / "inbox"
    typed = block.text.replace("--live", f"--base-url {desk.stub.url}")
    watching = subprocess.Popen(["/bin/sh", "-c", typed], cwd=desk.folder, env=desk.environ)
    try:
        shutil.copy(desk.folder / "one-order.csv", inbox)
        _wait_for(inbox / "to-approve" / "one-order.check.xlsx")
        (inbox / "to-approve" / "one-order.csv").rename(inbox / "approved" / "one-order.csv")
        _wait_for(inbox / "done" / "one-order.results.xlsx")
        assert (inbox / "_STATUS.html").exists()
    finally:
        os.kill(int(Path(desk.environ["HERE"]).read_text()), signal.SIGTERM)
        watching.wait(30)
    assert desk.codes() == [143]


def _wait_for(path: Path, most_seconds: float = 30.0) -> None:
    end = time.monotonic() + most_seconds
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert path.exists()
