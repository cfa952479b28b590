"""Write a chosen mapping into a configuration file, and leave all else in it as it stands."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from io import StringIO
from pathlib import Path

from pipeline.core.errors import ConfigError

__all__ = ["save_columns"]


def save_columns(file: Path, columns: Mapping[str, str]) -> None:
    """Set ``sheet.columns`` (field → heading) in a YAML file; what is there already stays.

    The file is made where there is none, and replaced whole or not at all; its comments and its
    mode are kept. Raises :class:`ConfigError`, one sentence, where it cannot be read or written.
    """
    try:
        old = file.read_text(encoding="utf-8") if file.exists() else ""
        _replace(file, _with_columns(old, columns, file))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise ConfigError(
            f"The mapping cannot be saved to {file} ({reason}); name another file with --config."
        ) from error


def _with_columns(text: str, columns: Mapping[str, str], file: Path) -> str:
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString as Quoted

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1000
    try:
        whole = yaml.load(text) or CommentedMap()
        sheet = whole.get("sheet") or CommentedMap()
        known = dict(sheet.get("columns") or {})
    except (YAMLError, AttributeError, TypeError, ValueError) as error:
        raise ConfigError(
            f"The mapping cannot be saved to {file}: it is no configuration; mend it first."
        ) from error
    # Quoted, for the reader takes a bare yes for true.
    sheet["columns"] = CommentedMap({**known, **{name: Quoted(h) for name, h in columns.items()}})
    whole["sheet"] = sheet
    out = StringIO()
    yaml.dump(whole, out)
    return out.getvalue()


def _replace(file: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=".config.", suffix=".tmp", dir=file.parent)
    temp = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        temp.chmod(file.stat().st_mode & 0o777 if file.exists() else 0o600)
        temp.replace(file)
    except OSError:
        with suppress(OSError):
            temp.unlink()
        raise
