"""What the units forbid is nothing that the program does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.docs.reading import PROJECT

UNIT: Final = (PROJECT / "recipes/systemd/address-pipeline-watch.service").read_text("utf-8")
REFUSE_WRITABLE_CODE: Final = """
import ctypes, os, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0):
    sys.exit(99)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""PR_SET_MDWE with PR_MDWE_REFUSE_EXEC_GAIN: the kernel's own MemoryDenyWriteExecute=."""
AS_ROOT_ONLY: Final = {"fchown"}
"""SQLite gives its side files to the ledger's owner where root runs it, and a refusal is fine."""

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(sys.platform != "linux", reason="units are for Linux"),
]


def _pass(folder: Path, *before: str) -> subprocess.CompletedProcess[str]:
    """Make a pass over a folder with a CSV and a workbook, with processes of its own."""
    inbox = folder / "inbox"
    inbox.mkdir()
    for name in ("all-fields.csv", "corrections.xlsx"):
        shutil.copy(PROJECT / "samples" / name, inbox)
        os.utime(inbox / name, (1e9, 1e9))
    words = "watch inbox --once --auto --sandbox --missing clear --json --state-dir".split()
    (folder / "state").mkdir(mode=0o700)
    return subprocess.run(
        [*before, sys.executable, "-m", "pipeline", *words, "state"],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(PROJECT),
            "LANG": "C.UTF-8",
            "ADDRESS_PIPELINE_WATCH__SETTLE_SECONDS": "0.1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


@cache
def _calls(name: str) -> frozenset[str]:
    """Give the system calls of a set of systemd's."""
    said = subprocess.run(
        ["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True
    )
    found: set[str] = set()
    for line in said.stdout.splitlines()[1:]:
        word = line.strip()
        if word.startswith("@"):
            found |= _calls(word)
        elif word and not word.startswith("#"):
            found.add(word)
    return frozenset(found)


@pytest.mark.skipif(
    not (shutil.which("strace") and shutil.which("systemd-analyze")), reason="needs strace, systemd"
)
def test_no_system_call_is_made_that_the_units_refuse(tmp_path: Path) -> None:
    """Of a whole pass, its processes included, all that is asked of the kernel is let through."""
    trace = tmp_path / "calls"
    ended = _pass(tmp_path, "strace", "-f", "-c", "-U", "name", "-o", str(trace))
    assert ended.returncode == 1, ended.stderr
    made = set(re.findall(r"^(\w+)$", trace.read_text(), re.MULTILINE)) - {"syscall", "total"}
    allowed: set[str] = set()
    for line in re.findall(r"^SystemCallFilter=(.+)$", UNIT, re.MULTILINE):
        for name in line.split():
            if name.startswith("~"):
                allowed -= _calls(name[1:])
            else:
                allowed |= _calls(name)
    assert {"read", "socket", "fdatasync"} <= made
    assert made - allowed <= AS_ROOT_ONLY


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_a_refused_call_of_root_alone_is_no_hindrance(tmp_path: Path) -> None:
    """Where root runs it all the same, SQLite goes on without it."""
    ended = _pass(
        tmp_path,
        "strace",
        "-f",
        "-o",
        os.devnull,
        "-e",
        "trace=fchown",
        "-e",
        "inject=fchown:error=EPERM",
    )
    assert (ended.returncode, '"updated": 28' in ended.stdout) == (1, True), ended.stderr


def test_nothing_writes_code_into_memory(tmp_path: Path) -> None:
    """MemoryDenyWriteExecute=yes: no library of ours needs memory that is writable and code."""
    assert "MemoryDenyWriteExecute=yes" in UNIT
    launcher = [sys.executable, "-c", REFUSE_WRITABLE_CODE]
    probe = "import mmap; mmap.mmap(-1, 4096, prot=7)"
    tried = subprocess.run(
        [*launcher, sys.executable, "-c", probe], capture_output=True, text=True, check=False
    )
    if tried.returncode == 99:
        pytest.skip("this kernel knows no PR_SET_MDWE")
    assert "PermissionError" in tried.stderr
    ended = _pass(tmp_path, *launcher)
    assert (ended.returncode, '"updated": 28' in ended.stdout) == (1, True), ended.stderr
