"""What saving a mapping must never do to a person's file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipeline.config.saving import save_columns
from pipeline.core.errors import ConfigError


@pytest.mark.parametrize(
    "content",
    [b"- a list\n", b"sheet: [1]\n", b"sheet:\n  columns: x\n", b"a: [\n", b"\xff\xfe\x00"],
)
def test_what_is_no_configuration_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    """One sentence that names the file; not a byte of it changes."""
    file = tmp_path / "config.yaml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"cannot be saved to .*config\.yaml"):
        save_columns(file, {"city": "Ort"})
    assert file.read_bytes() == content
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """The way out is another file."""
    with pytest.raises(ConfigError, match="name another file with --config"):
        save_columns(tmp_path / "none" / "config.yaml", {"city": "Ort"})


@pytest.mark.parametrize(
    "heading", ["PLZ", "yes", "1E5", "# of order", "a: b", "Straße 🏠", "'quoted\"", " - ", "null"]
)
def test_any_heading_comes_back_as_it_was(tmp_path: Path, heading: str) -> None:
    """YAML has opinions about words like yes; a heading is text."""
    file = tmp_path / "config.yaml"
    save_columns(file, {"city": heading})
    assert yaml.safe_load(file.read_text(encoding="utf-8")) == {
        "sheet": {"columns": {"city": heading}}
    }


def test_an_empty_section_takes_columns(tmp_path: Path) -> None:
    """``sheet:`` with nothing under it, as people leave it."""
    file = tmp_path / "config.yaml"
    file.write_text("rate:\n  workers: 2\nsheet:\n")
    save_columns(file, {"city": "Ort"})
    assert yaml.safe_load(file.read_text()) == {
        "rate": {"workers": 2},
        "sheet": {"columns": {"city": "Ort"}},
    }
