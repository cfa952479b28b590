"""What a system says when there is no room: on the disk, in a quota, in a limit, in a table."""

from __future__ import annotations

import errno
from typing import Final

__all__ = ["FULL", "is_full"]

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""No space or no inode left, the user's quota used up, a file over its limit."""


def is_full(error: BaseException) -> bool:
    """Tell whether this is for want of room, so that the same command works once there is some."""
    return isinstance(error, OSError) and error.errno in FULL
