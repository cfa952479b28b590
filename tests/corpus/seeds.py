"""Small sound files of every kind, to be spoilt: what the fuzz begins with."""

from __future__ import annotations

import base64
import datetime as dt
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import xlsxwriter

from tests.corpus.entry import ADA, BO, HEAD, ada, sheet
from tests.corpus.packing import ods, ods_row, sound_xlsx, zipped

__all__ = ["SEEDS", "XLS"]

_OLDER = Path(__file__).parents[1] / "data" / "older"

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


def rich_xlsx() -> bytes:
    """Give a workbook with all that the side scan looks for."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("Orders")
        padded = workbook.add_format({"num_format": "00000"})
        date = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for at, row in enumerate((HEAD, ADA, BO, ada(3))):
            sheet.write_row(at, 0, row)
        sheet.write_number(1, 6, 2134, padded)
        sheet.write_formula(1, 4, "=NA()", None, "#N/A")
        sheet.write_boolean(2, 8, True)  # the library's shape
        sheet.write_datetime(3, 8, dt.datetime(2024, 5, 12), date)  # noqa: DTZ001
        sheet.write_rich_string(3, 3, "12 ", workbook.add_format({"bold": 1}), "Analytical Way")
        sheet.set_row(3, None, None, {"hidden": True})
        workbook.add_worksheet("Notes").write(4, 4, 1.5)
    return out.getvalue()


def xlsm() -> bytes:
    """Give the same workbook with macros in it."""
    with zipfile.ZipFile(io.BytesIO(rich_xlsx())) as package:
        parts: Mapping[str, bytes] = {name: package.read(name) for name in package.namelist()}
    return zipped({**parts, "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0macros"})


def biff(number: int, body: bytes = b"") -> bytes:
    name = bytes([number]) if number < 128 else bytes([number & 127 | 128, number >> 7])
    return name + bytes([len(body)]) + body


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb() -> bytes:
    """Give a binary workbook of three rows, text and a number."""
    cells = b""
    for at, row in enumerate((HEAD[:5], ADA[:5], BO[:5])):
        cells += biff(0, struct.pack("<IIHBBBI", at, 0, 300, 0, 0, 0, 0))
        for column, text in enumerate(row):
            cells += biff(6, struct.pack("<II", column, 0) + wide(text))
        cells += biff(5, struct.pack("<IId", 5, 0, 2134.0))
    bundle = struct.pack("<II", 0, 1) + wide("rId1") + wide("Orders")
    relation = '<Relationship Id="rId1" Target="worksheets/sheet1.bin" Type="worksheet"/>'
    return zipped(
        {
            "xl/workbook.bin": biff(131) + biff(143) + biff(156, bundle) + biff(144) + biff(132),
            "xl/_rels/workbook.bin.rels": f"<Relationships>{relation}</Relationships>",
            "xl/worksheets/sheet1.bin": biff(129)
            + biff(148, bytes(16))
            + biff(145)
            + cells
            + biff(146)
            + biff(130),
        }
    )


def calc() -> bytes:
    """Give an OpenDocument sheet with repeated rows and a number."""
    number = (
        '<table:table-cell office:value-type="float" office:value="2134"><text:p>2134</text:p>'
        "</table:table-cell>"
    )
    gap = (
        '<table:table-row table:number-rows-repeated="4"><table:table-cell '
        'table:number-columns-repeated="1024"/></table:table-row>'
    )
    return ods(ods_row(HEAD) + gap + ods_row(ADA) + f"<table:table-row>{number}</table:table-row>")


_PEOPLE = sheet(
    HEAD, ADA, ("2", "Jürgen", "Müller", '"Ring 1, ""Hof"""', "Köln", "", "50667", "de")
)


@cache
def _seeds() -> dict[str, bytes]:
    return {
        "csv": _PEOPLE.encode(),
        "cp1252.csv": _PEOPLE.encode("cp1252"),
        "utf16.csv": _PEOPLE.encode("utf-16"),
        "shift_jis.csv": sheet(HEAD, ("1", "太郎", "山田", "丸の内", "東京都")).encode("cp932"),
        "sound.xlsx": sound_xlsx(),
        "rich.xlsx": rich_xlsx(),
        "xlsm": xlsm(),
        "ods": calc(),
        "xls": XLS,
        "xlsb": xlsb(),
        "real.xls": (_OLDER / "cells.xls").read_bytes(),
        "real.ods": (_OLDER / "cells.ods").read_bytes(),
    }


SEEDS = _seeds()
