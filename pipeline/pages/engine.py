"""From a template and values to one page of HTML, the same bytes for the same values.

Every page is built on ``base.html.j2``, takes its small parts (tiles, banner, lists of rows) from
``parts.html.j2`` and its looks from ``base.css``; a page may add a style of its own. All that is
put in is escaped. The page's policy lets a browser load nothing at all and takes only the very
style that stands in it (and the very script, where a page has one; it must be readable without), so
that even a name with HTML in it could do no harm.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.pages import words

__all__ = ["render"]

_TEMPLATES: Final = Path(__file__).parent / "templates"


def render(
    template: str, styles: tuple[str, ...] = (), scripts: tuple[str, ...] = (), **values: Any
) -> str:
    """Give a whole page; ``styles`` are its own style sheets, behind the common one.

    ``scripts`` are files as well: no value is ever put into one.
    """
    style, script = _joined(("base.css", *styles)), _joined(scripts)
    policy = _policy(style, script)
    page = _environment().get_template(template)
    return page.render(style=style, script=script, policy=policy, **values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "number": words.number,
        "counted": words.counted,
        "moment": words.moment,
        "instant": words.instant,
        "duration": words.duration,
        "share": words.share,
        "size": words.size,
        "rate": words.rate,
    }
    return environment


@lru_cache(maxsize=8)
def _joined(names: tuple[str, ...]) -> str:
    files = [_TEMPLATES / name for name in names]
    return "\n" + "".join(file.read_text(encoding="utf-8") for file in files) if files else ""


def _policy(style: str, script: str) -> str:
    taken = f"style-src {_digest(style)};"
    if script:
        taken += f" script-src {_digest(script)};"
    return f"default-src 'none'; {taken} base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
