"""The command on a machine in trouble: small programs that make it and become the command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.functional.command import Place

__all__ = ["FULL_FROM", "IGNORING", "ON_A_TERMINAL", "WITHOUT_RIGHTS_OF_ROOT", "begin"]

FULL_FROM = """
import importlib, resource, sys
module, path, number, *sys.argv[1:] = sys.argv[1:]
owner = importlib.import_module(module)
*classes, name = path.split(".")
for one in classes:
    owner = getattr(owner, one)
real, calls = getattr(owner, name), 0
def full(*given, **named):
    global calls
    calls += 1
    if calls == int(number):
        most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, most))
    return real(*given, **named)
setattr(owner, name, full)
from pipeline.__main__ import main
main()
"""
"""``MODULE NAME N …``: from the Nth call of that function on, no file can be made longer."""

WITHOUT_RIGHTS_OF_ROOT = """
import ctypes, os, sys
if os.geteuid() == 0:  # root may write anywhere by these two and the right to be any owner
    libc = ctypes.CDLL(None)
    for capability in (1, 2, 3):
        assert libc.prctl(24, capability, 0, 0, 0) == 0
os.execv(sys.executable, [sys.executable, "-m", "pipeline", *sys.argv[1:]])
"""
"""A user whose rights count, whoever runs the test."""

IGNORING = """
import signal, sys
for name in sys.argv.pop(1).split(","):
    signal.signal(getattr(signal, name), signal.SIG_IGN)
from pipeline.__main__ import main
main()
"""
"""``SIGNALS …``: as under ``nohup``, or in the background of a shell."""

ON_A_TERMINAL = """
import os
os.close(os.open(os.ttyname(0), os.O_RDWR))  # the first that a session opens is its own
from pipeline.__main__ import main
main()
"""
"""The terminal on stdin becomes the one whose closing is told by SIGHUP."""


def begin(
    place: Place, program: str, *arguments: str | Path, **streams: Any
) -> subprocess.Popen[str]:
    """Start one of these programs; streams and the rest are :class:`subprocess.Popen`'s."""
    streams = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        **streams,
    }
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=place.work,
        env=place.process_environ(),
        encoding="utf-8",
        **streams,
    )
