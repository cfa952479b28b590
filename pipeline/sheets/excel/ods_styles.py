"""The styles of an ods: which cells show zeros in front, which worksheets are hidden.

A number style is brought to the code that Excel would write for it (``00000``), so that one
reader of codes serves all kinds of workbook.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.sheets.excel.formats import Padding, padding_of

__all__ = ["OdsStyles"]

_MOST_PLACES = 40
_MOST_PARENTS = 8
_OF_POSITIVES = ("value()>=0", "value()>0")


@dataclass(slots=True)
class OdsStyles:
    """Collects the elements of style parts as they come by."""

    hidden_tables: set[str] = field(default_factory=set)
    _codes: dict[str, str] = field(default_factory=dict)
    _maps: dict[str, str] = field(default_factory=dict)
    _data_styles: dict[str, str] = field(default_factory=dict)
    _parents: dict[str, str] = field(default_factory=dict)
    _known: dict[str, Padding | None] = field(default_factory=dict)
    _style: str = ""
    _number: str = ""
    _least: int = 0
    _inside: dict[int, str] = field(default_factory=dict)
    _text: list[str] | None = None
    _position: int = 0

    def padding(self, style: str) -> Padding | None:
        """Give the zeros that a cell style shows in front of whole numbers."""
        if style not in self._known:
            self._known[style] = padding_of(self._code_of(style))
        return self._known[style]

    def _code_of(self, style: str) -> str:
        for _ in range(_MOST_PARENTS):
            if data_style := self._data_styles.get(style):
                return self._codes.get(self._maps.get(data_style, data_style), "")
            style = self._parents.get(style, "")
        return ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take a start tag anywhere in a style part or above the worksheets."""
        name = attributes.get("style:name", "")
        if tag == "style:style":
            self._style = name
            if attributes.get("style:family") == "table-cell":
                self._parents[name] = attributes.get("style:parent-style-name", "")
                self._data_styles[name] = attributes.get("style:data-style-name", "")
        elif tag == "style:table-properties":
            if attributes.get("table:display") == "false":
                self.hidden_tables.add(self._style)
        elif tag in ("number:number-style", "number:text-style"):
            self._number, self._codes[name] = name, ""
        elif tag == "style:map" and self._number:
            if attributes.get("style:condition", "").replace(" ", "") in _OF_POSITIVES:
                self._maps.setdefault(self._number, attributes.get("style:apply-style-name", ""))
        elif self._number:
            self._start_part(tag, attributes)

    def _start_part(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "number:number":
            self._least = _whole(attributes.get("number:min-integer-digits", "0"))
            self._inside = {}
            if _whole(attributes.get("number:decimal-places", "0")):
                self._codes[self._number] += "."
            if attributes.get("number:grouping") == "true":
                self._codes[self._number] += ","
        elif tag in ("number:text", "number:embedded-text"):
            self._text = []
            self._position = _whole(attributes.get("number:position", "0"))
        else:  # a fraction, an exponent: no zeros in front of a whole number
            self._codes[self._number] += "?/"

    def text(self, data: str) -> None:
        """Take character data."""
        if self._text is not None:
            self._text.append(data)

    def end(self, tag: str) -> None:
        """Take an end tag."""
        if tag in ("number:number-style", "number:text-style"):
            self._number = ""
        elif not self._number:
            return
        elif tag == "number:number":
            self._codes[self._number] += self._places()
        elif self._text is not None:
            told = "".join(self._text).replace('"', "")
            if tag == "number:embedded-text":
                self._inside[self._position] = told
            elif told:
                self._codes[self._number] += f'"{told}"'
            self._text = None

    def _places(self) -> str:
        """Write digits' places as Excel does: ``00000"-"0000``."""
        code = ""
        most = max(self._least, *(position + 1 for position in self._inside), 0)
        for place in range(min(most, _MOST_PLACES), 0, -1):
            code += "0" if place <= self._least else "#"
            if told := self._inside.get(place - 1):
                code += f'"{told}"'
        return code


def _whole(digits: str) -> int:
    return int(digits[:4]) if digits.isdecimal() else 0
