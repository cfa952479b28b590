"""Which file system a path lies on: the deepest mount above it counts."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest

from pipeline.core.mounts import (
    Mount,
    is_unc,
    network_kind,
    read_mount_command,
    read_mountinfo,
)

LINUX = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
30 27 0:40 / /home rw,relatime shared:12 master:3 - nfs4 fileserver:/export/home rw,vers=4.2
31 30 8:1 / /home/ada/local\040disk rw - xfs /dev/sdb1 rw
32 27 0:41 / /mnt/share\134x rw - cifs //nas/share rw
33 27 0:42 /sub /srv/state rw - nfs nas:/vol rw
34 27 0:43 / /media/bucket rw - fuse.rclone remote:bucket rw
35 27 0:44 / /media/dav rw - fuse https://dav.example.com/ rw
36 27 0:45 / /media/own rw - fuse.strange ada@host.example.com:/x rw
37 27 0:46 / /pool rw - fuse.mergerfs disk1:disk2 rw
38 27 0:47 / /vault rw - fuse.gocryptfs /home/ada/cipher rw
39 27 0:48 / /mnt/c rw - 9p C:\134 rw
40 27 0:49 / /workspace rw - virtiofs share rw
41 27 0:50 / /ntfs rw - fuseblk /dev/sdc1 rw
42 27 0:51 / /auto rw - autofs /etc/auto rw
43 42 0:52 / /auto rw - nfs nas:/auto rw
44 27 0:53 / /twice rw - nfs nas:/twice rw
45 44 8:2 / /twice rw - ext4 /dev/sdd rw
a broken line
46 27 0:54 / /no-source rw - tmpfs
47 27 0:55 / /short"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/x", None),
        ("/home", "nfs4"),
        ("/home/ada/.local/state", "nfs4"),
        ("/homes/ada", None),
        ("/home/ada/local disk/state", None),
        ("/mnt/share\\x/state", "cifs"),
        ("/srv/state", "nfs"),
        ("/media/bucket/x", "fuse.rclone"),
        ("/media/dav/x", "fuse"),
        ("/media/own/x", "fuse.strange"),
        ("/pool/x", None),
        ("/vault/x", None),
        ("/mnt/c/Users/ada", "9p"),
        ("/workspace/state", None),
        ("/ntfs/x", None),
        ("/auto/x", "nfs"),
        ("/twice/x", None),
        ("/no-source", None),
    ],
)
def test_the_deepest_mount_counts(path: str, kind: str | None) -> None:
    """Escapes are undone, a neighbour's name is no parent, of two on one point the last counts."""
    assert network_kind(PurePosixPath(path), read_mountinfo(LINUX)) == kind


def test_a_machine_whose_own_disk_is_lent_has_no_other() -> None:
    """Some containers have a 9p root: that is no folder of somebody else's."""
    mounts = [Mount("/", "9p"), Mount("/mnt/c", "9p")]
    assert network_kind(PurePosixPath("/home/ada"), mounts) is None
    assert network_kind(PurePosixPath("/mnt/c/x"), mounts) == "9p"


def test_without_a_table_nobody_is_refused() -> None:
    """What cannot be known is taken for local."""
    assert network_kind(PurePosixPath("/home/ada"), read_mountinfo("")) is None


def test_the_mount_command_of_macos_is_read() -> None:
    """``SOURCE on POINT (KIND, …)``, with blanks and brackets in names."""
    told = (
        "/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)\n"
        "//ada@nas._smb._tcp.local/Shared on /Volumes/Shared (1) (smbfs, nodev, nosuid)\n"
        "map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)\n"
        "ada@host.example.com:/x on /Users/ada/far (macfuse, nodev, nosuid, mounted by ada)\n"
        "nonsense\n"
    )
    mounts = read_mount_command(told)
    assert [mount.kind for mount in mounts] == ["apfs", "smbfs", "autofs", "macfuse"]
    assert network_kind(PurePosixPath("/Volumes/Shared (1)/x"), mounts) == "smbfs"
    assert network_kind(PurePosixPath("/Users/ada/far/x"), mounts) == "macfuse"
    assert network_kind(PurePosixPath("/Users/ada/Library"), mounts) is None


@pytest.mark.parametrize(
    ("path", "remote"),
    [
        (r"C:\Users\ada", False),
        (r"\\nas\share\state", True),
        (r"\\?\UNC\nas\share\x", True),
        (r"\\?\C:\Users\ada", False),
        (r"\\.\C:\x", False),
        ("//nas/share/x", True),
        (r"state", False),
    ],
)
def test_a_share_of_windows_is_told_by_its_name(path: str, *, remote: bool) -> None:
    r"""``\\host\share`` is another machine's."""
    assert is_unc(PureWindowsPath(path)) == remote
