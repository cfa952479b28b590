"""Whether a folder lies on a disk of this machine, as far as the system tells."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final

from pipeline.core.errors import ConfigError
from pipeline.core.mounts import Mount, is_unc, network_kind, read_mount_command, read_mountinfo

__all__ = ["mount_table", "refuse_network"]

_MOUNTINFO: Final = Path("/proc/self/mountinfo")
_MOUNT: Final = "/sbin/mount"


def refuse_network(folder: Path, mounts: Sequence[Mount] | None = None) -> None:
    """Raise :class:`ConfigError` where ``folder`` lies on a network drive or is lent by a host.

    The folder need not be there yet. ``mounts``: the table to look in, else the system's own; where
    that cannot be read the folder is taken for local.
    """
    try:
        real = folder.resolve()
    except (OSError, RuntimeError):  # links in a circle: opening it will say so
        return
    if sys.platform == "win32":
        kind = "a network drive" if _is_remote(real) else None
    else:
        kind = network_kind(PurePosixPath(real), mount_table() if mounts is None else mounts)
    if kind is not None:
        raise ConfigError(
            f"The state folder {folder} is not on a disk of this machine ({kind}), and over that "
            "SQLite's locks cannot be relied on, so two runs could send to one order at once; "
            "name a folder on a local disk with --state-dir."
        )


def mount_table() -> list[Mount]:
    """Read the system's mount table; empty where there is none to read."""
    try:
        if sys.platform == "linux":
            return read_mountinfo(_MOUNTINFO.read_text(encoding="utf-8", errors="surrogateescape"))
        told = subprocess.run(  # noqa: S603  # by its full path, nothing of a person's in it
            [_MOUNT], capture_output=True, timeout=5, check=False
        )
        return read_mount_command(told.stdout.decode(errors="surrogateescape"))
    except (OSError, subprocess.SubprocessError):
        return []


if sys.platform == "win32":

    def _is_remote(folder: Path) -> bool:
        import ctypes

        drive_remote = 4
        kind: int = ctypes.windll.kernel32.GetDriveTypeW(folder.anchor)
        return is_unc(PureWindowsPath(folder)) or kind == drive_remote
