"""The pages that people read, taken apart: fenced blocks, links, headings, code spans."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["PAGES", "PROJECT", "Block", "anchors", "blocks", "named", "page", "prose", "spans"]

PROJECT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = (
    *(PROJECT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
    *sorted((PROJECT / "docs").rglob("*.md")),
    *sorted((PROJECT / "samples").glob("*.md")),
)
"""Everything that is written for people."""

_FENCE: Final = re.compile(
    r"^(?:[ ]*<!-- (?P<marker>[^>]*) -->\n)?(?P<indent>[ ]*)```(?P<language>\w*)\n"
    r"(?P<text>.*?)^[ ]*```$",
    re.MULTILINE | re.DOTALL,
)
_HEADING: Final = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block; ``marker`` is the comment right above it."""

    language: str
    marker: str
    text: str


def page(name: str) -> str:
    """Give the text of a page by its path in the project."""
    return (PROJECT / name).read_text(encoding="utf-8")


def named(path: Path) -> str:
    """Name a page for a test's id."""
    return path.relative_to(PROJECT).as_posix()


def blocks(text: str) -> Iterator[Block]:
    """Give the fenced blocks of a page."""
    for found in _FENCE.finditer(text):
        yield Block(found["language"], found["marker"] or "", textwrap.dedent(found["text"]))


def prose(text: str) -> str:
    """Give a page without its fenced blocks."""
    return _FENCE.sub("", text)


def spans(text: str) -> list[str]:
    """Give what stands in back quotes outside of blocks."""
    return re.findall(r"`([^`\n]+)`", prose(text))


def anchors(text: str) -> set[str]:
    """Give the anchors of a page's headings, as code hosts make them."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(prose(text)))
    return {heading.strip().replace(" ", "-") for heading in plain}
