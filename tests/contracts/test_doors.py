"""Doors: what a module offers stands in its ``__all__``, and all of that is there."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

import pipeline

FOUND = sorted(
    (found.name, found.ispkg)
    for found in pkgutil.walk_packages(pipeline.__path__, "pipeline.")
    if not found.name.startswith("pipeline.samples")
)
NAMES = [name for name, _ in FOUND]
ROOMS = [name for name, is_room in FOUND if is_room]


def _module(name: str) -> ModuleType:
    return importlib.import_module(name)


def test_there_is_something_to_look_at() -> None:
    """The rooms are all seen."""
    rooms = {name.split(".")[1] for name in NAMES}
    assert rooms >= {"cli", "config", "core", "job", "ledger", "sandbox", "sending", "sheets"}


def test_a_module_says_what_it_is() -> None:
    """Each module has a docstring whose first line is a sentence of its own."""
    said = {name: (_module(name).__doc__ or "").strip().partition("\n\n")[0] for name in NAMES}
    assert [name for name, first in said.items() if not first.endswith((".", ":"))] == []


def test_a_module_names_its_door() -> None:
    """``__all__`` holds names that exist, each once, and none that is private."""
    for name in NAMES:
        module = _module(name)
        if name in ROOMS and not hasattr(module, "__all__"):
            assert _defined(module) == set(), name  # a room without a door of its own
            continue
        door = module.__all__
        assert len(set(door)) == len(door), name
        assert [entry for entry in door if not hasattr(module, entry)] == [], name
        assert [entry for entry in door if entry.startswith("_")] == [], name


def test_a_room_shows_nothing_else() -> None:
    """What a package imports is its door, so nothing public stands beside it."""
    for name in ROOMS:
        module = _module(name)
        beside = _imported(module) ^ (set(getattr(module, "__all__", ())) - _defined(module))
        assert beside == set(), name


def test_nobody_reaches_behind_a_door() -> None:
    """No module imports another one's private name."""
    reached = [
        f"{name}: {node.module}.{alias.name}"
        for name in NAMES
        for node in ast.walk(_tree(_module(name)))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pipeline")
        for alias in node.names
        if alias.name.startswith("_")
    ]
    assert reached == []


def _tree(module: ModuleType) -> ast.Module:
    assert module.__file__
    return ast.parse(Path(module.__file__).read_text(encoding="utf-8"))


def _imported(module: ModuleType) -> set[str]:
    return {
        alias.asname or alias.name
        for node in _tree(module).body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pipeline")
        for alias in node.names
    }


def _defined(module: ModuleType) -> set[str]:
    return {
        node.name
        for node in _tree(module).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
    }
