"""Ways in which a file is spoilt: bytes flipped, cut, put in, moved, numbers blown up."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from random import Random

from tests.corpus.packing import zipped

__all__ = ["spoil"]

_NASTY = (
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b'""', b"\r", b"\n", b",", b";", b"\x1a"),
    *(b"<", b">", b"&", b"</row>", b"<row>", b"<c>", b"]]>", b"<!--", b"-->", b"<![CDATA["),
    *(b"99999999999999999999", b"-1", b"1048577", b"XFE1", b"A0", b"4294967295", b"1e999"),
    *(b"PK\x03\x04", b"PK\x01\x02", b"\xff\xff\xff\xff", b"\x80\x00\x00\x00"),
)
_NUMBER = re.compile(rb"\d+")
_TAG = re.compile(rb"<[^<>]{1,200}>")


def spoil(content: bytes, random: Random) -> bytes:
    """Spoil a file in one to four places; in a zip mostly inside a part, packed anew."""
    if content.startswith(b"PK") and random.random() < 0.75:
        return _spoil_part(content, random)
    return _spoil_bytes(content, random)


def _spoil_part(content: bytes, random: Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    name = random.choice(sorted(parts))
    match random.randrange(12):
        case 0:
            del parts[name]
        case 1:
            other = random.choice(sorted(parts))
            parts[name], parts[other] = parts[other], parts[name]
        case 2:
            parts[name] = parts[name].decode("utf-8", "replace").encode("utf-16")
        case _:
            parts[name] = _spoil_bytes(parts[name], random)
    return zipped(parts)


def _spoil_bytes(content: bytes, random: Random) -> bytes:
    data = bytearray(content)
    for _ in range(random.randint(1, 4)):
        random.choice(_WAYS)(data, random)
    return bytes(data)


def _place(data: bytearray, random: Random) -> int:
    return random.randint(0, len(data))


def _flip(data: bytearray, random: Random) -> None:
    if data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _cut(data: bytearray, random: Random) -> None:
    at = _place(data, random)
    del data[at : at + random.choice((1, 2, 8, 64, len(data)))]


def _insert(data: bytearray, random: Random) -> None:
    at = _place(data, random)
    data[at:at] = random.choice(_NASTY) * random.choice((1, 1, 1, 3, 40))


def _noise(data: bytearray, random: Random) -> None:
    at, length = _place(data, random), random.randint(1, 40)
    data[at : at + length] = random.randbytes(length)


def _swap(data: bytearray, random: Random) -> None:
    a, b, size = _place(data, random), _place(data, random), random.randint(1, 200)
    data[a : a + size], data[b : b + size] = data[b : b + size], data[a : a + size]


def _repeat(data: bytearray, random: Random) -> None:
    at = _place(data, random)
    data[at:at] = data[at : at + random.randint(1, 300)] * random.choice((1, 2, 50))


def _blow_up(data: bytearray, random: Random) -> None:
    found = list(_NUMBER.finditer(data))
    if found:
        number = random.choice(found)
        data[number.start() : number.end()] = random.choice(
            (b"0", b"-5", b"1048576", b"16384", b"2147483648", b"9" * 30, b"", b"1.5e300")
        )


def _lose_tag(data: bytearray, random: Random) -> None:
    found = list(_TAG.finditer(data))
    if found:
        tag = random.choice(found)
        data[tag.start() : tag.end()] = random.choice((b"", tag[0] * 2, b"<x>", b"<!DOCTYPE x>"))


_WAYS: tuple[Callable[[bytearray, Random], None], ...] = (
    *(_flip, _flip, _cut, _insert, _insert, _noise, _swap, _repeat, _blow_up, _blow_up, _lose_tag),
)
