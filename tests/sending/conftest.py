"""Mocked replies of aiohttp, where aioresponses has fallen behind it."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import aioresponses.core
import pytest


class _Response(aiohttp.ClientResponse):
    """What aioresponses 0.7.9 builds: it does not know the ``stream_writer`` of aiohttp 3.14."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("stream_writer", SimpleNamespace(output_size=0))
        super().__init__(*args, **kwargs)


@pytest.fixture
def mocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[aioresponses.core.aioresponses]:
    """Answer every request of aiohttp from a script; none leaves the process."""
    monkeypatch.setattr(aioresponses.core, "ClientResponse", _Response)
    with aioresponses.core.aioresponses() as replies:
        yield replies
