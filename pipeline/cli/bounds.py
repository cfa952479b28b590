"""What a process of ours may take of the machine, and what it may leave there."""

from __future__ import annotations

import os
from typing import Final

__all__ = ["bound_this_process", "leave_no_core"]

_GIGABYTE: Final = 1 << 30
LEAST_MEMORY: Final = 2 * _GIGABYTE
MOST_MEMORY: Final = 16 * _GIGABYTE
MOST_CPU_SECONDS: Final = 3_600
"""The largest sheet takes a quarter of it on a slow machine; waiting does not count."""


def leave_no_core() -> None:
    """Let a crash write down nothing of this process's memory: keys and addresses are in it."""
    _bound("RLIMIT_CORE", 0)


def bound_this_process() -> None:
    """Let a sheet that takes memory or time without end break this process, and not the machine.

    Three quarters of the machine's memory, within 2 and 16 GB, and an hour of computing.
    """
    leave_no_core()
    _bound("RLIMIT_CPU", MOST_CPU_SECONDS)
    if hasattr(os, "sysconf"):
        there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        _bound("RLIMIT_AS", min(max(there * 3 // 4, LEAST_MEMORY), MOST_MEMORY))


def _bound(kind: str, most: int) -> None:
    try:
        import resource

        number: int = getattr(resource, kind)
        _, hard = resource.getrlimit(number)
        wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(number, (wanted, hard))
    except (ImportError, AttributeError, ValueError, OSError):  # a system without it
        return
