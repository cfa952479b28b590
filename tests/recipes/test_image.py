"""What the Dockerfile copies is a whole program: installed from those files alone, it runs.

The image itself is built where there is an engine; here each of its steps is done by hand.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import tomllib
import venv
from pathlib import Path
from typing import Final

import pytest

from tests.docs.reading import PROJECT

DOCKERFILE: Final = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
BUILD, _, IMAGE = DOCKERFILE.partition("\nFROM python:3.12-slim\n")


def _copied() -> list[tuple[str, str]]:
    """Give the files and folders that the build copies, with where they land."""
    lines = re.findall(r"^COPY (.+)$", BUILD, re.MULTILINE)
    return [(name, line.split()[-1]) for line in lines for name in line.split()[:-1]]


@pytest.mark.nightly
def test_the_copied_files_alone_are_the_program(tmp_path: Path) -> None:
    """Install as the image does, with the libraries of the tests, and correct the samples."""
    build, elsewhere = tmp_path / "build", tmp_path / "elsewhere"
    build.mkdir()
    elsewhere.mkdir()
    for name, target in _copied():
        source = PROJECT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, build / target, ignore=ignored)
        else:
            shutil.copy(source, build / target)
    venv.create(tmp_path / "venv", with_pip=True)
    programs = tmp_path / "venv" / "bin"

    def run(folder: Path, program: str, *words: str) -> str:
        call = [str(programs / program), *words]
        return subprocess.run(
            call, cwd=folder, capture_output=True, text=True, check=True, timeout=240
        ).stdout

    libraries = next((tmp_path / "venv").glob("lib/python*/site-packages")) / "libraries.pth"
    libraries.write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    run(build, "pip", "install", "--quiet", "--no-cache-dir", "--no-deps", ".")
    shutil.rmtree(build)
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert version in run(elsewhere, "address-pipeline", "--version")
    told = json.loads(run(elsewhere, "address-pipeline", "demo", "--json"))
    assert (told["error"], told["order_outcomes"]["updated"]) == (None, 25)
    inside = run(elsewhere, "python", "-c", "import pipeline; print(pipeline.__file__)")
    assert inside.startswith(str(tmp_path))


def test_the_image_stops_politely_and_is_nobody() -> None:
    """Not root, a folder and a ledger of its own, SIGTERM, and a health check of the page."""
    assert re.search(r"^USER 10001:10001$", IMAGE, re.MULTILINE)
    assert re.search(r"^STOPSIGNAL SIGTERM$", IMAGE, re.MULTILINE)
    assert 'VOLUME ["/inbox", "/state"]' in IMAGE
    assert 'ENTRYPOINT ["address-pipeline"]\nCMD ["watch", "/inbox"]' in IMAGE


@pytest.mark.parametrize(("age_seconds", "ends"), [(10, 0), (400, 1), (None, 1)])
def test_the_health_check_tells_an_old_page(
    tmp_path: Path, age_seconds: float | None, ends: int
) -> None:
    """A page that is older than five minutes, or none at all, is not healthy."""
    words = json.loads("[" + IMAGE.partition("CMD [")[2].partition("\n")[0])
    page = tmp_path / "_STATUS.html"
    if age_seconds is not None:
        page.touch()
        os.utime(page, (time.time() - age_seconds,) * 2)
    script = words[2].replace("/inbox/_STATUS.html", str(page))
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (words[:2], ended.returncode) == (["python", "-c"], ends)
