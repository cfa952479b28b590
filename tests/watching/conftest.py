"""The watcher that tests of this room look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.watching.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder and a ledger that nobody has used."""
    (tmp_path / "in").mkdir()
    made = Bench(tmp_path / "in", tmp_path / "state")
    yield made
    made.close()
