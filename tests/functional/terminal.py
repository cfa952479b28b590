"""A person at a terminal who types one answer."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

from tests.functional.command import Ended, Place

__all__ = ["typed"]


def typed(place: Place, answer: str, *arguments: str) -> Ended:
    """Run the command on a terminal where ``answer`` is typed; stdout is no terminal."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", *arguments],
        cwd=place.work,
        env=place.process_environ(),
        stdin=its,
        stdout=subprocess.PIPE,
        stderr=its,
        encoding="utf-8",
    )
    os.close(its)
    os.write(ours, f"{answer}\n".encode())
    shown = b""
    try:
        while piece := os.read(ours, 1 << 16):
            shown += piece
    except OSError:  # what Linux says when the other side is closed
        pass
    finally:
        os.close(ours)
    stdout, _ = process.communicate(timeout=20)
    return Ended(process.returncode, stdout, shown.decode())
