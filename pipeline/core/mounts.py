"""Which file system a path lies on, read from a mount table that is handed in.

SQLite's locks and its shared memory hold on a disk of this machine. Over a network, or on a folder
that a host lends to its guest, they may not: then two runs could send to one order at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final

__all__ = ["Mount", "is_unc", "network_kind", "read_mount_command", "read_mountinfo"]

_NETWORK: Final = frozenset(
    "nfs nfs4 cifs smb2 smb3 smbfs smb afpfs webdav davfs davfs2 afs auristorfs ncpfs ncp coda ceph"
    " glusterfs lustre gpfs beegfs orangefs pvfs2 panfs wekafs ocfs2 gfs gfs2 acfs moosefs lizardfs"
    " cvmfs quobyte sshfs s3fs rclone gcsfuse juicefs".split()
)
_LENT: Final = frozenset("9p drvfs vboxsf prl_fs vmhgfs fakeowner osxfs grpcfuse".split())
"""Folders of a host in its guest (WSL's /mnt/c, desktop container engines). virtiofs is not among
them: what locks and maps files there is the guest's own kernel, and it may be all the disk it has.
"""
_REMOTE_FUSE: Final = frozenset(
    "sshfs s3fs s3ql goofys gcsfuse blobfuse blobfuse2 rclone juicefs juicefs.juicefs glusterfs"
    " ceph ceph-fuse davfs davfs2 curlftpfs gvfsd-fuse kio-fuse smbnetfs mfs moosefs lizardfs"
    " cvmfs2 google-drive-ocamlfuse onedriver dropbox seadrive vmhgfs-fuse osxfs grpcfuse"
    " portal".split()
)
_ELSEWHERE: Final = re.compile(r"//|[\w.@+-]{2,}:/|\[[0-9A-Fa-f:]+\]:")
"""How a mount's source begins where it names a host: ``host:/x``, ``//host/x``, ``https://…``."""
_FUSE: Final = frozenset({"fuse", "fusefs", "macfuse", "osxfuse"})
_ESCAPE: Final = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of a mount table."""

    point: str
    kind: str
    source: str = ""


def read_mountinfo(text: str) -> list[Mount]:
    """Read Linux's ``/proc/self/mountinfo``; lines that are none are left out."""
    mounts = []
    for line in text.splitlines():
        place, dash, what = line.partition(" - ")
        placed, told = place.split(" "), what.split(" ")
        if dash and len(placed) > 4 and told[0]:
            source = told[1] if len(told) > 1 else ""
            mounts.append(Mount(_plain(placed[4]), told[0], _plain(source)))
    return mounts


def read_mount_command(text: str) -> list[Mount]:
    """Read what macOS and the BSDs print for ``mount``: ``SOURCE on POINT (KIND, …)``."""
    lines = re.findall(r"^(.*?) on (/.*) \((\w[\w.-]*)[^()]*\)$", text, re.MULTILINE)
    return [Mount(point, kind, source) for source, point, kind in lines]


def network_kind(path: PurePosixPath, mounts: Iterable[Mount]) -> str | None:
    """Give the kind of file system where ``path`` lies on a network or is lent by a host.

    ``path`` is absolute and free of links. Of the mounts above it the deepest counts, and of
    several on one point the last. ``None``: a disk of this machine, or nobody knows.
    """
    mount = _mount_of(path, mounts)
    if mount is None:
        return None
    kind = mount.kind.lower()
    if kind in _LENT:
        # The root of a machine that runs so is no folder lent to it, but the disk that it has.
        return None if mount.point == "/" else kind
    family, _, helper = kind.partition(".")
    if family in _FUSE and (helper in _REMOTE_FUSE or _ELSEWHERE.match(mount.source)):
        return kind
    return kind if kind in _NETWORK else None


def is_unc(path: PureWindowsPath) -> bool:
    r"""Tell a share of another machine: ``\\host\share``, but neither ``\\?\C:\`` nor ``\\.\``."""
    drive = path.drive.replace("/", "\\").upper()
    if drive.startswith("\\\\?\\UNC\\"):
        return True
    return drive.startswith("\\\\") and not drive.startswith(("\\\\?\\", "\\\\.\\"))


def _mount_of(path: PurePosixPath, mounts: Iterable[Mount]) -> Mount | None:
    above = {str(path), *map(str, path.parents)}
    found: Mount | None = None
    for mount in mounts:
        if mount.point in above and (found is None or len(mount.point) >= len(found.point)):
            found = mount
    return found


def _plain(text: str) -> str:
    r"""Undo the kernel's escapes: ``\040`` is a blank."""
    return _ESCAPE.sub(lambda escape: chr(int(escape[1], 8)), text)
