"""Pages: what a browser shows, made of plain values of the core and of templates.

Each page is one file that needs nothing else: no network, pictures and style inside, and readable
without scripts.
"""

from __future__ import annotations

from pipeline.pages.report import report_page

__all__ = ["report_page"]
