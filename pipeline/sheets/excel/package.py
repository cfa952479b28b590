"""The parts of a workbook: a zip, most of it XML, opened with every promise it makes mistrusted."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import IO, NamedTuple
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

__all__ = [
    "UNSOUND",
    "Damaged",
    "Package",
    "Target",
    "TooBig",
    "start_tags",
    "unpacked_bytes",
    "xml_parser",
]

_BLOCK = 1 << 16
_FORBIDDEN = "it declares a document type, which no workbook does"


UNSOUND = (
    BadZipFile,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    zlib.error,
    expat.ExpatError,
)
"""What zipfile, zlib and expat raise about bytes that are not what they say."""


class Damaged(Exception):
    """A part is missing, cut off or not what it should be."""


class TooBig(Exception):
    """Unpacked, the file would be larger than allowed."""


def xml_parser() -> expat.XMLParserType:
    """Give a parser that refuses document types, and with them entity bombs."""

    def refuse(*_: object) -> None:
        raise Damaged(_FORBIDDEN)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    return parser


def start_tags(stream: IO[bytes]) -> Iterator[tuple[str, dict[str, str]]]:
    """Give name (without prefix) and attributes of each element of a small part."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = xml_parser()
    parser.StartElementHandler = lambda tag, attributes: found.append(
        (tag.rpartition(":")[2], attributes)
    )
    try:
        while block := stream.read(_BLOCK):
            parser.Parse(block)
            yield from found
            found.clear()
        parser.Parse(b"", True)
    except UNSOUND as error:
        raise Damaged("its XML is broken") from error


def unpacked_bytes(package: ZipFile, limit: int) -> int:
    """Count the bytes that really come out of a zip, whatever it declares.

    Raises :class:`TooBig` past ``limit``, without holding more than a block in memory.
    """
    total = 0
    for info in package.infolist():
        for size in _sizes(package, info):
            total += size
            if total > limit:
                raise TooBig
    return total


def _sizes(package: ZipFile, info: ZipInfo) -> Iterator[int]:
    raw = package.fp
    if info.compress_type != 8 or raw is None:
        yield max(info.file_size, info.compress_size)
        return
    # ZipFile.open stops at the declared size, other readers do not: so unpack by hand.
    with package.open(info):  # finds out whether the local header is sound
        pass
    raw.seek(info.header_offset + 26)
    lengths = raw.read(4)
    raw.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), 1)
    left, inflate = info.compress_size, zlib.decompressobj(-15)
    while left > 0 and not inflate.eof and (block := raw.read(min(left, _BLOCK))):
        left -= len(block)
        while block:
            yield len(inflate.decompress(block, _BLOCK * 16))
            block = inflate.unconsumed_tail


class Target(NamedTuple):
    """What a part of a workbook points at: another ``part``, and as what (a URL that ends so)."""

    part: str
    kind: str


class Package:
    """A workbook in memory; names of parts are found whatever their case and slashes."""

    def __init__(self, content: bytes, workbook: str = "workbook.xml") -> None:
        self._workbook = workbook
        self._zip = ZipFile(BytesIO(content))
        self._names = {_plain(name): name for name in self._zip.namelist()}

    def holds(self, part: str) -> bool:
        """Tell whether there is such a part."""
        return _plain(part) in self._names

    def open(self, part: str) -> IO[bytes]:
        """Open a part; raise :class:`Damaged` if it is not there."""
        try:
            return self._zip.open(self._names[_plain(part)])
        except UNSOUND as error:
            raise Damaged(f"its part {part} is missing or broken") from error

    def close(self) -> None:
        """Let go of the file's bytes."""
        self._zip.close()

    def worksheet_parts(self) -> Mapping[str, str]:
        """Give the part that holds each worksheet, by the worksheet's name."""
        workbook = self.workbook_part()
        targets = self.relations(workbook)
        parts: dict[str, str] = {}
        for tag, attributes in start_tags(self.open(workbook)):
            if tag == "sheet" and "name" in attributes:
                relation = next((v for k, v in attributes.items() if k.endswith(":id")), "")
                parts[attributes["name"]] = targets.get(relation, Target("", "")).part
        return parts

    def number_formats(self) -> Mapping[str, str]:
        """Give the format code of each cell style that has a code of its own."""
        folder = self.workbook_part().rpartition("/")[0]
        part = f"{folder}/styles.xml"
        if not self.holds(part):
            return {}
        codes: dict[str, str] = {}
        styles: dict[str, str] = {}
        inside = ""
        for tag, attributes in start_tags(self.open(part)):
            if tag == "numFmt" and inside != "dxfs":
                codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
            elif tag in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
                inside = tag
                count = 0
            elif tag == "xf" and inside == "cellXfs":
                if code := codes.get(attributes.get("numFmtId", "")):
                    styles[str(count)] = code
                count += 1
        return styles

    def shared_texts(self) -> bytes:
        """Give the part of the texts that cells of all worksheets share, empty if there is none."""
        found = self.relations(self.workbook_part()).values()
        part = next((each.part for each in found if each.kind.endswith("/sharedStrings")), "")
        return self.open(part).read() if part and self.holds(part) else b""

    def workbook_part(self) -> str:
        """Give the name of the part that lists the worksheets."""
        found = self.relations("").values() if self.holds("_rels/.rels") else ()
        ends = (each.part for each in found if _plain(each.part).endswith(self._workbook))
        named = next(ends, "")
        return named if named and self.holds(named) else f"xl/{self._workbook}"

    def relations(self, part: str) -> Mapping[str, Target]:
        """Give what a part points at, by the ids that it uses; ``""``: the package itself."""
        folder, _, file = part.rpartition("/")
        found: dict[str, Target] = {}
        for tag, attributes in start_tags(self.open(f"{folder}/_rels/{file}.rels")):
            if tag == "Relationship":
                target = attributes.get("Target", "")
                absolute = target.startswith("/") or not folder
                name = target if absolute else f"{folder}/{target}"
                found[attributes.get("Id", "")] = Target(name, attributes.get("Type", ""))
        return found


def _plain(part: str) -> str:
    """Bring ``/xl\\Worksheets/../sheet1.xml`` to one form."""
    steps: list[str] = []
    for step in part.replace("\\", "/").lower().split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(steps)
