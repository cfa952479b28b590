"""All entries of the corpus."""

from __future__ import annotations

from tests.corpus.books import BOOKS
from tests.corpus.encodings import ENCODINGS
from tests.corpus.older import OLDER
from tests.corpus.strangers import STRANGERS
from tests.corpus.texts import TEXTS

__all__ = ["ENTRIES"]

ENTRIES = [*TEXTS, *ENCODINGS, *STRANGERS, *BOOKS, *OLDER]
