"""The hot folder: which files are sheets, when they are whole, and where each is put.

Nothing here knows what a sheet holds, or what is done with it.
"""

from __future__ import annotations

from pipeline.folder.places import Places, move_whole, put_beside
from pipeline.folder.settling import Look, Settling

__all__ = ["Look", "Places", "Settling", "move_whole", "put_beside"]
