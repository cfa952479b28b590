"""``make docs``: write the tables of the simulation into docs/performance.md."""

from __future__ import annotations

import re
from typing import Final

from tests.docs.reading import PROJECT
from tests.pace_simulation.grid import cells, change_lines, table_lines

__all__ = ["PAGE", "main", "written"]

PAGE: Final = PROJECT / "docs" / "performance.md"
_PART: Final = r"(<!-- simulated: {name} -->\n).*?(<!-- end -->)"


def written(page: str, name: str, text: str) -> str:
    """Put ``text`` between the marks of this name."""
    part = re.compile(_PART.format(name=name), re.DOTALL)
    return part.sub(lambda found: f"{found[1]}{text}\n{found[2]}", page)


def main() -> None:
    """Simulate every cell, a minute or so, and write the tables anew."""
    figures = {cell: cell.both() for cell in cells()}
    page = PAGE.read_text(encoding="utf-8")
    for number, name in enumerate(("first run", "second run")):
        table = table_lines({cell: both[number] for cell, both in figures.items()})
        page = written(page, name, "\n".join(table))
    page = written(page, "changes", "\n".join(change_lines()))
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
