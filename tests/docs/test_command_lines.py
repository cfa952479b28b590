"""Every command line that a page, a recipe or a comment tells people to type can be typed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.docs.cli_tree import TOP, commands, flags_of
from tests.docs.reading import PAGES, PROJECT, blocks, named, spans

RECIPES: Final = sorted(path for path in (PROJECT / "recipes").rglob("*") if path.is_file())
FILES: Final = (
    *PAGES,
    *RECIPES,
    PROJECT / "Dockerfile",
    PROJECT / "Makefile",
)
LINE: Final = re.compile(
    r"(?:(?<!-[a-zA-Z])(?<!-aG)[ \t]|^|[`\"'(>]|bin/|\\)"
    r"address-pipeline(?:\.exe)?((?:[ \t]+[^\s|;&#>`]+)+)",
    re.MULTILINE,
)
"""A name behind an option, as of a user, is no command, nor is a folder of that name."""
FLAG: Final = re.compile(r"-{1,2}[a-z][a-z-]*")
WORD: Final = re.compile(r"[a-z][a-z-]*")


def lines_of(path: Path) -> list[list[str]]:
    """Give the words behind each ``address-pipeline``; of a page only what is typed."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        text = "\n".join([*(block.text for block in blocks(text)), *spans(text)])
    text = re.sub(r"</Command>\s*<Arguments>|\\\n", " ", text)
    return [found[1].rstrip(").:,").split() for found in LINE.finditer(text)]


def wrong_with(words: list[str]) -> list[str]:
    """Say which words of a command line the program does not know."""
    command = next((word for word in words if word in commands()), None)
    known = {part for name in flags_of(command or TOP) for part in re.split(r"[ ,]+", name)}
    flags = [found[0] for word in words if (found := FLAG.match(word))]
    first = words[0]
    if command is None and not FLAG.match(first):
        return [first]
    return [flag for flag in flags if flag not in known]


@pytest.mark.parametrize("path", FILES, ids=named)
def test_what_is_to_be_typed_is_known(path: Path) -> None:
    """Each command is there and takes each flag that stands behind it."""
    typed = [words for words in lines_of(path) if _is_typed(words)]
    assert [(words, wrong) for words in typed if (wrong := wrong_with(words))] == []


def _is_typed(words: list[str]) -> bool:
    """The name alone in a sentence or a path is no command line."""
    return (
        bool(words)
        and bool(WORD.fullmatch(words[0]) or FLAG.match(words[0]))
        and words[0] != "COMMAND"
    )


@pytest.mark.parametrize("path", RECIPES, ids=named)
def test_a_recipe_runs_a_pass_or_a_watcher(path: Path) -> None:
    """No recipe is passed over because its line was not found."""
    if path.suffix == ".timer":
        return
    assert ["watch"] in [words[:1] for words in lines_of(path)]


def test_a_flag_that_is_not_there_is_found() -> None:
    """The comparison itself sees what it is for."""
    assert wrong_with("watch inbox --once --fail-over new".split()) == ["--fail-over"]
    assert wrong_with("wach inbox".split()) == ["wach"]
    assert wrong_with("apply a.csv --live -y".split()) == []
