"""Looking after a hot folder: the loop, and the processes that do the work of one sheet each."""

from __future__ import annotations
