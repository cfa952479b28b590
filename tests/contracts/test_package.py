"""What is installed is what stands here."""

from __future__ import annotations

import tomllib
from pathlib import Path

TOP = Path(__file__).parents[2]


def test_every_package_is_named_to_be_installed() -> None:
    """A package that the list forgets works here and fails for everybody else."""
    settings = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["setuptools"]
    found = {
        ".".join(init.parent.relative_to(TOP).parts) for init in TOP.glob("pipeline/**/__init__.py")
    }
    assert set(settings["packages"]) == found | {"pipeline.samples"}
