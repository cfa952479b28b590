"""What holds for every test."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator

import pytest
from hypothesis import is_hypothesis_test, settings

from tests.examples import examples

# A first example may load a library's data; the machine may be busy. Time is bounded per test.
settings.register_profile("ours", deadline=None, max_examples=examples(100))
settings.load_profile("ours")


@pytest.hookimpl(hookwrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Let what is marked ``uncounted``, and each property, run without a tracer: it is three to
    ten times as fast, and what it runs through is counted where a plain test does.

    (``no_cover`` of pytest-cov has no effect in a worker of xdist: there two coverages are begun,
    and as one is stopped the other goes on.)
    """
    if not (item.get_closest_marker("uncounted") or is_hypothesis_test(_function(item))):
        yield
        return
    tracer, of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    yield
    sys.settrace(tracer)
    threading.settrace(of_threads)


def _function(item: pytest.Item) -> object:
    return getattr(item, "obj", None)
