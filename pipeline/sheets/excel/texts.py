"""How much text the cells of an xlsx come to, before they are read.

A workbook stores a text once, however many cells show it, and the Excel reader gives each cell a
copy of its own: one text of 32 kB in a million cells is a file of a few MB, and 32 GB of memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import IO

from pipeline.sheets.excel.package import UNSOUND, Damaged, xml_parser

__all__ = ["refuse_empty_promise", "shown_bytes", "text_lengths"]

_BLOCK = 1 << 20
_PROMISED = re.compile(rb"""<(?:\w+:)?sst\b[^>]*?\suniqueCount\s*=\s*["']\s*(\d+)""")
_TEXT_BEGIN = re.compile(rb"<(?:\w+:)?si[\s/>]")
_TEXT_END = re.compile(rb"</(?:\w+:)?si\s*>|<(?:\w+:)?si\s*/>")
_SHARED = b't="s"'
_SHOWN = re.compile(rb't="s"><v>(\d{1,9})<')


def refuse_empty_promise(shared_texts: bytes) -> None:
    """Refuse a part that promises more texts than it has room for.

    The Excel reader sets memory aside for all that are promised, which could end the process.
    """
    found = _PROMISED.search(shared_texts)
    if found and int(found[1][:20]) > len(shared_texts):
        raise Damaged("it promises more texts than it has")


def text_lengths(shared_texts: bytes) -> Sequence[int]:
    """Give the length of each shared text, in bytes of XML."""
    first = _TEXT_BEGIN.search(shared_texts)
    if first is None:
        return ()
    ends = [found.end() for found in _TEXT_END.finditer(shared_texts)]
    return [end - begin for begin, end in zip([first.start(), *ends], ends, strict=False)]


def shown_bytes(open_part: Callable[[], IO[bytes]], lengths: Sequence[int], *, plain: bool) -> int:
    """Count the bytes of shared text that the cells of a worksheet show.

    ``plain``: its XML is written the way everyone writes it, and patterns find the cells.
    """
    total = _shown_fast(open_part, lengths) if plain else None
    return _shown(open_part, lengths) if total is None else total


def _shown_fast(open_part: Callable[[], IO[bytes]], lengths: Sequence[int]) -> int | None:
    total, rest = 0, b""
    with open_part() as stream:
        while block := stream.read(_BLOCK):
            whole, opening, rest = (rest + block).rpartition(b"<c ")
            rest = opening + rest
            numbers = _SHOWN.findall(whole)
            if len(numbers) != whole.count(_SHARED) or len(rest) > _BLOCK:
                return None
            total += _sum(lengths, map(int, numbers))
    return total + _sum(lengths, map(int, _SHOWN.findall(rest)))


def _shown(open_part: Callable[[], IO[bytes]], lengths: Sequence[int]) -> int:
    numbers: list[str] = []
    total, shared = 0, False
    parser = xml_parser()

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal shared
        name = tag.rpartition(":")[2]
        if name == "c":
            shared = attributes.get("t") == "s"
        parser.CharacterDataHandler = numbers.append if shared and name == "v" else None

    parser.buffer_text = True
    parser.StartElementHandler = start
    try:
        with open_part() as stream:
            while block := stream.read(_BLOCK):
                parser.Parse(block)
                total += _sum(lengths, (int(each) for each in numbers if each.isdecimal()))
                numbers.clear()
    except UNSOUND as error:
        raise Damaged("a worksheet's XML is broken") from error
    return total


def _sum(lengths: Sequence[int], numbers: Iterable[int]) -> int:
    return sum(lengths[at] for at in numbers if at < len(lengths))
