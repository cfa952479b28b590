"""The files of data say what they may say, are documented, and are read only when needed."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pipeline.core.platforms import Platform, claim, platforms
from pipeline.core.platforms.shops import KEYS
from tests.docs.reading import PROJECT, page

DATA = sorted((PROJECT / "pipeline" / "core" / "platforms" / "data").glob("*.toml"))


@pytest.mark.parametrize("path", DATA, ids=lambda path: path.stem)
def test_a_file_has_no_other_keys(path: Path) -> None:
    """A misspelt key would be a rule that is not there."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set(told) <= KEYS
    assert all(set(each) == {"of", "row"} for each in told["headings"])


def test_each_file_is_a_platform() -> None:
    """Whatever lies in the folder is read, and two files have not one name."""
    assert len({platform.name for platform in platforms()}) == len(DATA) == len(platforms())


@pytest.mark.parametrize("platform", platforms(), ids=lambda platform: platform.name)
def test_each_platform_has_evidence(platform: Platform) -> None:
    """Each says where its headings were seen, or that they were not."""
    assert platform.evidence
    sources = ("/", "docs/api.md", "names no repository", "importer", "not seen in public code")
    assert all(any(word in line for word in sources) for line in platform.evidence)
    assert platform.headings


@pytest.mark.parametrize("platform", platforms(), ids=lambda platform: platform.name)
def test_each_platform_is_documented(platform: Platform) -> None:
    """docs/sheets.md has its name, what it is known by and the number of its orders."""
    table = page("docs/sheets.md").partition("<!-- generated: platforms -->")[2]
    line = next(line for line in table.splitlines() if line.startswith(f"| {platform.name} |"))
    for heading in (*platform.numbers, *(name for group in platform.signs for name in group)):
        assert f"`{heading}`" in line


@pytest.mark.parametrize("platform", platforms(), ids=lambda platform: platform.name)
def test_a_file_says_nothing_that_is_said_already(platform: Platform) -> None:
    """A heading's own meaning needs no line, unless it lacks a shipping word."""
    told = {
        heading: field
        for heading, field in platform.extra.items()
        if (said := claim(heading)) and said.field == field and said.shipping
    }
    assert told == {}


def test_help_reads_no_data() -> None:
    """The files are read when the first sheet is mapped, not before."""
    code = (
        "import sys; import pipeline.core.mapping; from pipeline.core.platforms import platforms; "
        "sys.exit(platforms.cache_info().currsize)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    shown = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "pipeline", "--help"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "pipeline.core.platforms" not in shown.stderr
