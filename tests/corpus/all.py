"""All entries of the corpus."""

from __future__ import annotations

from tests.corpus.texts import TEXTS

__all__ = ["ENTRIES"]

ENTRIES = [*TEXTS]
