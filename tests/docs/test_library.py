"""The examples for programs run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

import pipeline
from tests.docs.reading import blocks, page, spans

PAGE: Final = page("docs/library.md")
EXAMPLES: Final = [block.text for block in blocks(PAGE) if block.language == "python"]
SHEET: Final = (
    "order_id,first_name,last_name,address_1,city,state_code,zip_postal_code,country_code\n"
    "123456,Ada,Example,12 Sample Street,Boston,MA,02134,us\n"
)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    example: str,
) -> None:
    """What the page shows works as it stands, with a ledger of its own."""
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.csv").write_text(SHEET)
    exec(compile(example, "docs/library.md", "exec"), {"__name__": "example"})
    assert ("print(" not in example) or "'updated': 1" in capsys.readouterr().out


def test_every_public_name_is_said_and_no_other() -> None:
    """The page has all of the package's names; what it imports is public."""
    said = {word for span in spans(PAGE) for word in re.findall(r"\w+", span)}
    imported = set(re.findall(r"from pipeline import (.+)", PAGE)[0].split(", "))
    assert set(pipeline.__all__) - {"StopRun"} <= said | imported
    assert imported <= set(pipeline.__all__)
