"""What people take for a sheet and is none, and sheets that nobody can read."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
import zlib
from dataclasses import replace

from tests.corpus.entry import ADA, BO, HEAD, Entry, refused, sheet
from tests.corpus.packing import sound_xlsx, xlsx, zipped

__all__ = ["STRANGERS"]

_TABLE = "".join(
    f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in (HEAD, ADA, BO)
)
_HTML = f"<html><head><meta charset='utf-8'></head><body><table>{_TABLE}</table></body></html>"
_XML_2003 = (
    '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table><Row><Cell>'
    '<Data ss:Type="String">order_id</Data></Cell></Row></Table></Worksheet></Workbook>'
)
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ORDERS = [dict(zip(HEAD, row, strict=True)) for row in (ADA, BO)]


def ole2(*entries: str) -> bytes:
    """Give an OLE2 container's head and directory; the streams themselves are not there."""
    names = [each.encode("utf-16-le").ljust(128, b"\0") for each in ("Root Entry", *entries)]
    return _OLE2.ljust(512, b"\0") + b"".join(names)


def encrypted_zip() -> bytes:
    content = bytearray(zipped({"xl/workbook.xml": "<workbook/>"}))
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def many_zeros(megabytes: int) -> bytes:
    """Deflate a megabyte of zeros and repeat it: nobody has to pack gigabytes for a bomb."""
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    one = squeezed.compress(bytes(1 << 20)) + squeezed.flush(zlib.Z_FULL_FLUSH)
    return one * megabytes + zlib.compressobj(9, zlib.DEFLATED, -15).flush()


def bomb(part: str, megabytes: int = 4096, *, honest: bool = True) -> bytes:
    """Give a zip that unpacks to gigabytes; a dishonest one says that it holds ten bytes."""
    packed = many_zeros(megabytes)
    content = bytearray(zipped({part: "A" * 10}))
    begin = 30 + len(part)
    central = content.rindex(b"PK\x01\x02")
    head, tail = content[:begin], content[central:]
    sizes = len(packed).to_bytes(4, "little")
    head[18:22] = tail[20:24] = sizes
    if honest:
        head[22:26] = tail[24:28] = ((megabytes << 20) & 0xFFFFFFFF).to_bytes(4, "little")
    end = tail.rindex(b"PK\x05\x06")
    tail[end + 16 : end + 20] = (begin + len(packed)).to_bytes(4, "little")
    return bytes(head + packed + tail)


def many_parts() -> bytes:
    """Give a workbook whose every part is within the limit, but not all of them together."""
    return zipped({f"xl/{n}.xml": bytes(90_000_000) for n in range(3)} | {"xl/workbook.xml": ""})


def entity_bomb() -> bytes:
    entities = "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' if n else '<!ENTITY e0 "ha">' for n in range(12)
    )
    return xlsx(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>&e11;</t></is></c></row>',
        before=f"<!DOCTYPE worksheet [{entities}]>",
    )


def outside_entity() -> bytes:
    return xlsx(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>&x;</t></is></c></row>',
        before='<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    )


def nested_zip() -> bytes:
    return zipped({"orders.zip": zipped({"orders.xlsx": sound_xlsx()})})


def gzipped() -> bytes:
    return gzip.compress(sheet(HEAD, ADA).encode(), mtime=0)


def tar_of_zeros() -> bytes:
    return b"orders.csv".ljust(257, b"\0") + b"ustar\x0000" + bytes(247)


def protected_ods() -> bytes:
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": "x",
            "META-INF/manifest.xml": "<manifest:encryption-data/>",
        }
    )


def stored_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("orders.csv", sheet(HEAD, ADA))
    return out.getvalue()


PACKED = "packed file or another document"
DAMAGED = "is damaged or cut off"

STRANGERS: list[Entry] = [
    refused("empty.csv", b"", "is empty"),
    refused("mark_only.csv", b"\xef\xbb\xbf", "holds nothing but blanks"),
    refused("blanks_only.csv", b"\r\n  \t\r\n\n", "holds nothing but blanks"),
    refused("blank_cells_only.csv", b",,,\n,,,\n", "is empty"),
    refused("nuls_only.csv", bytes(5000), "holds nothing but blanks"),
    refused("headings_only.csv", sheet(HEAD).encode(), "has headings only"),
    refused("no_headings.csv", sheet(ADA, BO).encode(), "no row of headings"),
    refused("prose.txt", b"Dear team,\nplease send this to Austin, TX.\n", "no row of headings"),
    refused("report.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "is a PDF"),
    refused("scan.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "is a picture"),
    refused("photo.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(64), "is a picture"),
    refused("letter.rtf", b"{\\rtf1\\ansi order_id,city}", "is a text document"),
    refused("orders.csv.gz", gzipped, "is a packed file"),
    refused("orders.7z", b"7z\xbc\xaf\x27\x1c" + bytes(40), "is a packed file"),
    refused("orders.tar", tar_of_zeros, "holds nothing|not a spreadsheet|no row of headings"),
    refused("orders.zip", stored_zip, PACKED),
    refused("zip_in_zip.xlsx", nested_zip, PACKED),
    refused("letter.docx", zipped({"word/document.xml": "<w/>"}), PACKED),
    refused("orders.numbers", zipped({"Index/Document.iwa": "x"}), "is a Numbers document"),
    refused("shop.xls", _HTML.encode(), "is a web page"),
    refused("shop_utf16.xls", b"\xff\xfe" + _HTML.encode("utf-16-le"), "is a web page"),
    refused("table_only.xls", f"\n <table>{_TABLE}</table>".encode(), "is a web page"),
    refused("saved.mht", b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n", "is a web page"),
    refused("excel_2003.xml", _XML_2003.encode(), "is XML"),
    refused("orders.json", json.dumps(_ORDERS, indent=1).encode(), "is JSON"),
    refused("lines.jsonl", "\n".join(map(json.dumps, _ORDERS)).encode(), "is JSON"),
    refused("noise.csv", bytes(range(256)) * 40, "is not a spreadsheet"),
    refused("protected.xlsx", ole2("EncryptionInfo", "x", "EncryptedPackage"), "by a password"),
    refused("protected.ods", protected_ods, "by a password"),
    refused("protected_zip.xlsx", encrypted_zip, "by a password"),
    refused("letter.doc", ole2("WordDocument"), "is not a spreadsheet"),
    refused("cut_off.xls", ole2("Workbook"), DAMAGED),
    *(
        refused(
            f"cut_off_at_{percent}_percent.xlsx",
            lambda percent=percent: sound_xlsx()[: len(sound_xlsx()) * percent // 100],  # type: ignore[misc]
            DAMAGED,
        )
        for percent in (1, 10, 50, 90, 99)
    ),
    refused("no_workbook_in_it.xlsx", zipped({"xl/workbook.xml": "<workbook/>"}), DAMAGED),
    refused("bomb.xlsx", lambda: bomb("xl/workbook.xml"), "unpacks to more than"),
    refused("lying_bomb.xlsx", lambda: bomb("xl/workbook.xml", honest=False), "unpacks to more"),
    replace(refused("bomb_of_small_parts.xlsx", many_parts, "unpacks to more than"), large=True),
    refused("entity_bomb.xlsx", entity_bomb, DAMAGED),
    refused("outside_entity.xlsx", outside_entity, DAMAGED),
    refused(
        "order_numbers_of_a_shop.csv",
        sheet(("order_po", *HEAD[1:]), ADA).encode(),
        "--ids",
    ),
    refused(
        "two_rows_of_headings.csv",
        sheet(HEAD, ADA, tuple(reversed(HEAD)), tuple(reversed(BO))).encode(),
        "both look like rows of headings",
    ),
    refused(
        "two_columns_for_one_field.csv",
        sheet((*HEAD, "City"), (*ADA, "Dallas")).encode(),
        "city",
    ),
]
