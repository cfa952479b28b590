"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# A first example may load a library's data; the machine may be busy. Time is bounded per test.
settings.register_profile("ours", deadline=None)
settings.load_profile("ours")
