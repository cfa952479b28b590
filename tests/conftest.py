"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

from tests.examples import examples

# A first example may load a library's data; the machine may be busy. Time is bounded per test.
settings.register_profile("ours", deadline=None, max_examples=examples(100))
settings.load_profile("ours")
