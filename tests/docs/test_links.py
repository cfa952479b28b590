"""Links lead somewhere, and no page knows the machine it was written on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.docs.reading import PAGES, PROJECT, anchors, named, prose

LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
OURS: Final = re.compile(
    r"/(?:opt|srv|var/lib|var/log)/address-pipeline\b|/var/lib/prometheus/node-exporter"
)
"""Paths that the units make; docs/operations.md installs them."""
MACHINE: Final = re.compile(r"(?<![\w.])/(?:home|root|Users|work|mnt|opt|srv|var)/")


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_links_lead_to_a_file_and_a_heading(path: Path) -> None:
    """Every link within the project has its file and, with a #, its heading."""
    for target in LINK.findall(prose(path.read_text(encoding="utf-8"))):
        if target.startswith(("https://", "http://")):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.is_relative_to(PROJECT), target
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_no_page_names_a_path_of_this_machine(path: Path) -> None:
    """The pages hold on every machine."""
    text = path.read_text(encoding="utf-8")
    assert str(PROJECT) not in text
    assert str(Path.home()) + "/" not in text
    assert MACHINE.findall(OURS.sub("", text)) == []


def test_every_page_of_docs_can_be_reached() -> None:
    """A page that nothing links to is read by nobody."""
    linked = {
        (path.parent / target.partition("#")[0]).resolve()
        for path in PAGES
        for target in LINK.findall(prose(path.read_text(encoding="utf-8")))
    }
    assert [named(page) for page in PAGES if page.name != "README.md" and page not in linked] == []
