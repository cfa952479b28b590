"""Older kinds of workbook: read where nothing is lost, refused where something would be."""

from __future__ import annotations

import base64
import io
import re
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import SheetError
from pipeline.core.records import OddCell, Record
from pipeline.sheets import open_sheet

# Saved by LibreOffice: three rows of headings, text, numbers and one TRUE.
XLS = zlib.decompress(
    base64.b64decode("""
eNrtV11sFFUUPnd2u50tpZ0WirXQdUWBQgtpLdGiYpe2KCSaGsSfkCawbKewst3dbGtSNOoi8mIg0fAgD0RD0gcTE39i
gg+a2L7xoNEXHjSaFB6MWh9WozEktsN3ztxZhqVNugVJ1J7JmXvvuXPvPff8zzdf102d+7jpEpXAQxSgWSdMIR9NAU1v
YBEZmjbrOI5HdpbgXwUzumUdBqG/CiDrvFLrNazbJfhvwh7K4BmlKO2kNNocHaVyYBUsxr/fQtbMLvC7hcLS+Ys/n+M3
x/EAsNT/Odaz/1cBlwGrgcuBNcBaNwVQHbAeuAK4EtggNkF0B7AReCewCbgauEafHdEt493orwXeo2nr0K5fijm3DcIm
tBiqoM+Wf8kqF91fgkV8FJwUu7gMHKAs20ZvPJWI3i7oER7iinmYgJFuR0/RWVBr6EOhfi7v7WJ9gBhFu7RFP2fEhPdT
8l4r7xri9Z/Kmu+E0kER+l6s/E1xAkWVqpfilKIkHUQcTOKLJrrA/vWqfMHeoXbIDH91M7ORYDWNs489ZqftXDw1Jb4z
Tn86UZ+fTkSZzsuF/sfC6EaZdPrf0cchu7nk3Op+Xyilb5yH3jYPfdM89PAN9NMG/CpPDrdWPiBtXT4kbX0+KO2KfKW0
K/MVzgGx3xOw5vNB11v7c4N2buQk/FPhmVQmkGjvKUXTtI+jdGGPnBUqcDRmN/aqdj920rIC+9EX8AaTjilEfXNCxfCO
UeQ3y437JuK/ibhu/oXQ/zf1S24Iu3kiw2zsTw5i/3R82EY2eTGZRS4ZSaYTNnLHvsx0dOdYfDibskFtv6+jcyv46Mlg
sG1rR3snmBhzkGjC1Bd0E03CbABeU1KDbg3ORm7Usq6LWtW42SBuzH5eJ7e0wNnm3jXTl+9v6t4v9Py1/xdax7KnNnUM
M5PBTbKiVd6vybdeNjsutNflvb64/qfuDb5+S7Ff6N7o659D9AmDKxLtGDitTTVWh45PHpjq9lpFT2PGpJfl2qTeMGv1
TWukCZBWHJmGpfttbkxRtUJTc9CMEtqMZHE3b5MeKYxUcWSI7LxRACM++RXIW8m6HyfcOSXrguSNeJ1bNTRiFJA9lVQl
+hrUrHgXQ3b5Re9iyC4h8ka8S2VxxLuwFH+lJ5mrwi5XmwVT2ysfD/4K7bJnsNAi9HDBmqPaMahK1vEa5vMRo57Oh9yU
QfSwaIeoWd/XOwBwCMZ+yPRvpLwKq8r3TzzrBKrcGswyDdev3alHueZ5IpnIZUYyQ6Mw/4Sdim57YPPe+EE7lbLl8j3J
oaGum6n9lOvQi4ZZh0SHc+xLUyfe/f1K/2Hr/bdMat3wybcs7TO6NlRafmwHu3QcGNCSOazrxVFdM+Z13XhS15o/zxBF
9JpM1k5nj46l+MyInm/Xe3twQ38kEHvnpR+Uv3+r788U4+JXF89uWW2dfhv3b7vyQR9n8RLagK5zvUhq+e74eNF7SfIN
z3fp+Ziv9mZZ7chmn0EgT2bS18uI5du5pYP+KbiV/39y/xIfmGsNy2Qi7Pafxek5OoKKi/k4Ujb/9RI7XDk5ZfxXPVjp
2Xkvzh1GhdsPHp5f1PkB3z/YQtY0A3cX/awf9aC9aP1xtCz3/+8u/a8mVSk9RS/g/sOoS1n3u2EFQ6ITpoyiXs2AMj+0
6PMrypA/+8KF4vl9OCEhPNhigeXx07WI+98LfG/p/1/gKmvdIHY=
""")
)


def ods(rows: str) -> bytes:
    xml = (
        '<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:body>'
        '<office:spreadsheet><table:table table:name="Other"><table:table-row '
        'table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated='
        '"16384"/></table:table-row></table:table><table:table table:name="Orders">'
        f"{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": xml.encode(),
            "META-INF/manifest.xml": b"<manifest:manifest/>",
        }
    )


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, content in files.items():
            package.writestr(name, content)
    return out.getvalue()


def record(number: int, body: bytes = b"") -> bytes:
    name = bytes([number]) if number < 128 else bytes([number & 127 | 128, number >> 7])
    return name + bytes([len(body)]) + body


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(cells: bytes, styles: bytes = b"") -> bytes:
    bundle = struct.pack("<II", 0, 1) + wide("rId1") + wide("Orders")
    relation = b'<Relationship Id="rId1" Target="worksheets/sheet1.bin" Type="worksheet"/>'
    begin = record(129) + record(148, bytes(16)) + record(145)
    return zipped(
        {
            "xl/workbook.bin": record(131)
            + record(143)
            + record(156, bundle)
            + record(144)
            + record(132),
            "xl/_rels/workbook.bin.rels": b"<Relationships>" + relation + b"</Relationships>",
            "xl/worksheets/sheet1.bin": begin + cells + record(146) + record(130),
            "xl/other.bin": styles,
        }
    )


def row(number: int, flags: int = 0) -> bytes:
    return record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, flags, 0, 0))


def text(column: int, value: str) -> bytes:
    return record(6, struct.pack("<II", column, 0) + wide(value))


def number(column: int, value: float) -> bytes:
    return record(5, struct.pack("<IId", column, 0, value))


def xls_error() -> bytes:
    """The TRUE of the sound file as the error that its formula might have given."""
    found = re.search(rb"\x06\x00.\x00.{6}\x01.\x01.{3}\xff\xff", XLS, re.DOTALL)
    assert found
    spoilt = found[0][:10] + b"\x02" + found[0][11:12] + b"\x2a" + found[0][13:]
    return XLS.replace(found[0], spoilt)


def xls_hidden() -> bytes:
    found = re.search(rb"\x08\x02\x10\x00.{16}", XLS, re.DOTALL)
    assert found
    return XLS.replace(found[0], found[0][:16] + b"\x20" + found[0][17:])


STRING = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
FLOAT = (
    '<table:table-cell office:value-type="float" office:value="{}"><text:p>{}</text:p>'
    "</table:table-cell>"
)
ROW = "<table:table-row{}>{}</table:table-row>"
SOUND_ODS = ods(
    ROW.format("", STRING.format("id") + STRING.format("02134"))
    + ROW.format(
        ' table:number-rows-repeated="2"',
        '<table:table-cell table:number-columns-repeated="16384"/>',
    )
    + ROW.format("", FLOAT.format("12345", "12345") + FLOAT.format("0.5", "0.5"))
)


def read(folder: Path, content: bytes, *, max_cells: int = 20_000_000) -> list[Record]:
    path = folder / "orders"
    path.write_bytes(content)
    with open_sheet(path, max_cells=max_cells) as sheet:
        return list(sheet.records("Orders"))


def test_an_xls_is_read(tmp_path: Path) -> None:
    """Text, numbers and booleans of an xls come like those of an xlsx."""
    assert read(tmp_path, XLS) == [
        Record(1, ("order_id", "name", "zip", "since")),
        Record(
            2,
            ("12345", "Zoë Example", "02134", "TRUE"),
            {0: OddCell("number", "12345"), 3: OddCell("boolean", "TRUE")},
        ),
        Record(3, ("12346", "Bo", "94103", "x"), {0: OddCell("number", "12346")}),
    ]


def test_an_ods_is_read(tmp_path: Path) -> None:
    """Rows of an ods keep their numbers, empty repeated rows and all."""
    odd = {0: OddCell("number", "12345"), 1: OddCell("number", "0.5")}
    found = read(tmp_path, SOUND_ODS)
    assert found == [Record(1, ("id", "02134")), Record(4, ("12345", "0.5"), odd)]


def test_an_xlsb_is_read(tmp_path: Path) -> None:
    """Text and numbers of an xlsb come like those of an xlsx."""
    content = xlsb(row(0) + text(0, "id") + text(1, "02134") + row(2) + number(0, 12345))
    odd = {0: OddCell("number", "12345")}
    found = read(tmp_path, content)
    assert found == [Record(1, ("id", "02134")), Record(3, ("12345", ""), odd)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (xls_error(), "error cells such as #N/A"),
        (XLS + b"\x05\x02\x08\x00" + bytes(6) + b"\x2a\x01", "error cells such as #N/A"),
        (xls_hidden(), "hidden rows"),
        (XLS.replace(b"\x00General", b"\x000000000"), "numbers shown with leading zeros"),
        (
            ods(
                ROW.format(
                    "",
                    '<table:table-cell office:value-type="string" calcext:value-type="error">'
                    "<text:p>#N/A</text:p></table:table-cell>",
                )
            ),
            "error cells such as #N/A",
        ),
        (
            ods(ROW.format(' table:visibility="filter"', STRING.format("x"))),
            "hidden rows",
        ),
        (ods(ROW.format("", FLOAT.format("2134", "02134"))), "leading zeros"),
        (
            ods(ROW.format(' table:number-rows-repeated="30000000"', STRING.format("x"))),
            "reaches over 20,000,000 cells",
        ),
        (xlsb(row(0) + record(3, struct.pack("<IIB", 0, 0, 42))), "error cells such as #N/A"),
        (xlsb(row(0, 0x10) + text(0, "x")), "hidden rows"),
        (
            xlsb(row(0) + number(0, 2134), record(44, struct.pack("<H", 164) + wide("00000"))),
            "numbers shown with leading zeros",
        ),
        (xlsb(row(0) + text(0, "x") + row(1048575) + text(16383, "x")), "reaches over 20,000,000"),
    ],
)
def test_what_cannot_be_read_safely_is_refused(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    """An error cell must not clear a field, nor a ZIP lose its zero, because a file is old."""
    with pytest.raises(SheetError, match=sentence):
        read(tmp_path, content)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), sound=st.sampled_from(["xls", "ods", "xlsb"]))
def test_no_spoilt_bytes_crash_the_reader(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, sound: str
) -> None:
    """An older workbook that is spoilt anywhere ends in records or in one sentence."""
    kinds = {"xls": XLS, "ods": SOUND_ODS, "xlsb": xlsb(row(0) + text(0, "id") + number(1, 1))}
    content = bytearray(kinds[sound])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=40))
    try:
        rows = [found.row for found in read(tmp_path_factory.mktemp("old"), bytes(content))]
    except SheetError:
        return
    assert rows == sorted(rows)
