"""Judge bodies by ``tests/data/openapi.yaml``, the description of the API that the tests rely on.

OpenAPI 3.0 schemas are JSON Schema (draft 4, near enough) but for ``nullable``, which is turned
into a type here.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import jsonschema
import yaml

__all__ = ["faults", "validator"]

_FILE = Path(__file__).parents[1] / "data" / "openapi.yaml"
_FORMATS = jsonschema.FormatChecker(formats=())


@_FORMATS.checks("int64")
def _fits_int64(value: object) -> bool:
    return not isinstance(value, int) or -(2**63) <= value < 2**63


@functools.cache
def validator(name: str) -> jsonschema.Draft4Validator:
    """Give the validator of one schema, such as ``UpdateCustomerRequest``."""
    root = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": _SCHEMAS}}
    return jsonschema.Draft4Validator(root, format_checker=_FORMATS)


def faults(name: str, value: object) -> list[str]:
    """Say what the schema ``name`` finds wrong with ``value``; an empty list if nothing."""
    return [f"{error.json_path}: {error.message}" for error in validator(name).iter_errors(value)]


def _with_null(node: Any) -> Any:
    if isinstance(node, list):
        return [_with_null(item) for item in node]
    if not isinstance(node, dict):
        return node
    turned = {key: _with_null(item) for key, item in node.items()}
    if turned.get("nullable") is True and "type" in turned:
        turned["type"] = [turned["type"], "null"]
    return turned


# Read on import, not by the first test: that one would pass its time limit on a slow machine.
_SCHEMAS = _with_null(yaml.safe_load(_FILE.read_text(encoding="utf-8"))["components"]["schemas"])
