"""One awkward file of the corpus: how it is made, and what must become of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["ADA", "BO", "HEAD", "READY", "Cells", "Entry", "ada", "bo", "refused", "sheet"]

Cells = tuple[str, ...]

HEAD: Cells = (
    *("order_id", "first_name", "last_name", "address_1", "city"),
    *("state_code", "zip_postal_code", "country_code", "note"),
)
_ADA = ("Ada", "Byron", "12 Analytical Way", "Austin", "TX", "78701", "us")
_BO = ("Bo", "Ek", "5 Engine St", "Boston", "MA", "02134", "us")


def ada(order: int | str = 1, note: str = "x") -> Cells:
    """Give a sound row in Austin."""
    return (str(order), *_ADA, note)


def bo(order: int | str = 2, note: str = "y") -> Cells:
    """Give a sound row in Boston, whose ZIP begins with a zero."""
    return (str(order), *_BO, note)


ADA, BO = ada(), bo()
READY = {2: "ready", 3: "ready"}


def sheet(*rows: Sequence[str], delimiter: str = ",", end: str = "\n", last: str = "\n") -> str:
    """Join rows as a program without quotes does."""
    return end.join(delimiter.join(row) for row in rows) + last


@dataclass(frozen=True)
class Entry:
    """A file and what is expected of it.

    ``make`` gives its bytes. ``records``: row number and cells of all that is read (``None``: not
    compared, the file is too large to write down). ``outcomes`` by row as a check gives them;
    ``told``: words in the reason or warnings of a row; ``repairs`` of a row, exactly; ``fields``:
    the mapping, field by heading, exactly. ``sentence``: the file is refused with these words.
    ``large``: it takes seconds, and waits for the night.
    """

    name: str
    make: Callable[[], bytes] = field(repr=False)
    records: Sequence[tuple[int, Cells]] | None = None
    outcomes: Mapping[int, str] = field(default_factory=dict)
    told: Mapping[int, str] = field(default_factory=dict)
    repairs: Mapping[int, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    sentence: str = ""
    encoding: str | None = None
    worksheet: str | None = None
    large: bool = False


def refused(name: str, content: bytes | Callable[[], bytes], sentence: str) -> Entry:
    """Give an entry that must end in one sentence holding these words."""
    return Entry(name, content if callable(content) else lambda: content, sentence=sentence)
