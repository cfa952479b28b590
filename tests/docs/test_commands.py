"""docs/commands.md and the program's own ``--help`` say the same, both ways."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from pipeline.job.summary import SheetSummary, Summary
from tests.docs.cli_tree import commands, flags_of
from tests.docs.reading import PAGES, named, page, spans

COMMANDS: Final = page("docs/commands.md")
EVERY_FLAG: Final = sorted({flag for command in commands() for flag in flags_of(command)})
SECTIONS: Final = re.findall(r"^## (.+)$", COMMANDS, re.MULTILINE)


def test_every_command_has_its_section_and_no_other_has() -> None:
    """Sections stand in the order of ``--help``, before the two that all commands share."""
    assert [*commands(), "Flags", "The JSON object"] == SECTIONS


def test_every_flag_is_described_and_no_other_is() -> None:
    """The list of flags is the program's, with what each takes."""
    described = re.findall(r"^- `(-[^`]+)`: \S", COMMANDS, re.MULTILINE)
    assert sorted(described) == EVERY_FLAG


def test_the_keys_of_the_json_object_are_described() -> None:
    """Its table has the keys that are printed, and those of each run."""
    table = COMMANDS.partition("## The JSON object")[2]
    keys = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (.+?) \|", table, re.MULTILINE)))
    printed = Summary("", "", (), 0.0, 0.0).as_json()
    assert keys == list(printed)
    for key in SheetSummary("").as_json():
        assert f"`{key}`" in table


OTHERS: Final = {"--strict"}
"""Flags of other programs that a page names."""


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_flag_on_a_page_is_one_of_ours(path: Path) -> None:
    """A flag in the text is there in the program."""
    known = {name for flag in EVERY_FLAG for name in re.findall(r"--?[\w-]+", flag)}
    said = {
        flag
        for span in spans(path.read_text(encoding="utf-8"))
        for flag in re.findall(r"(?<![\w-])--[a-z][\w-]*", span)
    }
    assert said - OTHERS <= known
